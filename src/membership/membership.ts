/**
 * Who is alive, judged only from what the beat received and when.
 *
 * Silence is measured from the receive stamp of a datagram to the instant at which the beat had drained its sockets
 * (a turn), never to our own clock: a manager that was late, or a beat that is stopped, accuses nobody.
 */
import { leaseSeconds } from '../lease.ts'
import type { Health, LinkName, NodeId, Report, Timing } from '../types.ts'
import { healthAfter, type Notice } from './health.ts'

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
  const left = heard.report?.left ?? false
  const toldAgain = heard.atMs < bornAtMs
  const health = left ? (toldAgain ? 'late' : 'dead') : managerLives ? healthAfter[peer.health].heard : peer.health
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

/**
 * The beat has drained its sockets at `atMs`, having woken `lateMs` too late: silence may have become late, and late dead.
 * A pause of our own is no silence of the others: what was lost to it is given back, and after a long one
 * everybody has a whole deadtime again. A beat that was gone for a while and started anew was as deaf as a paused one.
 * A turn that waited for us in a queue (`stale`) judges nobody: what was heard since waits behind it.
 */
export function turn(
  m: Membership,
  atMs: number,
  wokeLateMs: number,
  stale: boolean,
): readonly [Membership, readonly Change[]] {
  if (atMs < m.turnAtMs) return [m, []]
  const lateMs = Math.max(wokeLateMs, atMs - m.turnAtMs - m.timing.keepaliveMs)
  const paused = lateMs > m.timing.deadtimeMs / 4
  const excused = lateMs > m.timing.keepaliveMs || paused ? excuse(m, atMs, lateMs, paused) : m
  const changes: Change[] = paused ? [{ code: 'paused', lateMs }] : []
  let peers: Map<NodeId, Peer> | undefined = excused.peers === m.peers ? undefined : new Map(excused.peers)
  const beatAtMs = Math.max(m.beatAtMs, atMs)
  if (stale) return [{ ...excused, turnAtMs: atMs, beatAtMs }, changes]
  for (const peer of excused.peers.values()) {
    const silentMs = atMs - excused.traces.get(peer.node)!.heardAtMs
    const notice = noticeOf(peer, silentMs, m.timing)
    const health = notice === undefined ? peer.health : healthAfter[peer.health][notice]
    if (health === peer.health) continue
    peers ??= new Map(m.peers)
    peers.set(peer.node, { ...peer, health, doubtful: health !== 'dead' && peer.doubtful })
    changes.push(
      health === 'late'
        ? { code: 'node-late', node: peer.node, silentMs }
        : { code: 'node-dead', node: peer.node, silentMs, neverSeen: peer.health === 'unseen' },
    )
  }
  return [{ ...excused, turnAtMs: atMs, beatAtMs, peers: peers ?? excused.peers }, changes]
}

function excuse(m: Membership, atMs: number, lateMs: number, paused: boolean): Membership {
  const give = (trace: Trace): Trace => ({
    ...trace,
    heardAtMs: paused ? atMs : Math.min(atMs, trace.heardAtMs + lateMs),
    wordAtMs: paused ? atMs : Math.min(atMs, trace.wordAtMs + lateMs),
  })
  const traces = new Map([...m.traces].map(([node, trace]) => [node, give(trace)]))
  return { ...m, traces, peers: paused ? doubt(m, atMs) : m.peers, wokeAtMs: paused ? atMs : m.wokeAtMs }
}

/** We could not hear for a while, or not be heard: those we have called dead meanwhile get a deadtime to speak. */
export function reawaken(m: Membership): Membership {
  const { turnAtMs } = m
  const silent = (node: NodeId): boolean => turnAtMs - m.traces.get(node)!.heardAtMs >= m.timing.keepaliveMs
  const traces = new Map(
    [...m.traces].map(([node, trace]) => [node, silent(node) ? { ...trace, heardAtMs: turnAtMs } : trace]),
  )
  return { ...m, traces, peers: doubt(m, turnAtMs), wokeAtMs: turnAtMs }
}

/**
 * Whoever has not been heard since we woke may have taken what was ours: wait for its word, or for a deadtime. Also one
 * that was dead or had left when we fell asleep may be back.
 */
function doubt(m: Membership, atMs: number): Membership['peers'] {
  const doubted = (peer: Peer): boolean =>
    peer.health !== 'unseen' && m.traces.get(peer.node)!.heardAtMs < atMs - m.timing.keepaliveMs
  return new Map(
    [...m.peers].map(([node, peer]) => [node, doubted(peer) ? { ...peer, health: 'late', doubtful: true } : peer]),
  )
}

/** How late a turn may reach us and still judge: what was heard since must not wait behind it. */
export const judgeWithinMs = ({ keepaliveMs }: Timing): number => Math.max(50, keepaliveMs / 4)

/** How old the beat's last turn may be while we still decide by it. */
export const staleAfterMs = ({ keepaliveMs, deadtimeMs }: Timing): number => keepaliveMs + deadtimeMs / 4

function noticeOf(peer: Peer, silentMs: number, timing: Timing): Notice | undefined {
  const deadMs = peer.health === 'unseen' ? timing.initdeadMs : timing.deadtimeMs
  if (silentMs >= deadMs) return 'deadtime'
  return silentMs >= timing.warntimeMs ? 'warntime' : undefined
}

/**
 * How long a beat may go on without its manager before the node is no longer believed alive. For ever where there is no
 * lease: the node lives, its addresses stay, and taking them would only make them two.
 */
export const managerGraceMs = (timing: Timing): number =>
  leaseSeconds(timing) === 0 ? Number.POSITIVE_INFINITY : Math.min(Math.max(timing.deadtimeMs, 5_000), 60_000)
