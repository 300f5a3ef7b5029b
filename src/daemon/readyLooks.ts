/** Looks now and then at what does not run here: could it start, if it came? Told by status and log, and decides nothing. */
import type { Clock } from '../agents/clock.ts'
import type { Hindrance } from '../agents/readiness.ts'
import { isUntouched } from '../cluster/truce.ts'
import type { Cluster } from '../cluster.ts'
import type { Group, GroupName } from '../types.ts'
import type { StatusProblem } from './protocol.ts'

export interface ReadyLookOptions {
  readonly groups: readonly Group[]
  readonly clock: Clock
  state(): Cluster
  /** Of one resource; ends by itself. */
  ready(group: Group, at: number): Promise<readonly Hindrance[]>
  say(text: string): void
}

export interface ReadyLooks {
  /** What was found when each group was last looked at, of those that do not run here. */
  problems(): readonly StatusProblem[]
  end(): void
}

/** After a start there is enough to do. */
const firstMs = 30_000
const everyMs = 300_000

/** One group after the other, one resource after the other. */
export function startReadyLooks({ groups, clock, state, ready, say }: ReadyLookOptions): ReadyLooks {
  const found = new Map<GroupName, readonly StatusProblem[]>()
  const mine = groups.filter(({ homes }) => homes.includes(state().config.self))
  let ended = false

  const isIdle = ({ name }: Group): boolean => {
    const now = state()
    const { assignment, run } = now.groups.get(name)!
    const comes = assignment.owner === now.config.self
    return run.known && run.live === 0 && run.job === undefined && !comes && !isUntouched(now, name)
  }

  async function look(group: Group): Promise<void> {
    const problems: StatusProblem[] = []
    for (const [at, { name }] of group.resources.entries()) {
      if (ended || !isIdle(group)) return
      const hindrances = await ready(group, at)
      problems.push(
        ...hindrances.map(({ level, text }) => problem(level, `${group.name}, if it comes here: ${name}: ${text}`)),
      )
    }
    if (ended || !isIdle(group)) return // what was seen is not so any more
    const known = new Set(found.get(group.name)?.map(({ text }) => text))
    for (const { text } of problems) if (!known.has(text)) say(text)
    found.set(group.name, problems)
  }

  async function round(): Promise<void> {
    for (const group of mine) {
      if (isIdle(group)) await look(group)
      else found.delete(group.name)
    }
    if (!ended) cancel = clock.after(everyMs, round)
  }

  let cancel = clock.after(firstMs, round)
  return {
    problems: () => mine.filter(isIdle).flatMap(({ name }) => found.get(name) ?? []),
    end() {
      ended = true
      cancel()
    },
  }
}

const problem = (level: Hindrance['level'], text: string): StatusProblem => ({ level, code: 'READY', text })
