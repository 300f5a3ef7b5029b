/**
 * Who may act when others are silent.
 *
 * Three nodes and more ask for a majority: nobody is taken from before most nodes have called it dead, and whoever is not
 * counted by enough others lets go first. Two nodes have no majority. A ping node tells one of them that it is the one
 * cut off; it is not a vote, for both sides of a cut may see it, so `split_policy ask` asks on the service network too.
 */
import type { AskOutcome } from '../events.ts'
import type { Peer } from '../membership/membership.ts'
import { safetyClass } from '../resources/safetyClass.ts'
import type { Group, GroupName, NodeId, Timing } from '../types.ts'
import { mayHave } from './lent.ts'
import type { Cluster } from './state.ts'
import { isBound, isDisarmed, maintainedNow, mayHoldOnUntilMs } from './truce.ts'

/** What the silence of a dead peer allows. Only `free` is a permission. */
export type Silence =
  | 'free'
  /** Taking over is suspended, or was and it may not know yet that it is so no more. */
  | 'disarmed'
  | 'not-fenced'
  /** Not most of the nodes call it dead. */
  | 'outvoted'
  /** No ping node answers this node: it may be the one that is cut off. */
  | 'no-ping'
  /** `split_policy wait`. */
  | 'waits'
  | 'asking'
  /** An address of its groups answers on the service network, or it cannot be told whether. */
  | 'answers'
  /** Its host may live, and no address of its groups answers: enough for a group of addresses that is at home here. */
  | 'alive'
  /** That has lasted longer: whose home it is would have taken it by now. */
  | 'deserted'
  | 'unable-to-ask'

/** This node's right to act, as far as its peers and the ping nodes give it. The same object as long as nothing changed. */
export interface Standing {
  /** Cut off: let go of everything before the others take it. */
  readonly isolated: boolean
  /** Of each peer that is dead. */
  readonly silences: ReadonlyMap<NodeId, Silence>
  /** Nobody takes over from a silent node. */
  readonly disarmed: boolean
  /** Groups in maintenance. */
  readonly maintained: ReadonlySet<GroupName>
}

export const untroubled: Standing = { isolated: false, silences: new Map(), disarmed: false, maintained: new Set() }

/** What asking about a silent peer has told so far. */
export interface Inquiry {
  readonly askedAtMs: number
  /** The questions that ended last: when they were sent, and what came of them. */
  readonly sentAtMs: number
  readonly outcome: AskOutcome | undefined
  /** When something answered last, and when its host alone did, by our own clock at the end of those questions. */
  readonly answeredAtMs: number
  readonly aliveAtMs: number
  /** Who answered, or why nothing could be asked. */
  readonly by: string | undefined
}

export const neverAsked: Inquiry = {
  askedAtMs: Number.NEGATIVE_INFINITY,
  sentAtMs: Number.NEGATIVE_INFINITY,
  outcome: undefined,
  answeredAtMs: Number.NEGATIVE_INFINITY,
  aliveAtMs: Number.NEGATIVE_INFINITY,
  by: undefined,
}

/** What this node knows of the world beside its peers' heartbeats. */
export interface Outside {
  /** By ping node: when the newest probe that it has answered was sent. */
  readonly pings: ReadonlyMap<string, number>
  /** Interfaces without carrier, and the groups that have addresses on them. */
  readonly dark: ReadonlyMap<string, readonly GroupName[]>
  readonly inquiries: ReadonlyMap<NodeId, Inquiry>
}

export const nothingKnown: Outside = { pings: new Map(), dark: new Map(), inquiries: new Map() }

export const byMajority = (c: Cluster): boolean => c.config.nodes.length > 2
/** How many nodes have to agree that another one is dead. */
export const majorityOf = (nodes: number): number => Math.floor(nodes / 2) + 1

/**
 * Judged by what is known, at the instant of the beat's last turn: a manager that was late judges nobody by its own clock.
 * Only what others have said grows old by it.
 */
