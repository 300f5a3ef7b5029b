/** Where a link listens and sends to, worked out from the addresses that the interfaces have at this moment. */
import { BlockList, isIPv6 } from 'node:net'
import type { NetworkInterfaceInfo } from 'node:os'
import { ipv4Number, ipv4Text } from '../config/addresses.ts'
import type { Link } from '../config/settings.ts'

export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

export interface Place {
  readonly kind: Link['kind']
  readonly family: 'udp4' | 'udp6'
  /** Own address to send from; with the interface where it is link-local. */
  readonly local: string
  /** For `ucast`: all own addresses that the peer may have in its file, `local` first. */
  readonly locals: readonly string[]
  /** The broadcast address, the peer or the group. */
  readonly target: string
  readonly port: number
  /** For multicast: the interface as `addMembership` wants it. */
  readonly via: string
  /** Another card, address or target is another place: the sockets must be opened anew. */
  readonly signature: string
}

/** `own`: the line names this node, as lines in files for all nodes do. */
export type Found = Place | { readonly missing: string } | { readonly own: true }

export interface Wishes {
  /** Service addresses, which come and go. */
  readonly avoid: readonly string[]
  /** Addresses named by `ucast` lines: an own one among them is the address that the peers send to. */
  readonly named: readonly string[]
  /** The address in use: kept while it exists. */
  readonly current?: string | undefined
}

export function placeOf(link: Link, interfaces: Interfaces, wishes: Wishes): Found {
  const all = interfaces[link.device]
  if (all === undefined) return { missing: `interface ${link.device} does not exist, is down or has no carrier` }
  switch (link.kind) {
    case 'bcast':
      return broadcast(link, all, wishes)
    case 'ucast':
      return unicast(link, all, interfaces, wishes)
    case 'mcast':
      return multicast(link, all, wishes)
  }
}

function broadcast(link: Link, all: readonly NetworkInterfaceInfo[], wishes: Wishes): Found {
  const own = choose(
    all.filter(info => info.family === 'IPv4' && prefix(info) < 31),
    wishes,
  )
  if (own === undefined) return { missing: `${link.device} has no IPv4 address with a subnet of its own` }
  const bits = (ipv4Number(own.address) | ~ipv4Number(own.netmask)) >>> 0
  return place(link, own, ipv4Text(bits))
}

function unicast(
  link: Link & { kind: 'ucast' },
  all: readonly NetworkInterfaceInfo[],
  interfaces: Interfaces,
  wishes: Wishes,
): Found {
  const [peer = ''] = link.peer.split('%')
  if (Object.values(interfaces).some(some => some?.some(info => info.address === peer))) return { own: true }
  const family = isIPv6(peer) ? 'IPv6' : 'IPv4'
  const same = all.filter(info => info.family === family && isLinkLocal(info.address) === isLinkLocal(peer))
  const near = same.filter(info => inSubnet(info, peer))
  const infos = near.some(info => isFree(info, wishes)) ? near : same
  const own = choose(infos, wishes)
  if (own === undefined) return { missing: `${link.device} has no ${family} address to reach ${link.peer} from` }
  const others = wishes.named.includes(own.address) ? [] : infos.filter(info => info !== own && isFree(info, wishes))
  return place(link, own, isLinkLocal(peer) ? `${peer}%${link.device}` : peer, others.slice(0, mostOthers))
}

function multicast(link: Link & { kind: 'mcast' }, all: readonly NetworkInterfaceInfo[], wishes: Wishes): Found {
  const six = isIPv6(link.group)
  const family = six ? 'IPv6' : 'IPv4'
  const own = choose(
    all.filter(info => info.family === family && isLinkLocal(info.address) === six),
    wishes,
  )
  if (own === undefined) return { missing: `${link.device} has no ${six ? 'link-local IPv6' : 'IPv4'} address` }
  return place(link, own, six ? `${link.group}%${link.device}` : link.group)
}

/** Sticks to what is in use; then what the peers' files name; then what looks least like a service address. */
function choose(infos: readonly NetworkInterfaceInfo[], wishes: Wishes): NetworkInterfaceInfo | undefined {
  const free = infos.filter(info => isFree(info, wishes))
  return (
    free.find(info => wishes.named.includes(info.address)) ??
    free.find(info => info.address === wishes.current) ??
    free.find(hasSubnet) ??
    free[0]
  )
}

const isFree = (info: NetworkInterfaceInfo, { avoid }: Wishes): boolean => !avoid.includes(info.address)
/** Service addresses are mostly /32 and /128. */
const hasSubnet = (info: NetworkInterfaceInfo): boolean => prefix(info) < (info.family === 'IPv4' ? 32 : 128)
const mostOthers = 3

function place(
  link: Link,
  own: NetworkInterfaceInfo,
  target: string,
  others: readonly NetworkInterfaceInfo[] = [],
): Place {
  const six = own.family === 'IPv6'
  const scoped = ({ address }: NetworkInterfaceInfo) =>
    six && isLinkLocal(address) ? `${address}%${link.device}` : address
  const locals = [own, ...others.filter(hasSubnet)].map(scoped)
  return {
    kind: link.kind,
    family: six ? 'udp6' : 'udp4',
    local: scoped(own),
    locals,
    target,
    port: link.port,
    via: six ? `::%${link.device}` : own.address,
    signature: [link.device, own.mac, own.netmask, target, link.port, ...locals].join(' '),
  }
}

/** Whether a datagram from there can have come over this interface: two `mcast` lines may share group and port. */
export function cameOver(device: string, interfaces: Interfaces, source: string): boolean {
  const [address = '', scope] = source.split('%')
  if (scope !== undefined) return scope === device
  const all = interfaces[device]
  return all?.some(info => inSubnet(info, address)) ?? false
}

const isLinkLocal = (address: string): boolean => /^fe[89ab]/i.test(address)
const prefix = (info: NetworkInterfaceInfo): number => Number(info.cidr?.split('/')[1] ?? 0)

function inSubnet(info: NetworkInterfaceInfo, address: string): boolean {
  const family = isIPv6(address) ? 'IPv6' : 'IPv4'
  if (info.family !== family || info.cidr === null) return false
  const type = family === 'IPv6' ? 'ipv6' : 'ipv4'
  const subnet = new BlockList()
  subnet.addSubnet(info.address, prefix(info), type)
  return subnet.check(address, type)
}
