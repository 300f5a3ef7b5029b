/** One round of `npm run pauses`: somebody stands still or a clock jumps, and the observer tells what came of it. */
import { nowMs, run, sleep, until } from '../../bench/shell.ts'
import { spread } from '../../bench/stats.ts'
import { between, pick } from '../sim/dice.ts'
import { addressed, doublesSince, marked, quiet, unmoved } from './check.ts'
import { lengthUs, tellDouble } from './doubles.ts'
import { anyHolder, anyNode, type Component, groupsOn, othersThan, paused } from './scenario.ts'
import type { Stage } from './stage.ts'

export interface Played {
  /** Why it was not as it should be. */
  readonly failure?: string
  /** We were late to end a short pause: it does not count, and is made again. */
  readonly tooLong?: boolean
  /** A lease took an address from a node that stood still: how long after its end it was back there. */
  readonly backMs?: number
  /** From the beginning of the pause until the other node had everything, and how long nobody had it. */
  readonly takenMs?: number
  readonly nobodyMs?: number
  /** How long what the scripts had started ran on both nodes: nothing can end it while they stand still. */
  readonly marksMs?: number
}

/** Begins and ends with a quiet cluster; an error is a failure. */
export type Round = (stage: Stage) => Promise<Played>

const programs: readonly (readonly Component[])[] = [['tandemd'], ['beat'], ['tandemd', 'beat']]

/** An address that came to another node than the one it was on, or anything on two nodes. */
function stayed(stage: Stage, sinceMs: number, owners: ReadonlyMap<string, string>): void {
  const both = doublesSince(stage, sinceMs)[0]
  if (both !== undefined) throw new Error(tellDouble(both))
  const strange = stage.addressChanges().find(one => one.atMs > sinceMs && one.on && owners.get(one.what) !== one.node)
  if (strange !== undefined) throw new Error(`${strange.what} came to ${strange.node} at ${strange.atMs.toFixed(3)}`)
}

/** By the marks: a lease of a node that has just stood still may be about to end. */
const ownersOf = (stage: Stage): ReadonlyMap<string, string> =>
  new Map(stage.groups.map(group => [group.address, marked(stage, group).join()]))

/** A program or two of a node, for less than a deadtime: no group moves, and no address leaves but by its lease. */
export async function shortPause(stage: Stage): Promise<Played> {
  const { deadtimeMs, keepaliveMs } = stage.timing
  const node = anyNode(stage)
  const what = pick(stage.roll, programs)
  const ms = between(stage.roll, 0.1, 0.9) * deadtimeMs
  await sleep(stage.roll() * keepaliveMs)
  const owners = ownersOf(stage)
  stage.say(`${what.join(' and ')} of ${node.name} stood still for ${Math.round(ms)} ms`)
  const { fromMs, toMs } = await paused(node, ms, what)
  const back = (): boolean => stage.groups.every(one => addressed(stage, one).join() === owners.get(one.address))
  await until('every address to be where it was', deadtimeMs + 5_000, back, 5)
  const backMs = nowMs() - toMs
  await quiet(stage)
  if (toMs - fromMs > 0.9 * deadtimeMs) return { tooLong: true }
  unmoved(stage, fromMs, stage.leased)
  stayed(stage, fromMs, owners)
  const lapsed = stage.addressChanges().some(one => one.atMs > fromMs && !one.on)
  return lapsed ? { backMs } : {}
}

