/** Looks on every node at resources that want it, a database for instance, and keeps what they told for `tandem status`. */
import type { Stand, Told } from '../agents/agent.ts'
import type { Clock } from '../agents/clock.ts'
import { isUntouched } from '../cluster/truce.ts'
import type { Cluster } from '../cluster.ts'
import type { GroupName } from '../types.ts'
import type { Tended } from './machine.ts'

export interface TendingOptions {
  readonly tended: readonly Tended[]
  readonly clock: Clock
  state(): Cluster
  say(text: string): void
}

export interface Tendings {
  /** By resource, with its group: as last told. */
  told(): ReadonlyMap<string, Told & { readonly group: GroupName }>
  end(): void
}

/** One look at a time for each; the next comes so long after the end of the last. */
export function startTending({ tended, clock, state, say }: TendingOptions): Tendings {
  const told = new Map<string, Told & { readonly group: GroupName }>()
  let ended = false
  const cancels = new Map<string, () => void>()

  async function look(one: Tended): Promise<void> {
    const next = await one.tend(() => (ended ? 'let-be' : standOf(state(), one)))
    if (ended) return
    const before = told.get(one.resource)?.problems ?? []
    for (const problem of next.problems) if (!before.includes(problem)) say(`${one.resource}: ${problem}`)
    told.set(one.resource, { ...next, group: one.group })
    cancels.set(
      one.resource,
      clock.after(one.everyMs, () => void look(one)),
    )
  }

  for (const one of tended)
    cancels.set(
      one.resource,
      clock.after(0, () => void look(one)),
    )
  return {
    told: () => told,
    end() {
      ended = true
      for (const cancel of cancels.values()) cancel()
    },
  }
}

/** Whoever does not know yet what runs here, or is about to change it, lets it be. */
export function standOf(c: Cluster, { group, at }: Pick<Tended, 'group' | 'at'>): Stand {
  const { run } = c.groups.get(group)!
  if (!run.known || run.job !== undefined || isUntouched(c, group)) return 'let-be'
  if (run.up > at) return 'held'
  return run.live > at ? 'let-be' : 'not-held'
}
