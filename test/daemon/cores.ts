/** A core with two nodes, alpha being ours, led into the states that the daemon tells of. */

import { initialAssignment, nothingSaved } from '../../src/cluster/state.ts'
import { boot, type Cluster, step } from '../../src/cluster.ts'
import type { Effect, Event, Order } from '../../src/events.ts'
import type { Claim, ClaimState, Group, GroupName, Job, LinkName, Outcome, Report } from '../../src/types.ts'
import { alpha, beta, pair } from '../cluster/config.ts'
import { quiet } from '../membership/beat-world.ts'

export { alpha, beta }
export const [web, db] = ['web', 'db'] as [string, string] as [GroupName, GroupName]

const resource = (name: string) => ({ name, agent: name, args: [], address: false })
export const groups: readonly Group[] = [
  { name: web, homes: [alpha, beta], resources: [resource('disk'), resource('web')] },
  { name: db, homes: [beta, alpha], resources: [resource('db')] },
]

export interface Core {
  cluster(): Cluster
  nowMs(): number
  /** Everything the core asked for, in order; jobs that nobody ended yet are in `jobs`. */
  readonly effects: Effect[]
  post(event: Event): void
  order(order: Order): number
  /** Ends the job that this group has; a probe finds everything stopped unless told otherwise. */
  finish(group: GroupName, outcome?: Outcome): void
  /** Everything that is asked for succeeds, until nothing more is. */
  obey(): void
  /** beta says this of itself. */
  hear(claims?: Partial<Record<string, Partial<Claim>>>, report?: Partial<Report>): void
  /** Time passes, and the beat hears nobody. */
  silence(ms: number): void
}

/** @param lastMan what its disk says: of which groups it was the last man. */
export function newCore(lastMan: readonly GroupName[] = []): Core {
  let nowMs = 100_000
  let seq = 0
  let cluster = boot({ ...pair, groups }, { ...nothingSaved, epochCeiling: 16, lastMan }, nowMs)
  const effects: Effect[] = []
  const jobs = new Map<GroupName, Job>()
  const core: Core = {
    cluster: () => cluster,
    nowMs: () => nowMs,
    effects,
    post(event) {
      const [after, asked] = step(cluster, event, nowMs)
      cluster = after
      effects.push(...asked)
      for (const effect of asked) {
        if (effect.type === 'run') jobs.set(effect.job.group, effect.job)
        if (effect.type === 'save') core.post({ type: 'saved', saved: effect.saved })
      }
    },
    order(order) {
      const id = effects.length + 1
      core.post({ type: 'order', id, order })
      return id
    },
    finish(group, outcome) {
      const job = jobs.get(group)!
      jobs.delete(group)
      const stopped = groups.find(({ name }) => name === group)!.resources.map(() => 'stopped' as const)
      const good = job.op === 'probe' ? { ok: true as const, statuses: stopped } : { ok: true as const }
      core.post({ type: 'done', job: job.id, outcome: outcome ?? good })
    },
    obey() {
      for (let name = [...jobs.keys()][0]; name !== undefined; name = [...jobs.keys()][0]) core.finish(name)
    },
    hear(claims = {}, report = {}) {
      nowMs += 1_000
      seq++
      const said: Report = {
        ...quiet,
        claims: new Map(groups.map(group => [group.name, { ...claimOf(group), ...claims[group.name] }])),
        ...report,
      }
      const heard = { from: beta, gen: 3, boot: 'b', seq, atMs: nowMs, link: 'bcast eth0' as LinkName }
      const echo = { echoedSentAtMs: nowMs - 10, managerAgeMs: 0, realtime: true }
      core.post({ type: 'heard', heard: { ...heard, ...echo, report: said } })
      core.post({ type: 'turn', atMs: nowMs, lateMs: 0 })
    },
    silence(ms) {
      for (const endMs = nowMs + ms; nowMs < endMs; ) {
        nowMs += 500
        core.post({ type: 'turn', atMs: nowMs, lateMs: 0 })
      }
    },
  }
  const claimOf = (group: Group): Claim => {
    const ours = cluster.groups.get(group.name)?.assignment ?? initialAssignment(group)
    const state: ClaimState = ours.owner === beta ? 'running' : 'stopped'
    return {
      assignment: ours,
      state,
      failed: false,
      dark: false,
      newest: false,
      unready: false,
      outdated: false,
      halts: 0,
    }
  }
  core.post({ type: 'tick' })
  return core
}

/** web runs here and db there: all is well. */
export function wellCore(): Core {
  const core = newCore()
  core.obey()
  core.hear()
  core.obey()
  core.hear()
  return core
}
