/** What `scripts/sim.mjs` and `scripts/mutants.mjs` run, bundled into one file. */
import { everyKind } from './faults.ts'
import { play } from './play.ts'
import { scheduleOf } from './schedule.ts'
import { shrink } from './shrink.ts'
import { retell, storyOf } from './story.ts'

export interface Sum {
  seeds: number
  simulatedMs: number
  steps: number
  faults: number
  fewestFaults: number
  readonly tally: Record<string, number>
  readonly kinds: Record<string, number>
  readonly violations: { seed: number; text: string }[]
  /** Of the hashes of all seeds, in any order. */
  hash: number
}

export const nothing = (): Sum => ({
  seeds: 0,
  simulatedMs: 0,
  steps: 0,
  faults: 0,
  fewestFaults: Number.POSITIVE_INFINITY,
  tally: {},
  kinds: {},
  violations: [],
  hash: 0,
})

/** Plays one seed and adds what happened. */
export function playSeed(seed: number, sum: Sum): Sum {
  const played = play(scheduleOf(seed))
  sum.seeds++
  sum.simulatedMs += played.simulatedMs
  sum.steps += played.steps
  sum.faults += played.faults
  sum.fewestFaults = Math.min(sum.fewestFaults, played.faults)
  sum.hash = (sum.hash + played.hash) | 0
  for (const [name, count] of Object.entries(played.tally)) sum.tally[name] = (sum.tally[name] ?? 0) + count
  for (const [kind, count] of played.kinds) sum.kinds[kind] = (sum.kinds[kind] ?? 0) + count
  if (played.violation !== undefined) sum.violations.push({ seed, text: played.violation })
  return sum
}

export function add(sum: Sum, more: Sum): Sum {
  for (const key of ['seeds', 'simulatedMs', 'steps', 'faults'] as const) sum[key] += more[key]
  sum.fewestFaults = Math.min(sum.fewestFaults, more.fewestFaults)
  sum.hash = (sum.hash + more.hash) | 0
  for (const part of ['tally', 'kinds'] as const) {
    for (const [name, count] of Object.entries(more[part])) sum[part][name] = (sum[part][name] ?? 0) + count
  }
  sum.violations.push(...more.violations)
  return sum
}

/** The story of a failing seed, with as few misfortunes as will do. */
export function tellFailing(seed: number): string {
  const small = shrink(scheduleOf(seed))
  return storyOf(small, play(small).violation ?? 'nothing is wrong')
}

export { everyKind, retell }
