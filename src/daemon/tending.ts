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
  /** Why no other node could take this group; undefined: nothing is known against it. */
  lacking(group: GroupName): string | undefined
  end(): void
}

/** Where the role has just moved much follows: for so long it is looked at so often, if not more often as ever. */
const movedMs = 10_000
const movedEveryMs = 500
/** The longest that a move goes unnoticed. */
const noticeMs = 100

interface Look {
  readonly told: Told & { readonly group: GroupName }
  readonly stand: Stand
}

/**
 * One look at a time for each; the next comes so long after the end of the last, or when the role has come here or gone.
 * What was told before a move is not told any more.
 */
export function startTending({ tended, clock, state, say }: TendingOptions): Tendings {
  const looks = new Map<string, Look>()
  let ended = false
  const movedAtMs = new Map<string, number>()
  const cancels = new Map<string, () => void>()

  async function look(one: Tended): Promise<void> {
    const stand = standOf(state(), one)
    const next = await one.tend(() => (ended ? 'let-be' : standOf(state(), one)))
    if (ended) return
    const before = looks.get(one.resource)
    for (const problem of next.problems)
      if (!before?.told.problems.includes(problem)) say(`${one.resource}: ${problem}`)
    looks.set(one.resource, { told: { ...next, group: one.group }, stand })
    const nowMs = clock.nowMs()
    if (before !== undefined && before.stand !== stand) movedAtMs.set(one.resource, nowMs)
    const fresh = nowMs - (movedAtMs.get(one.resource) ?? Number.NEGATIVE_INFINITY) < movedMs
    wait(one, stand, nowMs + (fresh ? Math.min(one.everyMs, movedEveryMs) : one.everyMs))
  }

  /** While it moves nobody looks: whoever moves it does. */
  function wait(one: Tended, stand: Stand, untilMs: number): void {
    const leftMs = untilMs - clock.nowMs()
    const now = standOf(state(), one)
    if (leftMs <= 0 || (now !== stand && now !== 'let-be')) return void look(one)
    cancels.set(
      one.resource,
      clock.after(Math.min(leftMs, noticeMs), () => wait(one, stand, untilMs)),
    )
  }

  function current(one: Tended): [string, Look['told']][] {
    const look = looks.get(one.resource)
    if (look === undefined) return []
    if (look.stand === standOf(state(), one)) return [[one.resource, look.told]]
    const { group, problems } = look.told
    return [[one.resource, { group, problems, lines: ['its role has just moved: it is looked at again'] }]]
  }

  for (const one of tended)
    cancels.set(
      one.resource,
      clock.after(0, () => void look(one)),
    )
  return {
    told: () => new Map(tended.flatMap(one => current(one))),
    lacking: group =>
      tended.flatMap(one => current(one)).find(([, told]) => told.group === group && told.lacking !== undefined)?.[1]
        .lacking,
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
