import { expect, test } from 'vitest'
import { reportOf } from '../../src/cluster/speak.ts'
import { nothingSaved } from '../../src/cluster/state.ts'
import { boot, step } from '../../src/cluster.ts'
import type { ClusterConfig, Effect, Event } from '../../src/events.ts'
import type { Group } from '../../src/types.ts'
import { quiet } from '../membership/beat-world.ts'
import { alpha, beta, pair } from './config.ts'

const patience = { retries: 0, failoverLimit: 3, forgetAfterMs: 3_600_000 }
const resource = (name: string) => ({ name, agent: name, args: [], address: name.startsWith('10.'), patience })
const group = {
  name: 'web',
  homes: [alpha, beta],
  resources: [resource('10.0.0.9'), resource('nagios')],
} as unknown as Group
const config: ClusterConfig = { ...pair, groups: [group] }
const claim = {
  assignment: { owner: alpha, epoch: { counter: 0, minter: alpha }, by: 'policy', because: 'home' },
} as const

/** alpha runs the group; beta is there, in standby. Every job succeeds at once. */
function running() {
  let nowMs = 100_000
  let seq = 0
  let cluster = boot(config, { ...nothingSaved, epochCeiling: 16 }, nowMs)
  let effects: Effect[] = []
  const post = (event: Event): void => {
    const [after, asked] = step(cluster, event, nowMs)
    cluster = after
    effects.push(...asked)
    for (const effect of asked) {
      if (effect.type !== 'run') continue
      const statuses = effect.job.op === 'probe' ? { statuses: ['stopped', 'stopped'] as const } : {}
      post({ type: 'done', job: effect.job.id, outcome: { ok: true, ...statuses } })
    }
  }
  const pass = (): void => {
    nowMs += 1_000
    seq += 1
    const claims = new Map([
      [
        group.name,
        {
          ...claim,
          state: 'stopped',
          failed: false,
          dark: false,
          newest: false,
          unready: false,
          outdated: false,
          halts: 0,
        } as const,
      ],
    ])
    const report = { ...quiet, standby: true, claims }
    const heard = { from: beta, gen: 1, boot: 'b', seq, atMs: nowMs, managerAgeMs: 0, realtime: true, report }
    post({ type: 'heard', heard: { ...heard, link: 'bcast eth0' as never, echoedSentAtMs: nowMs - 1 } })
    post({ type: 'turn', atMs: nowMs, lateMs: 0 })
    post({ type: 'tick' })
  }
  post({ type: 'tick' })
  for (let second = 0; second < 3; second += 1) pass()
  return {
    post,
    claimed: () => reportOf(cluster).claims.get(group.name)?.state,
    /** What may come back if it is taken away by hand. */
    restored(): readonly string[] {
      effects = []
      pass()
      return effects.flatMap(effect => (effect.type === 'hold' ? effect.restore : []))
    },
  }
}

test('stuck without its service, a group keeps its address, also when somebody takes it away', () => {
  const world = running()
  expect([world.claimed(), world.restored()]).toEqual(['running', [group.name]])
  world.post({ type: 'ailing', group: group.name, at: 1, why: 'it does not run' })
  expect([world.claimed(), world.restored()]).toEqual(['stuck', [group.name]])
})
