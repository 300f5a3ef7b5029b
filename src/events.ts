/** What can happen to a node, and what a node asks its shell to do: the whole surface of the core. */
import type { Heard } from './membership/membership.ts'
import type { Note } from './note.ts'
import type {
  Group,
  GroupName,
  Halts,
  Job,
  LinkName,
  NodeId,
  Outcome,
  Report,
  SplitPolicy,
  Timing,
  Truce,
} from './types.ts'

/** Heartbeat's words: all groups, those at home here, those at home elsewhere, those not at home. */
export const scopes = ['all', 'local', 'foreign', 'failback'] as const
export type Scope = (typeof scopes)[number]

/** What an operator takes upon himself, named after the damage that it may do. */
export const damages = ['two-holders', 'stale-disk', 'outage'] as const
export type Damage = (typeof damages)[number]

export type Order =
  /** This node takes the groups of that scope; from a silent node that it may not take from only if that is accepted. */
  | { readonly verb: 'takeover'; readonly scope: Scope; readonly accept?: Damage; readonly reason?: string }
  /** That node has this group from now on, whoever has it; what is accepted counts where that node is this one. */
  | {
      readonly verb: 'move'
      readonly group: GroupName
      readonly to: NodeId
      readonly accept?: Damage
      readonly reason?: string
    }
  /** This node hands them to another node, once (`hb_standby`). */
  | { readonly verb: 'give-away'; readonly scope: Scope }
  /** Hand over everything and start nothing until `unstandby`; survives a restart. */
  | { readonly verb: 'standby' }
  | { readonly verb: 'unstandby' }
  /** Forget failures here, and look again at what is blocked. */
  | { readonly verb: 'clear'; readonly group?: GroupName }
  /** Nobody runs that group until `start`, whatever becomes of the nodes. */
  | { readonly verb: 'stop'; readonly group: GroupName; readonly reason?: string }
  | { readonly verb: 'start'; readonly group: GroupName; readonly reason?: string }
  | TruceOrder

/** Orders that suspend something in the whole cluster for a while, or end that early. */
export type TruceOrder =
  /** Nobody takes over from a silent node, and nobody lets go because it is not heard. */
  | { readonly verb: 'disarm'; readonly forMs: number; readonly reason?: string }
  /** With `accept` also towards silent nodes that do not know of it yet. */
  | { readonly verb: 'arm'; readonly accept?: Extract<Damage, 'two-holders'>; readonly reason?: string }
  /** Hands off a group, or all of them. */
  | {
      readonly verb: 'maintenance-on'
      readonly group?: GroupName
      readonly forMs: number
      readonly reason?: string
    }
  | { readonly verb: 'maintenance-off'; readonly group?: GroupName }

/** The register of this node, with what only this node needs of it. */
export interface OwnTruce extends Truce {
  /** What was promised under earlier epochs: until then nothing is taken from a silent node that has not confirmed this one. */
  readonly boundEndMs: number
  /** The last words of the others, by this node's clock: those who are not heard after a restart keep them. */
  readonly promises: readonly { readonly node: NodeId; readonly word: Truce }[]
  /** As given with the orders, on the node where they were given. */
  readonly disarmedWhy?: string
  readonly maintainedWhy?: string
}

/** Whether operators have stopped a group, and why; the reason is known where they said so. */
export interface Halt {
  readonly count: Halts
  readonly why?: string
}

/** What has failed of a group on this node, by names of resources; see `Run`. */
export interface Wear {
  readonly failed: string | undefined
  readonly worn: string | undefined
  /** Instants of this node's clock. */
  readonly failures: readonly { readonly resource: string; readonly atMs: number }[]
}

/** What must be on disk before it counts. */
export interface Saved {
  /** Epoch counters up to this one may be minted without another write. */
  readonly epochCeiling: number
  readonly standby: boolean
  /** Groups that this node had, of two, when the other one had died or left: nobody has newer data of them. */
  readonly lastMan: readonly GroupName[]
  /** Of the groups that have ever been stopped by an order. */
  readonly halts: ReadonlyMap<GroupName, Halt>
  /** Kept until the machine is restarted: after that the shell leaves it out. */
  readonly wear: ReadonlyMap<GroupName, Wear>
  /** Ends are instants of this node's clock: the shell keeps them such that they are right after a restart. */
  readonly truce?: OwnTruce
}

/**
 * What came of asking about a silent node. answered: one of its groups' addresses is there, or it cannot be told whether.
 * alive: none of those addresses is there, and its host answers or cannot be asked.
 */
