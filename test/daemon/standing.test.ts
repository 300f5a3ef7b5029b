/** What status tells of ping nodes, isolation, and peers that are silent and may live. */
import { describe, expect, test } from 'vitest'
import { type Inquiry, untroubled } from '../../src/cluster/arbitration.ts'
import { initialAssignment } from '../../src/cluster/state.ts'
import type { Cluster } from '../../src/cluster.ts'
import { groupStatus } from '../../src/daemon/groupStatus.ts'
import { pingStatus, standingProblems } from '../../src/daemon/standing.ts'
import { beta, db, groups, newCore, web } from './cores.ts'

const core = newCore()
const nowMs = core.nowMs()
const with_ = (change: Partial<Cluster>, pings: readonly string[] = []): Cluster => {
  const c = core.cluster()
  return { ...c, config: { ...c.config, splitPolicy: 'ask', pings }, ...change }
}
const texts = (c: Cluster) => standingProblems(c, nowMs).map(({ code, text }) => `${code}: ${text}`)

describe('ping nodes', () => {
  const c = with_(
    {
      outside: {
        dark: new Map(),
        pings: new Map([
          ['gw', nowMs - 500],
          ['far', nowMs - 12_340],
        ]),
        inquiries: new Map(),
      },
    },
    ['gw', 'far', 'never'],
  )

  test('are up while they have answered within warntime', () => {
    expect(pingStatus(c, nowMs)).toEqual([
      { name: 'gw', state: 'up', lastS: 0.5 },
      { name: 'far', state: 'dead', lastS: 12.3 },
      { name: 'never', state: 'unseen' },
    ])
  })

  test('that do not answer are problems', () => {
    expect(texts(c)).toEqual(['PING: ping node far is silent for 12.3 s', 'PING: ping node never has not answered yet'])
  })
})

describe('who can serve less than another', () => {
  const told = (said: Parameters<typeof core.hear>[1], dark = false): readonly string[] => {
    const fresh = newCore()
    fresh.hear({ [web]: { dark } }, said)
    const c = fresh.cluster()
    const config = { ...c.config, pings: ['gw', 'far'] }
    return standingProblems({ ...c, config }, nowMs).flatMap(({ level, code, text }) =>
      code === 'PING' ? [] : [`${level} ${code}: ${text}`],
    )
  }

  test('is told with the counts of all, where they differ', () => {
    expect(told({ pings: 2 })).toEqual(['warning PINGS: alpha sees 0 of 2 ping nodes, beta 2'])
    expect(told({ pings: 0 })).toEqual([])
    expect(told({ pings: 2, configDigest: 9 })).toEqual([])
  })

  test('and a peer without carrier with the groups that it could not serve', () => {
    expect(told({}, true)).toEqual(['warning CARRIER: beta has no carrier on an interface with addresses of web'])
  })
})

test('a node that is cut off says so first', () => {
  expect(texts(with_({ standing: { ...untroubled, isolated: true } }))).toEqual([
    'ISOLATED: this node hears neither its peer nor a ping node: it is the one that is cut off; mend its network first',
  ])
})

test('a silent peer is told with what its silence means, unless it means nothing', () => {
  const inquiry = { by: '10.0.0.2 answered ping' } as Inquiry
  const silent = (silence: 'answers' | 'free') =>
    with_({
      standing: { ...untroubled, silences: new Map([[beta, silence]]) },
      outside: { pings: new Map(), dark: new Map(), inquiries: new Map([[beta, inquiry]]) },
    })
  expect(texts(silent('answers'))).toEqual([
    'SILENT: beta is silent, but it lives: 10.0.0.2 answered ping; its links are cut, or its daemons are down',
  ])
  expect(texts(silent('free'))).toEqual([])
})

test('a rival is told of, with what to do', () => {
  expect(texts(with_({ rivals: new Set([groups[0]!.name]) }))).toEqual([
    `RIVAL: another host answers for an address of ${groups[0]!.name}, which runs here too: stop it on one of them, then mend the links`,
  ])
})

test('what a silent peer may still run is unknown, not stopped; nothing is said of questions that nobody needs', () => {
  const near = newCore()
  near.post({ type: 'tick' })
  near.obey()
  near.hear({ db: { state: 'running' } })
  near.obey()
  near.silence(11_000)
  const c = near.cluster()
  const seen = (silence: 'answers' | 'free' | 'asking'): Cluster => ({
    ...c,
    config: { ...c.config, splitPolicy: 'ask', pings: [] },
    standing: { ...untroubled, silences: new Map([[beta, silence]]) },
  })
  const around = {
    nowMs: near.nowMs(),
    leaseS: () => undefined,
    sinceMs: () => undefined,
    formerOwner: () => undefined,
  }
  const owned = { ...groups[1]!, homes: groups[1]!.homes }
  const back = (cluster: Cluster): Cluster => ({
    ...cluster,
    groups: new Map(cluster.groups).set(owned.name, {
      ...cluster.groups.get(owned.name)!,
      assignment: initialAssignment(owned),
      run: { ...cluster.groups.get(owned.name)!.run, up: 0, live: 0, job: undefined },
    }),
  })
  expect(groupStatus(back(seen('answers')), owned, around)).toMatchObject({
    state: 'unknown',
    ifDies: 'db may run on beta, which is not heard',
  })
  expect(groupStatus(back(seen('free')), owned, around).state).toBe('stopped')
  const idle = { ...seen('asking'), disk: { ...c.disk, saved: { ...c.disk.saved, lastMan: [web, db] } } }
  const all = {
    ...idle,
    groups: new Map([...idle.groups].map(([name, state]) => [name, { ...state, run: { ...state.run, up: 9 } }])),
  }
  expect(standingProblems(all, near.nowMs())).toEqual([])
})
