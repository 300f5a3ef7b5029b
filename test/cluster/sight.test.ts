import { describe, expect, test } from 'vitest'
import { carrierWaitMs, look, pingWaitMs } from '../../src/cluster/sight.ts'
import { nothingSaved } from '../../src/cluster/state.ts'
import { boot, type Cluster, step } from '../../src/cluster.ts'
import type { ClusterConfig, Effect, Event } from '../../src/events.ts'
import type { Note } from '../../src/note.ts'
import type { Assignment, Claim, GroupName, LinkName, Report } from '../../src/types.ts'
import { quiet } from '../membership/beat-world.ts'
import { alpha, beta, pair } from './config.ts'

const web = 'web' as GroupName
const bare: Report = { ...quiet, pings: 2 }

/** alpha, which has web, with two ping nodes and a deadping of 4 s. Each second beta is heard, and then a turn taken. */
function newMind(config: Partial<ClusterConfig> = {}) {
  let nowMs = 100_000
  let seq = 0
  const notes: Note[] = []
  const said: Report[] = []
  const resources = [{ name: '10.0.0.9', agent: 'IPaddr2', args: [], address: true }]
  const groups = [{ name: web, homes: [alpha, beta], resources }]
  const ipfail = { pings: ['gateway', 'switch'], deadpingMs: 4_000, ipfail: true }
  const saved = { ...nothingSaved, epochCeiling: 16 }
  let cluster: Cluster = boot({ ...pair, groups, ...ipfail, ...config }, saved, nowMs)
  const perform = (effect: Effect): void => {
    if (effect.type === 'note') notes.push(effect.note)
    if (effect.type === 'publish') said.push(effect.report)
    if (effect.type === 'save') post({ type: 'saved', saved: effect.saved })
    if (effect.type !== 'run') return
    const { id, op } = effect.job
    post({ type: 'done', job: id, outcome: { ok: true, ...(op === 'probe' ? { statuses: ['stopped'] } : {}) } })
  }
  function post(event: Event): void {
    const [after, effects] = step(cluster, event, nowMs)
    cluster = after
    for (const effect of effects) perform(effect)
  }
  const mind = {
    post,
    cluster: () => cluster,
    said: () => said.at(-1)!,
    claim: () => said.at(-1)!.claims.get(web)!,
    moves: () => notes.flatMap(note => (note.code === 'assigned' ? [[note.now.owner, note.now.because] as const] : [])),
    decision: () => notes.flatMap(note => (note.code === 'assigned' ? [note.decision] : [])).at(-1)!,
    /** `lagMs`: how old the newest heartbeat of ours is that beta has. */
    pass(seconds: number, answering: readonly string[], more: Partial<Report> = {}, dark = false, lagMs = 5) {
      for (let i = 0; i < seconds; i++) {
        nowMs += 1_000
        for (const name of answering) post({ type: 'ping', name, atMs: nowMs })
        const { assignment } = cluster.groups.get(web)!
        const claim: Claim = {
          assignment,
          state: assignment.owner === beta ? 'running' : 'stopped',
          failed: false,
          dark,
          newest: false,
          unready: false,
          outdated: false,
          halts: 0,
        }
        const report: Report = { ...bare, claims: new Map([[web, claim]]), ...more }
        const from = { from: beta, gen: 1, boot: 'b', seq: ++seq, atMs: nowMs, link: 'bcast eth0' as LinkName }
        const state = { echoedSentAtMs: nowMs - lagMs, managerAgeMs: 0, realtime: true, report }
        post({ type: 'heard', heard: { ...from, ...state } })
        post({ type: 'turn', atMs: nowMs, lateMs: 0 })
      }
    },
    /** web is beta's from now on, by order. */
    ordered(owner: Assignment['owner'], counter: number) {
      const assignment: Assignment = { owner, epoch: { counter, minter: beta }, by: 'operator', because: 'takeover' }
      const claim: Claim = {
        assignment,
        state: 'stopped',
        failed: false,
        dark: false,
        newest: false,
        unready: false,
        outdated: false,
        halts: 0,
      }
      const from = { from: beta, gen: 1, boot: 'b', seq: ++seq, atMs: nowMs, link: 'bcast eth0' as LinkName }
      const state = { echoedSentAtMs: nowMs - 5, managerAgeMs: 0, realtime: true }
      post({ type: 'heard', heard: { ...from, ...state, report: { ...bare, claims: new Map([[web, claim]]) } } })
    },
  }
  post({ type: 'tick' })
  mind.pass(2, ['gateway', 'switch'])
  return mind
}
const both = ['gateway', 'switch']

