/** What the command and the daemon say to each other over RUN_DIR/control.sock, one JSON value per line. */

import type { DrbdReport } from '../agents/drbd/report.ts'
import type { Order } from '../events.ts'
import type { HistoryRecord, RecordQuery } from './records/record.ts'

export { type Damage, damages, type Order, type Scope, scopes } from '../events.ts'

export type Request =
  | { readonly verb: 'status' }
  | {
      readonly verb: 'order'
      readonly order: Order
      readonly wait: boolean
      readonly timeoutMs: number
      /** Only say what it would do. */
      readonly dryRun?: boolean
    }
  | { readonly verb: 'reload' }
  | { readonly verb: 'parameter'; readonly name: string }
  | { readonly verb: 'records'; readonly query: RecordQuery }

/** The exit codes, the same for all commands. */
export const exit = {
  done: 0,
  failed: 1,
  usage: 2,
  notRunning: 3,
  refused: 4,
  timedOut: 5,
  degraded: 6,
} as const
export type ExitCode = (typeof exit)[keyof typeof exit]

/** A problem of a configuration file, as `reload` reports it. */
export interface FileProblem {
  readonly level: string
  readonly code: string
  readonly text: string
  readonly fix?: string
  readonly file?: string
  readonly line?: number
  readonly column?: number
}

/** The last line of an answer; what it holds depends on the request. */
export interface Answer {
  readonly done: true
  readonly status?: Status
  readonly code?: number
  readonly text?: string
  readonly moved?: readonly { readonly group: string; readonly owner: string; readonly ms: number }[]
  readonly problems?: readonly FileProblem[]
  readonly value?: string
  /** Oldest first, and how many lines of the files were no records. */
  readonly records?: readonly HistoryRecord[]
  readonly skipped?: number
}

export type NodeState = 'up' | 'late' | 'dead' | 'unseen' | 'sick'
export type LinkState = 'up' | 'dead' | 'unseen'
/**
 * `halted`: stopped by an operator, and started by nobody else.
 * `stuck`: a resource of it fails again and again, and no other node can take it; what stands below that one runs.
 */
export type GroupState =
  | 'running'
  | 'starting'
  | 'stopping'
  | 'stopped'
  | 'failed'
  | 'halted'
  | 'blocked'
  | 'stuck'
  | 'unknown'
  | 'alone'
export type ResourceState = 'running' | 'stopped' | 'starting' | 'stopping' | 'unknown' | 'failed'

export interface LinkStatus {
  readonly name: string
  readonly state: LinkState
  readonly received: number
  readonly lost: number
  readonly lastS?: number
  readonly longestGapS: number
}

export interface NodeStatus {
  readonly name: string
  readonly state: NodeState
  readonly here: boolean
  /** In words, for every state that is not the good one. */
  readonly why?: string
  /** Of a dead one: it said good-bye, was fenced, is taken to be off, or may live all the same. */
  readonly death?: 'left' | 'fenced' | 'believed' | 'doubted'
  readonly standby: boolean
  readonly leaving: boolean
  readonly generation?: number
  readonly silentS?: number
  readonly managerAgeS?: number
  readonly realtime?: boolean
  readonly links: readonly LinkStatus[]
}

export interface ResourceStatus {
  readonly name: string
  readonly state: ResourceState
  readonly leaseS?: number
  readonly note?: string
}

export interface GroupStatus {
  readonly name: string
  readonly home: string
  readonly owner: string
  readonly state: GroupState
  /** The nodes that hold it, in any state but stopped. */
  readonly on: readonly string[]
  readonly epoch: { readonly counter: number; readonly minter: string }
  readonly by: 'policy' | 'operator'
  /** A sentence. */
  readonly because: string
  readonly why?: string
  readonly fix?: string
  readonly sinceS?: number
  readonly failedOn: readonly string[]
  /** Whose copy of its data is known to be old: DRBD will not let it be written. */
  readonly outdatedOn: readonly string[]
  readonly resources: readonly ResourceStatus[]
  /** "if alpha dies now: web starts on beta about 10 s later" */
  readonly ifDies: string
  /** What resources with data of their own (mysqlrole) tell of all nodes: roles, lag, semi-sync. A sentence each. */
  readonly data?: readonly string[]
}