export type AskOutcome = 'answered' | 'alive' | 'silent' | 'unable'

export type Event =
  | { readonly type: 'tick' }
  /** The beat had drained all its sockets at this instant, having woken this much too late. */
  | { readonly type: 'turn'; readonly atMs: number; readonly lateMs: number }
  | { readonly type: 'heard'; readonly heard: Heard }
  | { readonly type: 'link'; readonly peer: NodeId; readonly link: LinkName; readonly up: boolean }
  | { readonly type: 'done'; readonly job: number; readonly outcome: Outcome }
  | { readonly type: 'saved'; readonly saved: Saved }
  | { readonly type: 'not-saved'; readonly why: string }
  | { readonly type: 'fenced'; readonly node: NodeId }
  /** That ping node has answered a probe that was sent at this instant. */
  | { readonly type: 'ping'; readonly name: string; readonly atMs: number }
  /** An interface with addresses of these groups has lost its carrier, or has it again. Until then it is taken to have it. */
  | { readonly type: 'carrier'; readonly device: string; readonly up: boolean; readonly groups: readonly GroupName[] }
  /** The questions about a silent node that were sent at this instant are over; `by`: who answered, or why nobody was asked. */
  | {
      readonly type: 'asked'
      readonly node: NodeId
      readonly atMs: number
      readonly outcome: AskOutcome
      readonly by?: string
    }
  /** A look at a running resource, the nth of its group, found it stopped or broken. */
  | { readonly type: 'ailing'; readonly group: GroupName; readonly at: number; readonly why: string }
  /** A look at what does not run here: it could not be started. Or it could, or it runs. */
  | { readonly type: 'unready'; readonly group: GroupName; readonly is: boolean }
  /** The copy of its data here is known to be old. */
  | { readonly type: 'outdated'; readonly group: GroupName; readonly is: boolean }
  /** Does anybody but this node answer for an address of a group that it holds? */
  | { readonly type: 'rival'; readonly group: GroupName; readonly held: boolean }
  | { readonly type: 'order'; readonly id: number; readonly order: Order }
  | { readonly type: 'leave' }

export type Answer =
  | {
      readonly ok: true
      /** Those that will move. */
      readonly groups: readonly GroupName[]
      /** What to say where nothing moves. */
      readonly text?: string
    }
  | { readonly ok: false; readonly why: string }

export type Effect =
  /** The beat sends it at once and then with each heartbeat. */
  | { readonly type: 'publish'; readonly report: Report }
  | { readonly type: 'run'; readonly job: Job }
  /**
   * Renew the leases of the addresses now held, up to this instant and no further. One that has expired meanwhile comes
   * back only if its group is among those to `restore`: the others are being stopped, or somebody else may hold them.
   */
  | {
      readonly type: 'hold'
      readonly untilMs: number
      readonly restore: readonly GroupName[]
      /** Groups in maintenance, whose addresses may be held longer than the others. */
      readonly longer?: { readonly untilMs: number; readonly groups: readonly GroupName[] }
    }
  /** Announce the addresses of this group again, now: another node has just let go of them. */
  | { readonly type: 'announce'; readonly group: GroupName }
  | { readonly type: 'save'; readonly saved: Saved }
  | { readonly type: 'fence'; readonly node: NodeId }
  /** Ask on the service network whether that node lives, or anybody holds the addresses of these groups. */
  | { readonly type: 'ask'; readonly node: NodeId; readonly groups: readonly GroupName[] }
  /** Look whether anybody else answers for an address of these groups, which this node holds. */
  | { readonly type: 'watch'; readonly groups: readonly GroupName[] }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answer }
  | { readonly type: 'note'; readonly note: Note }
  /** Everything stopped and everybody told: the process may end. */
  | { readonly type: 'exit' }

export interface ClusterConfig {
  readonly self: NodeId
  /** Sorted by code point, this node included. */
  readonly nodes: readonly NodeId[]
  readonly timing: Timing
  readonly groups: readonly Group[]
  readonly autoFailback: boolean
  readonly fencing: boolean
  /** For two nodes; three and more decide by majority. */
  readonly splitPolicy: SplitPolicy
  /** Names of the ping nodes and ping groups; none: this node cannot tell whether it is the one that is cut off. */
  readonly pings: readonly string[]
  /** A ping node that has not answered for so long is dead. */
  readonly deadpingMs: number
  /** Whoever sees fewer ping nodes than another hands its groups over. */
  readonly ipfail: boolean
  readonly configDigest: number
  readonly groupsDigest: number
}
