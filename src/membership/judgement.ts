/**
 * What becomes of a peer that is silent, and of the others when it was we who were away.
 *
 * Silence is measured from the receive stamp of a datagram to the instant at which the beat had drained its sockets
 * (a turn), never to our own clock: a manager that was late, or a beat that is stopped, accuses nobody.
 */
import type { NodeId, Timing } from '../types.ts'
import { healthAfter, type Notice } from './health.ts'
import type { Change, Membership, Peer, Trace } from './membership.ts'
import { judgeWithinMs } from './patience.ts'

/**
 * The beat has drained its sockets at `atMs`, having woken `lateMs` too late: silence may have become late, and late dead.
 * A pause of our own is no silence of the others: what was lost to it is given back, and after a long one
 * everybody has a whole deadtime again. A beat that was gone for a while and started anew was as deaf as a paused one.
 * A turn that waited for us in a queue judges nobody: what was heard since waits behind it. If it waited for warntime, we
 * were away ourselves, and nobody could count us.
 */
export function turn(
  m: Membership,
  atMs: number,
  wokeLateMs: number,
  nowMs: number,
): readonly [Membership, readonly Change[]] {
  if (atMs < m.turnAtMs) return [m, []]
  const lateMs = Math.max(wokeLateMs, atMs - m.turnAtMs - m.timing.keepaliveMs)
  const paused = lateMs > m.timing.deadtimeMs / 4
  const listening = nowMs - atMs >= m.timing.warntimeMs ? { ...m, wokeAtMs: nowMs } : m
  const excused = lateMs > m.timing.keepaliveMs || paused ? excuse(listening, atMs, lateMs, paused) : listening
  const changes: Change[] = paused ? [{ code: 'paused', lateMs }] : []
  let peers: Map<NodeId, Peer> | undefined = excused.peers === m.peers ? undefined : new Map(excused.peers)
  const beatAtMs = Math.max(m.beatAtMs, atMs)
  if (hasWaited(m, atMs, nowMs)) return [{ ...excused, turnAtMs: atMs, beatAtMs }, changes]
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

/** So long that what was heard since must not wait behind it. */
export const hasWaited = ({ timing }: Membership, atMs: number, nowMs: number): boolean =>
  nowMs - atMs > judgeWithinMs(timing)

function excuse(m: Membership, atMs: number, lateMs: number, paused: boolean): Membership {
  // What has been heard after this turn, and read before it, stays: a turn that waited takes nothing back.
  const later = (ms: number): number => Math.max(ms, paused ? atMs : Math.min(atMs, ms + lateMs))
  const give = (trace: Trace): Trace => ({
    ...trace,
    heardAtMs: later(trace.heardAtMs),
    wordAtMs: later(trace.wordAtMs),
  })
  const traces = new Map([...m.traces].map(([node, trace]) => [node, give(trace)]))
  return {
    ...m,
    traces,
    peers: paused ? doubt(m, atMs) : m.peers,
    wokeAtMs: paused ? Math.max(atMs, m.wokeAtMs) : m.wokeAtMs,
  }
}

/** We could not hear for a while, or not be heard: those we have called dead meanwhile get a deadtime to speak. */
export function reawaken(m: Membership): Membership {
  const { turnAtMs } = m
  const give = (trace: Trace): Trace => (isUnheard(m, trace, turnAtMs) ? { ...trace, heardAtMs: turnAtMs } : trace)
  const traces = new Map([...m.traces].map(([node, trace]) => [node, give(trace)]))
  return { ...m, traces, peers: doubt(m, turnAtMs), wokeAtMs: turnAtMs }
}

/**
 * Whoever has not been heard since we woke may have taken what was ours: wait for its word, or for a deadtime. Also one
 * that was dead or had left when we fell asleep may be back: that it had stopped everything counts no more.
 */
function doubt(m: Membership, atMs: number): Membership['peers'] {
  const doubted = ({ node, health }: Peer): boolean => health !== 'unseen' && isUnheard(m, m.traces.get(node)!, atMs)
  return new Map(
    [...m.peers].map(([node, peer]) => [
      node,
      doubted(peer) ? { ...peer, health: 'late', doubtful: true, left: false } : peer,
    ]),
  )
}

const isUnheard = ({ timing }: Membership, { heardAtMs }: Trace, atMs: number): boolean =>
  heardAtMs < atMs - timing.keepaliveMs

function noticeOf(peer: Peer, silentMs: number, timing: Timing): Notice | undefined {
  const deadMs = peer.health === 'unseen' ? timing.initdeadMs : timing.deadtimeMs
  if (silentMs >= deadMs) return 'deadtime'
  return silentMs >= timing.warntimeMs ? 'warntime' : undefined
}
