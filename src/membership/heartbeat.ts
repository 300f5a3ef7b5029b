/**
 * The beat process as one function: event and time in, state and effects out. The real process and the simulator both
 * run it; neither bytes nor sockets appear here.
 *
 * - A heartbeat leaves at each keepalive of a fixed schedule, and at once when there is news (a moment later when there is
 *   much of it) or a peer needs an answer.
 * - The manager is told a turn at each keepalive and when the silence of a peer reaches warntime or deadtime: as early as
 *   the rule allows and never before.
 * - A wake-up late by more than a quarter of deadtime was a pause: what lies in the sockets then is old.
 */
import type { LinkName, Next, NodeId, Report, Timing } from '../types.ts'
import {
  type BeatConfig,
  type BeatEffect,
  type BeatEvent,
  type BeatPeer,
  type BeatState,
  count,
  type Step,
  tell,
} from './beat-state.ts'
import { isUrgent, newsAt } from './news.ts'
import { newPath, silentFor } from './path.ts'
import { receive } from './reception.ts'
import { sameReport } from './sameReport.ts'
import { say } from './speech.ts'
import { wire } from './wire.ts'

const nothing: readonly BeatEffect[] = []
/** How often the last word is said: nobody acknowledges it. */
const goodbyes = 3

export function beatStep(before: BeatState, event: BeatEvent, nowMs: number): Next<BeatState, BeatEffect> {
  if (event.type === 'settings') return configure(before, event.config, event.boot, nowMs)
  const { config } = before
  if (config === undefined) return [before, event.type === 'end' ? [{ type: 'exit' }] : nothing]
  const lateMs = nowMs - nextTurnMs(before)
  if (event.type === 'timer' && nowMs < nextBeatMs(before)) return [before, nothing]
  const step: Step = { state: { ...before }, config, effects: [], nowMs }
  if (lateMs > config.timing.deadtimeMs / 4) wake(step, lateMs)
  else if (event.type === 'timer' && lateMs >= 0) turn(step, lateMs, false)
  if (event.type === 'timer' && nowMs >= step.state.news.dueMs) say(step)
  obey(step, event)
  return [step.state, step.effects]
}

/** When the next `timer` event is due; infinity before the first settings. */
export const nextBeatMs = (state: BeatState): number => Math.min(nextTurnMs(state), state.news.dueMs)

function nextTurnMs(state: BeatState): number {
  let next = state.nextSendMs
  for (const peer of state.peers) if (peer.turnAtMs < next) next = peer.turnAtMs
  return next
}

function obey(step: Step, event: Exclude<BeatEvent, { type: 'settings' }>): void {
  const { state } = step
  if (event.type === 'alive' || event.type === 'report') state.managerTurnMs = event.turnMs
  if (event.type === 'datagram') receive(step, event.datagram, event.link)
  else if (event.type === 'report') adopt(step, event.report)
  else if (event.type === 'attach') recall(step)
  else if (event.type === 'end') leave(step)
}

function adopt(step: Step, report: Report): void {
  const { state } = step
  const before = state.report
  if (before !== undefined && sameReport(before, report)) return
  state.report = report
  state.news = newsAt(state.news, step.config.timing.keepaliveMs, step.nowMs)
  if (before === undefined || isUrgent(before, report) || state.news.dueMs <= step.nowMs) say(step)
}

function leave(step: Step): void {
  for (let time = 0; time < goodbyes; time += 1) say(step)
  step.effects.push({ type: 'exit' })
}

/**
 * A new manager is told what its predecessor was: links that are up and the last word of each peer, but not the last word
 * of one that has died since: what it held then may have been taken over here. After a good-bye all begins anew: whoever
 * heard it took what we had and waits for us no longer.
 */
function recall(step: Step): void {
  const saidGoodbye = step.state.report?.left === true
  for (const peer of step.state.peers) {
    for (const path of peer.paths) if (path.up) tell(step, { type: 'link', peer: peer.name, link: path.link, up: true })
    const last = peer.lastHeard
    if (saidGoodbye || last === undefined || isOld(step.state, last.atMs)) continue
    const died = step.nowMs - last.atMs >= step.config.timing.deadtimeMs && last.report?.left !== true
    if (!died || hasBlocked(last.report)) tell(step, { type: 'heard', heard: last })
  }
}

/** A stop that failed is not to be forgotten, whatever became of its node. */
const hasBlocked = (report: Report | undefined): boolean =>
  report !== undefined && [...report.claims.values()].some(claim => claim.state === 'blocked')

