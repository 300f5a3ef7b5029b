/** Agents of the fake world: they take time, fail, hang until they are killed, and lie. */
import type { Group, Job, Outcome, Status } from '../../src/types.ts'
import { between, chance, type Dice } from './dice.ts'
import type { Host } from './host.ts'
import { appear, gone, grant, isLive, type Thing } from './machine.ts'
import type { World } from './world.ts'

/** How the agents of one node behave; one at a time. */
export const moods = [
  'well',
  'start-fails',
  'start-hangs',
  'start-lies',
  'stop-fails',
  'stop-hangs',
  'stop-lies',
  'probe-fails',
  'probe-unknown',
  'slow',
] as const
export type Mood = (typeof moods)[number]

const timeoutMs = 10_000
const failed = (why: string): Outcome => ({ ok: false, why })

export interface Agents {
  mood: Mood
  /** Only this one resource is struck; undefined = all. */
  only: string | undefined
  /** As `group/nth`: they fail again and again while they run. */
  readonly failing: Set<string>
}

function took(world: World, host: Host, job: Job, group: Group): number {
  const { roll } = host
  const slow = host.agents.mood === 'slow' ? 8 : 1
  if (job.op === 'probe') return between(roll, 2, 60) * slow
  return (group.resources[job.first]!.address ? between(roll, 3, 30) : between(roll, 10, world.slowestAgentMs)) * slow
}

/** The manager asked for a piece of work: do it in the real world and tell the outcome. */
export function perform(world: World, host: Host, job: Job): void {
  const group = world.groupOf(job.group)
  const things = host.machine.things.get(job.group)!.slice(job.first, job.last + 1)
  const struck =
    host.agents.only === undefined ||
    group.resources.slice(job.first, job.last + 1).some(r => r.name === host.agents.only)
  const mood = struck ? host.agents.mood : 'well'
  const manager = host.manager!
  const tookMs = took(world, host, job, group)
  host.working.set(job.group, job)
  const finish = (afterMs: number, effect: () => Outcome): void =>
    world.after(afterMs, () => {
      if (host.manager?.life !== manager.life || host.working.get(job.group) !== job) return
      const outcome = effect()
      host.working.delete(job.group)
      host.feed({ type: 'done', job: job.id, outcome })
    })
  switch (job.op) {
    case 'probe':
      return finish(tookMs, () => probe(world, host, group, things, mood))
    case 'start': {
      const address = group.resources[job.first]!.address
      if (!address) for (const thing of things) begin(world, host, job, thing)
      if (mood === 'start-hangs') return finish(timeoutMs, () => failed('no answer, killed'))
      const atMs = tookMs * (address ? host.roll() : 1)
      if (address) {
        host.allow(job.holdUntilMs)
        world.after(atMs, () => {
          if (host.manager?.life !== manager.life || host.working.get(job.group) !== job) return
          if (mood === 'start-fails') return
          for (const thing of things)
            if (grant(host.machine, thing, world.timing, world.nowMs, host.roll)) world.appeared(host, job)
        })
      }
      return finish(tookMs, () => started(world, things, mood, host.roll))
    }
    case 'stop':
      // As the real keeper: from the beginning of a stop nothing renews or restores these addresses any more.
      for (const thing of things) thing.kept = false
      if (mood === 'stop-hangs') return finish(timeoutMs, () => failed('no answer, killed'))
      return finish(tookMs, () => stopped(world, things, mood))
  }
}

function begin(world: World, host: Host, job: Job, thing: Thing): void {
  appear(thing, world.nowMs)
  world.appeared(host, job)
}

function started(world: World, things: readonly Thing[], mood: Mood, roll: Dice): Outcome {
  if (mood === 'start-fails') {
    if (chance(roll, 0.5)) for (const thing of things) gone(thing)
    return failed('it says so')
  }
  if (mood === 'start-lies') return failed('it says so, but it runs')
  return things.every(thing => isLive(thing, world.nowMs)) ? { ok: true } : failed('may be held for less than a second')
}

function stopped(world: World, things: readonly Thing[], mood: Mood): Outcome {
  if (mood === 'stop-fails') return failed('it does not stop')
  if (mood === 'stop-lies') {
    for (const thing of things) {
      thing.kept = false
      thing.lied = isLive(thing, world.nowMs)
    }
    return { ok: true }
  }
  for (const thing of things) gone(thing)
  return { ok: true }
}

function probe(world: World, host: Host, group: Group, things: readonly Thing[], mood: Mood): Outcome {
  if (mood === 'probe-fails') return failed('the monitor cannot be run')
  const statuses = things.map((thing, at): Status => {
    if (mood === 'probe-unknown' && chance(host.roll, 0.7)) return 'unknown'
    const live = isLive(thing, world.nowMs) && !thing.lied
    if (live && group.resources[at]!.address) thing.kept = true // adopted: its lease is renewed from now on
    return live ? 'running' : 'stopped'
  })
  return { ok: true, statuses }
}

/** The manager was killed: its agents die with it, and nobody knows how far they had come. */
export function abandon(world: World, host: Host): void {
  for (const job of host.working.values()) {
    const group = world.groupOf(job.group)
    for (const thing of host.machine.things.get(job.group)!.slice(job.first, job.last + 1)) {
      if (job.op === 'probe' || !chance(host.roll, 0.5)) continue
      if (job.op === 'stop') gone(thing)
      else if (!group.resources[job.first]!.address) gone(thing)
    }
  }
  host.working.clear()
  for (const things of host.machine.things.values()) for (const thing of things) thing.kept = false
}
