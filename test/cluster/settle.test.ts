import { expect, test } from 'vitest'
import { nothingSaved } from '../../src/cluster/state.ts'
import { boot, type Cluster, step } from '../../src/cluster.ts'
import type { Effect, Event } from '../../src/events.ts'
import type { Heard } from '../../src/membership/membership.ts'
import type { Claim, GroupName, LinkName, NodeId, Report } from '../../src/types.ts'
import { alpha, beta, pair } from './config.ts'

const web = 'web' as GroupName
const group = {
  name: web,
  homes: [alpha, beta],
  resources: [{ name: 'disk', agent: 'disk', args: [], address: false }],
}
const claim: Claim = {
  assignment: { owner: alpha, epoch: { counter: 0, minter: alpha }, by: 'policy', because: 'home' },
  state: 'stopped',
  failed: false,
  dark: false,
  newest: false,
  unready: false,
  outdated: false,
  halts: 0,
}
const flags = { standby: false, leaving: false, left: false, unwritable: false, lastMan: [] }
const report: Report = {
  ...flags,
  configDigest: 1,
  groupsDigest: 1,
  dead: new Set<NodeId>(),
  pings: 0,
  claims: new Map([[web, claim]]),
}

const heard = (atMs: number, seq: number, echoedSentAtMs: number): Event => {
  const from: Omit<Heard, 'atMs' | 'seq' | 'echoedSentAtMs'> = {
    from: beta,
    gen: 1,
    boot: 'b1',
    link: 'eth0' as LinkName,
    managerAgeMs: 0,
    realtime: true,
    report,
  }
  return { type: 'heard', heard: { ...from, atMs, seq, echoedSentAtMs } }
}

test('a start that waits for an echo begins with the datagram that brings it, not with the next tick', () => {
  const timing = { keepaliveMs: 1_000, warntimeMs: 2_000, deadtimeMs: 3_000, initdeadMs: 4_000 }
  const config = { ...pair, timing, groups: [group], groupsDigest: 1 }
  let cluster: Cluster = boot(config, nothingSaved, 10_000)
  const feed = (event: Event, nowMs: number): readonly string[] => {
    const [after, effects] = step(cluster, event, nowMs)
    cluster = after
    return effects.flatMap((effect: Effect) => (effect.type === 'run' ? [effect.job.op] : []))
  }
  expect(feed({ type: 'tick' }, 10_000)).toEqual(['probe'])
  feed(heard(11_500, 1, 10_001), 11_500)
  feed({ type: 'turn', atMs: 12_100, lateMs: 0 }, 12_100)
  // The echo is two keepalives old by now, and beta may be about to take the group.
  expect(feed({ type: 'done', job: 1, outcome: { ok: true, statuses: ['stopped'] } }, 12_110)).toEqual([])
  expect(feed(heard(12_200, 2, 11_000), 12_200)).toEqual(['start'])
})
