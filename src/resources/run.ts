/**
 * Running one group on this node: one job at a time, in order, and undone in reverse.
 *
 * Two marks on the line of resources: those left of `up` are known to run; those left of `live` may be touching
 * something here (a start was tried, or we could not tell). Only a stop that succeeded moves `live` back.
 */
import type { ClaimState, Group, Job, Outcome, Resource } from '../types.ts'

export interface Run {
  /** Looked at since this manager started; before that everything may be running. */
  readonly known: boolean
  readonly up: number
  readonly live: number
  readonly job: Job | undefined
  /** A start failed here. The group is stopped and does not start here again until an operator says so. */
  readonly failed: string | undefined
  /** A stop failed here. Nothing of this group starts anywhere until an operator says so. */
  readonly blocked: string | undefined
  readonly stopTries: number
  /** When which resource failed while it ran, as far as that still counts, oldest first. */
  readonly failures: readonly { readonly at: number; readonly atMs: number }[]
  /** Failed while it ran: it and what stands above it is stopped, and then started again. */
  readonly ailing: number | undefined
  /** Failed too often: the group is given away, or waits for an operator without this resource. Then `failed` says why. */
  readonly worn: number | undefined
}

export const unknown: Run = {
  known: false,
  up: 0,
  live: 0,
  job: undefined,
  failed: undefined,
  blocked: undefined,
  stopTries: 0,
  failures: [],
  ailing: undefined,
  worn: undefined,
}

const stopTriesMax = 2

/** A group is held while any part of it may be alive here. */
export const holds = (run: Run): boolean =>
  !run.known || run.live > 0 || run.job?.op === 'start' || run.blocked !== undefined

export function claimState(run: Run, size: number): ClaimState {
  if (run.blocked !== undefined) return 'blocked'
  if (!run.known) return 'unknown'
  if (run.job?.op === 'start') return 'starting'
  if (run.job?.op === 'stop') return 'stopping'
  if (run.live === 0) return 'stopped'
  if (run.worn !== undefined && run.live <= run.worn) return 'stuck'
  return run.up === size ? 'running' : run.failed === undefined ? 'starting' : 'stopping'
}

export type Draft = Pick<Job, 'op' | 'first' | 'last'>

/** run: start what is missing. keep: touch nothing. stay: stop what fails again and again. stop: stop what may be alive. */
export type Want = 'run' | 'keep' | 'stay' | 'stop'

/** The next piece of work toward what is wanted; undefined when there is none, or one is under way. */
export function nextJob(run: Run, group: Group, want: Want): Draft | undefined {
  const size = group.resources.length
  if (run.job !== undefined) return undefined
  if (!run.known) return { op: 'probe', first: 0, last: size - 1 }
  if (run.blocked !== undefined) return undefined
  if (want === 'stay') return stopDown(run, group, run.worn ?? size)
  if (want !== 'stop' && run.failed === undefined) {
    if (want === 'keep') return undefined
    if (run.ailing !== undefined) return stopDown(run, group, run.ailing)
    if (run.up === size) return undefined
    return { op: 'start', first: run.up, last: neighbours(group.resources, run.up, 1) }
  }
  return stopDown(run, group, 0)
}

/** What may be alive from resource `to` on, from the last one. */
function stopDown({ live }: Run, { resources }: Group, to: number): Draft | undefined {
  if (live <= to) return undefined
  return { op: 'stop', first: Math.max(to, neighbours(resources, live - 1, -1)), last: live - 1 }
}

/** The last of a row of addresses from `from` on; anything else is a row of one. */
function neighbours(resources: readonly Resource[], from: number, by: 1 | -1): number {
  let at = from
  while (resources[at]?.address === true && resources[at + by]?.address === true) at += by
  return at
}

/** A start that has begun may be alive from now on. */
export const begin = (run: Run, job: Job): Run => ({
  ...run,
  job,
  live: job.op === 'start' ? Math.max(run.live, job.last + 1) : run.live,
})

/** An agent finished. Anything but a clean success counts as possibly running. */
export function finish(run: Run, group: Group, outcome: Outcome): Run {
  const { job } = run
  if (job === undefined) return run
  const idle: Run = { ...run, job: undefined }
  switch (job.op) {
    case 'probe':
      return { ...idle, known: true, ailing: undefined, ...seen(group, outcome) }
    case 'start':
      return outcome.ok ? { ...idle, up: job.last + 1 } : { ...idle, failed: outcome.why }
    case 'stop':
      if (outcome.ok) return { ...idle, ...stoppedTo(run, job.first), stopTries: 0 }
      return run.stopTries + 1 < stopTriesMax
        ? { ...idle, up: Math.min(run.up, job.first), stopTries: run.stopTries + 1 }
        : { ...idle, up: Math.min(run.up, job.first), stopTries: 0, blocked: outcome.why }
  }
}

/** What had to be stopped before it can be started again is stopped. */
const stoppedTo = ({ up, ailing }: Run, first: number): Pick<Run, 'live' | 'up' | 'ailing'> => ({
  live: first,
  up: Math.min(up, first),
  ailing: ailing !== undefined && first <= ailing ? undefined : ailing,
})

function seen(group: Group, outcome: Outcome): Pick<Run, 'up' | 'live'> {
  const size = group.resources.length
  const statuses = outcome.ok ? outcome.statuses : undefined
  if (statuses === undefined) return { up: 0, live: size }
  let up = 0
  while (up < size && statuses[up] === 'running') up++
  let live = size
  while (live > 0 && statuses[live - 1] === 'stopped') live--
  return { up, live }
}

/** It may be tried here again. */
export const forgetFailures = (run: Run): Run =>
  run.failed === undefined ? run : { ...run, failed: undefined, worn: undefined, failures: [] }

/** An operator said: forget the failures, look again at what is blocked. */
export function forgive(run: Run): Run {
  if (run.failed === undefined && run.blocked === undefined) return run
  const known = run.blocked === undefined && run.known
  return { ...forgetFailures(run), blocked: undefined, stopTries: 0, known }
}
