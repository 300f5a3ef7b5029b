/** Resources that fail while they run, and the looks that find it out. */
import type { GroupName, NodeId } from '../../src/types.ts'
import { between, chance } from './dice.ts'
import type { Host } from './host.ts'
import { gone, isLive } from './machine.ts'
import type { World } from './world.ts'

/** The longest time between two looks at one resource. */
const lookEveryMs = 10_000

/** `fails NODE GROUP N` : it is gone now. `... for good`: again and again, wherever it is started there, until `well NODE`. */
export function fail(world: World, [node, name, nth, ...how]: readonly string[]): boolean {
  const host = world.host(node as NodeId)
  const group = name as GroupName
  const at = Number(nth)
  const { resources } = world.groupOf(group)
  if (resources[at] === undefined || resources[at].address) return false // addresses are restored by their keeper
  world.ailing = true
  if (how.includes('good')) host.agents.failing.add(`${group}/${at}`)
  const was = dies(host, group, at)
  if (was || how.includes('good')) look(host, group, at)
  return was || how.includes('good')
}

/** False: it was not there. */
function dies({ machine, world }: Host, group: GroupName, at: number): boolean {
  const thing = machine.things.get(group)![at]!
  if (!isLive(thing, world.nowMs) || thing.lied) return false
  gone(thing)
  return true
}

/** As long as the manager believes in what is not there, or it goes on failing. */
function look(host: Host, group: GroupName, at: number): void {
  const { world } = host
  world.after(between(host.roll, 50, lookEveryMs), () => {
    if (!host.powered) return
    const failing = host.agents.failing.has(`${group}/${at}`)
    if (failing && chance(host.roll, 0.7)) dies(host, group, at)
    const state = host.manager?.cluster.groups.get(group)
    const believes = state !== undefined && state.run.up > at
    const dead = !isLive(host.machine.things.get(group)![at]!, world.nowMs)
    if (believes && dead && state.run.job === undefined && host.manager?.paused === false)
      host.feed({ type: 'ailing', group, at, why: 'it does not run' })
    if (failing || (believes && dead)) look(host, group, at)
  })
}
