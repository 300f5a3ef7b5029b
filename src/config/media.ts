/** The links of ha.cf: `bcast`, `ucast`, `mcast` and their IPv6 forms, all with the port of `udpport`. */
import type { LinkName } from '../types.ts'
import { comparable, isInterfaceName, isIpv4, isIpv6, isMulticast } from './addresses.ts'
import { allOf, type Entry, readLast } from './entries.ts'
import type { Word } from './lines.ts'
import { type Complaints, span, wholeFile } from './problem.ts'
import type { Link } from './settings.ts'
import { nearest } from './suggest.ts'
import { wholeNumber } from './values.ts'

/** `ha-cluster` in /etc/services. */
const heartbeatPort = 694
const portNumber = wholeNumber(1, 65_535)

export function readLinks(
  entries: readonly Entry[],
  interfaces: readonly string[] | undefined,
  complain: Complaints,
): Link[] {
  const port = readLast(entries, 'udpport', portNumber) ?? heartbeatPort
  const links = new Map<LinkName, { link: Link; at: Word }>()
  const read = entries.flatMap(entry => (!entry.sound ? [] : readEntry(entry, port, complain)))
  for (const { link, at } of read) {
    const first = links.get(link.name)
    if (first) sayTwice(link, at, first.at, complain)
    else links.set(link.name, { link, at })
  }
  const found = [...links.values()]
  for (const { link, at } of found) checkInterface(link.device, at, interfaces, complain)
  const written = entries.some(entry => /^[bum]cast6?$/.test(entry.directive))
  if (!written) sayNone(complain)
  const devices = new Set(found.map(({ link }) => link.device))
  const hasPeers = allOf(entries, 'node').length > 1
  if (found[0] && hasPeers && devices.size === 1 && complain.problems.every(({ level }) => level === 'warning')) {
    const advice = `all heartbeats go over ${found[0].link.device}: if it fails alone, both nodes live and neither knows`
    complain.note('HA144', found[0].at, advice)
  }
  return found.map(({ link }) => link)
}

type Placed = { readonly link: Link; readonly at: Word }

function readEntry(entry: Entry, port: number, complain: Complaints): Placed[] {
  switch (entry.directive) {
    case 'bcast':
      return entry.values.flatMap(at => {
        if (!checkDevice(at, complain)) return []
        return [{ at, link: { kind: 'bcast', name: `bcast ${at.text}` as LinkName, device: at.text, port } }]
      })
    case 'ucast':
    case 'ucast6':
      return readUcast(entry, port, complain)
    case 'mcast':
    case 'mcast6':
      return readMcast(entry, complain)
    default:
      return []
  }
}

function readUcast({ directive, word, values }: Entry, port: number, complain: Complaints): Placed[] {
  const [device, peer, surplus] = values
  if (!device || !checkDevice(device, complain)) return []
  if (!peer || surplus) {
    const at = surplus ? span(surplus, values.at(-1)!) : span(word, device)
    const text = surplus ? 'one peer for each line' : `${directive} without the address of a peer`
    const why = surplus ? 'these words have no meaning here' : 'an address is missing after this'
    complain.error('HA109', at, { text, why, fix: `write ${directive} ${device.text} ${peer?.text ?? 'ADDRESS'}` })
    return []
  }
  const v6 = isIpv6(peer.text)
  if (!v6 && (!isIpv4(peer.text) || directive === 'ucast6')) {
    const why = `not an ${directive === 'ucast6' ? 'IPv6' : 'IP'} address; a heartbeat must not wait for a name server`
    complain.error('HA142', peer, {
      text: `"${peer.text}" is not an address`,
      why,
      fix: `write ${directive} ${device.text} ADDRESS`,
    })
    return []
  }
  if (isMulticast(peer.text)) {
    const fix = `write mcast ${device.text} ${peer.text} ${port} 1 0`
    complain.error('HA142', peer, {
      text: `"${peer.text}" is a multicast group`,
      why: 'the address of one peer belongs here',
      fix,
    })
    return []
  }
  const name = `ucast ${device.text} ${peer.text}` as LinkName
  return [{ at: device, link: { kind: 'ucast', name, device: device.text, peer: peer.text, port } }]
}

