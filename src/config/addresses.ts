/** IP addresses as text: is it one, and the one form in which two of them can be compared. */

export function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
}

/** 32 bits, unsigned. */
export function ipv4Number(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

export function ipv4Text(bits: number): string {
  return [24, 16, 8, 0].map(shift => (bits >>> shift) & 255).join('.')
}

/** The eight 16-bit words of an IPv6 address, or undefined where it is none. */
export function ipv6Words(text: string): readonly number[] | undefined {
  const quad = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  if (quad) {
    if (!isIpv4(quad[2]!)) return undefined
    const bits = ipv4Number(quad[2]!)
    return ipv6Words(`${quad[1]}${(bits >>> 16).toString(16)}:${(bits & 0xffff).toString(16)}`)
  }
  const halves = text.split('::').map(half => (half === '' ? [] : half.split(':')))
  const [head = [], tail, more] = halves
  const gap = 8 - head.length - (tail?.length ?? 0)
  if (more || (tail ? gap < 1 : gap !== 0)) return undefined
  const words = [...head, ...Array<string>(gap).fill('0'), ...(tail ?? [])]
  return words.every(word => /^[0-9a-f]{1,4}$/i.test(word)) ? words.map(word => Number.parseInt(word, 16)) : undefined
}

export function isIpv6(text: string): boolean {
  return ipv6Words(text) !== undefined
}

/** As the kernel writes it (RFC 5952): lower case, the longest run of zeros as `::`. */
export function canonicalIpv6(text: string): string | undefined {
  const words = ipv6Words(text)?.map(word => word.toString(16))
  if (!words) return undefined
  const runs = [...words.join(':').matchAll(/\b0(?::0\b)+/g)].map(run => run[0])
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '')
  if (longest === '') return words.join(':')
  const at = words.join(':').search(new RegExp(`(^|:)${longest}(:|$)`))
  const joined = words.join(':')
  const start = joined[at] === ':' ? at + 1 : at
  return `${joined.slice(0, start).replace(/:$/, '')}::${joined.slice(start + longest.length).replace(/^:/, '')}`
}

/** The same text for the same address, however it was written; not a form for people. */
export function comparable(address: string): string {
  return (
    ipv6Words(address)
      ?.map(word => word.toString(16))
      .join(':') ?? address
  )
}

export function isMulticast(address: string): boolean {
  const words = ipv6Words(address)
  if (words) return words[0]! >>> 8 === 0xff
  return isIpv4(address) && ipv4Number(address) >>> 28 === 0xe
}

/** `24`, `255.255.255.0` -> 24; undefined where it is neither. */
export function prefixLength(text: string, family: 4 | 6): number | undefined {
  if (/^\d{1,3}$/.test(text)) {
    const bits = Number(text)
    return bits >= 1 && bits <= (family === 4 ? 32 : 128) ? bits : undefined
  }
  if (family === 6 || !isIpv4(text)) return undefined
  const binary = ipv4Number(text).toString(2).padStart(32, '0')
  return /^1+0*$/.test(binary) ? binary.replaceAll('0', '').length : undefined
}

/** First and last address of its subnet; undefined where they are ordinary ones (/31, /32). */
export function edgesOf(address: string, prefix: number): { network: string; broadcast: string } | undefined {
  if (prefix > 30) return undefined
  const hosts = 0xffffffff >>> prefix
  const bits = ipv4Number(address)
  return { network: ipv4Text((bits & ~hosts) >>> 0), broadcast: ipv4Text((bits | hosts) >>> 0) }
}

/** A name the kernel accepts for an interface, without an alias. */
export function isInterfaceName(text: string): boolean {
  return /^[^\s:/]{1,15}$/.test(text) && text !== '.' && text !== '..'
}
