/**
 * Looks now and then at what does not run here: could it start, if it came? Told by status and log; and the core is told, for it
 * stops nothing elsewhere to start it where it could not be started.
 */
import type { Clock } from '../agents/clock.ts'
import type { Hindrance } from '../agents/readiness.ts'
import { isUntouched } from '../cluster/truce.ts'
import type { Cluster } from '../cluster.ts'
import type { Event } from '../events.ts'
import type { Group, GroupName } from '../types.ts'
import type { StatusProblem } from './protocol.ts'

export interface ReadyLookOptions {
  readonly groups: readonly Group[]
  readonly clock: Clock
  state(): Cluster
  /** Of one resource; ends by itself. */
  ready(group: Group, at: number): Promise<readonly Hindrance[]>
  /** Calls when something of it has changed; returns how to end that. Left out: nobody tells. */
  follow?(group: Group, at: number, changed: () => void): () => void
  say(text: string): void
  /** Whether a group could be started here, where that is not what the core believes. */
  post(event: Extract<Event, { type: 'unready' }>): void
}

export interface ReadyLooks {
  /**
   * What was found when each group was last looked at, of those that do not run here.
   * @param isTold of a resource: status tells what is wrong with it already, and as it is at this moment.
   */
  problems(isTold?: (resource: string) => boolean): readonly StatusProblem[]
  /** Looks at these now. Ends in time, whatever hangs. */
  now(groups: readonly Group[]): Promise<void>
  end(): void
}

/** After a start there is enough to do. */
const firstMs = 30_000
const everyMs = 300_000
/** Whoever has given an order waits for the looks before it. */
const nowLimitMs = 3_000
/** After a change, which is seldom the last one. */
const soonMs = 5_000

interface Found extends StatusProblem {
  readonly resource: string
}

/** One group after the other, one resource after the other. */
export function startReadyLooks(options: ReadyLookOptions): ReadyLooks {
  const { groups, clock, state, ready, follow, say } = options
  const found = new Map<GroupName, readonly Found[]>()
  const soon = new Map<GroupName, () => void>()
  const mine = groups.filter(({ homes }) => homes.includes(state().config.self))
  let ended = false

  const isIdle = ({ name }: Group): boolean => {
    const now = state()
    const { assignment, run } = now.groups.get(name)!
    const comes = assignment.owner === now.config.self
    return run.known && run.live === 0 && run.job === undefined && !comes && !isUntouched(now, name)
  }

  async function look(group: Group): Promise<void> {
    const problems: Found[] = []
    for (const [at, { name }] of group.resources.entries()) {
      if (ended || !isIdle(group)) return
      const hindrances = await ready(group, at)
      problems.push(
        ...hindrances.map(({ level, text }) => ({
          level,
          code: 'READY',
          text: `${group.name}, if it comes here: ${name}: ${text}`,
          resource: name,
        })),
      )
    }
    if (ended || !isIdle(group)) return // what was seen is not so any more
    const known = new Set(found.get(group.name)?.map(({ text }) => text))
    for (const { text } of problems) if (!known.has(text)) say(text)
    found.set(group.name, problems)
    tell(
      group,
      problems.some(({ level }) => level === 'error'),
    )
  }

  function tell({ name: group }: Group, is: boolean): void {
    if (state().unready.has(group) !== is) options.post({ type: 'unready', group, is })
  }

  function forget(group: Group): void {
    found.delete(group.name)
    tell(group, false)
  }

  async function round(): Promise<void> {
    for (const group of mine) {
      if (isIdle(group)) await look(group)
      else forget(group)
    }
    if (!ended) cancel = clock.after(everyMs, round)
  }

  /** What was found before it counts no more. */
  function changed(group: Group): void {
    if (ended || soon.has(group.name) || !found.has(group.name)) return
    const again = async (): Promise<void> => {
      soon.delete(group.name)
      await look(group)
    }
    soon.set(group.name, clock.after(soonMs, again))
  }

  let cancel = clock.after(firstMs, round)
  const ends = mine.flatMap(group => group.resources.map((_, at) => follow?.(group, at, () => changed(group))))
  return {
    problems: (isTold = () => false) =>
      mine
        .filter(isIdle)
        .flatMap(({ name }) => found.get(name) ?? [])
        .filter(({ resource }) => !isTold(resource))
        .map(({ resource: _, ...problem }) => problem),
    async now(wanted) {
      const idle = wanted.filter(group => mine.includes(group) && isIdle(group))
      if (idle.length === 0) return
      let end = (): void => {}
      const limit = new Promise<void>(resolve => {
        end = clock.after(nowLimitMs, resolve)
      })
      await Promise.race([Promise.all(idle.map(look)), limit])
      end()
    },
    end() {
      ended = true
      cancel()
      for (const end of [...ends, ...soon.values()]) end?.()
    },
  }
}
