/**
 * What becomes of a group of which a resource fails while it runs: brought back here a few times, then handed to another node;
 * where nobody else can take it, what stands below the failed resource goes on here, and the rest waits for an operator.
 */
import type { Group, Patience, Resource } from '../types.ts'
import type { Run } from './run.ts'

/** The usual values of `retries`, `failover_limit` and `forget_after` in agents.ini. */
export const usualPatience: Patience = { retries: 2, failoverLimit: 3, forgetAfterMs: 3_600_000 }

export const patienceOf = (resource: Resource): Patience => resource.patience ?? usualPatience

/** A look at the running resource `at` found it stopped or broken. */
export function ail(run: Run, group: Group, at: number, why: string, nowMs: number): Run {
  const resource = group.resources[at]!
  const { retries, forgetAfterMs } = patienceOf(resource)
  const failures = [...lately(run, group, nowMs), { at, atMs: nowMs }]
  const times = failures.filter(failure => failure.at === at).length
  if (times <= retries) return { ...run, failures, ailing: at }
  const often = times === 1 ? 'failed' : `failed ${times} times within ${Math.ceil(forgetAfterMs / 60_000)} min`
  return { ...run, failures, worn: at, failed: `${resource.name} ${often}: ${why}` }
}

/** Failures age out; the history keeps them. */
export const lately = ({ failures }: Run, { resources }: Group, nowMs: number): Run['failures'] =>
  failures.filter(({ at, atMs }) => nowMs - atMs < patienceOf(resources[at]!).forgetAfterMs)

/** When this node may take again what it has given up; undefined = it has given up nothing. */
export function forgetAtMs({ worn, failures }: Run, { resources }: Group): number | undefined {
  return worn === undefined ? undefined : failures.at(-1)!.atMs + patienceOf(resources[worn]!).forgetAfterMs
}
