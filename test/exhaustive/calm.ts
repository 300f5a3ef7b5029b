/** Good weather: no misfortune any more, everybody takes turns, and every piece of work is done. Then all must come right. */

import { choiceOf, choices, happen } from './choices.ts'
import { check } from './law.ts'
import { type At, groupName, nodes, type Setting } from './setting.ts'
import { isLive, type Side, type World } from './world.ts'

/** What still happens in good weather, in this order of preference. Timers come last: then everything else is done. */
const good = [
  'the cable is mended',
  ...nodes.flatMap(node => [`${node}: goes on`, `${node}: the service cable is plugged in`]),
  ...nodes.flatMap(node => [
    `${node}: a new manager starts`,
    `${node}: the disk has it`,
    `${node}: a datagram arrives`,
    `${node}: the agent succeeds`,
  ]),
  'alpha: is switched off by beta',
  'beta: is switched off by alpha',
].map(choiceOf)
const power = nodes.map(node => choiceOf(`${node}: power on`))
const timers = nodes.map(node => choiceOf(`${node}: timer`))

interface Told {
  readonly say?: ((line: string) => void) | undefined
}

/** So many quanta of good weather; `on`: whoever is off is switched on. */
export function calm(setting: Setting, before: World, quanta: number, on: boolean, { say }: Told = {}): World {
  let world = before
  const endMs = world.nowMs + quanta * setting.timing.keepaliveMs
  let steps = 0
  while (world.nowMs < endMs) {
    const may = choices(setting, world, false)
    const next = [...good, ...(on ? power : [])].find(choice => may.includes(choice)) ?? dueTimer(world, may)
    if (next === undefined) return world // nobody is left
    world = happen(setting, world, next, say)
    check(++steps < 100 * quanta, 'L4', () => 'no end of steps in good weather')
  }
  return world
}

/** Whoever has not had its turn in this quantum. */
function dueTimer(world: World, may: readonly number[]): number | undefined {
  const due = timers.filter(choice => may.includes(choice))
  return due.find(choice => !world.sides[timers.indexOf(choice) as At].turned) ?? due[0]
}

/** Long enough for any wait of the rules, twice. */
export function quantaToSettle({ timing, fencing }: Setting): number {
  const { keepaliveMs, deadtimeMs, initdeadMs } = timing
  // A fence action that was meant for a former start is asked for again after 30 s.
  const fenceMs = fencing ? 31_000 : 0
  return Math.ceil((initdeadMs + 2 * deadtimeMs + fenceMs) / keepaliveMs) + 6
}

const runOf = ({ cluster }: Side) => cluster?.groups.get(groupName)?.run

/**
 * L1, L4, L6: in good weather the group comes to run on exactly one node, all agree, and then nothing happens any more.
 * `on` false: whoever is off stays off.
 */
export function recovers(setting: Setting, before: World, on: boolean, say?: (line: string) => void): void {
  const world = calm(setting, before, quantaToSettle(setting), on, { say })
  const able = world.sides.filter(side => {
    const run = runOf(side)
    return run !== undefined && !side.cluster!.standby && run.failed === undefined && run.blocked === undefined
  })
  const full = world.sides.filter(({ things }) => things.every(thing => isLive(thing, world.nowMs)))
  const part = world.sides.filter(({ things }) => things.some(thing => isLive(thing, world.nowMs)))
  const blocked = world.sides.some(side => runOf(side)?.blocked !== undefined || side.knowsBlocked)
  check(part.length < 2 || blocked, 'S1', () => 'both still hold it long after the heal')
  if (able.length === 0 || blocked) return
  check(full.length === 1 && part.length === 1, 'L1', () => `it runs on ${full.length} nodes, though it could`)
  const later = calm(setting, world, quantaToSettle(setting), on, { say })
  check(sameHolding(world, later), 'L4', () => 'the group still moves long after the last misfortune')
  const registers = later.sides.flatMap(({ cluster }) => {
    const { owner, epoch } = cluster?.groups.get(groupName)?.assignment ?? {}
    return owner === undefined ? [] : [`${owner} ${epoch!.counter}/${epoch!.minter}`]
  })
  check(new Set(registers).size === 1, 'L6', () => `the group belongs to ${registers.join(' and to ')}`)
}

const sameHolding = (a: World, b: World): boolean =>
  a.sides.every((side, at) => {
    const [before, after] = [side.cluster, b.sides[at]!.cluster]
    return (
      before?.nextJob === after?.nextJob &&
      side.things.every((thing, index) => isLive(thing, a.nowMs) === isLive(b.sides[at]!.things[index]!, b.nowMs))
    )
  })
