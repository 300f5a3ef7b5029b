/** One host with its two processes: the beat and the manager, each killed, paused and restarted by itself. */
import { nothingSaved } from '../../src/cluster/state.ts'
import { boot } from '../../src/cluster.ts'
import type { Event, Saved } from '../../src/events.ts'
import { newBeat } from '../../src/membership/beat-state.ts'
import type { GroupName, Job, LinkName, NodeId, Truce } from '../../src/types.ts'
import { type Agents, abandon } from './agents.ts'
import { type Beat, resumeBeat, toBeat } from './beat.ts'
import { type Dice, diceFor } from './dice.ts'
import { type Machine, newMachine, wipe } from './machine.ts'
import { feed, type Manager, resumeManager } from './manager.ts'
import type { World } from './world.ts'

export class Host {
  readonly world: World
  readonly node: NodeId
  readonly roll: Dice
  readonly machine: Machine
  readonly agents: Agents = { mood: 'well', only: undefined, failing: new Set() }
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
  lives = 0

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
    if (this.disk.saved !== undefined) this.disk.saved = { ...this.disk.saved, wear: new Map() } // as the shell leaves it out
    this.working.clear()
    this.beat = undefined
    this.manager = undefined
    wipe(this.machine)
    this.world.law.forgetsDead(this)
    this.world.law.poweredOff(this)
  }

  killManager(): void {
    if (this.manager === undefined) return
    this.world.law.forgetsDead(this)
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
    const cluster = boot(config, this.recalled(), this.localMs)
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
    this.world.outskirts.startPinging(this)
    this.world.outskirts.startWatching(this)
    this.connect()
    this.feed({ type: 'tick' })
  }

  /** Ends are kept by the clock of the world, as the shell keeps them by the wall's. */
  keep(saved: Saved): void {
    this.disk.saved = shifted(saved, this.clockZeroMs)
  }

  private recalled(): Saved {
    return shifted(this.disk.saved ?? nothingSaved, -this.clockZeroMs)
  }

  /** To the beat that runs, or to a new one whose generation is on disk before it speaks. */
  connect(): void {
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
      toBeat(this, { type: 'settings', config, boot })
      world.law.beatStarted(this)
    } else {
      toBeat(this, { type: 'attach' })
    }
    const { spoken } = manager.cluster
    if (spoken !== undefined) toBeat(this, { type: 'report', report: spoken, turnMs: this.localMs })
  }

  feed(event: Event): void {
    feed(this, event)
  }

  pause(what: 'manager' | 'beat'): void {
    const process = this[what]
    if (process === undefined) return
    process.paused = true
    if (what === 'beat') this.world.law.listens(this, false)
  }

  resume(what: 'manager' | 'beat'): void {
    if (what === 'beat') resumeBeat(this)
    else resumeManager(this)
  }

  /** What was allowed once stays allowed. */
  allow(untilMs: number | undefined): void {
    if (untilMs === undefined) return
    const atMs = untilMs + this.clockZeroMs
    if (atMs <= this.machine.allowedMs) return
    this.machine.allowedMs = atMs
    this.machine.deafTo = this.world.law.deafTo(this)
  }
}

function shifted(saved: Saved, byMs: number): Saved {
  const { truce } = saved
  if (truce === undefined) return saved
  const shift = (endMs: number): number => (endMs === 0 ? 0 : endMs + byMs)
  const move = <T extends Truce>(word: T): T => {
    return { ...word, disarmedEndMs: shift(word.disarmedEndMs), maintainedEndMs: shift(word.maintainedEndMs) }
  }
  const promises = truce.promises.map(({ node, word }) => ({ node, word: move(word) }))
  return { ...saved, truce: { ...move(truce), boundEndMs: shift(truce.boundEndMs), promises } }
}
