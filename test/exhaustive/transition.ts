/** One step of the small world: the product's own functions are fed, and what they ask for is done. */
import { nothingSaved } from '../../src/cluster/state.ts'
import { boot, nextStepMs, step } from '../../src/cluster.ts'
import type { Effect, Event, Saved } from '../../src/events.ts'
import { leaseSeconds } from '../../src/lease.ts'
import { type BeatEffect, type BeatEvent, newBeat } from '../../src/membership/beat-state.ts'
import type { Datagram } from '../../src/membership/datagram.ts'
import { beatStep, nextBeatMs } from '../../src/membership/heartbeat.ts'
import type { Heard } from '../../src/membership/membership.ts'
import { managerGraceMs } from '../../src/membership/patience.ts'
import type { Note } from '../../src/note.ts'
import { textOf } from '../../src/noteText.ts'
import type { GroupName, Job, LinkName, Outcome } from '../../src/types.ts'
import { check, declaredDead, handsOver, isDeaf, jobBegins, oneHolder } from './law.ts'
import { type At, configOf, groupName, nodes, other, type Setting } from './setting.ts'
import { bare, type Flight, isLive, type Side, type Thing, type World } from './world.ts'

const link = 'eth0' as LinkName
/** To each node at most so many datagrams are under way: more push out all but the oldest and the newest. */
const mostFlights = 2

/** A copy of a world in the making. What it was made from does not change. */
export class Transition {
  readonly setting: Setting
  readonly world: World
  /** Lines for people, when somebody wants to read them. */
  private readonly say: ((line: string) => void) | undefined
  private readonly waiting: [Event[] | undefined, Event[] | undefined] = [undefined, undefined]

  constructor(setting: Setting, before: World, say?: (line: string) => void) {
    const [a, b] = before.sides
    this.setting = setting
    this.say = say
    this.world = {
      ...before,
      sides: [{ ...a }, { ...b }],
      flights: [before.flights[0], before.flights[1]],
      cut: [before.cut[0], before.cut[1]],
    }
  }

  get nowMs(): number {
    return this.world.nowMs
  }

  side(at: At): Side {
    return this.world.sides[at]
  }

  // --- power and processes ----------------------------------------------------------------------------------------------

  powerOn(at: At): void {
    const side = this.side(at)
    side.powered = true
    side.turned = true // its first timer is a keepalive away
    side.beat = newBeat
    side.gen++
    const { nowMs, setting } = this
    const config = {
      self: nodes[at],
      nodes,
      timing: setting.timing,
      links: [link],
      gen: side.gen,
      genGuessed: side.gen === 1,
      realtime: true,
    }
    const name = `${'ab'[at]}${side.gen}`.padEnd(32, '0')
    const [state] = beatStep(newBeat, { type: 'settings', config, boot: name }, nowMs)
    side.beat = state
    this.startManager(at)
  }

  powerOff(at: At): void {
    const { world } = this
    const { saved, gen, heardAtMs, provedAtMs, darkSinceMs } = this.side(at)
    const blank = { things: bare(this.setting), allowedMs: Number.NEGATIVE_INFINITY, allowedDeaf: false, up: 0 }
    const off = { powered: false, paused: false, turned: true, beat: undefined, cluster: undefined, saving: undefined }
    const notes = { heardAtMs, provedAtMs, bornAtMs: Number.NEGATIVE_INFINITY, startedInSilence: false }
    const none = { work: undefined, cutFrom: false, knowsBlocked: false, aimedAt: false }
    world.sides[at] = {
      ...blank,
      ...off,
      ...notes,
      ...none,
      saved: saved && { ...saved, wear: new Map() }, // as the shell leaves it out
      gen,
      darkSinceMs,
      downAtMs: this.nowMs,
      overdue: false,
    }
    world.flights[at] = []
  }

  /** A job under way is given up half done: what was to start is there, and what was to stop still. */
  killManager(at: At): void {
    const side = this.side(at)
    if (side.work?.job.op === 'start') this.act(at)
    side.work = undefined
    side.saving = undefined
    side.allowedMs = Number.NEGATIVE_INFINITY
    side.things = side.things.map(thing => ({ ...thing, kept: false }))
    side.up = 0
    side.cluster = undefined
    side.downAtMs = this.nowMs
  }

  startManager(at: At): void {
    const side = this.side(at)
    side.bornAtMs = this.nowMs
    side.overdue = false
    side.cluster = boot(configOf(this.setting, at), side.saved ?? nothingSaved, this.nowMs)
    this.toBeat(at, { type: 'attach' })
    this.feed(at, { type: 'tick' })
    if (side.darkSinceMs !== undefined) this.tellCarrier(at)
  }

  /** The service cable, out or in. */
  pull(at: At, out: boolean): void {
    this.side(at).darkSinceMs = out ? this.nowMs : undefined
    this.tellCarrier(at)
  }

