/** What the beat process knows, is told and asks for. The rules over it: `heartbeat.ts` and `reception.ts`. */
import type { LinkName, NodeId, Report, Timing } from '../types.ts'
import type { Datagram } from './datagram.ts'
import type { LastWord } from './hearing.ts'
import type { Heard } from './membership.ts'
import { type News, noNews } from './news.ts'
import type { Path } from './path.ts'
import { nothingSent, type Sent } from './sent.ts'
import type { Answers, Candidate, Session } from './session.ts'
import type { Wire } from './wire.ts'

export interface BeatConfig {
  readonly self: NodeId
  /** Self included, in any order. */
  readonly nodes: readonly NodeId[]
  readonly timing: Timing
  readonly links: readonly LinkName[]
  /** Which start of the beat this is; persisted before it is told. */
  readonly gen: number
  /** The state folder was lost or cannot be written: a peer that knows a higher generation is taken at its word. */
  readonly genGuessed: boolean
  readonly realtime: boolean
  /** Other versions of the protocol than those of this build: for tests of an upgrade. */
  readonly wire?: Wire
}

export type BeatEvent =
  /** `boot`, 32 hexadecimal digits, and `config.gen` count only the first time: a reload keeps those of this start. */
  | { readonly type: 'settings'; readonly config: BeatConfig; readonly boot: string }
  /** What to say from now on, decided in the manager's turn at `turnMs`. */
  | { readonly type: 'report'; readonly report: Report; readonly turnMs: number }
  | { readonly type: 'alive'; readonly turnMs: number }
  /** A manager has connected (again): it is told what its predecessor knew. */
  | { readonly type: 'attach' }
  | { readonly type: 'end' }
  | { readonly type: 'datagram'; readonly datagram: Datagram; readonly link: LinkName }
  /** The instant of `nextBeatMs` has come and all sockets were drained since. Too early is harmless. */
  | { readonly type: 'timer' }

export type BeatEffect =
  /** Over all links. */
  | { readonly type: 'send'; readonly datagram: Datagram }
  | { readonly type: 'tell'; readonly line: BeatLine }
  | { readonly type: 'exit' }

export type PureTrouble = 'same-name' | 'gen-refused' | 'nodes-differ'

/** What the manager is told. */
export type BeatLine =
  | { readonly type: 'gen'; readonly gen: number }
  | { readonly type: 'heard'; readonly heard: Heard }
  | { readonly type: 'link'; readonly peer: NodeId; readonly link: LinkName; readonly up: boolean }
  | { readonly type: 'turn'; readonly atMs: number; readonly lateMs: number }
  | { readonly type: 'trouble'; readonly code: PureTrouble; readonly peer: NodeId; readonly text: string }

export interface BeatPeer {
  readonly name: NodeId
  readonly session: Session | undefined
  /** The boot of the session before: what comes late of it is no reason to complain. */
  readonly formerBoot: string | undefined
  readonly candidate: Candidate | undefined
  /** The newest version of the protocol that it reads, as far as we know. */
  readonly reads: number
  /** The newest of my seqs that its session has received, counted or not. */
  readonly receivedSeq: number
  /** The newest that it has counted as a sign of life, and when I sent it. */
  readonly countedSeq: number
  readonly countedSentAtMs: number | undefined
  /** Its silence is measured from here; undefined: never heard. */
  readonly silentSinceMs: number | undefined
  /** When its silence reaches warntime or deadtime: a turn is due. */
  readonly turnAtMs: number
  readonly answers: Answers
  readonly paths: readonly Path[]
  readonly lastHeard: Heard | undefined
  /** Whom it hears, by its last datagram. */
  readonly lastWord: LastWord | undefined
}

/** Why datagrams were not passed on, and how well this process is served. */
export interface BeatCounts {
  /** Own datagrams that came back. */
  readonly own: number
  /** Own name, other boot: recordings, or another machine. */
  readonly ownName: number
  readonly unknownNode: number
  /** Not proven: does not echo my boot. */
  readonly hello: number
  readonly gen: number
  readonly sameName: number
  /** Read after a pause of mine and perhaps as old as that. */
  readonly stale: number
  readonly pauses: number
  readonly longestLateMs: number
}

export interface BeatState {
  readonly config: BeatConfig | undefined
  readonly boot: string
  readonly gen: number
  readonly raised: boolean
  /** Somebody counts my datagrams: my generation stands. */
  readonly trusted: boolean
  readonly report: Report | undefined
  readonly managerTurnMs: number
  /** The next heartbeat of the fixed-rate schedule. */
  readonly nextSendMs: number
  /** What leaves beside the schedule. */
  readonly news: News
  readonly sent: Sent
  readonly peers: readonly BeatPeer[]
  /** The last pause of mine: until a peer has received a seq from `freshSeq` on, what it says may be from before. */
  readonly pause: { readonly wokeAtMs: number; readonly freshSeq: number } | undefined
  readonly complainedAtMs: ReadonlyMap<string, number>
  readonly counts: BeatCounts
}

export const newBeat: BeatState = {
  config: undefined,
  boot: '',
  gen: 0,
  raised: false,
  trusted: false,
  report: undefined,
  managerTurnMs: 0,
  nextSendMs: Number.POSITIVE_INFINITY,
  news: noNews,
  sent: nothingSent,
  peers: [],
  pause: undefined,
  complainedAtMs: new Map(),
  counts: {
    own: 0,
    ownName: 0,
    unknownNode: 0,
    hello: 0,
    gen: 0,
    sameName: 0,
    stale: 0,
    pauses: 0,
    longestLateMs: 0,
  },
}

/** One step in the making: a fresh copy of the state to change, and what is asked for. Never leaves `beatStep`. */
export interface Step {
  readonly state: { -readonly [Key in keyof BeatState]: BeatState[Key] }
  readonly config: BeatConfig
  readonly effects: BeatEffect[]
  readonly nowMs: number
}

export function tell(step: Step, line: BeatLine): void {
  step.effects.push({ type: 'tell', line })
}

const complainEveryMs = 60_000

/** At most once a minute for each kind and peer. */
export function complain(step: Step, code: PureTrouble, peer: NodeId, text: string): void {
  const key = `${code} ${peer}`
  const before = step.state.complainedAtMs.get(key)
  if (before !== undefined && step.nowMs - before < complainEveryMs) return
  step.state.complainedAtMs = new Map(step.state.complainedAtMs).set(key, step.nowMs)
  tell(step, { type: 'trouble', code, peer, text })
}

export function count(step: Step, what: keyof BeatCounts): void {
  step.state.counts = { ...step.state.counts, [what]: step.state.counts[what] + 1 }
}

export function setPeer(step: Step, index: number, peer: BeatPeer): void {
  const peers = step.state.peers.slice()
  peers[index] = peer
  step.state.peers = peers
}