/** A node that holds something stands still for longer: the other takes all of it once, when it is gone, and keeps it. */
export async function longPause(stage: Stage): Promise<Played> {
  const { deadtimeMs, keepaliveMs } = stage.timing
  const node = anyHolder(stage)
  const other = othersThan(stage, node)[0]!
  const had = groupsOn(stage, node)
  const what = pick<readonly Component[] | undefined>(stage.roll, [['beat'], ['tandemd', 'beat'], undefined])
  const ms = between(stage.roll, 1.2, 3) * deadtimeMs
  await sleep(stage.roll() * keepaliveMs)
  stage.say(`${what?.join(' and ') ?? 'everything'} of ${node.name} stood still for ${Math.round(ms)} ms`)
  const { fromMs } = await paused(node, ms, what)
  await quiet(stage)
  const since = stage.addressChanges().filter(one => one.atMs > fromMs)
  const both = doublesSince(stage, fromMs)
  const address = both.find(one => had.some(group => group.address === one.what))
  if (address !== undefined) throw new Error(`two holders: ${tellDouble(address)}`)
  const times = had.map(group => {
    const all = since.filter(one => one.what === group.address)
    const told = all.map(one => `${one.on ? 'came to' : 'left'} ${one.node}`).join(', ')
    if (told !== `left ${node.name}, came to ${other.name}`) throw new Error(`${group.address}: ${told || 'nothing'}`)
    return { goneMs: all[0]!.atMs - fromMs, takenMs: all[1]!.atMs - fromMs }
  })
  const starts = stage.activity.traces().filter(one => one.word === 'start' && one.atMs > fromMs)
  if (starts.length !== had.length || starts.some(one => one.node !== other.name))
    throw new Error(`not one takeover: ${starts.map(one => `${one.name} started on ${one.node}`).join(', ') || 'none'}`)
  return {
    takenMs: Math.max(...times.map(one => one.takenMs)),
    nobodyMs: Math.max(...times.map(one => one.takenMs - one.goneMs)),
    marksMs: lengthUs(both) / 1000,
  }
}

const hourS = 3_600
const steps = [1, 60, hourS, 24 * hourS, 365 * 24 * hourS, 10 * 365 * 24 * hourS]

/** The wall clock of this machine jumps, for both nodes: nothing moves, nothing leaves. */
export async function clockStep(stage: Stage): Promise<Played> {
  const owners = ownersOf(stage)
  const byS = between(stage.roll, 0.5, 1) * pick(stage.roll, steps) * pick(stage.roll, [-1, 1])
  // Back and forth around the day this program was started, so that no year is out of reach.
  const toS = startedS + byS
  stage.say(`the clock was set to ${new Date(toS * 1000).toISOString()}`)
  const fromMs = nowMs()
  await run(['date', '-s', `@${toS.toFixed(3)}`])
  if (Math.abs(Date.now() / 1000 - toS) > 10)
    throw new Error(`the clock did not go to ${toS}: it is ${Date.now() / 1000}`)
  await sleep(between(stage.roll, 0, 1) * stage.timing.deadtimeMs)
  await quiet(stage)
  unmoved(stage, fromMs)
  stayed(stage, fromMs, owners)
  return {}
}

const startedS = Date.now() / 1000

/** The account of many rounds in a line. */
export function tellRounds(rounds: readonly Played[], wanted: number): string {
  const well = rounds.filter(one => one.failure === undefined && !one.tooLong)
  const again = rounds.filter(one => one.tooLong).length
  const lapses = well.filter(one => one.backMs !== undefined).length
  const figures = [
    `${well.length} of ${wanted} as they should be`,
    ...(lapses > 0 ? [`in ${lapses} a lease ended meanwhile and the address came back to the same node`] : []),
    ...(again > 0 ? [`${again} more were longer than 0.9 deadtime by our own lateness, and do not count`] : []),
    ...cell(
      'it was there again after the pause within',
      well.map(one => one.backMs),
    ),
    ...cell(
      'taken after',
      well.map(one => one.takenMs),
    ),
    ...cell(
      'held by nobody for',
      well.map(one => one.nobodyMs),
    ),
    ...cell(
      'programs on both nodes for',
      well.map(one => one.marksMs),
    ),
  ]
  return figures.join('; ')
}

function cell(what: string, all: readonly (number | undefined)[]): string[] {
  const values = all.filter(one => one !== undefined)
  if (values.length === 0) return []
  const { median, min, max } = spread(values)
  return [`${what} ${median.toFixed(0)} ms [${min.toFixed(0)}..${max.toFixed(0)}]`]
}
