/** Who is there, told only by what the beat has received and when. What silence means is `judgement.ts`. */
import type { Health, LinkName, NodeId, Report, Timing } from '../types.ts'
import { healthAfter } from './health.ts'
import { managerGraceMs } from './patience.ts'

/** One accepted datagram of a proven session, as the beat passes it on. */
export interface Heard {
  readonly from: NodeId
  /** Which start of its beat, as it counts them; for people. */
  readonly gen: number
  /** Which start of its beat, told by the beat only once it is proven to run now: another one replaces all we knew. */
  readonly boot: string
  readonly seq: number
  /** Receive stamp of the beat, monotonic milliseconds. */
  readonly atMs: number
  readonly link: LinkName
  /** When I sent the newest of my datagrams that it has accepted; undefined = none of this boot. */
  readonly echoedSentAtMs: number | undefined
  /** How long ago its manager last took a turn. */
  readonly managerAgeMs: number
  readonly realtime: boolean
  /** Undefined: its list of nodes differs from ours, so its claims cannot be read. */
  readonly report: Report | undefined
}

/** What decisions look at. The same object as long as nothing changed. */
export interface Peer {
  readonly node: NodeId
  readonly health: Health
  readonly gen: number
  readonly boot: string
  /** It said good-bye with everything stopped; dead, and nothing of it needs fencing. */
  readonly left: boolean
  /** Fenced since it died; only another start of it is believed again. */
  readonly fenced: boolean
  readonly report: Report | undefined
  /** Since when it has been up without a break. */
  readonly upSinceMs: number
  readonly realtime: boolean
  /** Its manager has not taken a turn for longer than warntime. */
  readonly sick: boolean
  /** Not heard since a pause or a restart of ours: what it said before may be long untrue. */
  readonly doubtful: boolean
  /** It has lately counted a datagram of ours as a sign of life, so it is not about to take what we start. */
  readonly hearsUs: boolean
}

/** What changes with every datagram. */
export interface Trace {
  readonly seq: number
  /** Its last sign of life: silence is measured from here. */
  readonly heardAtMs: number
  /** The last datagram of its beat, whether or not its manager lives. */
  readonly wordAtMs: number
  readonly echoedSentAtMs: number | undefined
  /** The same of any start of it: until a deadtime after that no start of it can call us dead. */
  readonly countedAtMs: number
  readonly managerSeenAtMs: number
}

export interface Membership {
  readonly timing: Timing
  /** The latest instant at which the beat had drained its sockets. */
  readonly turnAtMs: number
  /** When our own beat was last seen alive, by a turn or by what it heard; never, before the first of them. */
  readonly beatAtMs: number
  /** When this manager started: what was heard before was said to another one, and much may have changed since. */
  readonly bornAtMs: number
  /** When we last woke from a pause of our own; never, before the first. */
  readonly wokeAtMs: number
  readonly peers: ReadonlyMap<NodeId, Peer>
  readonly traces: ReadonlyMap<NodeId, Trace>
}

export type Change =
  | {
      readonly code: 'node-up'
      readonly node: NodeId
      readonly was: Health
      readonly gen: number
      readonly restarted: boolean
    }
  | { readonly code: 'node-restarted'; readonly node: NodeId; readonly gen: number }
  | { readonly code: 'node-late'; readonly node: NodeId; readonly silentMs: number }
  | { readonly code: 'node-dead'; readonly node: NodeId; readonly silentMs: number; readonly neverSeen: boolean }
  | { readonly code: 'node-left'; readonly node: NodeId }
  | { readonly code: 'paused'; readonly lateMs: number }

export function join(timing: Timing, others: readonly NodeId[], nowMs: number): Membership {
  const peer = (node: NodeId): Peer => ({
    node,
    health: 'unseen',
    gen: 0,
    boot: '',
    left: false,
    fenced: false,
    report: undefined,
    upSinceMs: nowMs,
    realtime: false,
    sick: false,
    doubtful: false,
    hearsUs: false,
  })
  const trace: Trace = {
    seq: 0,
    heardAtMs: nowMs,
    wordAtMs: nowMs,
    echoedSentAtMs: undefined,
    countedAtMs: Number.NEGATIVE_INFINITY,
    managerSeenAtMs: nowMs,
  }
  return {
    timing,
    turnAtMs: nowMs,
    beatAtMs: Number.NEGATIVE_INFINITY,
    bornAtMs: nowMs,
    wokeAtMs: Number.NEGATIVE_INFINITY,
    peers: new Map(others.map(node => [node, peer(node)])),
    traces: new Map(others.map(node => [node, trace])),
  }
}

