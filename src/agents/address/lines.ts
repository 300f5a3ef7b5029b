/** What we write to `ip -force -j -batch -`. */
import { edgesOf } from '../../config/addresses.ts'
import type { Shown } from './shown.ts'

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
  /** The host's own address beside it has the written mask, and so has brought the broadcast address. */
  readonly beside?: true
}

/**
 * Adds the address or renews its lease. An IPv6 service address is never preferred: it would become the source of
 * every socket that is not bound; and it is not probed for duplicates, which takes more than a second.
 */
export function replaceLine(placed: Placed, seconds: number | undefined): string {
  const { family, address, prefix, device, writtenPrefix } = placed
  const valid = seconds ?? 'forever'
  if (family === 6) return `addr replace ${address}/${prefix} dev ${device} nodad valid_lft ${valid} preferred_lft 0\n`
  const broadcast =
    placed.broadcast ?? (isBroadcastKnown(placed) ? undefined : edgesOf(address, writtenPrefix)?.broadcast)
  const words = [
    `addr replace ${address}/${prefix}`,
    ...(broadcast === undefined ? [] : [`brd ${broadcast}`]),
    `dev ${device}`,
    ...(placed.label === undefined ? [] : [`label ${placed.label}`]),
    `valid_lft ${valid} preferred_lft ${valid}`,
  ]
  return `${words.join(' ')}\n`
}

/**
 * The kernel makes one more route for each broadcast address that is written, and compares it with all there are: of a
 * thousand addresses that is a third of the time. An alias has one to show.
 */
const isBroadcastKnown = ({ beside, label }: Placed): boolean => beside === true && label === undefined

export function deleteLine({ address, prefix, device }: Pick<Shown, 'address' | 'prefix' | 'device'>): string {
  return `addr del ${address}/${prefix} dev ${device}\n`
}

/** Answered only where a route leads there. */
export const routeLine6 = (address: string): string => `route get ${address}\n`

/** Routes to all of a network, or into it; always answered, with a list that may be empty. */
export const routesLine = (relation: 'match' | 'root', network: string): string =>
  `route show to ${relation} ${network}\n`

/** Each answer is one line of JSON, none for an interface that is gone: the loopback, always there, comes last. */
export function showLines(devices: Iterable<string>): string {
  const others = [...new Set(devices)].filter(device => device !== 'lo').sort()
  return [...others, 'lo'].map(device => `addr show dev ${device}\n`).join('')
}

export const isLoopback = (line: string): boolean => /^\[\{"ifindex":\d+,"ifname":"lo",/.test(line)

/** Answered by one line with all interfaces, and never by an empty list. */
export const showAllLine = 'addr show\n'
export const isInterfaces = (line: string): boolean => line.startsWith('[{"ifindex":')
