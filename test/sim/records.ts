/** What the world writes down of each host, to judge it by. */
import type { Epoch, GroupName, NodeId } from '../../src/types.ts'

export interface Word {
  readonly boot: string
  readonly gen: number
  readonly seq: number
}

/** A node that has said so takes nothing before the end from one that has read it and has not said anything newer. */
export interface Suspension {
  readonly epoch: Epoch
  readonly disarmedEndMs: number
  readonly maintainedEndMs: number
  readonly groups: readonly GroupName[]
}

/** What the world knows of one host for its judgement. */
export interface Notes {
  sent: Word | undefined
  /** The last datagram of each peer that its beat passed on. */
  readonly accepted: Map<NodeId, Word & { readonly atMs: number }>
  /** The same, of this start of its beat. */
  readonly newest: Map<NodeId, Word>
  /** The last sign of life of each peer: accepted, and the peer's manager had taken a turn. */
  readonly proofMs: Map<NodeId, number>
  /** Since when its beat has been listening without a long break; when it stopped. */
  listeningMs: number
  /** When its beat or its manager last woke or started. */
  wokeMs: number
  deafSinceMs: number | undefined
  /** Peers it had not heard for a deadtime when a job began, by group. */
  readonly silentAt: Map<GroupName, ReadonlySet<NodeId>>
  /** `node/group` that it has been told to be blocked. */
  readonly knowsBlocked: Set<string>
  /** The highest number of stops and starts of each group that it has been told since its manager started. */
  readonly toldHalts: Map<GroupName, number>
  /** Starts of nodes whose failed stops an operator has forgiven here. */
  readonly pardoned: Set<string>
  readonly blocked: Set<GroupName>
  readonly stopFailures: Map<GroupName, number>
  /** Peers that it had declared dead, or had not heard for a deadtime before it started something, although they were sending. */
  readonly cutFrom: Set<NodeId>
  /** Since when each peer has been sending without one of its heartbeats being accepted. */
  readonly missedSinceMs: Map<NodeId, number>
  /** When the newest probe that a ping node has answered was sent. */
  pingedMs: number
  /** The same of each of them. */
  readonly pingsMs: Map<string, number>
  /** Since when its service interface has been without carrier; not a number: it has it. Until when it was. */
  darkSinceMs: number
  darkUntilMs: number
  /** When a question about a silent peer was last answered; when its silence misled. */
  readonly answeredMs: Map<NodeId, number>
  readonly aliveMs: Map<NodeId, number>
  /** When it sent what: of its last datagrams; and the newest of them that each peer has counted, as far as it was told. */
  readonly sentMs: Map<string, number>
  readonly countedMs: Map<NodeId, number>
  readonly misledMs: Map<NodeId, number>
  /** Since or until when it calls a peer dead: infinity = now. */
  readonly callsDeadMs: Map<NodeId, number>
  unpluggedMs: number
  /** `damage/group` that an operator has accepted there. */
  readonly risked: Set<string>
  /** The last word of each peer that it has read on what is suspended: until when, by the clock of the world. */
  readonly promises: Map<NodeId, Suspension>
  /** The newest register that it has spoken of. */
  said: Epoch | undefined
  standbyOrdered: boolean
  /** Of which groups its disk said, when it was switched on, that it was the last man; and those that have run anywhere since. */
  lastMan: ReadonlySet<GroupName>
  /** Of these another disk said so too, then. */
  bothLast: ReadonlySet<GroupName>
  /** Has been switched off, and no manager has started since. */
  cold: boolean
  readonly begun: Set<GroupName>
  highestGen: number
  disksLost: number
}

export const newNotes = (): Notes => ({
  sent: undefined,
  accepted: new Map(),
  newest: new Map(),
  proofMs: new Map(),
  listeningMs: 0,
  wokeMs: 0,
  deafSinceMs: undefined,
  silentAt: new Map(),
  knowsBlocked: new Set(),
  toldHalts: new Map(),
  pardoned: new Set(),
  blocked: new Set(),
  stopFailures: new Map(),
  cutFrom: new Set(),
  missedSinceMs: new Map(),
  pingedMs: Number.NEGATIVE_INFINITY,
  pingsMs: new Map(),
  darkSinceMs: Number.NaN,
  darkUntilMs: Number.NEGATIVE_INFINITY,
  answeredMs: new Map(),
  aliveMs: new Map(),
  sentMs: new Map(),
  countedMs: new Map(),
  misledMs: new Map(),
  callsDeadMs: new Map(),
  unpluggedMs: Number.NEGATIVE_INFINITY,
  risked: new Set(),
  promises: new Map(),
  said: undefined,
  standbyOrdered: false,
  lastMan: new Set(),
  bothLast: new Set(),
  cold: true,
  begun: new Set(),
  highestGen: 0,
  disksLost: 0,
})

export interface Tally {
  moves: number
  jobs: number
  blocked: number
  failed: number
  rejected: number
  deaths: number
  splits: number
  fenced: number
  troubles: number
}

export const newTally = (): Tally => ({
  moves: 0,
  jobs: 0,
  blocked: 0,
  failed: 0,
  rejected: 0,
  deaths: 0,
  splits: 0,
  fenced: 0,
  troubles: 0,
})