export function judge(c: Cluster, nowMs: number): Standing {
  const { standing } = c
  const { fencing, pings, splitPolicy } = c.config
  if (c.truce === undefined && !byMajority(c) && pings.length === 0 && splitPolicy === 'take' && !fencing)
    return untroubled
  // A turn that waited for us judges nobody: what was heard since waits behind it.
  const isolated = c.behind ? standing.isolated : isIsolated(c) && c.members.turnAtMs >= mayHoldOnUntilMs(c)
  const disarmed = isDisarmed(c)
  const maintained = maintainedNow(c)
  const silences = new Map<NodeId, Silence>()
  for (const peer of c.members.peers.values())
    if (peer.health === 'dead') silences.set(peer.node, silenceOf(c, peer, nowMs))
  const same =
    standing.isolated === isolated &&
    standing.disarmed === disarmed &&
    standing.maintained.size === maintained.length &&
    maintained.every(group => standing.maintained.has(group)) &&
    sameEntries(standing.silences, silences)
  return same ? standing : { isolated, silences, disarmed, maintained: new Set(maintained) }
}

const sameEntries = (a: Standing['silences'], b: Standing['silences']): boolean =>
  a.size === b.size && [...a].every(([node, silence]) => b.get(node) === silence)

/** What stands between us and what a dead peer had; `free` where nobody has to be asked. */
export const silence = (c: Cluster, peer: Peer): Silence => c.standing.silences.get(peer.node) ?? 'free'

/** May this group be run as if that dead peer ran nothing of it? Addresses that nobody answers for are nobody's. */
export const isFree = (c: Cluster, group: Group, peer: Peer): boolean => silenceFor(c, group, peer) === 'free'

/** The same for one group: what a silent peer cannot have, it cannot hold on to either. */
export function silenceFor(c: Cluster, group: Group, peer: Peer): Silence {
  const told = silence(c, peer)
  const why = told === 'disarmed' && !mayHave(c, group.name, peer) ? verdictOn(c, peer, c.settledAtMs) : told
  const mine = group.homes[0] === c.config.self
  const nobodys = why === 'deserted' || (why === 'alive' && mine)
  return nobodys && safetyClass(group) === 'at-least-one' ? 'free' : why
}

function silenceOf(c: Cluster, peer: Peer, nowMs: number): Silence {
  const bound = !peer.left && !peer.fenced && isBound(c, peer)
  return bound ? 'disarmed' : verdictOn(c, peer, nowMs)
}

/** As if nothing were suspended. */
function verdictOn(c: Cluster, peer: Peer, nowMs: number): Silence {
  if (peer.left || peer.fenced) return 'free'
  if (c.config.fencing) return 'not-fenced'
  if (byMajority(c)) return votesAgainst(c, peer.node, nowMs) >= majorityOf(c.config.nodes.length) ? 'free' : 'outvoted'
  if (c.config.pings.length > 0 && !pingFresh(c)) return 'no-ping'
  if (c.config.splitPolicy === 'take') return 'free'
  return c.config.splitPolicy === 'wait' ? 'waits' : answerOf(c, peer)
}

/**
 * Two heartbeats on their way, one that may be lost, and one of its manager's turns. Less than a deadtime: any two
 * majorities share a voter, and before that is over it cannot have called dead the one that counts its vote.
 */
export const voteAgeMs = ({ keepaliveMs }: Timing): number => 4 * keepaliveMs

/**
 * Nodes, this one included, that call it dead now. A word counts only while it is young, for it may have been taken back:
 * it is younger than the newest of our heartbeats that it echoes, but for the time its manager had not moved.
 */
export function votesAgainst(c: Cluster, node: NodeId, nowMs: number): number {
  const { members, config } = c
  let votes = 1
  for (const peer of members.peers.values()) {
    if (peer.node === node || peer.doubtful || (peer.health !== 'up' && peer.health !== 'late')) continue
    const { echoedSentAtMs = Number.NEGATIVE_INFINITY, wordAtMs, managerSeenAtMs } = members.traces.get(peer.node)!
    const ageMs = Math.max(nowMs, members.turnAtMs) - echoedSentAtMs + (wordAtMs - managerSeenAtMs)
    const young = ageMs < voteAgeMs(config.timing)
    if (young && peer.report?.dead.has(node) === true) votes++
  }
  return votes
}

