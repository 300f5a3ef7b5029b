/** What a received datagram changes: nothing, unless its sender is proven. */
import type { LinkName, NodeId } from '../types.ts'
import { type BeatPeer, complain, count, type Step, setPeer, tell } from './beat-state.ts'
import type { Datagram, Echo } from './datagram.ts'
import { wordAfter } from './hearing.ts'
import type { Heard } from './membership.ts'
import { highestGen } from './packet.ts'
import { forgetSeqs, type Path, pass } from './path.ts'
import { provedAtMs, sentAtMs } from './sent.ts'
import { candidateAfter, judge } from './session.ts'
import { reply, say } from './speech.ts'

export function receive(step: Step, datagram: Datagram, link: LinkName): void {
  const index = step.state.peers.findIndex(peer => peer.name === datagram.from)
  const peer = step.state.peers[index]
  if (peer !== undefined) receiveFrom(step, index, atMost(step, index, peer, datagram.reads), datagram, link)
  else if (datagram.from === step.config.self) receiveOwn(step, datagram)
  else count(step, 'unknownNode')
}

/**
 * Whoever says that it reads less is believed at once: what is written in an older version everybody reads. That it reads more
 * has to be proven, or a recording would silence us.
 */
function atMost(step: Step, index: number, peer: BeatPeer, reads: number): BeatPeer {
  if (reads >= peer.reads) return peer
  const lowered = { ...peer, reads }
  setPeer(step, index, lowered)
  return lowered
}

function receiveFrom(step: Step, index: number, peer: BeatPeer, datagram: Datagram, link: LinkName): void {
  const verdict = judge(step.state.boot, peer.session, datagram)
  switch (verdict.type) {
    case 'refused':
      if (isHeir(step, peer, datagram, verdict.echo)) {
        open(step, index, peer, datagram, link, verdict.echo)
        break
      }
      count(step, verdict.reason === 'gen' ? 'gen' : 'sameName')
      if (runsNow(step, peer, datagram, verdict.echo)) accuse(step, verdict.reason, peer, datagram)
      reply(step, index, datagram, peer.session?.gen)
      break
    case 'hello':
      receiveHello(step, index, peer, datagram)
      break
    case 'copy':
      receiveCopy(step, index, peer, datagram, link)
      break
    case 'news':
      receiveNews(step, index, peer, datagram, link, verdict.echo)
      break
    case 'open':
      // An older start of it with an echo of mine: a recording of when that one was proven.
      if (peer.session !== undefined && !runsNow(step, peer, datagram, verdict.echo))
        receiveHello(step, index, peer, datagram)
      else open(step, index, peer, datagram, link, verdict.echo)
  }
}

function open(step: Step, index: number, peer: BeatPeer, datagram: Datagram, link: LinkName, echo: Echo): void {
  receiveNews(step, index, opened(peer), datagram, link, echo)
  // So that it learns at once that its first datagram counted.
  reply(step, index)
}

/**
 * A start with no higher generation than the one I know, which has been silent for a deadtime: there are not two of
 * them, the node has lost its state folder or could not write it.
 */
function isHeir(step: Step, peer: BeatPeer, datagram: Datagram, echo: Echo | undefined): echo is Echo {
  const silentMs = step.nowMs - (peer.silentSinceMs ?? step.nowMs)
  return silentMs >= step.config.timing.deadtimeMs && runsNow(step, peer, datagram, echo)
}

function receiveHello(step: Step, index: number, peer: BeatPeer, datagram: Datagram): void {
  count(step, 'hello')
  // Of its proven session, but it has lost mine: the usual echo is what it lacks.
  if (datagram.boot === peer.session?.boot) {
    reply(step, index)
    return
  }
  const candidate = candidateAfter(peer.candidate, datagram, step.nowMs)
  const isNewest = candidate.boot === datagram.boot
  const { warntimeMs } = step.config.timing
  const lastWord = isNewest ? wordAfter(peer.lastWord, datagram, false, warntimeMs, step.nowMs) : peer.lastWord
  setPeer(step, index, { ...peer, candidate, lastWord })
  reply(step, index, datagram)
}

/** What the former start of the peer had of me is void: the new one has heard nothing before. */
function opened(peer: BeatPeer): BeatPeer {
  const paths = peer.paths.map(forgetSeqs)
  const formerBoot = peer.session?.boot
  return { ...peer, formerBoot, candidate: undefined, receivedSeq: 0, countedSeq: 0, countedSentAtMs: undefined, paths }
}

