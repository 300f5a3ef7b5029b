/** Agents that only pretend: nothing is touched, and every start and stop succeeds after a while. */
import type { Group, GroupName, Job, Outcome } from '../../src/types.ts'

/** How many resources of each group pretend to run, from the left. */
export type Pretended = Map<GroupName, number>

/** An address is configured in a few ms; a script has to be started. */
export const tookMs = (job: Job, group: Group): number =>
  job.op === 'probe' ? 1 : group.resources[job.first]!.address ? 3 : 20

/** What that job has done when it is over. */
export function perform(pretended: Pretended, job: Job, group: Group): Outcome {
  if (job.op === 'start') pretended.set(job.group, job.last + 1)
  if (job.op === 'stop') pretended.set(job.group, job.first)
  const up = pretended.get(job.group) ?? 0
  if (job.op !== 'probe') return { ok: true }
  return { ok: true, statuses: group.resources.map((_, at) => (at < up ? 'running' : 'stopped')) }
}
