/** Carries out one job of the core: resources in order, neighbouring addresses in one batch. */
import type { Job, Outcome } from '../types.ts'
import { type Bound, defaultTimeouts, done, failed, type Host, type Seen } from './agent.ts'

/**
 * @param bounds all resources of the group, in the order of haresources; the job says which of them.
 * Stops at the first start or stop that fails: what was started stays, and is for the core to judge. Never throws.
 */
export async function performJob(job: Job, bounds: readonly Bound[], host: Host): Promise<Outcome> {
  const chosen = bounds.slice(job.first, job.last + 1)
  try {
    switch (job.op) {
      case 'start':
        return await inOrder(runs(chosen), run => startRun(run, job.holdUntilMs, host))
      case 'stop':
        return await inOrder(runs(chosen).reverse(), run => stopRun(run, host))
      case 'probe':
        return await probe(chosen, host)
    }
  } catch (error) {
    return failed(`${chosen.map(({ resource }) => resource).join(' ')}: ${(error as Error).message}`)
  }
}

/** Neighbouring addresses together, everything else alone. */
function runs(bounds: readonly Bound[]): Bound[][] {
  const runs: Bound[][] = []
  for (const bound of bounds) {
    const last = runs.at(-1)
    if (bound.address && last?.[0]?.address) last.push(bound)
    else runs.push([bound])
  }
  return runs
}

async function inOrder(
  runs: readonly Bound[][],
  perform: (run: readonly Bound[]) => Promise<Outcome>,
): Promise<Outcome> {
  for (const run of runs) {
    const outcome = await perform(run)
    if (!outcome.ok) return failed(`${run.map(({ resource }) => resource).join(' ')}: ${outcome.why}`)
  }
  return done
}

function startRun(run: readonly Bound[], holdUntilMs: number | undefined, host: Host): Promise<Outcome> {
  const addresses = addressesOf(run)
  if (addresses.length > 0) return host.addresses.add(addresses, holdUntilMs)
  const [bound] = run
  return host.alone(bound!.resource, () => bound!.start(host, { holdUntilMs }))
}

function stopRun(run: readonly Bound[], host: Host): Promise<Outcome> {
  const addresses = addressesOf(run)
  if (addresses.length > 0) return host.addresses.remove(addresses)
  const [bound] = run
  return host.alone(bound!.resource, () => bound!.stop(host))
}

/** Addresses found here are kept, that is renewed, from now on. */
async function probe(bounds: readonly Bound[], host: Host): Promise<Outcome> {
  const wanted = addressesOf(bounds)
  const addresses = wanted.length > 0 ? host.addresses.adopt(wanted) : Promise.resolve([]) // one look for all of them
  let nth = 0
  const seen = await Promise.all(
    bounds.map(async (bound): Promise<Seen | undefined> => {
      const at = bound.address ? nth++ : undefined
      if (at !== undefined) return (await addresses)[at]
      return host.alone(bound.resource, () => bound.monitor(host))
    }),
  )
  return { ok: true, statuses: seen.map(one => one?.status ?? 'unknown') }
}

const addressesOf = (run: readonly Bound[]) => run.flatMap(({ address }) => address ?? [])

/** Stands for a resource that no agent was found for, or whose words are wrong: nothing of it can be running. */
export function missing(resource: string, problem: string): Bound {
  return {
    resource,
    kind: 'missing',
    timeouts: defaultTimeouts,
    start: async () => failed(problem),
    stop: async () => done,
    monitor: async () => ({ status: 'stopped', why: problem }),
  }
}
