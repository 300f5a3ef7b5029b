/** The manager's half of the conversation with the beat: its lines become events, our settings and reports its lines. */
import { newHeard } from '../beat/heardLines.ts'
import { type BeatStats, type FromBeat, type ToBeat, toWire } from '../beat/lines.ts'
import type { Settings } from '../config/settings.ts'
import type { Event } from '../events.ts'
import type { Hearing } from '../membership/hearing.ts'
import type { LinkName, NodeId, Report } from '../types.ts'
import { type BeatProcess, keepBeat } from './beatProcess.ts'
import { beatSettings } from './beatSettings.ts'
import { nowMs } from './clock.ts'
import type { Disk } from './disk.ts'
import type { Journal } from './journal.ts'
import { linkStatus, offences } from './linkStatus.ts'
import type { LinkStatus, Status } from './protocol.ts'
import type { Ears } from './silence.ts'

export interface BeatLinkOptions {
  readonly settings: Settings
  readonly disk: Disk
  readonly journal: Journal
  /** Where the beat listens. */
  readonly runDir: string
  /** undefined: the service manager starts it. */
  readonly program: string | undefined
  readonly post: (event: Event) => void
}

export interface ClosedLink {
  readonly name: LinkName
  readonly why: string
}

export interface BeatLink {
  publish(report: Report): void
  /** Whether what peers say again may wait; after each round of the core. */
  calm(isCalm: boolean): void
  /** Of the beat that answers; undefined: none does. */
  pid(): number | undefined
  status(): Status['beat']
  links(peer: NodeId): readonly LinkStatus[]
  /** Links of ours that are closed, and why, in words. */
  closedLinks(): readonly ClosedLink[]
  ears(): Ears
  /** Heartbeats that come but cannot count, because of what somebody wrote in a file; as sentences. */
  troubles(): readonly string[]
  /** Whom the peers hear, by their last word; undefined when the beat has not just been asked, or gave no answer. */
  hearing(): Hearing | undefined
  /** Ask for fresh figures; resolves when they have come, or soon after without them. */
  refresh(): Promise<void>
  /** Tell the beat to say the last word and end; calls back when it has gone, or soon after. */
  end(then: () => void): void
  /** Leave the beat alone and running. */
  close(): void
}

type Turn = Extract<Event, { type: 'turn' }>

/** How long the beat may take for its last words. */
const endLimitMs = 1_000
const refreshLimitMs = 300
/** Ages are ages of when they were told. */
const hearingLastsMs = 300
/** The beat tells of each at most once a minute. */
const troubleLastsMs = 90_000
const mistakes: ReadonlySet<string> = new Set([
  'wrong-key',
  'wrong-cluster',
  'unknown-node',
  'version',
  'same-name',
  'gen-refused',
])

