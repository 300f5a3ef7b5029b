/**
 * The heartbeat process around the pure `beatStep`: sockets, tags, timers and the manager's socket. It reads no file,
 * starts nothing, and keeps beating when its manager is gone.
 */
import { randomBytes } from 'node:crypto'
import { fnv1a } from '../config/digest.ts'
import { type BeatConfig, type BeatEffect, type BeatEvent, newBeat } from '../membership/beat-state.ts'
import { beatStats } from '../membership/beatStats.ts'
import type { Lately } from '../membership/claims.ts'
import { type Codebook, codebook } from '../membership/codebook.ts'
import { type Hearing, hearing } from '../membership/hearing.ts'
import { beatStep, nextBeatMs } from '../membership/heartbeat.ts'
import { decode, encode, keyIdOf, saidVersions } from '../membership/packet.ts'
import { wire } from '../membership/wire.ts'
import type { LinkName, Report, Timing } from '../types.ts'
import { startAlarm } from './alarm.ts'
import { newLines } from './heardLines.ts'
import { newHold } from './holdLines.ts'
import { type Keys, readKeys, selfTest, signed, verified } from './keys.ts'
import { type BeatSettings, type BeatStats, type FromBeat, fromWire, refusedOf, type ToBeat } from './lines.ts'
import { newLinks } from './links.ts'
import { newOffences, offenceText } from './offences.ts'
import { readLine } from './readLine.ts'
import { listen } from './server.ts'

export interface BeatOptions {
  readonly runDir: string
  /** Started at real-time priority, says whoever started it. */
  readonly realtime: boolean
  exit(code: number): void
  /** A turn was taken: what the timer was set for has been done. Called once there are settings. */
  turned?(timing: Timing): void
}

/** What settings turn into, made once for each settings line. */
interface Outfit {
  readonly settings: BeatSettings
  readonly book: Codebook
  readonly keys: Keys
  readonly lately: Lately
}

const statsEveryMs = 5_000
const tidyEveryMs = 60_000
/** What a collection must have before the next instant that matters; it takes some 5 ms. */
const quietMs = 50
/** How long the last heartbeats may take to leave. */
const farewellMs = 300

export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6