/** What was heard before a pause of mine is for nobody who was not there: let the peer speak again. */
const isOld = ({ pause }: BeatState, heardAtMs: number): boolean => pause !== undefined && heardAtMs < pause.wokeAtMs

/** I was paused: say so first, and remember from which seq on an echo is from after it. */
function wake(step: Step, lateMs: number): void {
  step.state.pause = { wokeAtMs: step.nowMs, freshSeq: step.state.sent.seq + 1 }
  count(step, 'pauses')
  turn(step, lateMs, true)
  if (step.state.sent.seq < step.state.pause.freshSeq) say(step)
}

function turn(step: Step, lateMs: number, paused: boolean): void {
  const { state, config, nowMs } = step
  const { keepaliveMs } = config.timing
  if (lateMs > state.counts.longestLateMs) state.counts = { ...state.counts, longestLateMs: lateMs }
  if (nowMs >= state.nextSendMs) {
    // A fixed rate: being late once moves nothing, and heartbeats that were missed are not made up for.
    state.nextSendMs += keepaliveMs * (Math.floor((nowMs - state.nextSendMs) / keepaliveMs) + 1)
    say(step)
    loseLinks(step)
  }
  tell(step, { type: 'turn', atMs: nowMs, lateMs })
  const excuseMs = paused ? Number.POSITIVE_INFINITY : lateMs > keepaliveMs ? lateMs : 0
  if (excuseMs > 0 || state.peers.some(peer => peer.turnAtMs <= nowMs)) {
    state.peers = state.peers.map(peer => judgedAgain(peer, excuseMs, config.timing, nowMs))
  }
}

/** The next instant at which the silence of a peer matters. My own lateness is no silence of the peer. */
function judgedAgain(peer: BeatPeer, excuseMs: number, timing: Timing, nowMs: number): BeatPeer {
  if (peer.silentSinceMs === undefined) return peer
  const silentSinceMs = Math.min(nowMs, peer.silentSinceMs + excuseMs)
  const { warntimeMs, deadtimeMs } = timing
  const next = [warntimeMs, deadtimeMs].map(ms => silentSinceMs + ms).find(atMs => atMs > nowMs)
  return { ...peer, silentSinceMs, turnAtMs: next ?? Number.POSITIVE_INFINITY }
}

function loseLinks(step: Step): void {
  const { state, config, nowMs } = step
  const { deadtimeMs } = config.timing
  for (let index = 0; index < state.peers.length; index += 1) {
    const peer = state.peers[index]!
    if (!peer.paths.some(path => silentFor(path, deadtimeMs, nowMs))) continue
    const paths = peer.paths.map(path => {
      if (!silentFor(path, deadtimeMs, nowMs)) return path
      tell(step, { type: 'link', peer: peer.name, link: path.link, up: false })
      return { ...path, up: false }
    })
    const peers = state.peers.slice()
    peers[index] = { ...peer, paths }
    state.peers = peers
  }
}

function configure(before: BeatState, config: BeatConfig, boot: string, nowMs: number): Next<BeatState, BeatEffect> {
  const known = new Map(before.peers.map(peer => [peer.name, peer]))
  const others = config.nodes.filter(node => node !== config.self)
  const peers = others.map(node =>
    withLinks(known.get(node) ?? newPeer(node, (config.wire ?? wire).oldest), config.links),
  )
  const first = before.config === undefined
  const nextSendMs = Math.min(before.nextSendMs, nowMs + config.timing.keepaliveMs)
  const start = first ? { boot, gen: config.gen } : {}
  return [{ ...before, ...start, config, peers, nextSendMs }, nothing]
}

function newPeer(name: NodeId, reads: number): BeatPeer {
  return {
    name,
    reads,
    session: undefined,
    formerBoot: undefined,
    candidate: undefined,
    receivedSeq: 0,
    countedSeq: 0,
    countedSentAtMs: undefined,
    silentSinceMs: undefined,
    turnAtMs: Number.POSITIVE_INFINITY,
    answers: { sinceMs: Number.NEGATIVE_INFINITY, count: 0 },
    paths: [],
    lastHeard: undefined,
    lastWord: undefined,
  }
}

function withLinks(peer: BeatPeer, links: readonly LinkName[]): BeatPeer {
  return { ...peer, paths: links.map(link => peer.paths.find(path => path.link === link) ?? newPath(link)) }
}