function receiveNews(step: Step, index: number, peer: BeatPeer, datagram: Datagram, link: LinkName, echo: Echo): void {
  const { state, config, nowMs } = step
  const { boot, gen, seq, reads } = datagram
  const receivedSeq = Math.max(peer.receivedSeq, echo.seq)
  const counted = !isStale(step, receivedSeq)
  const session = { boot, gen, newest: seq, newestAtMs: nowMs, counted }
  if (!counted) {
    count(step, 'stale')
    setPeer(step, index, { ...peer, reads, session, receivedSeq })
  } else {
    const sentMs = echo.counted && echo.seq > peer.countedSeq ? provedAtMs(state.sent, echo.seq) : undefined
    const countedSeq = sentMs === undefined ? peer.countedSeq : echo.seq
    const countedSentAtMs = sentMs ?? peer.countedSentAtMs
    const heard = heardOf(datagram, link, nowMs, countedSentAtMs)
    setPeer(step, index, {
      name: peer.name,
      reads,
      session,
      formerBoot: peer.formerBoot,
      candidate: peer.candidate,
      receivedSeq,
      countedSeq,
      countedSentAtMs,
      silentSinceMs: nowMs,
      turnAtMs: nowMs + config.timing.warntimeMs,
      answers: peer.answers,
      paths: walk(step, peer, seq, link),
      lastHeard: heard,
      lastWord: wordAfter(peer.lastWord, datagram, true, config.timing.warntimeMs, nowMs),
    })
    tell(step, { type: 'heard', heard })
  }
  if (echo.counted) state.trusted = true
  if (echo.knownGen !== undefined) learnGen(step, peer.name, echo.knownGen)
  if (datagram.report === undefined) {
    const text = `the node list of ${peer.name} differs from ours: its claims cannot be read; write the same "node" lines`
    complain(step, 'nodes-differ', peer.name, text)
  }
}

function heardOf(d: Datagram, link: LinkName, atMs: number, echoedSentAtMs: number | undefined): Heard {
  const { from, gen, boot, seq, managerAgeMs, realtime, report } = d
  return { from, gen, boot, seq, atMs, link, echoedSentAtMs, managerAgeMs, realtime, report }
}

function receiveCopy(step: Step, index: number, peer: BeatPeer, { seq }: Datagram, link: LinkName): void {
  if (isStale(step, peer.receivedSeq)) return
  setPeer(step, index, { ...peer, paths: walk(step, peer, seq, link) })
}

/**
 * After a pause of mine the sockets hold what came at its beginning. A peer's word counts again when it has received
 * something that I sent after waking; or, should it no longer hear me at all, when the queue is certainly empty.
 */
function isStale({ state, config, nowMs }: Step, receivedSeq: number): boolean {
  if (state.pause === undefined || receivedSeq >= state.pause.freshSeq) return false
  return nowMs - state.pause.wokeAtMs < config.timing.warntimeMs
}

function walk(step: Step, peer: BeatPeer, seq: number, link: LinkName): readonly Path[] {
  const at = peer.paths.findIndex(path => path.link === link)
  const path = peer.paths[at]
  if (path === undefined) return peer.paths
  const walked = pass(path, seq, step.nowMs)
  if (walked.up && !path.up) tell(step, { type: 'link', peer: peer.name, link, up: true })
  const paths = peer.paths.slice()
  paths[at] = walked
  return paths
}

/** My own name: a reflection, a recording of an earlier start, or another machine that runs under it. */
function receiveOwn(step: Step, { boot, gen }: Datagram): void {
  const { state, config } = step
  count(step, boot === state.boot ? 'own' : 'ownName')
  if (boot === state.boot) return
  const recording = gen < state.gen || (config.genGuessed && !state.raised)
  if (recording) return
  const text = `another machine sends heartbeats as ${config.self} (generation ${gen}, ours ${state.gen}): node names must be unique`
  complain(step, 'same-name', config.self, text)
}

/** A refused one is worth a complaint if it heard me a moment ago and is not the late word of a start that is over. */
function runsNow({ state, config, nowMs }: Step, peer: BeatPeer, { boot }: Datagram, echo: Echo | undefined): boolean {
  if (echo === undefined || boot === peer.formerBoot || boot === peer.session?.boot) return false
  const sentMs = sentAtMs(state.sent, echo.seq)
  return sentMs !== undefined && nowMs - sentMs < config.timing.deadtimeMs
}

function accuse(step: Step, reason: 'gen' | 'same-name', { name, session }: BeatPeer, { gen }: Datagram): void {
  const text =
    reason === 'same-name'
      ? `two machines send heartbeats as ${name} (both generation ${gen}): the newcomer is refused; stop the clone`
      : `${name} runs with generation ${gen} but had ${session?.gen}: refused; is its state folder a restored copy?`
  complain(step, reason === 'same-name' ? 'same-name' : 'gen-refused', name, text)
}

/** A peer refuses this start because it knows `knownGen`, from a proven session of my name. */
function learnGen(step: Step, peer: NodeId, knownGen: number): void {
  const { state, config } = step
  if (state.gen > knownGen) return
  if (config.genGuessed && !state.raised && !state.trusted && knownGen < highestGen) {
    state.gen = knownGen + 1
    state.raised = true
    tell(step, { type: 'gen', gen: state.gen })
    say(step)
    return
  }
  const text = `${peer} refuses this node: it knows ${config.self} with generation ${knownGen}, this start is ${state.gen}; another machine has this name, or the state folder is a restored copy`
  complain(step, 'gen-refused', peer, text)
}