  private tellCarrier(at: At): void {
    const up = this.side(at).darkSinceMs === undefined
    this.feed(at, { type: 'carrier', device: 'eth1', up, groups: [groupName] })
  }

  // --- time -------------------------------------------------------------------------------------------------------------

  /** A keepalive goes by. */
  pass(): void {
    const { world } = this
    for (const side of world.sides) {
      side.turned = !side.powered
      side.overdue = side.powered && side.cluster === undefined && side.downAtMs < world.nowMs
    }
    world.nowMs += this.setting.timing.keepaliveMs
  }

  /** The timers of this node are due. */
  turn(at: At): void {
    const side = this.side(at)
    side.turned = true
    if (nextBeatMs(side.beat!) <= this.nowMs) this.toBeat(at, { type: 'timer' })
    if (side.cluster === undefined) return
    const { autoFailback, fencing } = this.setting
    // With these there are deadlines of the manager's own; too early a tick does no harm.
    if (autoFailback || fencing || nextStepMs(side.cluster) <= this.nowMs) this.feed(at, { type: 'tick' })
  }

  // --- the beat ---------------------------------------------------------------------------------------------------------

  receive(at: At, datagram: Datagram): void {
    this.toBeat(at, { type: 'datagram', datagram, link })
  }

  private toBeat(at: At, event: BeatEvent): void {
    const side = this.side(at)
    if (side.beat === undefined) return
    const [state, effects] = beatStep(side.beat, event, this.nowMs)
    side.beat = state
    for (const effect of effects) this.obeyBeat(at, effect)
  }

  private obeyBeat(at: At, effect: BeatEffect): void {
    if (effect.type === 'send') return this.send(at, effect.datagram)
    if (effect.type !== 'tell') return
    const { line } = effect
    if (line.type === 'heard') {
      this.noteHeard(at, line.heard)
      this.feed(at, line)
    } else if (line.type === 'turn') this.feed(at, line)
    else if (line.type === 'gen') this.side(at).gen = Math.max(this.side(at).gen, line.gen)
  }

  private noteHeard(at: At, heard: Heard): void {
    const side = this.side(at)
    if (heard.atMs < this.nowMs) return // told again to a new manager
    side.heardAtMs = heard.atMs
    if (heard.managerAgeMs < managerGraceMs(this.setting.timing)) side.provedAtMs = heard.atMs
    side.knowsBlocked = heard.report?.claims.get(groupName)?.state === 'blocked'
  }

  private send(at: At, datagram: Datagram): void {
    const to = other(at)
    const { world } = this
    if (world.cut[at] || !world.sides[to].powered) return
    const before = world.flights[to]
    const kept = before.length < mostFlights ? before : before.slice(0, mostFlights - 1)
    world.flights[to] = [...kept, { datagram, slow: false }]
  }

  /** Takes a datagram out of the air. */
  take(at: At, which: 'oldest' | 'newest'): Flight {
    const all = this.world.flights[at]
    const flight = which === 'oldest' ? all[0]! : all.at(-1)!
    this.world.flights[at] = all.filter(one => one !== flight)
    return flight
  }

  // --- the manager ------------------------------------------------------------------------------------------------------