/** late: for longer than warntime. deaf: for longer than deadtime, while another hears that node. silent: nobody does. */
export type HearState = 'hears' | 'late' | 'deaf' | 'silent'

/** One listener, by its own last word. */
export interface HearingRow {
  readonly listener: string
  /** False: nothing of it arrives here, so nobody can tell here whom it hears. */
  readonly known: boolean
  readonly hears: readonly {
    readonly node: string
    readonly state: HearState
    /** Age of the newest heartbeat it had; absent: none of this start. */
    readonly lastS?: number
  }[]
}

/** Nodes that live and do not hear each other. Mostly there is one node on one of the two sides. */
export interface CutStatus {
  /** one-way: the unheard hear the deaf. untold: whether they do cannot be told here. */
  readonly kind: 'one-way' | 'both-ways' | 'untold'
  readonly deaf: readonly string[]
  readonly unheard: readonly string[]
  readonly text: string
  readonly fix: string
}

export interface HearingStatus {
  readonly rows: readonly HearingRow[]
  readonly cuts: readonly CutStatus[]
}

/** When it ends by itself, and where it was ordered; the reason is known there only. */
export interface SuspensionStatus {
  readonly until: string
  readonly remainingS: number
  readonly by: string
  readonly reason?: string
}

/** What operators have suspended in the whole cluster. */
export interface SuspendedStatus {
  readonly disarmed?: SuspensionStatus
  readonly maintenance?: SuspensionStatus & { readonly groups: readonly string[] }
  /** Nodes that have not said that they have it on disk: they may forget it, so nobody relies on it. */
  readonly unconfirmed: readonly string[]
}

export interface PingStatus {
  readonly name: string
  readonly state: 'up' | 'dead' | 'unseen'
  /** Age of the newest probe that it has answered. */
  readonly lastS?: number
}

export interface StatusProblem {
  readonly level: 'error' | 'warning'
  readonly code: string
  readonly text: string
  readonly fix?: string
}

/** `tandem status --json`. Times are ISO 8601 with zone, spans are seconds; within v1 there are only additions. */
export interface Status {
  readonly schema: 'tandem/status/v1'
  readonly version: string
  readonly cluster: string
  readonly node: string
  readonly time: string
  readonly state: 'ok' | 'degraded' | 'down'
  /** One line for people: "all well", "DEGRADED: beta is dead". */
  readonly headline: string
  readonly problems: readonly StatusProblem[]
  readonly timing: {
    readonly keepaliveS: number
    readonly warntimeS: number
    readonly deadtimeS: number
    readonly initdeadS: number
  }
  readonly autoFailback: boolean
  readonly nodes: readonly NodeStatus[]
  readonly groups: readonly GroupStatus[]
  /** `tandem disarm`, `tandem maintenance`; absent: nothing is suspended. */
  readonly suspended?: SuspendedStatus
  /** Ping nodes and ping groups, as this node sees them. */
  readonly pings?: readonly PingStatus[]
  /** DRBD under the groups, as this node sees it; absent: there is none, or it is not up. */
  readonly drbd?: readonly (DrbdReport & { readonly group: string })[]
  /** Who hears whom; absent when the heartbeat process gave no answer. */
  readonly hearing?: HearingStatus
  readonly beat: {
    readonly pid?: number
    readonly state: 'up' | 'down'
    readonly realtime: boolean
    readonly lateMaxMs: number
    readonly pauses: number
    readonly refused: Readonly<Record<string, number>>
  }
  /** 0 seconds: no lease at this timing. */
  readonly lease: { readonly seconds: number; readonly remainingS?: number }
}
