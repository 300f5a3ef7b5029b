/** What this node says: its next heartbeat, made from the state. */

import type { Report } from '../types.ts'
import type { BeatPeer, Step } from './beat-state.ts'
import { ageMs, bootTag, type Datagram, type Echo } from './datagram.ts'
import { managerGraceMs } from './patience.ts'
import { send } from './sent.ts'
import { answer, type Candidate, type Session } from './session.ts'
import { spoken, wire } from './wire.ts'

/** Sends one heartbeat over all links; nothing before there is something to report. */
export function say(step: Step, answerTo?: NodeAnswer): void {
  const { state, config, nowMs } = step
  if (state.report === undefined) return
  if (state.news.dueMs !== Number.POSITIVE_INFINITY) state.news = { ...state.news, dueMs: Number.POSITIVE_INFINITY }
  const proves = nowMs - state.managerTurnMs < managerGraceMs(config.timing)
  state.sent = send(state.sent, nowMs, proves)
  const known = config.wire ?? wire
  const datagram: Datagram = {
    version: spoken(known, state.peers),
    reads: known.newest,
    from: config.self,
    gen: state.gen,
    boot: state.boot,
    seq: state.sent.seq,
    managerAgeMs: ageMs(state.managerTurnMs, nowMs),
    realtime: config.realtime,
    echoes: echoes(state.peers, nowMs, answerTo),
    report: timeless(state.report, nowMs),
  }
  step.effects.push({ type: 'send', datagram })
}

/** Clocks of two hosts cannot be compared: ends leave as what is left of them, rounded down. */
function timeless(report: Report, nowMs: number): Report {
  const { truce } = report
  if (truce === undefined) return report
  const left = (endMs: number): number => Math.max(0, Math.floor(endMs - nowMs))
  const { epoch, groups, disarmedEndMs, maintainedEndMs } = truce
  const word = { epoch, groups, disarmedEndMs: left(disarmedEndMs), maintainedEndMs: left(maintainedEndMs) }
  return { ...report, truce: word }
}

/** An answer is a heartbeat that says of one peer what that datagram of it needs to know. */
interface NodeAnswer {
  readonly index: number
  readonly echo: Echo
}

function echoes(peers: readonly BeatPeer[], nowMs: number, answerTo: NodeAnswer | undefined): readonly Echo[] {
  const all: Echo[] = []
  for (let index = 0; index < peers.length; index += 1) {
    const echo = answerTo?.index === index ? answerTo.echo : echoOf(peers[index]!, nowMs)
    if (echo !== undefined) all.push(echo)
  }
  return all
}

function echoOf(peer: BeatPeer, nowMs: number): Echo | undefined {
  if (peer.session !== undefined) return sessionEcho(peer, peer.session, nowMs)
  return peer.candidate && candidateEcho(peer, peer.candidate, undefined, nowMs)
}

function sessionEcho(peer: BeatPeer, { boot, newest, newestAtMs, counted }: Session, nowMs: number): Echo {
  return {
    peer: peer.name,
    boot: bootTag(boot),
    seq: newest,
    ageMs: ageMs(newestAtMs, nowMs),
    counted,
    knownGen: undefined,
  }
}

function candidateEcho(peer: BeatPeer, heard: Candidate, knownGen: number | undefined, nowMs: number): Echo {
  const { boot, seq, atMs } = heard
  return { peer: peer.name, boot: bootTag(boot), seq, ageMs: ageMs(atMs, nowMs), counted: false, knownGen }
}

/**
 * Answers a datagram at once, within the budget of that peer. With `heard` the answer echoes that start of the peer,
 * proven or not, and says which generation it would have to exceed.
 */
export function reply(step: Step, index: number, heard?: Datagram, knownGen?: number): void {
  const { state, nowMs } = step
  const peer = state.peers[index]!
  const answers = state.report && answer(peer.answers, nowMs)
  if (answers === undefined) return
  const peers = state.peers.slice()
  peers[index] = { ...peer, answers }
  state.peers = peers
  const echo = heard && candidateEcho(peer, { ...heard, atMs: nowMs }, knownGen, nowMs)
  say(step, echo && { index, echo })
}