  /** What comes up inside a step comes after it. */
  feed(at: At, event: Event): void {
    const waiting = this.waiting[at]
    if (waiting !== undefined) {
      waiting.push(event)
      return
    }
    const queue = [event]
    this.waiting[at] = queue
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) this.step(at, next)
    this.waiting[at] = undefined
  }

  private step(at: At, event: Event): void {
    const side = this.side(at)
    if (side.cluster === undefined) return
    const [after, effects] = step(side.cluster, event, this.nowMs)
    side.cluster = after
    for (const effect of effects) this.obey(at, effect)
    if (effects.length > 0 || event.type === 'turn') this.toBeat(at, { type: 'alive', turnMs: this.nowMs })
  }

  private obey(at: At, effect: Effect): void {
    switch (effect.type) {
      case 'publish':
        return this.toBeat(at, { type: 'report', report: effect.report, turnMs: this.nowMs })
      case 'run':
        return this.begin(at, effect.job)
      case 'hold':
        this.allow(at, effect.untilMs)
        return this.renew(at, effect.restore)
      case 'save':
        return this.save(at, effect.saved)
      case 'fence': {
        const target = this.side(other(at))
        if (target.powered) target.aimedAt = true
        else this.feed(at, { type: 'fenced', node: effect.node })
        return
      }
      case 'note':
        return this.noted(at, effect.note)
    }
  }

  /** A new word takes its time; the same one again is on disk at once. */
  private save(at: At, saved: Saved): void {
    const side = this.side(at)
    const same = side.saved?.epochCeiling === saved.epochCeiling && side.saved.standby === saved.standby
    if (same && side.saving === undefined) this.feed(at, { type: 'saved', saved })
    else side.saving = { saved, sinceMs: this.nowMs }
  }

  saved(at: At): void {
    const side = this.side(at)
    const { saved } = side.saving!
    side.saved = saved
    side.saving = undefined
    this.feed(at, { type: 'saved', saved })
  }

  private noted(at: At, note: Note): void {
    this.say?.(`${nodes[at].padEnd(5)} ${textOf(note).text}`)
    if (note.code === 'node-dead') declaredDead(this.setting, this.world, at, note.neverSeen)
    if (note.code === 'assigned' && note.mintedHere && note.now.because === 'carrier-lost') handsOver(this.world, at)
  }

  // --- agents -----------------------------------------------------------------------------------------------------------

  private begin(at: At, job: Job): void {
    const side = this.side(at)
    jobBegins(this.setting, this.world, at, job)
    const leased = this.setting.group.resources[job.first]!.address && leaseSeconds(this.setting.timing) > 0
    side.work = { job, sinceMs: this.nowMs, acted: job.op !== 'start' }
    if (job.op !== 'start') return
    if (leased) this.allow(at, job.holdUntilMs)
    else this.act(at) // who knows how early it touches the disk
  }

  /** What is being started comes to be. */
  act(at: At): void {
    const side = this.side(at)
    const work = side.work!
    if (work.acted) return
    side.work = { ...work, acted: true }
    const { first, last } = work.job
    for (let index = first; index <= last; index++) this.grant(at, index, true)
  }

  finish(at: At, ok: boolean): void {
    const side = this.side(at)
    const { job } = side.work!
    if (ok && job.op === 'start') this.act(at)
    side.work = undefined
    this.feed(at, { type: 'done', job: job.id, outcome: ok ? this.succeed(at, job) : failed(job.op) })
  }

  private succeed(at: At, job: Job): Outcome {
    const side = this.side(at)
    const touched = (index: number) => index >= job.first && index <= job.last
    switch (job.op) {
      case 'probe': {
        // Adopted: its lease is renewed from now on.
        side.things = side.things.map(thing => (isLive(thing, this.nowMs) ? { ...thing, kept: true } : thing))
        side.up = side.things.findIndex(thing => !isLive(thing, this.nowMs))
        if (side.up < 0) side.up = side.things.length
        return { ok: true, statuses: side.things.map(thing => (isLive(thing, this.nowMs) ? 'running' : 'stopped')) }
      }
      case 'start':
        if (side.things.some((thing, index) => touched(index) && !isLive(thing, this.nowMs))) return failed('start')
        side.up = job.last + 1
        return { ok: true }
      case 'stop': {
        const [gone] = bare(this.setting)
        side.things = side.things.map((thing, index) => (touched(index) ? gone! : thing))
        side.up = Math.min(side.up, job.first)
        return { ok: true }
      }
    }
  }

  // --- leases -----------------------------------------------------------------------------------------------------------

  private allow(at: At, untilMs: number | undefined): void {
    const side = this.side(at)
    if (untilMs === undefined || untilMs <= side.allowedMs) return
    side.allowedMs = untilMs
    side.allowedDeaf = isDeaf(this.setting, this.world, side)
  }

  private renew(at: At, restore: readonly GroupName[]): void {
    const side = this.side(at)
    side.things.forEach((thing, index) => {
      if (!thing.kept || !(isLive(thing, this.nowMs) || restore.includes(groupName))) return
      this.grant(at, index, false)
    })
  }

  private grant(at: At, index: number, started: boolean): void {
    const side = this.side(at)
    const before = side.things[index]!
    const thing = granted(this.setting, side, index, this.nowMs)
    if (thing === undefined) return
    side.things = side.things.with(index, thing)
    if (!isLive(before, this.nowMs)) oneHolder(this.setting, this.world, at, index, started)
  }
}

const failed = (op: Job['op']): Outcome => ({ ok: false, why: `${op} fails` })

/** `ip addr replace ... valid_lft`: whole seconds, and the kernel is as late as it may be. */
function granted(setting: Setting, side: Side, index: number, nowMs: number): Thing | undefined {
  const longest = leaseSeconds(setting.timing)
  if (!setting.group.resources[index]!.address || longest === 0)
    return { untilMs: Number.POSITIVE_INFINITY, kept: false, deaf: side.allowedDeaf }
  const seconds = Math.min(longest, Math.floor((side.allowedMs - nowMs) / 1_000))
  if (seconds < 1) return undefined
  check(seconds <= 8, 'lease', () => `${seconds} s is longer than any lease`)
  return { untilMs: nowMs + seconds * 1_000 + 1_250 + (seconds * 1_000) / 8, kept: true, deaf: side.allowedDeaf }
}
