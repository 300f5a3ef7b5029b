/** The manager process of a host: the real core, in a process that can be paused and killed. */
import { type Cluster, nextStepMs, step } from '../../src/cluster.ts'
import type { Effect, Event, Saved } from '../../src/events.ts'
import { abandon, perform } from './agents.ts'
import { pipeHolds, toBeat } from './beat.ts'
import type { Host } from './host.ts'
import { grant, isLive } from './machine.ts'

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

export function resumeManager(host: Host): void {
  const { manager } = host
  if (manager === undefined || !manager.paused) return
  manager.paused = false
  host.world.law.woke(host)
  // What can be read at once is read before it is judged: turns come after everything heard.
  const unread = manager.unread.splice(0)
  const turns = unread.filter(event => event.type === 'turn')
  for (const event of unread) if (event.type !== 'turn') feed(host, event)
  for (const turn of turns) feed(host, turn)
  if (host.manager === manager && (manager.hungUp || host.beat === undefined)) {
    manager.hungUp = false
    host.connect()
  }
  feed(host, { type: 'tick' })
}

export function feed(host: Host, event: Event): void {
  const { manager } = host
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
  turn(host, manager, event)
  manager.busy = false
  const next = manager.next.shift()
  if (next !== undefined) feed(host, next)
}

function turn(host: Host, manager: Manager, event: Event): void {
  const { world } = host
  const before = manager.cluster
  const [after, effects] = step(before, event, host.localMs)
  manager.cluster = after
  manager.turnMs = world.nowMs
  world.steps++
  world.law.stepped(host, event, before, after)
  for (const effect of effects) {
    obey(host, manager, effect)
    if (host.manager !== manager) return
  }
  if (effects.length > 0 || event.type === 'turn') toBeat(host, { type: 'alive', turnMs: host.localMs })
  wakeManager(host, manager)
}

function wakeManager(host: Host, manager: Manager): void {
  const atMs = Math.max(nextStepMs(manager.cluster) + host.clockZeroMs, host.world.nowMs + 1)
  if (manager.wakeAtMs <= atMs || atMs === Number.POSITIVE_INFINITY) return
  manager.wakeAtMs = atMs
  host.world.at(atMs, () => {
    if (host.manager !== manager || manager.wakeAtMs !== atMs) return
    manager.wakeAtMs = Number.POSITIVE_INFINITY
    if (manager.paused) return
    if (nextStepMs(manager.cluster) + host.clockZeroMs > host.world.nowMs) wakeManager(host, manager)
    else feed(host, { type: 'tick' })
  })
}

function obey(host: Host, manager: Manager, effect: Effect): void {
  const { world } = host
  switch (effect.type) {
    case 'publish':
      return toBeat(host, { type: 'report', report: effect.report, turnMs: host.localMs })
    case 'run':
      world.law.jobBegins(host, effect.job)
      return perform(world, host, effect.job)
    case 'hold':
      return renew(host, effect)
    case 'save':
      return save(host, manager, effect.saved)
    case 'fence':
      return world.fence(host, effect.node)
    case 'watch':
      return world.outskirts.watch(host, effect.groups)
    case 'ask':
      return world.outskirts.ask(host, effect.node, effect.groups)
    case 'note':
      return world.noted(host, effect.note)
    case 'answer':
      return world.law.answered(host, effect.answer)
    case 'announce':
      return
    case 'exit':
      abandon(world, host) // what is in maintenance stays, and nothing is known of it any more
      host.manager = undefined
      host.restarts = false
      return toBeat(host, { type: 'end' })
  }
}

function renew(host: Host, { untilMs, restore, longer }: Extract<Effect, { type: 'hold' }>): void {
  host.allow(untilMs)
  for (const [name, things] of host.machine.things) {
    const longerMs = longer?.groups.includes(name) ? longer.untilMs + host.clockZeroMs : undefined
    for (const thing of things) {
      if (!thing.kept) continue
      const was = isLive(thing, host.world.nowMs)
      if (!was && !restore.includes(name)) continue
      if (grant(host.machine, thing, host.world.timing, host.world.nowMs, host.roll, longerMs) && !was)
        host.world.law.live(host, name)
    }
  }
}

function save(host: Host, manager: Manager, saved: Saved): void {
  host.world.after(1 + host.roll() * 20, () => {
    if (!host.powered || (host.manager !== manager && host.roll() < 0.5)) return
    if (host.disk.writable) {
      host.keep(saved)
      host.disk.gen = Math.max(host.disk.gen, host.beat?.state.gen ?? 0) // one file: what could not be saved before is now
    }
    if (host.manager !== manager) return
    feed(host, host.disk.writable ? { type: 'saved', saved } : { type: 'not-saved', why: 'No space left on device' })
  })
}