function readMcast({ directive, word, values }: Entry, complain: Complaints): Placed[] {
  const [device, group, port, ttl, loop, surplus] = values
  if (!device || !checkDevice(device, complain)) return []
  const usual = directive === 'mcast6' ? 'ff12::694' : '225.0.0.1'
  if (group && (!isMulticast(group.text) || (directive === 'mcast6' && isIpv4(group.text)))) {
    const rest = /^\d+$/.test(group.text) ? values.slice(1) : values.slice(2)
    const fix = `write ${directive} ${device.text} ${usual} ${rest.map(value => value.text).join(' ') || '694 1 0'}`
    complain.error('HA142', group, {
      text: `"${group.text}" is not a multicast group`,
      why: 'a group address belongs here',
      fix,
    })
    return []
  }
  if (!group || !port || surplus) {
    const at = surplus ? span(surplus, values.at(-1)!) : span(word, values.at(-1)!)
    const text = surplus
      ? `too many words for ${directive}`
      : `${directive} without ${group ? 'its port' : 'its group and port'}`
    const fix = `write ${directive} ${device.text} ${group?.text ?? usual} ${port?.text ?? 694} ${ttl?.text ?? 1} ${loop?.text ?? 0}`
    complain.error('HA109', at, { text, why: surplus ? 'not needed' : 'udpport does not apply to it', fix })
    return []
  }
  const numbers = {
    port: readNumber(port, 1, 65_535, complain),
    ttl: ttl ? readNumber(ttl, 0, 255, complain) : 1,
    loop: loop ? readNumber(loop, 0, 1, complain) : 0,
  }
  if (numbers.port === undefined || numbers.ttl === undefined || numbers.loop === undefined) return []
  const name = `mcast ${device.text} ${group.text} ${numbers.port}` as LinkName
  const link: Link = {
    kind: 'mcast',
    name,
    device: device.text,
    group: group.text,
    port: numbers.port,
    ttl: numbers.ttl,
    loop: numbers.loop === 1,
  }
  return [{ at: device, link }]
}

function readNumber(at: Word, least: number, most: number, complain: Complaints): number | undefined {
  const parsed = wholeNumber(least, most)(at.text)
  if ('value' in parsed) return parsed.value
  complain.error(parsed.code, at, parsed.bad)
  return undefined
}

function checkDevice(at: Word, complain: Complaints): boolean {
  if (isInterfaceName(at.text)) return true
  const device = at.text.split(':')[0]!
  const alias = at.text.includes(':') && isInterfaceName(device)
  const why = alias ? 'an alias has no heartbeats of its own' : 'no interface can be called this'
  const fix = alias ? `write ${device}` : 'write the name of an interface, as ip link shows it'
  complain.error('HA141', at, { text: `"${at.text}" is not an interface`, why, fix })
  return false
}

/** The word is the interface itself: it may appear later, so this is no error. */
export function checkInterface(
  device: string,
  at: Word,
  interfaces: readonly string[] | undefined,
  complain: Complaints,
): void {
  if (!interfaces || interfaces.includes(device)) return
  const meant = nearest(device, interfaces)
  const others = interfaces.filter(name => name !== 'lo').join(', ') || 'none'
  const fix = `${meant ? `did you mean "${meant}"? ` : ''}This host has: ${others}`
  complain.warning('HA141', at, {
    text: `no interface "${device}" on this host`,
    why: 'the link is down until it appears',
    fix,
  })
}

function sayTwice(link: Link, at: Word, first: Word, complain: Complaints): void {
  const where = first.line === at.line ? 'on this line' : `in line ${first.line}`
  complain.warning('HA143', at, {
    text: `"${link.name}" is given twice`,
    why: `already ${where}`,
    fix: 'remove one of them',
  })
}

function sayNone(complain: Complaints): void {
  const fix = 'write bcast eth0, or ucast eth0 with the address of the other node'
  complain.error('HA140', wholeFile, {
    text: 'no heartbeat links',
    why: 'nodes that cannot hear each other both take everything',
    fix,
  })
}

/** Peers named by ucast lines, to compare with service addresses. */
export function peersOf(links: readonly Link[]): ReadonlySet<string> {
  return new Set(links.flatMap(link => (link.kind === 'ucast' ? [comparable(link.peer)] : [])))
}