export function openBeatLink(options: BeatLinkOptions): BeatLink {
  const { settings, disk, journal, post } = options
  let report: Report | undefined
  /** The last one that this beat was told, over this connection. */
  let told: Report | undefined
  let hello: Extract<FromBeat, { type: 'hello' }> | undefined
  let stats: BeatStats | undefined
  let heard: { readonly hearing: Hearing; readonly atMs: number } | undefined
  let ready = false
  let calm = false
  let heardOf = newHeard()
  let turn: Turn | undefined
  let ended: (() => void) | undefined
  const troubles = new Map<string, { readonly text: string; readonly atMs: number }>()
  const awaitingStats: (() => void)[] = []

  const send = (line: ToBeat): void => process_.send(line)

  /** A beat that is new gets a generation of its own, on disk before it says so; one that outlived us keeps its own. */
  async function welcome(line: Extract<FromBeat, { type: 'hello' }>): Promise<void> {
    hello = line
    const fresh = !line.hasSettings
    let guessed = false
    if (fresh) {
      guessed = disk.guessed && disk.kept.generation === 0
      await disk.save({ generation: disk.kept.generation + 1 }).catch((error: Error) => {
        guessed = true
        journal.say('CRIT', `the generation cannot be saved (${error.message}); a peer may correct it`)
      })
      journal.say('info', `Heartbeat generation: ${disk.kept.generation}`)
    }
    send({ type: 'settings', settings: beatSettings(settings, Math.max(1, line.gen ?? disk.kept.generation), guessed) })
    ready = true
    if (report !== undefined) publish(report)
  }

  /** Of the lines that came at once the last turn goes last: nobody is judged by it before all that was heard is read. */
  function takeTurn(line: Turn): void {
    if (turn === undefined) queueMicrotask(passTurn)
    else post(turn)
    turn = { type: 'turn', atMs: line.atMs, lateMs: line.lateMs }
  }

  function passTurn(): void {
    const last = turn
    turn = undefined
    if (last === undefined) return
    post(last)
    send({ type: 'alive', turnMs: nowMs(), calm })
  }

  function take(value: unknown): void {
    const line = value as FromBeat
    switch (line.type) {
      case 'hello':
        heardOf = newHeard()
        told = undefined
        void welcome(line)
        return
      case 'gen':
        void disk.save({ generation: line.gen }).catch(() => undefined) // told as a trouble by the core's own save
        return
      case 'heard':
        return post({ type: 'heard', heard: heardOf(line.heard) })
      case 'link':
        return post({ type: 'link', peer: line.peer, link: line.link, up: line.up })
      case 'turn':
        return takeTurn(line)
      case 'stats':
        stats = line.stats
        if (line.hearing === undefined) return
        heard = { hearing: line.hearing, atMs: nowMs() }
        for (const tell of awaitingStats.splice(0)) tell()
        return
      case 'trouble':
        if (mistakes.has(line.code)) troubles.set(line.code, { text: line.text, atMs: nowMs() })
        return journal.say('WARN', line.text)
    }
  }

  const process_: BeatProcess = keepBeat(options.runDir, options.program, settings.realtime, {
    onConnect: () => undefined,
    onLine: take,
    onLost(why) {
      ready = false
      hello = undefined
      if (ended !== undefined) return ended()
      journal.say('ERROR', `${why}; starting another`)
    },
    say: (level, text) => {
      if (ended === undefined) journal.say(level, text)
    },
  })

  function publish(next: Report): void {
    report = next
    if (!ready) return
    send({ type: 'report', report: toWire(next, told), turnMs: nowMs() })
    told = next
  }

  return {
    publish,
    calm(isCalm) {
      if (calm && !isCalm && ready) send({ type: 'alive', turnMs: nowMs() })
      calm = isCalm
    },
    pid: () => hello?.pid,
    status: () => ({
      ...(hello === undefined ? {} : { pid: hello.pid }),
      state: ready ? 'up' : 'down',
      realtime: hello?.realtime ?? false,
      lateMaxMs: Math.round(stats?.longestLateMs ?? 0),
      pauses: stats?.pauses ?? 0,
      refused: offences(stats),
    }),
    links: peer => linkStatus(settings, stats, peer),
    ears: () => ({
      listening: (stats?.links ?? []).filter(({ open }) => open).map(({ link, where }) => `${link} (${where})`),
      refused: offences(stats),
      device: settings.links[0]?.device ?? 'any',
      port: settings.links[0]?.port ?? 694,
    }),
    closedLinks: () =>
      (stats?.links ?? [])
        .filter(({ open, own, where }) => !open && !own && where !== '')
        .map(({ link, where }) => ({ name: link, why: where })),
    troubles: () =>
      [...troubles.values()].filter(({ atMs }) => nowMs() - atMs < troubleLastsMs).map(({ text }) => text),
    hearing: () => (heard !== undefined && nowMs() - heard.atMs < hearingLastsMs ? heard.hearing : undefined),
    refresh: () =>
      new Promise(resolve => {
        if (!ready) return resolve()
        awaitingStats.push(resolve)
        setTimeout(resolve, refreshLimitMs)
        send({ type: 'stats?' })
      }),
    end(then) {
      let called = false
      ended = () => {
        if (called) return
        called = true
        process_.close()
        then()
      }
      if (!process_.connected()) return ended()
      send({ type: 'end' })
      setTimeout(ended, endLimitMs)
    },
    close: () => process_.close(),
  }
}
