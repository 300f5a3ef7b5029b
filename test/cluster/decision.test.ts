import { describe, expect, test } from 'vitest'
import { nothingSaved } from '../../src/cluster/state.ts'
import { boot, type Cluster, step } from '../../src/cluster.ts'
import type { Decision } from '../../src/decision.ts'
import type { ClusterConfig, Effect, Event } from '../../src/events.ts'
import type { Note } from '../../src/note.ts'
import type { Assignment, Claim, GroupName, LinkName, NodeId, Report } from '../../src/types.ts'
import { quiet } from '../membership/beat-world.ts'
import { alpha, beta, pair } from './config.ts'

const gamma = 'gamma' as NodeId
const web = 'web' as GroupName
const home: Assignment = { owner: alpha, epoch: { counter: 0, minter: alpha }, by: 'policy', because: 'home' }

/** beta's mind, in a cluster of three with one group at home on alpha. */
function beginsAt(config: Partial<ClusterConfig> = {}) {
  let nowMs = 100_000
  let seq = 0
  let job = 0
  const notes: Note[] = []
  const whole: ClusterConfig = {
    ...pair,
    self: beta,
    nodes: [alpha, beta, gamma],
    groups: [
      { name: web, homes: [alpha, beta, gamma], resources: [{ name: 'web', agent: 'web', args: [], address: false }] },
    ],
    ...config,
  }
  let cluster: Cluster = boot(whole, nothingSaved, nowMs)
  const post = (event: Event): void => {
    const [after, effects] = step(cluster, event, nowMs)
    cluster = after
    for (const effect of effects) perform(effect)
  }
  const perform = (effect: Effect): void => {
    if (effect.type === 'note') notes.push(effect.note)
    if (effect.type === 'save') post({ type: 'saved', saved: effect.saved })
    if (effect.type !== 'run') return
    job = effect.job.id
    post({ type: 'done', job, outcome: { ok: true, ...(effect.job.op === 'probe' ? { statuses: ['stopped'] } : {}) } })
  }
  const hear = (from: NodeId, claim: Partial<Claim> = {}, more: Partial<Report> = {}): void => {
    const ours = cluster.groups.get(web)!.assignment
    const said: Claim = {
      assignment: ours,
      state: ours.owner === from ? 'running' : 'stopped',
      failed: false,
      dark: false,
      newest: false,
      unready: false,
      outdated: false,
      halts: 0,
      ...claim,
    }
    const report: Report = {
      ...quiet,
      claims: new Map([[web, said]]),
      ...more,
    }
    const heard = { from, gen: 1, boot: `${from}1`, seq: ++seq, atMs: nowMs, link: 'bcast eth0' as LinkName }
    post({
      type: 'heard',
      heard: { ...heard, echoedSentAtMs: nowMs - 5, managerAgeMs: 0, realtime: true, report },
    })
  }
  return {
    notes,
    post,
    hear,
    /** Seconds go by; these nodes are heard in each. */
    pass(seconds: number, heard: readonly NodeId[], more: Partial<Record<string, Partial<Report>>> = {}) {
      for (let i = 0; i < seconds; i++) {
        nowMs += 1_000
        for (const node of heard) hear(node, {}, more[node] ?? {})
        post({ type: 'turn', atMs: nowMs, lateMs: 0 })
      }
    },
    /** Of the only move so far. */
    decision(): Decision {
      const found = notes.flatMap(note =>
        note.code === 'assigned'
          ? [note.decision]
          : note.code === 'ordered'
            ? note.moves.map(move => move.decision)
            : [],
      )
      expect(found).toHaveLength(1)
      return found[0]!
    },
  }
}

describe('a decision says what was known and what was not done', () => {
  test('when the owner dies', () => {
    const node = beginsAt()
    node.pass(5, [alpha, gamma])
    node.pass(11, [gamma], { gamma: { dead: new Set([alpha]) } })
    const { event, rule, settings, inputs, rejected, toldBy } = node.decision()
    expect([event, rule, toldBy]).toEqual(['web/1.beta', 'owner-dead', undefined])
    expect(settings).toEqual({ deadtimeMs: 10_000, autoFailback: false, fencing: false, splitPolicy: 'take' })
    expect(inputs).toEqual([
      { node: alpha, health: 'dead', silentMs: 10_000, silence: 'free', votes: 2, claim: 'running' },
      { node: beta, here: true, claim: 'stopped' },
      { node: gamma, health: 'up', silentMs: 0, claim: 'stopped' },
    ])
    expect(rejected).toEqual([
      { choice: 'stay', node: alpha, why: 'is dead: silent for 10 s, and deadtime (10 s) is over' },
      { choice: 'go', node: gamma, why: 'could take it, but stands behind beta on its line' },
    ])
  })

  test('when nobody but this node is left, or able', () => {
    const alone = beginsAt({ nodes: [alpha, beta], pings: ['gateway'] })
    alone.post({ type: 'ping', name: 'gateway', atMs: 119_500 })
    alone.pass(21, [])
    expect(alone.decision().rejected).toEqual([
      { choice: 'stay', node: alpha, why: 'is dead: silent for 20 s, and initdead (20 s) is over' },
      { choice: 'go', node: gamma, why: 'is not a node of this cluster' },
    ])
    expect(alone.decision().inputs[1]).toMatchObject({ here: true, pingMs: 500 })
    const resting = beginsAt()
    resting.pass(5, [alpha, gamma])
    resting.pass(11, [gamma], { gamma: { standby: true, dead: new Set([alpha]) } })
    expect(resting.decision().rejected[1]).toEqual({ choice: 'go', node: gamma, why: 'is in standby' })
    expect(resting.decision().inputs[2]).toMatchObject({ node: gamma, standby: true })
  })

  test('when an operator orders it', () => {
    const node = beginsAt()
    node.pass(3, [alpha, gamma])
    node.post({ type: 'order', id: 1, order: { verb: 'takeover', scope: 'all' } })
    expect(node.decision()).toMatchObject({
      event: 'web/1.beta',
      rule: 'takeover',
      rejected: [
        { choice: 'stay', node: alpha, why: 'had it, and an operator ordered otherwise' },
        { choice: 'go', node: gamma, why: 'could take it, but the order was for beta' },
      ],
    })
  })

  test('when another node has made it: whose word it is, and what was known here', () => {
    const node = beginsAt()
    node.pass(3, [alpha, gamma])
    const assignment: Assignment = { ...home, owner: gamma, epoch: { counter: 4, minter: gamma }, because: 'takeover' }
    node.hear(gamma, { assignment, state: 'starting' })
    expect(node.decision()).toMatchObject({ event: 'web/4.gamma', rule: 'takeover', toldBy: gamma, rejected: [] })
    expect(node.decision().inputs[2]).toMatchObject({ node: gamma, claim: 'starting' })
  })

  test('nothing moved, nothing decided', () => {
    const node = beginsAt()
    node.pass(5, [alpha, gamma])
    node.post({ type: 'order', id: 1, order: { verb: 'unstandby' } })
    expect(node.notes.filter(({ code }) => code === 'assigned')).toEqual([])
    expect(node.notes.find(({ code }) => code === 'ordered')).toMatchObject({ moves: [] })
  })
})
