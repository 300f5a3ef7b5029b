/** The lines of `ip -o monitor address link` that matter to us. */
export type AddressEvent =
  | { readonly type: 'deleted'; readonly device: string; readonly address: string }
  | { readonly type: 'link'; readonly device: string; readonly carrier: boolean }

/** undefined for all the rest, which is mostly our own renewals. */
export function readEvent(line: string): AddressEvent | undefined {
  if (!line.startsWith('Deleted') && !line.includes('<')) return undefined
  const deleted = /^Deleted \d+: (\S+)\s+inet6? ([0-9a-fA-F.:]+)/.exec(line)
  if (deleted) return { type: 'deleted', device: deleted[1]!, address: deleted[2]! }
  const link = /^\d+: ([^\s:@]+)(?:@[^\s:]+)?: <([^>]*)>/.exec(line)
  if (link) return { type: 'link', device: link[1]!, carrier: link[2]!.split(',').includes('LOWER_UP') }
  return undefined
}

/** The address that has come, or was renewed; undefined for any other line. */
export function readAdded(line: string): { readonly device: string; readonly address: string } | undefined {
  const added = /^\d+: (\S+)\s+inet6? ([0-9a-fA-F.:]+)/.exec(line)
  return added ? { device: added[1]!, address: added[2]! } : undefined
}
