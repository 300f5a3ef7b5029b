import { canonicalIpv6, isIpv4, prefixLength } from '../../config/addresses.ts'
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
  const prefix = mask ? prefixLength(mask, family) : undefined
  if (mask && prefix === undefined) {
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
