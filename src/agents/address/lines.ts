/** What we write to `ip -force -j -batch -`. */
import type { Shown } from './shown.ts'
import { broadcastOf } from './wanted.ts'

/** A service address as it is (to be) configured: nothing left to find out. */
export interface Placed {
  readonly family: 4 | 6
  readonly address: string
  /** As configured in the kernel. */
  readonly prefix: number
  readonly device: string
  readonly label?: string
  readonly broadcast?: string
  /** As written or found; decides the broadcast address, and is what people are shown. */
  readonly writtenPrefix: number
}

/**
 * Adds the address or renews its lease. An IPv6 service address is never preferred: it would become the source of
 * every socket that is not bound; and it is not probed for duplicates, which takes more than a second.
 */
export function replaceLine(placed: Placed, seconds: number | undefined): string {
  const { family, address, prefix, device } = placed
  const valid = seconds ?? 'forever'
  if (family === 6) return `addr replace ${address}/${prefix} dev ${device} nodad valid_lft ${valid} preferred_lft 0\n`
  const broadcast = placed.broadcast ?? broadcastOf(address, placed.writtenPrefix)
  const words = [
    `addr replace ${address}/${prefix}`,
    ...(broadcast === undefined ? [] : [`brd ${broadcast}`]),
    `dev ${device}`,
    ...(placed.label === undefined ? [] : [`label ${placed.label}`]),
    `valid_lft ${valid} preferred_lft ${valid}`,
  ]
  return `${words.join(' ')}\n`
}

export function deleteLine({ address, prefix, device }: Pick<Shown, 'address' | 'prefix' | 'device'>): string {
  return `addr del ${address}/${prefix} dev ${device}\n`
}

/** IPv4 is always answered, with a list that may be empty; IPv6 only where a route leads there. */
export function routesLine(family: 4 | 6, address: string): string {
  return family === 4 ? `route show to match ${address}\n` : `route get ${address}\n`
}

/** Each answer is one line of JSON, none for an interface that is gone: the loopback, always there, comes last. */
export function showLines(devices: Iterable<string>): string {
  const others = [...new Set(devices)].filter(device => device !== 'lo').sort()
  return [...others, 'lo'].map(device => `addr show dev ${device}\n`).join('')
}

export const isLoopback = (line: string): boolean => /^\[\{"ifindex":\d+,"ifname":"lo",/.test(line)

/** Answered by one line with all interfaces, and never by an empty list. */
export const showAllLine = 'addr show\n'
export const isInterfaces = (line: string): boolean => line.startsWith('[{"ifindex":')
