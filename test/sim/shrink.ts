/** Leaves out misfortunes as long as the same rule is still broken: what remains is the story of the flaw. */
import type { Fault } from './faults.ts'
import { play } from './play.ts'
import type { Schedule } from './schedule.ts'

/** `S1 lease`, from `63.782 S1 lease: ...`. */
export const ruleOf = (violation: string | undefined): string | undefined =>
  violation?.replace(/^[\d.]+ /, '').split(':')[0]

/** Delta debugging: halves first, then ever smaller pieces. */
export function shrink(schedule: Schedule, limit = 400): Schedule {
  const rule = ruleOf(play(schedule).violation)
  if (rule === undefined) return schedule
  let tries = 0
  const breaks = (faults: readonly Fault[]): boolean =>
    tries++ < limit && ruleOf(play({ ...schedule, faults }).violation) === rule
  let faults = schedule.faults
  for (let size = Math.ceil(faults.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < faults.length; ) {
      const fewer = [...faults.slice(0, at), ...faults.slice(at + size)]
      if (breaks(fewer)) faults = fewer
      else at += size
    }
  }
  return { ...schedule, faults }
}