/** When the newest probe that any ping node has answered was sent. */
export const pingedAtMs = ({ outside }: Cluster): number =>
  Math.max(Number.NEGATIVE_INFINITY, ...outside.pings.values())

const pingFresh = (c: Cluster): boolean => c.members.turnAtMs - pingedAtMs(c) < c.config.timing.warntimeMs

/**
 * The send time of the newest heartbeat of ours that stands in the way of a majority against us: until a deadtime after
 * it, too few nodes can have called us dead.
 */
export function supportedAtMs({ config, members }: Cluster): number {
  const counted = [...members.traces.values()].map(trace => trace.countedAtMs)
  counted.sort((a, b) => a - b)
  return counted[majorityOf(config.nodes.length) - 1] ?? Number.POSITIVE_INFINITY
}

/** Whoever has just started or woken up has a warntime to be heard. */
function isIsolated(c: Cluster): boolean {
  const { members, config } = c
  const { warntimeMs } = config.timing
  const listeningMs = Math.max(members.bornAtMs, members.wokeAtMs)
  const lost = (sinceMs: number): boolean => members.turnAtMs - Math.max(sinceMs, listeningMs) >= warntimeMs
  if (byMajority(c)) return lost(supportedAtMs(c) + config.timing.keepaliveMs) // an echo tells of the heartbeat before
  if (config.pings.length === 0 || members.peers.size === 0) return false
  const alone = [...members.peers.values()].every(({ node }) => lost(members.traces.get(node)!.heardAtMs))
  return alone && lost(pingedAtMs(c))
}

/** The verdict of asking. Whatever answers is alive for another deadtime; silence counts only if it was heard just now. */
function answerOf(c: Cluster, { node, gen }: Peer): Silence {
  const inquiry = c.outside.inquiries.get(node)
  const { keepaliveMs, deadtimeMs } = c.config.timing
  const { turnAtMs, bornAtMs } = c.members
  if (inquiry?.outcome === undefined) return 'asking'
  if (turnAtMs - inquiry.answeredAtMs < deadtimeMs) return 'answers'
  if (inquiry.outcome === 'unable') return 'unable-to-ask'
  if (turnAtMs - bornAtMs < deadtimeMs) return 'asking' // a former manager may have been answered
  if (turnAtMs - inquiry.sentAtMs > 2 * keepaliveMs + longestAskMs) return 'asking'
  if (turnAtMs - inquiry.aliveAtMs < deadtimeMs) {
    if (gen === 0) return 'answers' // never met: it may be about to take as well, and nobody knows when it started
    const lastSignMs = Math.max(inquiry.answeredAtMs, c.members.traces.get(node)!.heardAtMs)
    return turnAtMs - lastSignMs < deadtimeMs + 3 * keepaliveMs ? 'alive' : 'deserted'
  }
  return 'free'
}

/** Questions are over within a keepalive, and within this. */
const longestAskMs = 1_000

/**
 * Does the answer matter: could this node start something if the peer is dead, or is it to be known who has outlived whom?
 * Asked from warntime on.
 */
export function mustAsk(c: Cluster, peer: Peer): boolean {
  const { config, members } = c
  if (byMajority(c) || config.fencing || config.splitPolicy !== 'ask' || peer.left) return false
  const silentMs = members.turnAtMs - members.traces.get(peer.node)!.heardAtMs
  if (silentMs < config.timing.warntimeMs) return false
  const unsettled = config.groups.some(({ name }) => !c.disk.saved.lastMan.includes(name))
  const outlived = peer.health === 'dead' && peer.gen > 0 && unsettled
  return outlived || config.groups.some(group => mightStart(c, group, peer.node))
}

/** Is there anything of this group that this node could start if that one is dead? */
export function mightStart(c: Cluster, { name, resources }: Group, node: NodeId): boolean {
  const { assignment, run } = c.groups.get(name)!
  return assignment.owner === node || run.up < resources.length
}

export const nextAskMs = (c: Cluster, peer: Peer): number =>
  mustAsk(c, peer)
    ? (c.outside.inquiries.get(peer.node)?.askedAtMs ?? Number.NEGATIVE_INFINITY) + c.config.timing.keepaliveMs
    : Number.POSITIVE_INFINITY
