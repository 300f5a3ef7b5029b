/** One host with its two processes: the beat and the manager, each killed, paused and restarted by itself. */
import { boot, type Cluster, nextStepMs, step } from '../../src/cluster.ts'
import type { Effect, Event, Saved } from '../../src/events.ts'
import {
  type BeatEffect,
  type BeatEvent,
  type BeatLine,
  type BeatState,
  newBeat,
} from '../../src/membership/beat-state.ts'
import type { Datagram } from '../../src/membership/datagram.ts'
import { beatStep, nextBeatMs } from '../../src/membership/heartbeat.ts'
import type { GroupName, Job, LinkName, NodeId } from '../../src/types.ts'
import { type Agents, abandon, perform } from './agents.ts'
import { type Dice, diceFor } from './dice.ts'
import { grant, isLive, type Machine, newMachine, wipe } from './machine.ts'
import type { World } from './world.ts'

/** What a process has not read yet: a socket holds so much and no more. */
const socketHolds = 300
const pipeHolds = 1_000

export interface Beat {
  readonly life: number
  state: BeatState
  paused: boolean
  readonly unread: { readonly datagram: Datagram; readonly link: LinkName; readonly replayed: boolean }[]
  readonly orders: BeatEvent[]
  wakeAtMs: number
}

export interface Manager {
  readonly life: number
  cluster: Cluster
  paused: boolean
  readonly unread: Event[]
  /** The pipe was full: the beat hung up, and the manager will connect again. */
  hungUp: boolean
  wakeAtMs: number
  /** When it last took a turn, as the world sees it. */
  turnMs: number
  /** Inside a step: what comes now comes after it. */
  busy: boolean
  readonly next: Event[]
}

export class Host {
  readonly world: World
  readonly node: NodeId
  readonly roll: Dice
  readonly machine: Machine
  readonly agents: Agents = { mood: 'well', only: undefined }
  /** What agents are doing, by group. */
  readonly working = new Map<GroupName, Job>()
  disk: { saved: Saved | undefined; gen: number; writable: boolean; unwritableSinceMs: number }
  powered = false
  /** A monotonic clock starts somewhere at each power-on; no two hosts agree. */
  clockZeroMs = 0
  beat: Beat | undefined
  manager: Manager | undefined
  /** The service manager restarts what dies. */
  restarts = true
  configDiffers = false
  private lives = 0

  constructor(world: World, node: NodeId, index: number) {
    this.world = world
    this.node = node
    this.roll = diceFor(world.seed, `host ${index}`)
    this.machine = newMachine(node, world.groups)
    this.disk = { saved: undefined, gen: 0, writable: true, unwritableSinceMs: 0 }
  }

  get localMs(): number {
    return this.world.nowMs - this.clockZeroMs
  }

  // --- power and processes ---------------------------------------------------------------------------------------

  powerOn(): void {
    if (!this.powered) {
      this.powered = true
      this.clockZeroMs = this.world.nowMs - Math.floor(this.roll() * 1e6)
    }
    this.restarts = true
    if (this.manager === undefined) this.startManager()
    else if (this.beat === undefined) this.connect()
  }

  powerOff(): void {
    if (!this.powered) return
    this.powered = false
    this.working.clear()
    this.beat = undefined
    this.manager = undefined
    wipe(this.machine)
    this.world.law.poweredOff(this)
  }

  killManager(): void {
    if (this.manager === undefined) return
    abandon(this.world, this)
    this.manager = undefined
    this.machine.allowedMs = Number.NEGATIVE_INFINITY
    this.restartSoon(() => this.startManager())
  }

  killBeat(): void {
    if (this.beat === undefined) return
    this.beat = undefined
    this.world.law.listens(this, false)
    this.restartSoon(() => this.connect())
  }

  private restartSoon(start: () => void): void {
    const life = this.clockZeroMs
    this.world.after(100 + this.roll() * 900, () => {
      if (this.powered && this.restarts && this.clockZeroMs === life) start()
    })
  }

  startManager(): void {
    if (!this.powered || this.manager !== undefined) return
    const config = this.world.configOf(this)
    const cluster = boot(config, this.disk.saved ?? { epochCeiling: 0, standby: false }, this.localMs)
    this.manager = {
      life: ++this.lives,
      cluster,
      paused: false,
      unread: [],
      hungUp: false,
      wakeAtMs: Number.POSITIVE_INFINITY,
      turnMs: this.world.nowMs,
      busy: false,
      next: [],
    }
    this.world.law.managerStarted(this)
    this.connect()
    this.feed({ type: 'tick' })
  }

