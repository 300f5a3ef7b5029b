/** When leases are renewed: at the first moment at which there is anything to promise. */

import { expect, test } from 'vitest'
import { nothingSaved } from '../../src/cluster/state.ts'
import { boot, step } from '../../src/cluster.ts'
import type { Effect, Event } from '../../src/events.ts'
import type { GroupName, LinkName, NodeId } from '../../src/types.ts'
import { alpha, beta, pair } from './config.ts'

test('a restarted manager renews what it adopted as soon as its beat has spoken, not a third of a lease later', () => {
  const timing = { keepaliveMs: 500, warntimeMs: 1_500, deadtimeMs: 5_000, initdeadMs: 10_000 }
  const resources = [{ name: '10.0.0.1', agent: 'IPaddr2', args: [], address: true }]
  const groups = [{ name: 'web' as GroupName, homes: [alpha, beta], resources }]
  const config = { ...pair, timing, groups }
  let nowMs = 100_000
  let cluster = boot(config, { ...nothingSaved, epochCeiling: 16 }, nowMs)
  const post = (event: Event): readonly Effect[] => {
    const [after, asked] = step(cluster, event, nowMs)
    cluster = after
    return asked
  }
  const holds = (asked: readonly Effect[]) => asked.filter(effect => effect.type === 'hold')

  const [probe] = post({ type: 'tick' }).flatMap(effect => (effect.type === 'run' ? [effect.job] : []))
  nowMs += 100
  expect(holds(post({ type: 'done', job: probe!.id, outcome: { ok: true, statuses: ['running'] } }))).toEqual([])
  nowMs += 20
  const flags = { standby: false, leaving: false, left: false, unwritable: false, lastMan: [] }
  const report = { ...flags, configDigest: 1, groupsDigest: 2, dead: new Set<NodeId>(), pings: 0, claims: new Map() }
  const times = { atMs: nowMs - 200, echoedSentAtMs: nowMs - 300, managerAgeMs: 0 }
  const heard = { from: beta, gen: 3, boot: 'b', seq: 1, link: 'bcast eth0' as LinkName, realtime: true, report }
  const [renewal] = holds(post({ type: 'heard', heard: { ...heard, ...times } }))
  expect(renewal).toMatchObject({ type: 'hold' })
  expect(renewal!.type === 'hold' && renewal!.untilMs).toBeGreaterThan(nowMs + 1_000)
})
