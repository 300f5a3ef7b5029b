/** Looks at the resources that run here, each at its own interval (agents.ini), and tells the core which of them failed. */
import type { Seen } from '../agents/agent.ts'
import type { Clock } from '../agents/clock.ts'
import { isUntouched } from '../cluster/truce.ts'
import type { Cluster } from '../cluster.ts'
import { type Operations, usualOperations } from '../config/operations.ts'
import type { Event } from '../events.ts'
import type { Run } from '../resources/run.ts'
import type { Group } from '../types.ts'

export interface MonitorOptions {
  readonly groups: readonly Group[]
  /** By resource; what is not there is as usual. */
  readonly operations: ReadonlyMap<string, Operations>
  readonly clock: Clock
  state(): Cluster
  /** Looks once; ends within the limit of the agent. Runs beside starts and stops: what it finds then counts for nothing. */
  monitor(group: Group, at: number): Promise<Seen>
  /** Calls as soon as the resource may have ceased to run; returns how to end that. Left out: nobody tells. */
  follow?(group: Group, at: number, ailing: () => void): () => void
  post(event: Event): void
  say(text: string): void
}

/** A status that cannot be told is no failure before it has been so twice in a row: the look itself may have failed. */
const doubtsMax = 2

/** What was told is looked at once more after this time, and not after a whole interval. */
const secondLookMs = 500

/** Addresses are not among them: the kernel tells at once what becomes of those. Returns how to end it. */
export function startMonitors(options: MonitorOptions): () => void {
  const watched = options.groups.flatMap(group =>
    group.resources.flatMap((resource, at) => {
      const { monitorIntervalMs } = options.operations.get(resource.name) ?? usualOperations
      return resource.address || monitorIntervalMs === 'off' ? [] : [{ group, at, everyMs: monitorIntervalMs }]
    }),
  )
  // Spread over the interval, so that a hundred resources are not looked at in one instant.
  const ends = watched.map(({ group, at, everyMs }, nth) =>
    watch(options, group, at, everyMs, (everyMs * (nth + 1)) / watched.length),
  )
  return () => {
    for (const end of ends) end()
  }
}

function watch(options: MonitorOptions, group: Group, at: number, everyMs: number, firstMs: number): () => void {
  const { clock } = options
  const { name } = group.resources[at]!
  let doubts = 0
  let ended = false
  let looking = false
  let told = false
  const running = (): Run | undefined => {
    const state = options.state()
    const { run } = state.groups.get(group.name)!
    const runs = run.known && run.job === undefined && run.failed === undefined && run.up > at
    return runs && !isUntouched(state, group.name) ? run : undefined
  }

  async function look(): Promise<void> {
    looking = true
    const wasTold = told
    told = false
    const before = running()
    if (before === undefined) doubts = 0
    else judge(before, await options.monitor(group, at))
    looking = false
    if (ended) return
    const again = told || (wasTold && doubts > 0 && doubts < doubtsMax)
    told = again
    cancel = clock.after(again ? secondLookMs : everyMs, look)
  }

  /** Somebody says that it may have ceased to run: it is looked at now, and once more where the look cannot tell. */
  function nudge(): void {
    if (ended || running() === undefined) return
    told = true
    if (looking) return
    cancel()
    cancel = clock.after(0, look)
  }

  function judge(before: Run, { status, why }: Seen): void {
    if (ended || running() !== before) return // what was seen is not so any more
    const reason = why ?? (status === 'stopped' ? 'it does not run' : 'its status cannot be told')
    doubts = status === 'unknown' ? doubts + 1 : 0
    if (status === 'unknown' && doubts < doubtsMax) options.say(`${name} of ${group.name}: ${reason}; looked at again`)
    else if (status !== 'running') options.post({ type: 'ailing', group: group.name, at, why: reason })
  }

  let cancel = clock.after(firstMs, look)
  const unfollow = options.follow?.(group, at, nudge)
  return () => {
    ended = true
    unfollow?.()
    cancel()
  }
}
