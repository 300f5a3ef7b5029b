/** One address or host name to ping: a host that is always there, and belongs to nobody of the cluster. */
import type { NodeId } from '../types.ts'
import { comparable, ipv6Words, isInterfaceName, isIpv4, isIpv6, isMulticast } from './addresses.ts'
import type { Word } from './lines.ts'
import { findNode } from './nodes.ts'
import type { Complaints } from './problem.ts'

/** Who must not be pinged. */
export interface Insiders {
  readonly nodes: readonly NodeId[]
  /** Addresses of nodes that ucast lines name, in comparable form. */
  readonly peers: ReadonlySet<string>
}

const usual = 'write the address of a router that the clients use'

/** As it is to be pinged; undefined: it is wrong, and it has been said why. */
export function readPingAddress(at: Word, insiders: Insiders, complain: Complaints): string | undefined {
  const text = at.text.toLowerCase()
  const bad = badAddress(text)
  if (bad) {
    complain.error('HA180', at, { text: `"${at.text}" cannot be pinged`, ...bad })
    return undefined
  }
  const own = ownOf(text, insiders)
  if (own) {
    const fix = `${usual}, or of another host outside the cluster`
    complain.error('HA181', at, { text: `"${at.text}" belongs to the cluster itself`, why: own, fix })
    return undefined
  }
  if (!isAddress(text)) {
    const why = 'a name server that is down at the start is a ping node that never answers'
    const fix = `write the address of ${at.text}`
    complain.warning('HA183', at, { text: `"${at.text}" is looked up only when the daemon starts`, why, fix })
  }
  return text
}

const isAddress = (text: string): boolean => isIpv4(text) || isIpv6(bare(text))
const bare = (text: string): string => text.split('%')[0]!
const isLinkLocal = (text: string): boolean => (ipv6Words(text)?.[0] ?? 0) >>> 6 === 0x3fa

/** Why it is neither an address of one host nor a host name, and what to write. */
function badAddress(text: string): { why: string; fix: string } | undefined {
  const address = bare(text)
  const zone = text.slice(address.length + 1)
  const [unbracketed = ''] = text.replace(/^\[/, '').split(/[\]/]/)
  if (unbracketed !== text && isAddress(unbracketed))
    return { why: 'the address alone belongs here', fix: `write ${unbracketed}` }
  if (isIpv6(address) && isLinkLocal(address) && !isInterfaceName(zone))
    return { why: 'a link-local address is on every interface', fix: `write ${address}%eth0, with the interface` }
  if (text.includes('%') && !isLinkLocal(address))
    return { why: 'only a link-local address takes an interface', fix: `write ${address}` }
  if (isMulticast(address) || /^0\./.test(address) || address === '255.255.255.255' || comparable(address) === none)
    return { why: 'no single host has it', fix: usual }
  if (isAddress(text) || isHostName(text)) return undefined
  return { why: 'neither an address nor the name of a host', fix: `${usual}, as in 10.0.0.254` }
}

const none = '0:0:0:0:0:0:0:0'

/** Three numbers with dots, or a last label without a letter: an address that was mistyped. */
const isHostName = (text: string): boolean =>
  text.length <= 253 &&
  /^(\w([\w-]*\w)?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(text) &&
  /[a-z][^.]*$/.test(text) &&
  !/^\d+\.\d+\.\d+/.test(text)

/** Why a ping would say nothing about the network; undefined = it is a host outside the cluster, as far as one can tell. */
function ownOf(text: string, { nodes, peers }: Insiders): string | undefined {
  if (/^127\./.test(text) || comparable(text) === '0:0:0:0:0:0:0:1' || text === 'localhost')
    return 'each node would answer itself'
  if (peers.has(comparable(bare(text)))) return 'a node has it (see ucast): it would answer itself'
  const named = isAddress(text) ? undefined : findNode(text, nodes)
  return named && `${named.node} is a node: it would answer itself`
}