describe('ping nodes', () => {
  test('that answer are told to the others; one is dead after deadping', () => {
    const mind = newMind()
    expect(mind.said().pings).toBe(2)
    mind.pass(3, ['switch'])
    expect(mind.said().pings).toBe(2)
    mind.pass(1, ['switch'])
    expect(mind.said().pings).toBe(1)
    mind.pass(1, both)
    expect(mind.said().pings).toBe(2)
  })

  test('a holder that sees fewer hands over once the other has said so again, three keepalives later', () => {
    const mind = newMind()
    mind.pass(4 + 3, ['switch'])
    expect(mind.moves()).toEqual([])
    mind.pass(1, ['switch'])
    expect(mind.moves()).toEqual([[beta, 'ping-lost']])
    expect(mind.decision()).toMatchObject({
      rule: 'ping-lost',
      inputs: [
        { node: alpha, here: true, pings: 1 },
        { node: beta, health: 'up', pings: 2 },
      ],
      rejected: [{ choice: 'stay', node: alpha, why: 'sees 1 of 2 ping nodes; beta sees 2' }],
    })
  })

  test('how much later depends on what the other had of us when it said so', () => {
    const mind = newMind()
    mind.pass(2, both, {}, false, 2_005)
    mind.pass(4 + 3 + 2, ['switch'], {}, false, 2_005)
    expect(mind.moves()).toEqual([])
    mind.pass(1, ['switch'], {}, false, 2_005)
    expect(mind.moves()).toEqual([[beta, 'ping-lost']])
  })

  test('what the other loses as well, a little later, is no difference', () => {
    const mind = newMind()
    mind.pass(4 + 2, ['switch'])
    mind.pass(30, ['switch'], { pings: 1 })
    mind.pass(30, [], { pings: 0 })
    expect(mind.moves()).toEqual([])
  })

  test('count only with ipfail, and where both have the same settings', () => {
    const without = newMind({ ipfail: false })
    without.pass(30, [])
    expect(without.said().pings).toBe(0)
    expect(without.moves()).toEqual([])
    const differing = newMind()
    differing.pass(30, [], { configDigest: 9 })
    expect(differing.moves()).toEqual([])
  })

  test('an order stays for what was so before it, and goes for what has changed since', () => {
    const mind = newMind()
    mind.ordered(beta, 1)
    mind.pass(20, ['switch'])
    mind.ordered(alpha, 2)
    mind.pass(20, ['switch'])
    expect(mind.moves().at(-1)).toEqual([alpha, 'takeover'])
    mind.pass(5, both)
    mind.pass(20, ['switch'])
    expect(mind.moves().at(-1)).toEqual([beta, 'ping-lost'])
  })

  test('a node that cannot take it gets nothing', () => {
    const mind = newMind()
    mind.pass(30, [], { standby: true })
    expect(mind.moves()).toEqual([])
    mind.pass(1, [])
    expect(mind.moves()).toEqual([[beta, 'ping-lost']])
  })
})

describe('carrier', () => {
  const cable = (up: boolean): Event => ({ type: 'carrier', device: 'eth1', up, groups: [web] })

  test('lost is told at once, and moves the group after three seconds, with ipfail or without', () => {
    const mind = newMind({ ipfail: false, pings: [] })
    expect(mind.claim().dark).toBe(false)
    mind.post(cable(false))
    expect(mind.claim().dark).toBe(true)
    mind.pass(3, [])
    expect(mind.moves()).toEqual([])
    mind.pass(1, [])
    expect(mind.moves()).toEqual([[beta, 'carrier-lost']])
    expect(mind.decision().inputs[0]).toMatchObject({ node: alpha, dark: true })
    expect(mind.decision().rejected[0]!.why).toBe('has no carrier on an interface of its addresses, and beta has')
    mind.post(cable(true))
    expect(mind.claim().dark).toBe(false)
  })

  test('that nobody has moves nothing', () => {
    const mind = newMind()
    mind.post(cable(false))
    mind.pass(30, both, {}, true)
    expect(mind.moves()).toEqual([])
  })

  test('of another group is none of ours, and two interfaces of one group are two', () => {
    const mind = newMind()
    mind.post({ type: 'carrier', device: 'eth2', up: false, groups: ['db' as GroupName] })
    mind.pass(9, both)
    expect([mind.claim().dark, mind.moves()]).toEqual([false, []])
    mind.post(cable(false))
    mind.post({ type: 'carrier', device: 'eth3', up: false, groups: [web] })
    mind.post(cable(true))
    expect(mind.claim().dark).toBe(true)
  })

  test('counts before ping nodes', () => {
    const mind = newMind()
    mind.post(cable(false))
    mind.pass(9, both, { pings: 0 })
    expect(mind.moves()).toEqual([[beta, 'carrier-lost']])
  })
})

test('as long as all is well nothing is kept, and the same object is seen', () => {
  const mind = newMind()
  mind.pass(9, both)
  const before = mind.cluster()
  mind.pass(20, both)
  expect(mind.cluster().sight).toBe(before.sight)
  expect(before.sight.contrasts.size).toBe(0)
  expect(look(before, before, 0)).toBe(before)
})

test('the wait grows with the keepalive, and is no shorter than what ping and ports need', () => {
  const timing = { ...pair.timing, keepaliveMs: 100 }
  expect([pingWaitMs(timing), pingWaitMs(pair.timing)]).toEqual([500, 3_000])
  expect([carrierWaitMs(timing), carrierWaitMs({ ...timing, keepaliveMs: 2_000 })]).toEqual([3_000, 6_000])
})