  /** To the beat that runs, or to a new one whose generation is on disk before it speaks. */
  private connect(): void {
    const { manager, world } = this
    if (manager === undefined || manager.paused) return
    if (this.beat === undefined) {
      const gen = this.disk.gen + 1
      const guessed = !this.disk.writable || this.disk.gen === 0
      if (this.disk.writable) this.disk.gen = gen
      const boot = Array.from({ length: 4 }, () =>
        Math.floor(this.roll() * 2 ** 32)
          .toString(16)
          .padStart(8, '0'),
      ).join('')
      this.beat = {
        life: ++this.lives,
        state: newBeat,
        paused: false,
        unread: [],
        orders: [],
        wakeAtMs: Number.POSITIVE_INFINITY,
      }
      const config = {
        self: this.node,
        nodes: world.nodes,
        timing: world.timing,
        links: world.network.links as LinkName[],
        gen,
        genGuessed: guessed,
        realtime: true,
      }
      this.toBeat({ type: 'settings', config, boot })
      world.law.beatStarted(this)
    } else {
      this.toBeat({ type: 'attach' })
    }
    const { spoken } = manager.cluster
    if (spoken !== undefined) this.toBeat({ type: 'report', report: spoken, turnMs: this.localMs })
  }

  pause(what: 'manager' | 'beat'): void {
    const process = this[what]
    if (process === undefined) return
    process.paused = true
    if (what === 'beat') this.world.law.listens(this, false)
  }

  resume(what: 'manager' | 'beat'): void {
    if (what === 'beat') this.resumeBeat()
    else this.resumeManager()
  }

  private resumeBeat(): void {
    const { beat } = this
    if (beat === undefined || !beat.paused) return
    beat.paused = false
    this.world.law.listens(this, true)
    // It reads what its sockets hold before it looks at the clock.
    for (const { datagram, link, replayed } of beat.unread.splice(0)) this.receive(link, datagram, replayed)
    for (const order of beat.orders.splice(0)) this.stepBeat(order)
    this.stepBeat({ type: 'timer' })
  }

  private resumeManager(): void {
    const { manager } = this
    if (manager === undefined || !manager.paused) return
    manager.paused = false
    // What can be read at once is read before it is judged: the last turn comes after everything heard.
    const unread = manager.unread.splice(0)
    const last = unread.findLastIndex(event => event.type === 'turn')
    if (last >= 0) unread.push(...unread.splice(last, 1))
    for (const event of unread) this.feed(event)
    if (this.manager === manager && (manager.hungUp || this.beat === undefined)) {
      manager.hungUp = false
      this.connect()
    }
    this.feed({ type: 'tick' })
  }

  // --- the beat ----------------------------------------------------------------------------------------------------

  receive(link: string, datagram: Datagram, replayed: boolean): void {
    const { beat } = this
    if (beat === undefined) return
    if (beat.paused) {
      if (beat.unread.length < socketHolds) beat.unread.push({ datagram, link: link as LinkName, replayed })
      return
    }
    this.stepBeat({ type: 'datagram', datagram, link: link as LinkName }, datagram)
  }

  private toBeat(event: BeatEvent): void {
    const { beat } = this
    if (beat === undefined) return
    if (!beat.paused) this.stepBeat(event)
    else if (beat.orders.length < pipeHolds) beat.orders.push(event)
  }

  private stepBeat(event: BeatEvent, datagram?: Datagram): void {
    const { beat, world } = this
    if (beat === undefined) return
    world.steps++
    const [state, effects] = beatStep(beat.state, event, this.localMs)
    beat.state = state
    for (const effect of effects) {
      this.obeyBeat(effect, event, datagram)
      if (this.beat !== beat) return
    }
    this.wakeBeat(beat, nextBeatMs(state) + this.clockZeroMs)
  }

  private obeyBeat(effect: BeatEffect, event: BeatEvent, datagram: Datagram | undefined): void {
    const { world } = this
    switch (effect.type) {
      case 'send':
        world.law.sent(this, effect.datagram)
        for (const to of world.nodes) if (to !== this.node) world.network.send(this.node, to, effect.datagram)
        return
      case 'tell':
        return this.hearBeat(effect.line, event, datagram)
      case 'exit':
        this.beat = undefined
        world.law.listens(this, false)
        return
    }
  }

  private hearBeat(line: BeatLine, event: BeatEvent, datagram: Datagram | undefined): void {
    if (line.type === 'heard' && event.type === 'datagram') this.world.law.accepted(this, datagram!)
    if (line.type === 'gen') {
      if (this.manager !== undefined && this.disk.writable) this.disk.gen = Math.max(this.disk.gen, line.gen)
      return
    }
    if (line.type === 'trouble') return this.world.law.trouble(this, line.code)
    this.feed(line)
  }

