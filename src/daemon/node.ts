/** One node: the core, and everything it asks for, performed. */
import { monotonicClock } from '../agents/clock.ts'
import { isCalm } from '../cluster/calm.ts'
import { nextCounter } from '../cluster/state.ts'
import { boot, type Cluster } from '../cluster.ts'
import type { Problem } from '../config/problem.ts'
import type { Settings } from '../config/settings.ts'
import type { ClusterConfig, Effect, Order } from '../events.ts'
import type { Note } from '../note.ts'
import { textOf } from '../noteText.ts'
import { openBeatLink } from './beatLink.ts'
import { clocks, nowMs } from './clock.ts'
import type { Disk } from './disk.ts'
import { type Holding, watchHeld } from './held.ts'
import type { History } from './history.ts'
import type { Journal } from './journal.ts'
import { type Loop, startLoop } from './loop.ts'
import { type Machine, openMachine } from './machine.ts'
import { startMonitors } from './monitors.ts'
import { Orders, type Result } from './orders.ts'
import { openOutside } from './outside/outside.ts'
import { planOf } from './plan.ts'
import type { Status } from './protocol.ts'
import { startReadyLooks } from './readyLooks.ts'
import type { Recorder } from './records/recorder.ts'
import { keptOf, savedOf } from './savedFile.ts'
import { nobodyHeard } from './silence.ts'
import { watchCopies } from './staleCopies.ts'
import { statusOf } from './status.ts'
import { startTending } from './tending.ts'
import { keepTidy } from './tidy.ts'
import { turnsLast } from './turnsLast.ts'

export interface NodeOptions {
  readonly settings: Settings
  /** Warnings of `check` that stand as long as the files are as they are. */
  readonly standing: readonly Problem[]
  readonly disk: Disk
  readonly journal: Journal
  readonly history: History
  readonly recorder: Recorder
  readonly dirs: {
    readonly configDir: string
    readonly stateDir: string
    readonly runDir: string
    /** Where the beat listens. */
    readonly beatDir: string
  }
  /** undefined: the service manager starts it. */
  readonly beatProgram: string | undefined
  readonly version: string
  /** After each round of the core. */
  readonly onTurn?: () => void
  /** When that may have changed: what this node holds, for whoever has to let go of it without us. */
  readonly onHeld?: (holding: Holding) => void
  /** Everything is stopped and told: the process may end. */
  readonly onExit: () => void
}

export interface Node {
  status(): Promise<Status>
  order(order: Order, wait: boolean, timeoutMs: number, tell: (line: object) => void): Promise<Result>
  /** What that order would do now. */
  plan(order: Order): Result
  leave(): void
  /** Take a turn although nothing has happened. */
  poke(): void
  state(): Cluster
  /** Let go of everything without touching a resource or the beat: another node object takes over in this process. */
  detach(): void
}

/** A disk that takes longer is told to whoever gave the order. */
const reserveLimitMs = 3_000

export const coreConfig = (settings: Settings): ClusterConfig => ({
  self: settings.self,
  nodes: settings.nodes,
  timing: settings.timing,
  groups: settings.groups,
  autoFailback: settings.autoFailback,
  fencing: false, // recognised and refused by the files' reader until it is built
  splitPolicy: settings.splitPolicy,
  pings: settings.pings.map(({ name }) => name),
  deadpingMs: settings.deadpingMs,
  ipfail: settings.ipfail,
  configDigest: settings.configDigest,
  groupsDigest: settings.groupsDigest,
})

