/** What the log of the kernel says of a split brain. Pure. */

/**
 * Of module 8.4 and 9: `block drbd0: Split-Brain detected but unresolved, dropping connection!`, `drbd r0/0 drbd0 beta: ..`.
 * Whatever came after it counts more: connected again, or solved.
 */
export function logSaysSplit(log: string, name: string, minors: readonly (number | undefined)[]): boolean {
  const own = new RegExp(
    `\\b(drbd ${escaped(name)}[/ :]|drbd(${minors.filter(n => n !== undefined).join('|') || '-'})[: ])`,
  )
  const solved =
    /Split-Brain detected, (manually|automatically) solved|-> (WFBitMap[ST]|Established|SyncSource|SyncTarget)\b/
  const told = log.split('\n').filter(line => own.test(line))
  const split = told.findLastIndex(line => /Split-Brain detected but unresolved/i.test(line))
  return split >= 0 && !told.slice(split).some(line => solved.test(line))
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