  private wakeBeat(beat: Beat, dueMs: number): void {
    const atMs = Math.max(dueMs, this.world.nowMs + 0.001) // clocks of hosts differ by more than a double can tell
    if (beat.wakeAtMs <= atMs || atMs === Number.POSITIVE_INFINITY) return
    beat.wakeAtMs = atMs
    this.world.at(atMs, () => {
      if (this.beat !== beat || beat.wakeAtMs !== atMs) return
      beat.wakeAtMs = Number.POSITIVE_INFINITY
      if (!beat.paused) this.stepBeat({ type: 'timer' })
    })
  }

  // --- the manager ---------------------------------------------------------------------------------------------------

  feed(event: Event): void {
    const { manager } = this
    if (manager === undefined) return
    if (manager.paused) {
      if (manager.unread.length < pipeHolds) manager.unread.push(event)
      else if (event.type !== 'done' && event.type !== 'saved' && event.type !== 'not-saved') manager.hungUp = true
      else manager.unread.push(event)
      return
    }
    if (manager.busy) {
      manager.next.push(event)
      return
    }
    manager.busy = true
    this.turn(manager, event)
    manager.busy = false
    const next = manager.next.shift()
    if (next !== undefined) this.feed(next)
  }

  private turn(manager: Manager, event: Event): void {
    const { world } = this
    const before = manager.cluster
    const [after, effects] = step(before, event, this.localMs)
    manager.cluster = after
    manager.turnMs = world.nowMs
    world.steps++
    world.law.stepped(this, event, before, after)
    for (const effect of effects) {
      this.obey(manager, effect)
      if (this.manager !== manager) return
    }
    if (effects.length > 0 || event.type === 'turn') this.toBeat({ type: 'alive', turnMs: this.localMs })
    this.wakeManager(manager)
  }

  private wakeManager(manager: Manager): void {
    const atMs = Math.max(nextStepMs(manager.cluster) + this.clockZeroMs, this.world.nowMs + 1)
    if (manager.wakeAtMs <= atMs || atMs === Number.POSITIVE_INFINITY) return
    manager.wakeAtMs = atMs
    this.world.at(atMs, () => {
      if (this.manager !== manager || manager.wakeAtMs !== atMs) return
      manager.wakeAtMs = Number.POSITIVE_INFINITY
      if (manager.paused) return
      if (nextStepMs(manager.cluster) + this.clockZeroMs > this.world.nowMs) this.wakeManager(manager)
      else this.feed({ type: 'tick' })
    })
  }

  private obey(manager: Manager, effect: Effect): void {
    const { world } = this
    switch (effect.type) {
      case 'publish':
        return this.toBeat({ type: 'report', report: effect.report, turnMs: this.localMs })
      case 'run':
        world.law.jobBegins(this, effect.job)
        return perform(world, this, effect.job)
      case 'hold':
        return this.renew(effect.untilMs, effect.restore)
      case 'save':
        return this.save(manager, effect.saved)
      case 'fence':
        return world.fence(this, effect.node)
      case 'note':
        return world.noted(this, effect.note)
      case 'answer':
        return world.law.answered(this, effect.answer)
      case 'announce':
        return
      case 'exit':
        this.manager = undefined
        this.restarts = false
        return this.toBeat({ type: 'end' })
    }
  }

  /** What was allowed once stays allowed. */
  allow(untilMs: number | undefined): void {
    if (untilMs === undefined) return
    const atMs = untilMs + this.clockZeroMs
    if (atMs <= this.machine.allowedMs) return
    this.machine.allowedMs = atMs
    this.machine.deafTo = this.world.law.deafTo(this)
  }

  private renew(untilMs: number, restore: readonly GroupName[]): void {
    this.allow(untilMs)
    for (const [name, things] of this.machine.things) {
      for (const thing of things) {
        if (!thing.kept) continue
        const was = isLive(thing, this.world.nowMs)
        if (!was && !restore.includes(name)) continue
        if (grant(this.machine, thing, this.world.timing, this.world.nowMs, this.roll) && !was)
          this.world.law.live(this, name)
      }
    }
  }

  private save(manager: Manager, saved: Saved): void {
    this.world.after(1 + this.roll() * 20, () => {
      if (!this.powered || (this.manager !== manager && this.roll() < 0.5)) return
      if (this.disk.writable) {
        this.disk.saved = saved
        this.disk.gen = Math.max(this.disk.gen, this.beat?.state.gen ?? 0) // one file: what could not be saved before is now
      }
      if (this.manager !== manager) return
      this.feed(this.disk.writable ? { type: 'saved', saved } : { type: 'not-saved', why: 'No space left on device' })
    })
  }
}
