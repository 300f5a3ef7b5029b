/**
 * The argument of IPaddr and IPaddr2: ADDRESS[/MASK][/INTERFACE[:LABEL]][/BROADCAST] (resource.d/IPaddr of Heartbeat),
 * with `[2001:db8::10]` for IPv6, because `::` separates arguments.
 */
import { comparable, edgesOf, isInterfaceName, isIpv4, isIpv6, isMulticast, prefixLength } from './addresses.ts'
import { part, splitWord, type Word } from './lines.ts'
import type { Complaints } from './problem.ts'

export interface ServiceAddress {
  /** For comparison with other addresses. */
  readonly address: string
  readonly device: Word | undefined
}

/** undefined: it is wrong, and it has been said why. */
export function readServiceAddress(word: Word, complain: Complaints): ServiceAddress | undefined {
  const [address, ...rest] = splitAddress(word)
  const family = address.text.startsWith('[') ? 6 : 4
  const bare = family === 6 ? address.text.slice(1, -1) : address.text
  if (!checkAddress(address, bare, family, complain)) return undefined
  const [written, ...place] = rest
  const mask = written?.text === '' ? undefined : written // `10.0.0.9/` and `10.0.0.9//eth0`: that of the interface
  const prefix = mask && prefixLength(mask.text, family)
  if (mask && prefix === undefined) {
    sayBadMask(mask, family, complain)
    return undefined
  }
  if (family === 4 && prefix !== undefined && !checkEdges(address, bare, prefix, complain)) return undefined
  const found = readPlace(place, family, complain)
  return found && { address: comparable(bare), device: found.device }
}

/** At the slashes, but not inside brackets. */
function splitAddress(word: Word): [Word, ...Word[]] {
  const closing = word.text.startsWith('[') ? word.text.indexOf(']') : -1
  const slash = word.text.indexOf('/', Math.max(closing, 0))
  if (slash < 0) return [word]
  return [part(word, 0, slash), ...splitWord(part(word, slash + 1), '/')]
}

function checkAddress(at: Word, bare: string, family: 4 | 6, complain: Complaints): boolean {
  const refuse = (text: string, why: string, fix: string): false => {
    complain.error('HA208', at, { text, why, fix })
    return false
  }
  if (at.text === '')
    return refuse('no address', 'an address belongs before the slash', 'write it like 10.0.0.100/24/eth0')
  if (isIpv6(at.text)) return refuse(`"${at.text}" needs brackets`, '"::" separates arguments', `write [${at.text}]`)
  if (family === 6 && (!at.text.endsWith(']') || !isIpv6(bare)))
    return refuse(`"${at.text}" is not an IPv6 address`, 'not an address', 'write it like [2001:db8::10]/64/eth0')
  if (family === 4 && !isIpv4(at.text))
    return refuse(`"${at.text}" is not an IPv4 address`, badIpv4(at.text), 'write it like 10.0.0.100/24/eth0')
  if (isMulticast(bare) || /^0\./.test(bare) || bare === '255.255.255.255' || comparable(bare) === '0:0:0:0:0:0:0:0')
    return refuse(
      `"${at.text}" cannot be a service address`,
      'no single host can own it',
      'write an address of your own network',
    )
  return true
}

function badIpv4(text: string): string {
  const parts = text.split('.')
  if (!/^[\d.]+$/.test(text)) return 'an address is written in digits'
  if (parts.length !== 4) return 'four numbers belong here'
  return parts.some(number => /^0\d/.test(number))
    ? 'a leading zero means octal to some programs'
    : 'each number is 0 to 255'
}

function checkEdges(at: Word, address: string, prefix: number, complain: Complaints): boolean {
  const edges = edgesOf(address, prefix)
  if (!edges || (address !== edges.network && address !== edges.broadcast)) return true
  const why = address === edges.network ? 'the name of the network itself' : 'the broadcast address of its network'
  const fix = `write an address between ${edges.network} and ${edges.broadcast}, or another mask`
  complain.error('HA208', at, { text: `${address} is no host of its network /${prefix}`, why, fix })
  return false
}

function sayBadMask(mask: Word, family: 4 | 6, complain: Complaints): void {
  const range = family === 4 ? '1 to 32, or a netmask such as 255.255.255.0' : '1 to 128'
  const looksLikeInterface = isInterfaceName(mask.text) && /^[a-z]/i.test(mask.text)
  const fix = looksLikeInterface ? `write the mask before it: /24/${mask.text}` : `write ${range}`
  complain.error('HA208', mask, {
    text: `"${mask.text}" is not a mask`,
    why: `the mask bits belong here: ${range}`,
    fix,
  })
}

/** What follows the mask: `eth0`, `eth0:1`, a broadcast address, or both. */
function readPlace(
  words: readonly Word[],
  family: 4 | 6,
  complain: Complaints,
): { device: Word | undefined } | undefined {
  const [first, second, surplus] = words
  const refuse = (at: Word, text: string, why: string, fix: string): undefined => {
    complain.error('HA208', at, { text, why, fix })
  }
  if (surplus)
    return refuse(surplus, 'too many parts in an address', 'nothing can follow the broadcast address', 'remove it')
  if (!first) return { device: undefined }
  const onlyBroadcast = second === undefined && isIpv4(first.text)
  const broadcast = onlyBroadcast ? first : second
  if (broadcast && (family === 6 || !isIpv4(broadcast.text))) {
    const why = family === 6 ? 'IPv6 has none' : 'an address such as 10.0.0.255 belongs here'
    return refuse(
      broadcast,
      `"${broadcast.text}" is not a broadcast address`,
      why,
      'leave it out: it follows from the mask',
    )
  }
  if (onlyBroadcast) return { device: undefined }
  const device = splitWord(first, ':')[0]!
  if (!isInterfaceName(device.text) || !/^[^\s:]+(:[^\s:]+)?$/.test(first.text))
    return refuse(
      first,
      `"${first.text}" is not an interface`,
      'an interface belongs here',
      'write it like eth0, or eth0:1',
    )
  if (first.text.length > 15)
    return refuse(
      first,
      `"${first.text}" is too long for a label`,
      'the kernel takes 15 characters',
      'write a shorter label after the colon',
    )
  return { device }
}
