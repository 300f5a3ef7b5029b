/**
 * Versions of the protocol. Two neighbouring ones form a cluster: each heartbeat says the newest version that its sender reads,
 * and is written in the newest that all nodes read. Who has not been heard since our start reads the oldest, for all we know,
 * so while nodes are upgraded one after the other everybody goes on in the old version until the last one has said that it
 * reads the new one; and a node that comes back with the old one is answered in it.
 */

/** What a build reads and writes, 1 to 15, both included. */
export interface Wire {
  readonly oldest: number
  readonly newest: number
}

/** Whoever changes the bytes raises `newest`, and `oldest` only to the one before it. */
export const wire: Wire = { oldest: 1, newest: 1 }

/** The version to write for peers that read up to these. */
export function spoken({ oldest, newest }: Wire, peers: readonly { readonly reads: number }[]): number {
  let version = newest
  for (const { reads } of peers) if (reads < version) version = reads
  return Math.max(oldest, version)
}

export const versionByte = (reads: number, written: number): number => 16 * reads + written

/** Of a heartbeat with the byte at this place: the newest its sender reads, and what it is written in. */
export const versionsOf = (byte: number): { readonly reads: number; readonly version: number } => ({
  reads: byte >> 4,
  version: byte % 16,
})
