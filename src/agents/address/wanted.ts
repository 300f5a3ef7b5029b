import { isProblem, type Problem } from '../agent.ts'

/** A service address as somebody wrote it; what is missing is found from the routing table when it is started. */
export interface Wanted {
  readonly family: 4 | 6
  /** IPv6 in its canonical form. */
  readonly address: string
  readonly prefix?: number
  readonly device?: string
  /** The alias after the colon in `eth0:1`, as `eth0:1`. */
  readonly label?: string
  readonly broadcast?: string
}

/**
 * `10.0.0.9`, `10.0.0.9/24`, `10.0.0.9/24/eth0`, `10.0.0.9/24/eth0:1/10.0.0.255`, `10.0.0.9/24/10.0.0.255`,
 * `[2001:db8::10]/64/eth0`; a netmask may be written for the mask bits (resource.d/IPaddr of Heartbeat).
 */
export function parseWanted(text: string): Wanted | Problem {
  const bracket = /^\[([^\]]*)\](?:\/(.*))?$/.exec(text)
  const [address = '', mask, ...rest] = bracket
    ? [bracket[1] ?? '', ...(bracket[2] === undefined ? [] : bracket[2].split('/'))]
    : text.split('/')
  const family = bracket || address.includes(':') ? 6 : 4
  const canonical = family === 6 ? canonicalIpv6(address) : isIpv4(address) ? address : undefined
  if (!canonical) return { problem: `"${address}" in ${text} is not an ${family === 6 ? 'IPv6' : 'IPv4'} address` }
  const prefix = mask ? readMask(mask, family) : undefined
  if (prefix === null) {
    return { problem: `"${mask}" in ${text} is not a mask; write ${canonical}/${family === 6 ? '64' : '24'}` }
  }
  const place = readPlace(text, family, rest)
  if (isProblem(place)) return place
  return { family, address: canonical, ...(prefix === undefined ? {} : { prefix }), ...place }
}

type Place = Pick<Wanted, 'device' | 'label' | 'broadcast'>

/** What follows the mask: `eth0`, `eth0:1`, a broadcast address, or both. */
function readPlace(
  text: string,
  family: 4 | 6,
  [first = '', second = '', ...more]: readonly string[],
): Place | Problem {
  if (more.length > 0) return { problem: `${text} has too many parts; write ADDRESS/MASK/INTERFACE/BROADCAST` }
  const [interfaceName, broadcast] = /^\d/.test(first) && second === '' ? ['', first] : [first, second]
  if (broadcast && (family === 6 || !isIpv4(broadcast))) {
    return { problem: `"${broadcast}" in ${text} is not a broadcast address` }
  }
  if (interfaceName && !/^[^\s:/]{1,15}(:[^\s:/]*)?$/.test(interfaceName)) {
    return { problem: `"${interfaceName}" in ${text} is not an interface` }
  }
  if (interfaceName.length > 15)
    return { problem: `${interfaceName} in ${text} is longer than the 15 characters of a label` }
  const device = interfaceName.split(':')[0]
  return {
    ...(device ? { device } : {}),
    ...(family === 4 && interfaceName.includes(':') ? { label: interfaceName } : {}),
    ...(broadcast ? { broadcast } : {}),
  }
}

/** null = not a mask. */
function readMask(text: string, family: 4 | 6): number | null {
  if (/^\d{1,3}$/.test(text)) {
    const bits = Number(text)
    return bits >= 1 && bits <= (family === 6 ? 128 : 32) ? bits : null
  }
  if (family === 6 || !isIpv4(text)) return null
  const bits = toNumber(text).toString(2).padStart(32, '0')
  return /^1+0*$/.test(bits) ? bits.replace(/0+$/, '').length : null
}

export function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
}

/** An IPv4 address as a number of 32 bits. */
export function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

export function fromNumber(number: number): string {
  return [24, 16, 8, 0].map(shift => (number >>> shift) & 255).join('.')
}

/** The last address of its subnet; undefined where there is none to speak of (/31, /32). */
export function broadcastOf(address: string, prefix: number): string | undefined {
  return prefix > 30 ? undefined : fromNumber((toNumber(address) | (0xffffffff >>> prefix)) >>> 0)
}

/** Sixteen bytes, or undefined when it is not an IPv6 address. */
export function ipv6Bytes(text: string): readonly number[] | undefined {
  const quad = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  if (quad) {
    if (!isIpv4(quad[2]!)) return undefined
    const number = toNumber(quad[2]!)
    return ipv6Bytes(`${quad[1]}${(number >>> 16).toString(16)}:${(number & 0xffff).toString(16)}`)
  }
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head = [], tail] = halves.map(half => (half === '' ? [] : half.split(':')))
  const written = [...head, ...(tail ?? [])]
  if (!written.every(word => /^[0-9a-fA-F]{1,4}$/.test(word))) return undefined
  const gap = 8 - written.length
  if (tail ? gap < 1 : gap !== 0) return undefined
  const words = [...head, ...Array<string>(gap).fill('0'), ...(tail ?? [])].map(word => Number.parseInt(word, 16))
  return words.flatMap(word => [word >>> 8, word & 255])
}

/** As the kernel writes it (RFC 5952): lower case, the longest run of zeros as `::`. */
export function canonicalIpv6(text: string): string | undefined {
  const bytes = ipv6Bytes(text)
  if (!bytes) return undefined
  const words = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16))
  const runs = [...words.join(':').matchAll(/\b0(?::0\b)+/g)].map(run => run[0])
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '')
  if (longest === '') return words.join(':')
  const at = words.join(':').search(new RegExp(`(^|:)${longest}(:|$)`))
  const joined = words.join(':')
  const start = joined[at] === ':' ? at + 1 : at
  return `${joined.slice(0, start).replace(/:$/, '')}::${joined.slice(start + longest.length).replace(/^:/, '')}`
}
