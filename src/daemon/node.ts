/** One node: the core, and everything it asks for, performed. */
import { isCalm } from '../cluster/calm.ts'
import { boot, type Cluster } from '../cluster.ts'
import type { Problem } from '../config/problem.ts'
import type { Settings } from '../config/settings.ts'
import type { Effect, Order } from '../events.ts'
import type { Note } from '../note.ts'
import { textOf } from '../noteText.ts'
import type { GroupName, NodeId } from '../types.ts'
import { openBeatLink } from './beatLink.ts'
import { clocks, loopClock, nowMs } from './clock.ts'
import { coreConfig } from './coreConfig.ts'
import type { Disk } from './disk.ts'
import { type Holding, watchHeld } from './held.ts'
import type { History } from './history.ts'
import type { Journal } from './journal.ts'
import { keptOf, savedOf } from './kept.ts'
import { startLooks } from './looks.ts'
import { type Loop, startLoop } from './loop.ts'
import { type Machine, openMachine } from './machine.ts'
import { comingBy, movingWords, noDataThere } from './noData.ts'
import { Orders, type Result } from './orders.ts'
import { openOutside } from './outside/outside.ts'
import { planOf } from './plan.ts'
import type { Status } from './protocol.ts'
import type { Recorder } from './records/recorder.ts'
import { statusOf } from './status.ts'
import { turnsLast } from './turnsLast.ts'
import { whenReserved } from './whenReserved.ts'

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
  /** Once: the units of systemd that are resources here. */
  readonly onUnits?: (units: readonly string[]) => void
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
    {
      onMonitor: line => outside.monitorLine(line),
      livedUntilMs(node) {
        const trace = loop.state().members.traces.get(node as NodeId)
        return trace && trace.wordAtMs + settings.timing.keepaliveMs
      },
    },
  )
  for (const problem of machine.problems()) journal.say('ERROR', problem)
  options.onUnits?.(
    settings.groups
      .flatMap(({ name }) => machine.lastStops(name))
      .flatMap(stop => (stop.by === 'unit' ? stop.unit : [])),
  )

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
    looks.end()
    outside.close()
    orders.abandon('this node was shut down meanwhile')
    beat.end(() => {
      machine.close()
      journal.say('info', `${settings.self} Heartbeat shutdown complete.`)
      options.onExit()
    })
  }

  const loop: Loop = startLoop(
    boot(coreConfig(settings), savedOf(disk.kept, clocks()), nowMs()),
    loopClock,
    perform,
    settled,
  )
  loop.post({ type: 'tick' })

  const looks = startLooks({
    settings,
    machine,
    beat,
    state: () => loop.state(),
    post: event => loop.post(event),
    say: text => journal.say('WARN', text),
  })

  /** What DRBD tells counts only while it tells. */
  const lackingNow = (group: GroupName): string | undefined =>
    machine.copies.of(group).length > 0 ? machine.copies.lacking(group) : undefined
  const refusal = (order: Order): string | undefined => noDataThere(loop.state(), order, lackingNow, nowMs())

  return {
    async status() {
      await beat.refresh()
      return statusNow(loop.state())
    },
    order(order, wait, timeoutMs, tell) {
      const why = refusal(order)
      if (why !== undefined) {
        noted({ code: 'refused', words: movingWords(order), why })
        return Promise.resolve({ code: 4, text: why, moved: [] })
      }
      const { id, result } = orders.open(order, wait, timeoutMs, tell)
      void looks
        .now(comingBy(loop.state(), order))
        .then(() => whenReserved(loop.state, () => loop.post({ type: 'order', id, order })))
      return result
    },
    plan(order) {
      const why = refusal(order)
      return why === undefined
        ? planOf(loop.state(), order, nowMs())
        : { code: 4, text: `would be refused: ${why}`, moved: [] }
    },
    leave: () => loop.post({ type: 'leave' }),
    poke: () => loop.post({ type: 'tick' }),
    state: () => loop.state(),
    detach() {
      looks.end()
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
      drbdProblems: [...machine.copies.problems(), ...machine.troubles()],
      lacking: group => machine.copies.lacking(group) ?? looks.lacking(group),
      noteOf: machine.copies.noteOf,
      leaseS: machine.leaseS,
      lowestLeaseS: machine.lowestLeaseS(),
      sinceMs: history.sinceMs,
      formerOwner: history.formerOwner,
      standing: [...unresolved, ...looks.problems(machine.copies.isTold), ...standing],
      told: looks.told(),
      diskWhy,
    })
  }
}
