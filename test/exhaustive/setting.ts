/**
 * The small worlds that are searched: two nodes, one group, a handful of misfortunes.
 *
 * Time goes by in quanta of one keepalive. Every instant that a node stores is then a whole number of quanta ago, the old
 * ones are all alike, and so the space of states is finite.
 */
import type { ClusterConfig } from '../../src/events.ts'
import type { Group, GroupName, NodeId, Resource, Timing } from '../../src/types.ts'

export type At = 0 | 1
export const nodes: readonly [NodeId, NodeId] = ['alpha' as NodeId, 'beta' as NodeId]
export const other = (at: At): At => (at === 0 ? 1 : 0)

/** How often each misfortune may strike on the way to a state. */
export interface Bounds {
  /** Power losses; the node may come back at any time, with its disk. */
  readonly crashes: number
  /** Cuts, in one or both directions; mended at any time. */
  readonly cuts: number
  /** Pauses of a whole node, of any length. */
  readonly pauses: number
  /** The manager dies and starts anew; its beat and what runs stay. */
  readonly managerDeaths: number
  readonly orders: number
  /** Agents that fail: one kind of work on one node, once or for ever. */
  readonly failures: number
  /** Datagrams lost outside a cut. */
  readonly losses: number
  /** Datagrams that overtake older ones. */
  readonly overtakings: number
  /** Datagrams that take longer than a quantum. */
  readonly delays: number
  /** Service cables pulled; plugged in again at any time. */
  readonly cables: number
}

export interface Setting {
  readonly name: string
  readonly timing: Timing
  readonly group: Group
  readonly autoFailback: boolean
  readonly fencing: boolean
  /** Cold: both have just been switched on. Settled: one of them runs the group, its home or the other. */
  readonly begins: 'cold' | 'settled'
  readonly bounds: Bounds
  /** Its part of all states that are looked at. */
  readonly share: number
}

export const groupName = 'web' as GroupName

const resource = (name: string, address: boolean): Resource => ({ name, agent: name, args: [], address })
const group = (...resources: readonly Resource[]): Group => ({ name: groupName, homes: nodes, resources })
const disk = resource('disk', false)
const address = resource('10.0.0.9', true)

/** Deadtime is three keepalives: the fewest that Heartbeat allows. */
const quick: Timing = { keepaliveMs: 1_000, warntimeMs: 2_000, deadtimeMs: 3_000, initdeadMs: 4_000 }
/** The fewest keepalives for which there is a lease (8 s): five of them. */
const leased: Timing = { keepaliveMs: 2_600, warntimeMs: 5_200, deadtimeMs: 13_000, initdeadMs: 13_000 }

const none: Bounds = {
  crashes: 0,
  cuts: 0,
  pauses: 0,
  managerDeaths: 0,
  orders: 0,
  failures: 0,
  losses: 0,
  overtakings: 0,
  delays: 0,
  cables: 0,
}
const bounds: Bounds = {
  crashes: 2,
  cuts: 1,
  pauses: 1,
  managerDeaths: 1,
  orders: 1,
  failures: 1,
  losses: 1,
  overtakings: 1,
  delays: 1,
  cables: 0,
}

const plain = {
  timing: quick,
  group: group(disk),
  autoFailback: false,
  fencing: false,
  begins: 'settled',
  bounds,
} as const
const lease = { ...plain, timing: leased, group: group(address) }

/** Everything may happen in the first ones; the last ones have fewer kinds of misfortune, and so more of them at once. */
export const settings: readonly Setting[] = [
  { ...plain, name: 'disk', share: 3 },
  { ...lease, name: 'address', share: 3 },
  { ...lease, name: 'address and disk', group: group(address, disk), share: 2 },
  { ...plain, name: 'failback', autoFailback: true, share: 1 },
  { ...plain, name: 'fencing', fencing: true, share: 2 },
  { ...plain, name: 'cold start', begins: 'cold', share: 1 },
  { ...lease, name: 'cold start of an address', begins: 'cold', share: 1 },
  { ...plain, name: 'hand-over', bounds: { ...none, orders: 1, managerDeaths: 1, delays: 1 }, share: 6 },
  {
    ...plain,
    name: 'service cables',
    bounds: { ...none, cables: 2, managerDeaths: 1 },
    share: 2,
  },
  { ...lease, name: 'cut and crash', bounds: { ...none, cuts: 1, crashes: 1, losses: 1 }, share: 2 },
]

/** The one place where a node of these worlds gets its configuration. */
export const configOf = ({ timing, group, autoFailback, fencing }: Setting, at: At): ClusterConfig => ({
  self: nodes[at],
  nodes,
  timing,
  groups: [group],
  autoFailback,
  fencing,
  splitPolicy: 'take',
  pings: [],
  deadpingMs: timing.deadtimeMs,
  ipfail: false,
  configDigest: 1,
  groupsDigest: 1,
})