export function startNode(options: NodeOptions): Node {
  const { settings, disk, journal, history, recorder, dirs } = options
  const orders = new Orders(nowMs)
  let diskWhy: string | undefined
  let departs = false
  let exiting = false

  const machine: Machine = openMachine(
    settings,
    dirs,
    report => journal.say(report.type === 'note' ? 'info' : 'WARN', report.text),
    line => outside.monitorLine(line),
  )
  for (const problem of machine.problems()) journal.say('ERROR', problem)

  const beat = openBeatLink({
    settings,
    disk,
    journal,
    runDir: dirs.beatDir,
    program: options.beatProgram,
    post: turnsLast(event => loop.post(event)),
  })

  const outside = openOutside(
    settings,
    event => loop.post(event),
    text => journal.say('WARN', text),
  )

  const lookHeld =
    options.onHeld && watchHeld({ timing: settings.timing, lastStops: machine.lastStops }, options.onHeld)

  function perform(effect: Effect): void {
    switch (effect.type) {
      case 'publish':
        return beat.publish(effect.report)
      case 'run':
        void machine.perform(effect.job).then(outcome => loop.post({ type: 'done', job: effect.job.id, outcome }))
        return
      case 'hold':
        return machine.renew(effect)
      case 'announce':
        return machine.announce(effect.group)
      case 'save':
        disk.save(keptOf(effect.saved, clocks())).then(
          () => loop.post({ type: 'saved', saved: effect.saved }),
          (error: Error) => {
            diskWhy = error.message
            loop.post({ type: 'not-saved', why: error.message })
          },
        )
        return
      case 'ask':
        return outside.ask(effect.node, effect.groups)
      case 'watch':
        return outside.watch(effect.groups)
      case 'fence':
        return // nothing performs it yet; the core is told so by `fencing: false`
      case 'answer':
        return orders.answered(effect.id, effect.answer)
      case 'note':
        return noted(effect.note)
      case 'exit':
        departs = true // when the rest of this round is done: the last report must be on its way first
        return
    }
  }

  function settled(state: Cluster): void {
    history.look(state, nowMs())
    recorder.look(state, nowMs())
    orders.look(state)
    beat.calm(isCalm(state))
    options.onTurn?.()
    lookHeld?.(state, beat.pid())
    if (departs) exit()
  }

  function noted(note: Note): void {
    journal.write(textOf(note))
    orders.noted(note)
    recorder.noted(note, loop.state(), nowMs())
  }

  function exit(): void {
    if (exiting) return
    exiting = true
    loop.stop()
    endMonitors()
    readyLooks.end()
    endCopies()
    tendings.end()
    outside.close()
    orders.abandon('this node was shut down meanwhile')
    beat.end(() => {
      machine.close()
      journal.say('info', `${settings.self} Heartbeat shutdown complete.`)
      options.onExit()
    })
  }

  const clock = {
    nowMs,
    wakeAt(atMs: number, wake: () => void): () => void {
      const delayMs = Math.min(Math.max(0, Math.ceil(atMs - nowMs())), 60_000)
      const timer = setTimeout(wake, delayMs)
      return () => clearTimeout(timer)
    },
  }
  const saved = savedOf(disk.kept, clocks())
  const loop: Loop = startLoop(boot(coreConfig(settings), saved, nowMs()), clock, perform, settled)
  loop.post({ type: 'tick' })

  const endMonitors = startMonitors({
    groups: settings.groups,
    operations: settings.operations,
    clock: monotonicClock,
    state: () => loop.state(),
    monitor: (group, at) => machine.monitor(group, at),
    follow: (group, at, ailing) => machine.follow(group, at, ailing),
    post: event => loop.post(event),
    say: text => journal.say('WARN', text),
  })

  const readyLooks = startReadyLooks({
    groups: settings.groups,
    clock: monotonicClock,
    state: () => loop.state(),
    ready: (group, at) => machine.ready(group, at),
    say: text => journal.say('WARN', text),
  })

  const endCopies = watchCopies({
    groups: settings.groups.filter(machine.copies.isReplicated),
    clock: monotonicClock,
    state: () => loop.state(),
    copies: machine.copies.of,
    outdate: machine.copies.outdate,
    say: text => journal.say('WARN', text),
  })

  const tendings = startTending({
    tended: machine.tended(),
    clock: monotonicClock,
    state: () => loop.state(),
    say: text => journal.say('WARN', text),
  })

  const untidy = keepTidy(() => {
    const { groups, members } = loop.state()
    const working = [...groups.values()].some(({ run }) => run.job !== undefined)
    return !working && [...members.peers.values()].every(({ health }) => health === 'up' || health === 'dead')
  })

  /** Once after the start, in the log: who hears nobody says where it listens. */
  setTimeout(async () => {
    if (exiting) return
    await beat.refresh()
    const silence = nobodyHeard(loop.state(), nowMs(), beat.ears())
    if (silence !== undefined) journal.say('WARN', `${silence.text}; ${silence.fix}`)
  }, 3.5 * settings.timing.keepaliveMs).unref()

  /** An order may need a new epoch, and the reservation of the next ones may just be on its way to the disk. */
  function whenReserved(call: () => void): void {
    const untilMs = nowMs() + reserveLimitMs
    const look = (): void => {
      const state = loop.state()
      const reserved = [...state.groups.values()].every(group => nextCounter(state, group.assignment) !== undefined)
      if (reserved || !state.disk.writable || nowMs() > untilMs) call()
      else setTimeout(look, 10)
    }
    look()
  }

  return {
    async status() {
      await beat.refresh()
      return statusNow(loop.state())
    },
    order(order, wait, timeoutMs, tell) {
      const { id, result } = orders.open(order, wait, timeoutMs, tell)
      whenReserved(() => loop.post({ type: 'order', id, order }))
      return result
    },
    plan: order => planOf(loop.state(), order, nowMs()),
    leave: () => loop.post({ type: 'leave' }),
    poke: () => loop.post({ type: 'tick' }),
    state: () => loop.state(),
    detach() {
      untidy()
      endMonitors()
      readyLooks.end()
      endCopies()
      tendings.end()
      loop.stop()
      orders.abandon('the configuration was reloaded meanwhile; tandem status shows how far it is')
      beat.close()
      outside.close()
      machine.close()
    },
  }

  function statusNow(state: Cluster): Status {
    const standing = options.standing.map(({ level, code, text, fix }) => ({ level, code, text, fix }))
    const unresolved = machine.problems().map(text => ({ level: 'error' as const, code: 'AGENT', text }))
    return statusOf(state, {
      version: options.version,
      clusterName: settings.clusterName,
      time: new Date(),
      nowMs: nowMs(),
      beat: beat.status(),
      links: beat.links,
      hearing: beat.hearing(),
      closedLinks: beat.closedLinks(),
      ears: beat.ears(),
      troubles: beat.troubles(),
      outside: outside.troubles(),
      drbd: machine.copies.reports(),
      drbdProblems: machine.copies.problems(),
      lacking: machine.copies.lacking,
      noteOf: machine.copies.noteOf,
      leaseS: machine.leaseS,
      lowestLeaseS: machine.lowestLeaseS(),
      sinceMs: history.sinceMs,
      formerOwner: history.formerOwner,
      standing: [...unresolved, ...readyLooks.problems(), ...standing],
      told: tendings.told(),
      diskWhy,
    })
  }
}
