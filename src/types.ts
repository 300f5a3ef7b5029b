/** The nouns everybody shares. This file imports nothing. */
declare const brand: unique symbol
type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** A cluster member, named as `uname -n` names it, in lower case. */
export type NodeId = Brand<string, 'NodeId'>
/** A row of haresources, named after its first resource as written there. */
export type GroupName = Brand<string, 'GroupName'>
/** One way heartbeats travel, as in `bcast eth0`; unique within a node. */
export type LinkName = Brand<string, 'LinkName'>

/** New state plus what the shell is asked to do about it. */
export type Next<State, Out> = readonly [State, readonly Out[]]

/** keepalive, warntime, deadtime, initdead of ha.cf, in milliseconds. */
export interface Timing {
  readonly keepaliveMs: number
  readonly warntimeMs: number
  readonly deadtimeMs: number
  readonly initdeadMs: number
}

/** How long failures of a running resource are put up with; all nodes must mean the same. */
export interface Patience {
  /** It is brought back here so often before its group moves. */
  readonly retries: number
  /** The group moves so often because of failures before it is stuck. */
  readonly failoverLimit: number
  /** What lies back so long does not count any more. */
  readonly forgetAfterMs: number
}

/** One word of a haresources line: an agent and its arguments. */
export interface Resource {
  /** As written, e.g. `IPaddr2::10.0.0.9/24/eth0`. */
  readonly name: string
  readonly agent: string
  readonly args: readonly string[]
  /** True for a service address: the kernel holds it on a lease, and a run of neighbours is one job. */
  readonly address: boolean
  /** What agents.ini says of its failures; left out: as usual. */
  readonly patience?: Patience
}

/** Resources that live and move together; started left to right, stopped right to left. */
export interface Group {
  readonly name: GroupName
  /** Best home first; every node that may run it. */
  readonly homes: readonly NodeId[]
  readonly resources: readonly Resource[]
}

/** Which move of a group this is: compared by counter, then by the node that minted it. */
export interface Epoch {
  readonly counter: number
  readonly minter: NodeId
}

/** Why a group was given to its owner. The order is the wire's: add at the end only. */
export const reasons = [
  'home',
  'adopted',
  'owner-dead',
  'owner-left',
  'takeover',
  'standby',
  'give-away',
  'leaving',
  'start-failed',
  'failback',
  'failback-order',
  'rival',
  'moved',
  'last-man',
  'ping-lost',
  'carrier-lost',
  'resource-failed',
] as const
export type Reason = (typeof reasons)[number]

/** Who should run a group. One register per group; the highest epoch wins. */
export interface Assignment {
  readonly owner: NodeId
  readonly epoch: Epoch
  /** What an operator ordered stays until that node dies or an operator says otherwise. */
  readonly by: 'policy' | 'operator'
  readonly because: Reason
}

/**
 * How often operators have stopped a group and let it start again: odd = stopped, wherever it is. A register beside the
 * assignment, so that no move ends it; the highest number holds everywhere, so that the word of one node is enough.
 */
export type Halts = number

/** What a node says of a group it has. Everything but `stopped` counts as held. The order is the wire's. */
export const claimStates = ['stopped', 'starting', 'running', 'stopping', 'unknown', 'blocked', 'stuck'] as const
export type ClaimState = (typeof claimStates)[number]

export interface Claim {
  readonly assignment: Assignment
  readonly state: ClaimState
  /** A start failed here, or a resource too often: this node cannot run the group until an operator says so. */
  readonly failed: boolean
  /** An interface of its addresses has no carrier here: this node would serve nobody. */
  readonly dark: boolean
  /** It was the last one that ran it, by what it read from disk, and its data have not been started since. */
  readonly newest: boolean
  /** It does not run here, and a look at it has found that it could not be started. */
  readonly unready: boolean
  /** The copy of its data here is known to be old: DRBD will not let it be written. */
  readonly outdated: boolean
  /** As this node knows it: see `Halts`. */
  readonly halts: Halts
}

/**
 * What operators have suspended for a while: all taking over (disarmed), or everything that is done to some groups
 * (maintenance). One register per cluster; the highest epoch wins.
 */
export interface Truce {
  readonly epoch: Epoch
  /** Ends; 0 = not suspended. Instants of this node's clock; on the wire, and as heard from there, milliseconds left. */
  readonly disarmedEndMs: number
  readonly maintainedEndMs: number
  /** In maintenance. */
  readonly groups: readonly GroupName[]
}

/** All that a node says of itself in each datagram: state, never commands. */
export interface Report {
  readonly standby: boolean
  /** In orderly shutdown: takes nothing, gives away what it has. */
  readonly leaving: boolean
  /** Shut down, everything stopped: the last word of this generation. */
  readonly left: boolean
  /** Its state folder cannot be written: it takes nothing new. */
  readonly unwritable: boolean
  /** Of the settings that must agree (timing, auto_failback, ...). */
  readonly configDigest: number
  /** Of the definitions of all groups. */
  readonly groupsDigest: number
  /** Peers it judges dead now. One that said good-bye is not among them, nor one it never could judge. */
  readonly dead: ReadonlySet<NodeId>
  /** As this node has it on disk: by saying so it confirms it. Missing: nothing was ever suspended. */
  readonly truce?: Truce | undefined
  /** How many of the ping nodes answer it. */
  readonly pings: number
  readonly claims: ReadonlyMap<GroupName, Claim>
}

/** One piece of agent work: resources `first` to `last` (both included) of a group. */
export interface Job {
  readonly id: number
  readonly group: GroupName
  readonly op: 'start' | 'stop' | 'probe'
  readonly first: number
  readonly last: number
  /** For a start of addresses: the monotonic instant until which they may be held; undefined = no lease. */
  readonly holdUntilMs: number | undefined
}

/** What looking at a resource tells. `unknown` is treated as running wherever that is the safe side. */
export type Status = 'running' | 'stopped' | 'unknown'

export type Outcome =
  | { readonly ok: true /** For a probe: one status per resource. */; readonly statuses?: readonly Status[] }
  | { readonly ok: false /** One line for people: the resource, and what it said. */; readonly why: string }

/** What to do about a silent peer where there is no majority: Heartbeat's way, ask on the service network, leave it. */
export const splitPolicies = ['take', 'ask', 'wait'] as const
export type SplitPolicy = (typeof splitPolicies)[number]

export type Health = 'unseen' | 'up' | 'late' | 'dead'
