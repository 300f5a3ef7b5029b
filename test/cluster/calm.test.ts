import { describe, expect, test } from 'vitest'
import { isCalm } from '../../src/cluster/calm.ts'
import { nothingSaved } from '../../src/cluster/state.ts'
import { boot, type Cluster, step } from '../../src/cluster.ts'
import type { ClusterConfig, Event } from '../../src/events.ts'
import type { Group } from '../../src/types.ts'
import { quiet } from '../membership/beat-world.ts'
import { pair } from './config.ts'

const nodes = ['alpha', 'beta', 'gamma'] as (typeof pair.nodes)[number][]
const resource = { name: 'web', agent: 'web', args: [], address: false }
const group = { name: 'web', homes: nodes, resources: [resource] } as unknown as Group
const saved = { ...nothingSaved, epochCeiling: 16 }

/** Three nodes of which the others are heard and count us; no group. */
function company(config: ClusterConfig = { ...pair, nodes, groups: [] }): {
  cluster: Cluster
  post(event: Event): void
  tell(speak?: boolean): void
} {
  let nowMs = 100_000
  let seq = 0
  const world = {
    cluster: boot(config, saved, nowMs),
    post(event: Event): void {
      world.cluster = step(world.cluster, event, nowMs)[0]
    },
    tell(speak = true): void {
      nowMs += config.timing.keepaliveMs
      seq += 1
      for (const from of speak ? config.nodes.slice(1) : []) {
        const heard = { from, gen: 1, boot: from, seq, atMs: nowMs, managerAgeMs: 0, realtime: true, report: quiet }
        world.post({ type: 'heard', heard: { ...heard, link: 'bcast eth0' as never, echoedSentAtMs: nowMs - 1 } })
      }
      world.post({ type: 'turn', atMs: nowMs, lateMs: 0 })
    },
  }
  return world
}

describe('calm', () => {
  test('is when every node is up and counts us, and not before', () => {
    const world = company()
    expect(isCalm(world.cluster)).toBe(false)
    world.tell()
    expect(isCalm(world.cluster)).toBe(true)
  })

  test('ends when one is silent', () => {
    const world = company()
    world.tell()
    for (let turn = 0; turn < 4; turn += 1) world.tell(false)
    expect([...world.cluster.members.peers.values()].map(({ health }) => health)).toEqual(['late', 'late'])
    expect(isCalm(world.cluster)).toBe(false)
  })

  test('is never between two: there is nothing to gain', () => {
    const world = company({ ...pair, nodes: nodes.slice(0, 2), groups: [] })
    world.tell()
    expect(isCalm(world.cluster)).toBe(false)
  })

  test('is never with short leases: each echo counts', () => {
    const timing = { ...pair.timing, keepaliveMs: 1_000, warntimeMs: 3_000, deadtimeMs: 6_700 }
    const world = company({ ...pair, nodes, groups: [], timing })
    world.tell()
    expect(isCalm(world.cluster)).toBe(false)
  })

  test('is not while there is work', () => {
    const world = company({ ...pair, nodes, groups: [group] })
    world.tell()
    expect([...world.cluster.groups.values()].some(({ run }) => run.job?.op === 'probe')).toBe(true)
    expect(isCalm(world.cluster)).toBe(false)
  })
})