export async function startBeat({ runDir, realtime, exit, turned }: BeatOptions): Promise<{ end(): void }> {
  let state = newBeat
  let outfit: Outfit | undefined
  let toldStatsMs = 0
  let tidiedMs = nowMs()
  let ending = false
  let lineOf = newLines()
  let hold = newHold()
  /** The last report over this connection. */
  let told: Report | undefined
  const offences = newOffences(nowMs)
  const links = newLinks({
    onDatagram: receive,
    onTrouble: (code, link, text) => tell({ type: 'trouble', code, link, text }),
  })
  const alarm = startAlarm(nowMs, onTimer)
  const manager = await listen(runDir, { onAttach: attach, onLine: take })

  function tell(line: FromBeat): void {
    manager.tell(hold.pass(line))
  }

  function post(event: BeatEvent): void {
    if (ending) return
    const [after, effects] = beatStep(state, event, nowMs())
    state = after
    for (const effect of effects) perform(effect)
    if (!ending) alarm.set(nextBeatMs(state))
  }

  function perform(effect: BeatEffect): void {
    if (effect.type === 'tell') tell(lineOf(effect.line))
    else if (effect.type === 'exit') leave()
    else if (outfit !== undefined)
      links.send(signed(outfit.keys, encode(outfit.book, outfit.keys.send, effect.datagram)))
  }

  function onTimer(): void {
    const dueMs = state.nextSendMs
    post({ type: 'timer' })
    if (outfit !== undefined) turned?.(outfit.settings.timing)
    if (state.nextSendMs === dueMs) return
    links.check()
    tidy()
    if (nowMs() - toldStatsMs >= statsEveryMs) tellStats()
  }

  /** A heap that is hardly used is let grow for hours: collected once a minute, in the quiet after a heartbeat. */
  function tidy(): void {
    const atMs = nowMs()
    if (atMs - tidiedMs < tidyEveryMs || nextBeatMs(state) - atMs < quietMs) return
    tidiedMs = atMs
    globalThis.gc?.() // there when started with --expose-gc
  }

  /** Length, key and tag on the raw bytes first; only what one of our keys has signed is parsed. */
  function receive(link: LinkName, datagram: Buffer, { address }: { readonly address: string }): void {
    if (outfit === undefined || ending) return
    const bytes = verified(outfit.keys, datagram)
    const result = 'refused' in bytes ? bytes : decode(outfit.book, bytes, outfit.lately)
    if (!('refused' in result)) return post({ type: 'datagram', datagram: result, link })
    const trouble = offences.note(result.refused, address)
    if (trouble === undefined) return
    const text = offenceText(trouble, address, link, {
      keyId: keyIdOf(datagram),
      version: saidVersions(datagram).version,
    })
    tell({ type: 'trouble', code: trouble, text, link, source: address })
  }

  function attach(): void {
    lineOf = newLines()
    hold = newHold()
    told = undefined
    const started = outfit && { gen: state.gen, boot: state.boot }
    tell({ type: 'hello', pid: process.pid, hasSettings: outfit !== undefined, ...started, realtime })
    post({ type: 'attach' })
    for (const { link, open, own, where } of links.stats()) {
      if (!open && !own && where !== '')
        tell({ type: 'trouble', code: 'link-lost', link, text: `${link}: no heartbeats here: ${where}` })
    }
  }

  function take(text: string): void {
    const line = readLine(text)
    if ('problem' in line) process.stderr.write(`tandem-beat: line of the manager dropped: ${line.problem}\n`)
    else obey(line)
  }

  function obey(line: ToBeat): void {
    if (line.type === 'settings') configure(line.settings)
    else if (line.type === 'report') adopt(line)
    else if (line.type === 'stats?') tellStats(hearing(state, nowMs()))
    else if (line.type === 'alive') live(line)
    else post(line)
  }

  function live({ turnMs, calm }: Extract<ToBeat, { type: 'alive' }>): void {
    manager.tell(hold.calm(calm ? outfit?.settings.timing.warntimeMs : undefined))
    post({ type: 'alive', turnMs })
  }

  function adopt({ report, turnMs }: Extract<ToBeat, { type: 'report' }>): void {
    manager.tell(hold.calm(undefined))
    const next = fromWire(report, told)
    if (next === undefined)
      process.stderr.write('tandem-beat: line of the manager dropped: a first report without claims\n')
    else post({ type: 'report', report: next, turnMs })
    told = next
  }

  function configure(settings: BeatSettings): void {
    const next = outfitOf(settings)
    if (typeof next === 'string') {
      process.stderr.write(`tandem-beat: ${next}\n`)
      return outfit === undefined ? exit(1) : undefined
    }
    outfit = next
    post({ type: 'settings', config: configOf(settings, realtime), boot: randomBytes(16).toString('hex') })
    links.configure(settings.links, settings.avoid ?? [])
  }

  function tellStats(heard?: Hearing): void {
    toldStatsMs = nowMs()
    if (outfit !== undefined) tell({ type: 'stats', stats: stats(), ...(heard && { hearing: heard }) })
  }

  function stats(): BeatStats {
    const { gen, sent, counts, peers } = beatStats(state, nowMs())
    const { longestLateMs, pauses } = counts
    const refused = refusedOf(counts, offences.counts())
    return {
      pid: process.pid,
      gen,
      boot: state.boot,
      sent,
      longestLateMs,
      pauses,
      refused,
      peers,
      links: links.stats(),
    }
  }

  /** The last heartbeats leave, then everything is closed. */
  function leave(): void {
    ending = true
    alarm.stop()
    const limit = setTimeout(bye, farewellMs)
    let gone = false
    function bye(): void {
      if (gone) return
      gone = true
      clearTimeout(limit)
      links.close()
      manager.close()
      exit(0)
    }
    links.idle(bye)
  }

  return { end: () => post({ type: 'end' }) }
}

/** Keys and numbers for these settings, tried out; or what is wrong with them. */
function outfitOf(settings: BeatSettings): Outfit | string {
  const book = codebook(settings.clusterName, settings.nodes, settings.groups, fnv1a)
  if (!book.indexOf.has(settings.self)) return `the node list lacks this node, ${settings.self}`
  const keys = readKeys(settings.keys)
  const failed = selfTest(keys, encode(book, keys.send, sampleOf(settings)))
  return failed === undefined ? { settings, book, keys, lately: new Map() } : `self-test failed: ${failed}`
}

const nothing: Report = {
  standby: false,
  leaving: false,
  left: false,
  unwritable: false,
  configDigest: 0,
  groupsDigest: 0,
  dead: new Set(),
  pings: 0,
  claims: new Map(),
}

const sampleOf = ({ self }: BeatSettings) => ({
  version: wire.oldest,
  reads: wire.newest,
  from: self,
  gen: 0,
  boot: '0'.repeat(32),
  seq: 0,
  managerAgeMs: 0,
  realtime: false,
  echoes: [],
  report: nothing,
})

function configOf({ self, nodes, timing, links, gen, genGuessed }: BeatSettings, realtime: boolean): BeatConfig {
  return { self, nodes, timing, links: links.map(link => link.name), gen, genGuessed, realtime }
}