/** A datagram was accepted. Older ones than the newest of its generation, and those of a fenced generation, change nothing. */
export function hear(m: Membership, heard: Heard): readonly [Membership, readonly Change[]] {
  const peer = m.peers.get(heard.from)
  const trace = m.traces.get(heard.from)
  if (peer === undefined || trace === undefined || !isNews(peer, trace, heard)) return [m, []]
  const managerLives = heard.managerAgeMs < managerGraceMs(m.timing)
  const sameStart = peer.boot === heard.boot
  const next: Trace = {
    seq: heard.seq,
    // A beat whose manager is gone for good proves only itself: its node goes late, then dead.
    heardAtMs: managerLives ? Math.max(heard.atMs, sameStart ? trace.heardAtMs : 0) : trace.heardAtMs,
    wordAtMs: sameStart ? Math.max(heard.atMs, trace.wordAtMs) : heard.atMs,
    echoedSentAtMs: heard.echoedSentAtMs ?? (sameStart ? trace.echoedSentAtMs : undefined),
    countedAtMs: Math.max(trace.countedAtMs, heard.echoedSentAtMs ?? Number.NEGATIVE_INFINITY),
    managerSeenAtMs: heard.atMs - heard.managerAgeMs,
  }
  const traces = new Map(m.traces).set(heard.from, next)
  const hearsUs =
    heard.atMs - (next.echoedSentAtMs ?? Number.NEGATIVE_INFINITY) < m.timing.deadtimeMs - m.timing.keepaliveMs
  const [after, changes] = meet(peer, heard, managerLives, hearsUs, m)
  const beatAtMs = Math.max(m.beatAtMs, heard.atMs)
  return [{ ...m, traces, beatAtMs, peers: after === peer ? m.peers : new Map(m.peers).set(peer.node, after) }, changes]
}

function isNews(peer: Peer, trace: Trace, heard: Heard): boolean {
  if (heard.boot !== peer.boot) return true
  return !peer.fenced && heard.seq > trace.seq
}

function meet(
  peer: Peer,
  heard: Heard,
  managerLives: boolean,
  hearsUs: boolean,
  { timing, bornAtMs }: Membership,
): readonly [Peer, readonly Change[]] {
  const restarted = heard.boot !== peer.boot
  const saysLeft = heard.report?.left ?? false
  // Heard by an earlier manager: it may be back since, and we may have been cut off. It counts as silent.
  const left = saysLeft && heard.atMs >= bornAtMs
  const health = saysLeft ? (left ? 'dead' : 'late') : managerLives ? healthAfter[peer.health].heard : peer.health
  // Until it has counted a datagram of this manager, a word of the former may be on its way that gives away what we look at.
  const doubtful = health !== 'dead' && (heard.echoedSentAtMs ?? Number.NEGATIVE_INFINITY) < bornAtMs
  const sick = heard.managerAgeMs >= timing.warntimeMs
  const { node } = peer
  const same =
    !restarted &&
    health === peer.health &&
    left === peer.left &&
    sick === peer.sick &&
    heard.realtime === peer.realtime &&
    heard.report === peer.report &&
    hearsUs === peer.hearsUs &&
    doubtful === peer.doubtful
  if (same) return [peer, []]
  const rose = health === 'up' && (peer.health === 'unseen' || peer.health === 'dead' || restarted)
  const after: Peer = {
    node,
    health,
    gen: heard.gen,
    boot: heard.boot,
    left,
    fenced: false,
    report: heard.report,
    realtime: heard.realtime,
    sick,
    doubtful,
    hearsUs,
    upSinceMs: rose ? heard.atMs : peer.upSinceMs,
  }
  const changes: Change[] = []
  if (restarted && (peer.health === 'up' || peer.health === 'late'))
    changes.push({ code: 'node-restarted', node, gen: heard.gen })
  if (health === 'up' && peer.health !== 'up')
    changes.push({ code: 'node-up', node, was: peer.health, gen: heard.gen, restarted })
  if (left && !peer.left) changes.push({ code: 'node-left', node })
  return [after, changes]
}

/** A peer was fenced: it must start again to be believed. */
export function bury(m: Membership, node: NodeId): Membership {
  const peer = m.peers.get(node)
  if (peer === undefined || peer.health !== 'dead') return m
  return { ...m, peers: new Map(m.peers).set(node, { ...peer, fenced: true }) }
}
