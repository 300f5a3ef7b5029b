/** Which questions tell whether a silent node is alive, or whether anybody holds the addresses of a group. Pure. */
import { covers } from '../../agents/address/place.ts'
import type { Wanted } from '../../agents/address/wanted.ts'

export type Question =
  | { readonly how: 'arp'; readonly of: Whose; readonly address: string; readonly device: string }
  | { readonly how: 'ping'; readonly of: Whose; readonly address: string; readonly device: string | undefined }
  /** To the port of ssh: who refuses is alive as well. */
  | { readonly how: 'connect'; readonly of: Whose; readonly address: string }
  /** It ought to be asked, and cannot. */
  | { readonly how: 'not'; readonly of: Whose; readonly address: string; readonly why: string }

/** An address of the silent node itself, or one that goes with a group. */
export type Whose = 'node' | 'service'

/** An interface of this host as the system shows it. */
export interface Nearby {
  readonly device: string
  /** Up, and with carrier. */
  readonly running: boolean
  /** An Ethernet: it speaks ARP. */
  readonly arp: boolean
  readonly addresses: readonly { readonly address: string; readonly prefix: number }[]
}

/**
 * What decides: the addresses of the groups; where there are none, ARP for the node itself; else pings, which a firewall
 * or a neighbour that the kernel has just given up may hide. The other questions only add an answer.
 */
export function decisive(questions: readonly Question[]): readonly Question[] {
  const asked = questions.filter(({ how }) => how !== 'connect')
  const service = asked.filter(({ of }) => of === 'service')
  const direct = asked.filter(({ how }) => how !== 'ping')
  return [service, direct].find(({ length }) => length > 0) ?? asked
}

/** Each costs a process: an answer of one is as good as that of all. */
const mostService = 4
const mostNode = 2

/**
 * @param services addresses of the groups, the most telling first
 * @param addresses of the node itself, as far as they are known
 */
export function questionsFor(
  services: readonly Wanted[],
  addresses: readonly string[],
  nearby: readonly Nearby[],
): readonly Question[] {
  const own = new Set(nearby.flatMap(one => one.addresses.map(({ address }) => address)))
  const foreign = services.filter(({ address }) => !own.has(address))
  const asked = spread(foreign.map(wanted => aboutService(wanted, nearby))).slice(0, mostService)
  const node = addresses.filter(address => !own.has(address) && !isLoopback(address)).slice(0, mostNode)
  return [
    ...asked,
    ...node.flatMap(address => aboutNode(address, nearby)),
    ...asked.filter(({ how }) => how !== 'not').map(({ address }) => connect('service', address)),
    ...node.map(address => connect('node', address)),
  ]
}

const connect = (of: Whose, address: string): Question => ({ how: 'connect', of, address })

/** For neighbours: ARP is answered by every host, whatever its firewall says. IPv6 has no program for it. */
function aboutService({ address, family, device }: Wanted, nearby: readonly Nearby[]): Question {
  const at = device === undefined ? nearest(address, nearby) : nearby.find(one => one.device === device)
  const not = (why: string): Question => ({ how: 'not', of: 'service', address, why: `${address}: ${why}` })
  if (at === undefined) {
    return not(device === undefined ? 'no interface is in its subnet' : `there is no interface ${device} here`)
  }
  if (!at.running) return not(`${at.device} is down or has no carrier`)
  if (family === 4 && at.arp) return { how: 'arp', of: 'service', address, device: at.device }
  return { how: 'ping', of: 'service', address, device: at.device }
}

/** Whoever is in no subnet of ours is behind a router. */
function aboutNode(address: string, nearby: readonly Nearby[]): readonly Question[] {
  const at = nearest(address, nearby)
  const not = `${address}: ${at?.device} is down or has no carrier`
  if (at !== undefined && !at.running) return [{ how: 'not', of: 'node', address, why: not }]
  const ping = { how: 'ping', of: 'node', address, device: at?.device } as const
  if (at === undefined || !at.arp || address.includes(':')) return [ping]
  return [{ how: 'arp', of: 'node', address, device: at.device }, ping]
}

/** The interface with the narrowest subnet that has the address in it. */
export function nearest(address: string, nearby: readonly Nearby[]): Nearby | undefined {
  const isIpv6 = address.includes(':')
  return nearby
    .flatMap(at => at.addresses.map(own => ({ at, own })))
    .filter(({ own }) => own.address.includes(':') === isIpv6 && covers(own.address, own.prefix, address))
    .sort((a, b) => b.own.prefix - a.own.prefix)[0]?.at
}

/** One of each interface first: the nodes may hear each other on one of them only. */
function spread(questions: readonly Question[]): readonly Question[] {
  const seen = new Set<string>()
  const isFirst = (one: Question): boolean => {
    const key = 'device' in one ? (one.device ?? '') : one.address
    return !seen.has(key) && seen.add(key) !== undefined
  }
  const firsts = questions.filter(isFirst)
  return [...firsts, ...questions.filter(one => !firsts.includes(one))]
}

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1'
