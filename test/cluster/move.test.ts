/** `move GROUP --to NODE`: who may be named, and what is said of the others. */

import { describe, expect, test } from 'vitest'
import { nothingSaved } from '../../src/cluster/state.ts'
import { boot, type Cluster, step } from '../../src/cluster.ts'
import type { Answer, ClusterConfig, Effect, Event, Order } from '../../src/events.ts'
import type { Claim, GroupName, LinkName, NodeId, Report } from '../../src/types.ts'
import { quiet } from '../membership/beat-world.ts'
import { alpha, beta, pair } from './config.ts'

const [gamma, delta] = ['gamma', 'delta'] as [string, string] as [NodeId, NodeId]
const web = 'IPaddr2::10.0.0.9' as GroupName
const resources = [{ name: 'web', agent: 'web', args: [], address: false }]
const config: ClusterConfig = {
  ...pair,
  nodes: [alpha, beta, delta, gamma],
  groups: [{ name: web, homes: [alpha, beta, delta], resources }],
}

/** alpha's mind: the group runs here, and the others have said a word. */
function begins() {
  let nowMs = 100_000
  let seq = 0
  const answers: Answer[] = []
  let cluster: Cluster = boot(config, { ...nothingSaved, epochCeiling: 16 }, nowMs)
  const perform = (effect: Effect): void => {
    if (effect.type === 'save') post({ type: 'saved', saved: effect.saved })
    if (effect.type === 'answer') answers.push(effect.answer)
    if (effect.type !== 'run') return
    const statuses = effect.job.op === 'probe' ? { statuses: ['stopped'] as const } : {}
    post({ type: 'done', job: effect.job.id, outcome: { ok: true, ...statuses } })
  }
  const post = (event: Event): void => {
    const [after, effects] = step(cluster, event, nowMs)
    cluster = after
    effects.forEach(perform)
  }
  const hear = (from: NodeId, claim: Partial<Claim> = {}, more: Partial<Report> = {}, echoes = true): void => {
    nowMs += 100
    const { assignment } = cluster.groups.get(web)!
    const state = assignment.owner === from ? 'running' : 'stopped'
    const report: Report = {
      ...quiet,
      claims: new Map([
        [
          web,
          {
            assignment,
            state,
            failed: false,
            dark: false,
            newest: false,
            unready: false,
            outdated: false,
            halts: 0,
            ...claim,
          },
        ],
      ]),
      ...more,
    }
    const heard = {
      from,
      gen: 1,
      boot: `${from}${echoes ? 1 : 2}`,
      seq: ++seq,
      atMs: nowMs,
      link: 'bcast eth0' as LinkName,
    }
    const echo = { echoedSentAtMs: echoes ? nowMs - 10 : undefined, managerAgeMs: 0, realtime: true }
    post({ type: 'heard', heard: { ...heard, ...echo, report } })
    post({ type: 'turn', atMs: nowMs, lateMs: 0 })
  }
  const order = (order: Partial<Extract<Order, { verb: 'move' }>>): Answer => {
    post({ type: 'order', id: 1, order: { verb: 'move', group: web, to: beta, ...order } })
    return answers.at(-1)!
  }
  const why = (given: Partial<Extract<Order, { verb: 'move' }>>): string => {
    const answer = order(given)
    return answer.ok ? 'nothing' : answer.why
  }
  post({ type: 'tick' })
  for (const node of [beta, gamma, delta]) hear(node)
  return { post, hear, order, why, assignment: () => cluster.groups.get(web)!.assignment }
}

test('the group goes to that node as an order that sticks', () => {
  const { order, assignment } = begins()
  expect(order({})).toEqual({ ok: true, groups: [web] })
  expect(assignment()).toEqual({ owner: beta, epoch: { counter: 17, minter: alpha }, by: 'operator', because: 'moved' })
})

test('to where it is already mints once, so that it sticks, and not again', () => {
  const { order, assignment } = begins()
  expect(order({ to: alpha })).toMatchObject({ ok: true, groups: [], text: expect.stringContaining('already') })
  const held = assignment()
  expect(held).toMatchObject({ owner: alpha, by: 'operator', because: 'moved' })
  order({ to: alpha })
  expect(assignment()).toBe(held)
})

describe('a name that is none', () => {
  test('of a group is answered with the nearest, or with all', () => {
    const { why } = begins()
    expect(why({ group: 'IPaddr2::10.0.0.8' as GroupName })).toBe(`no group IPaddr2::10.0.0.8; did you mean ${web}?`)
    expect(why({ group: 'mail' as GroupName })).toBe(`no group mail; haresources has ${web}`)
  })

  test('of a node likewise', () => {
    const { why } = begins()
    expect(why({ to: 'btea' as NodeId })).toBe('no node btea; did you mean beta?')
    expect(why({ to: 'mail' as NodeId })).toBe('no node mail; ha.cf lists alpha, beta, delta, gamma')
  })

  test('of a node that may not run it is told who may, and what to write', () => {
    expect(begins().why({ to: gamma })).toBe(
      `gamma may not run ${web}, only alpha, beta and delta may; write "spare gamma" in ha.cf on all nodes, then type there: tandem reload`,
    )
  })
})

describe('a node that cannot take it is refused with the reason', () => {
  test.each([
    ['is in standby; type there: tandem unstandby', {}, { standby: true }],
    ['is shutting down', {}, { leaving: true }],
    ['cannot write its state folder', {}, { unwritable: true }],
    [`failed to run it; mend the cause, then type on beta: tandem clear ${web}`, { failed: true }, {}],
    ['does not list this group in its haresources', {}, { claims: new Map() }],
  ] as const)('%s', (reason, claim, report) => {
    const { hear, why } = begins()
    hear(beta, claim, report)
    expect(why({})).toBe(`beta ${reason}`)
  })

  test('it does not hear us, so it would not hear of it', () => {
    const { hear, why } = begins()
    hear(beta, {}, {}, false) // a new start, which has had nothing of ours yet
    expect(why({})).toBe('beta does not hear this node; give the order on beta')
  })

  test('nor does one that is blocked somewhere move at all', () => {
    const { hear, why } = begins()
    hear(delta, { state: 'blocked' })
    expect(why({})).toContain(`${web} is blocked: a stop failed on delta; see to it there`)
  })

  test('this node included', () => {
    const { order, why, post } = begins()
    order({})
    post({ type: 'order', id: 2, order: { verb: 'standby' } })
    expect(why({ to: alpha })).toBe('alpha is in standby; type there: tandem unstandby')
    post({ type: 'order', id: 2, order: { verb: 'unstandby' } })
    post({ type: 'not-saved', why: 'ENOSPC' })
    expect(why({ to: alpha })).toBe('alpha cannot write its state folder; mend that first')
  })
})
