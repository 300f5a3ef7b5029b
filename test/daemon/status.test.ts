import { describe, expect, test } from 'vitest'
import { newHistory } from '../../src/daemon/history.ts'
import type { GroupStatus, LinkStatus, Status } from '../../src/daemon/protocol.ts'
import { type Surroundings, statusOf } from '../../src/daemon/status.ts'
import type { LinkName } from '../../src/types.ts'
import { alpha, beta, type Core, db, newCore, web, wellCore } from './cores.ts'

const up: LinkStatus = { name: 'bcast eth0', state: 'up', received: 9, lost: 0, lastS: 0.1, longestGapS: 1 }

function statusFrom(core: Core, changes: Partial<Surroundings> = {}): Status {
  const history = newHistory()
  history.look(core.cluster(), core.nowMs())
  return statusOf(core.cluster(), {
    version: '1',
    clusterName: 'lab',
    time: new Date(0),
    nowMs: core.nowMs(),
    beat: { pid: 7, state: 'up', realtime: true, lateMaxMs: 0, pauses: 0, refused: {} },
    links: () => [up],
    hearing: { awakeMs: null, words: [] },
    closedLinks: [],
    ears: { listening: ['bcast eth0 (10.0.0.255:694)'], refused: {}, device: 'eth0', port: 694 },
    troubles: [],
    outside: [],
    leaseS: () => undefined,
    lowestLeaseS: undefined,
    sinceMs: history.sinceMs,
    formerOwner: history.formerOwner,
    standing: [],
    diskWhy: undefined,
    ...changes,
  })
}
const group = (status: Status, name: string): GroupStatus => status.groups.find(one => one.name === name)!

test('all is well', () => {
  const status = statusFrom(wellCore())
  expect(status).toMatchObject({ state: 'ok', headline: 'all well', node: 'alpha', problems: [] })
  expect(group(status, web)).toMatchObject({
    state: 'running',
    on: [alpha],
    because: 'alpha is its home in haresources',
    ifDies: 'if alpha dies now: web starts on beta about 10 s later',
    resources: [
      { name: 'disk', state: 'running' },
      { name: 'web', state: 'running' },
    ],
  })
  expect(group(status, web)).not.toHaveProperty('why')
  expect(group(status, db)).toMatchObject({ state: 'running', on: [beta], resources: [] })
})

test('a deadtime under five times the worst lateness is said to be unsupported here', () => {
  const beat = { pid: 7, state: 'up', realtime: false, lateMaxMs: 1_801, pauses: 0, refused: {} } as const
  const [problem] = statusFrom(wellCore(), { beat }).problems
  expect(problem).toMatchObject({ level: 'warning', code: 'LATE' })
  expect(problem!.text).toContain('a deadtime of 10 s is unsupported here')
  expect(problem!.fix).toBe('write deadtime 11 or more in ha.cf, or let the daemon have real-time priority')
  expect(statusFrom(wellCore(), { beat: { ...beat, lateMaxMs: 1_800 } }).problems).toEqual([])
})

describe('DRBD under a group', () => {
  const lacking = (name: string) => (name === web ? 'r0 is Inconsistent there' : undefined)

  test('that the other node has no data keeps it from being called its heir', () => {
    const status = statusFrom(wellCore(), { lacking })
    expect(status.headline).toBe('DEGRADED: web runs, but no other node could take it')
    expect(group(status, web)).toMatchObject({
      state: 'alone',
      why: 'no other node could take it: r0 is Inconsistent there',
      ifDies: 'if alpha dies now: web would NOT start elsewhere (r0 is Inconsistent there)',
    })
    expect(group(status, db).state).toBe('running')
  })

  test('is not spoken of where that node could not take it anyway', () => {
    const core = wellCore()
    core.silence(11_000)
    expect(group(statusFrom(core, { lacking }), web).why).toBe('no other node could take it: beta is dead')
  })

  test('is a note beside its resource, problems with a fix, and all of it as JSON', () => {
    const drbd = [{ resource: 'r0', role: 'Primary', disk: 'UpToDate', splitBrain: true, peers: [], group: web }]
    const problem = { level: 'error', code: 'SPLIT-BRAIN', text: 'r0 has a split brain', fix: 'type this' } as const
    const status = statusFrom(wellCore(), {
      drbd,
      drbdProblems: [problem],
      noteOf: name => (name === 'disk' ? 'Primary, UpToDate' : undefined),
    })
    expect(status).toMatchObject({ state: 'degraded', problems: [problem], drbd })
    expect(group(status, web).resources).toEqual([
      { name: 'disk', state: 'running', note: 'Primary, UpToDate' },
      { name: 'web', state: 'running' },
    ])
    expect(statusFrom(wellCore())).not.toHaveProperty('drbd')
  })

  test('a death that is beyond doubt is told from one that is not', () => {
    const core = wellCore()
    core.silence(11_000)
    const beta_ = statusFrom(core).nodes.find(({ name }) => name === beta)
    expect(beta_).toMatchObject({ state: 'dead', death: 'believed' })
    expect(statusFrom(wellCore()).nodes.find(({ name }) => name === beta)).not.toHaveProperty('death')
  })
})

describe('what a group waits for', () => {
  test('nobody was heard yet', () => {
    const core = newCore()
    core.obey()
    const status = statusFrom(core)
    expect(status.headline).toBe('DOWN: web is stopped')
    expect(group(status, web).why).toBe(
      'waits for beta, not heard yet; without it this node starts it after initdead (20 s)',
    )
    expect(group(status, db).why).toBe(
      'waits for its owner beta, not heard yet; others may take it after initdead (20 s)',
    )
  })

  test('the other still stops it', () => {
    const core = newCore()
    core.obey()
    core.hear({ web: { state: 'stopping' } })
    expect(group(statusFrom(core), web)).toMatchObject({ state: 'stopping', on: [beta], owner: alpha })
  })

  test('before it was looked at, it may be running', () => {
    expect(group(statusFrom(newCore()), web)).toMatchObject({ state: 'unknown', on: [alpha] })
  })
})

describe('failures', () => {
  const failing = { ok: false, why: 'disk: exit code 1' } as const

  test('a stop that failed here: what to type, and that a death would not help', () => {
    const core = wellCore()
    core.order({ verb: 'standby' })
    core.finish(web, failing)
    core.finish(web, failing)
    const status = statusFrom(core)
    expect(status).toMatchObject({ state: 'down', headline: 'DOWN: web is blocked' })
    expect(group(status, web)).toMatchObject({
      why: 'a stop failed: disk: exit code 1',
      fix: 'see that it is stopped on alpha, then type there: tandem clear web',
      ifDies: 'if alpha dies now: web would NOT start elsewhere (a stop failed on alpha)',
    })
  })

  test('a stop that failed there', () => {
    const core = wellCore()
    core.hear({ db: { state: 'blocked' } })
    const { why, fix, state } = group(statusFrom(core), db)
    expect([state, why]).toEqual(['blocked', 'a stop failed there; it starts nowhere else'])
    expect(fix).toContain('is stopped on beta, then type there: tandem clear db')
  })

  test('a start that failed on both: where to mend', () => {
    const core = newCore()
    core.obey()
    core.hear({ web: { failed: true } })
    core.finish(web, failing)
    core.finish(web)
    const status = statusFrom(core)
    expect(status.headline).toBe('DOWN: web is failed')
    expect(group(status, web)).toMatchObject({
      state: 'failed',
      failedOn: [alpha, beta],
      why: 'here: disk: exit code 1',
      fix: 'mend the cause, then type on alpha and on beta: tandem clear web',
      ifDies: 'web runs nowhere',
    })
  })
})

describe('nodes', () => {
  test('one that died', () => {
    const core = wellCore()
    core.silence(12_000)
    core.obey()
    const status = statusFrom(core)
    expect(status).toMatchObject({ state: 'degraded', headline: 'DEGRADED: beta is dead' })
    expect(status.nodes[1]).toMatchObject({
      name: beta,
      state: 'dead',
      why: expect.stringMatching(/^silent for 1\d(\.\d)? s, longer than deadtime \(10 s\)$/),
    })
    expect(group(status, db)).toMatchObject({
      state: 'alone',
      on: [alpha],
      because: 'taken over when beta died',
      why: 'no other node could take it: beta is dead',
    })
    expect(group(status, db).ifDies).toBe('if alpha dies now: db would NOT start elsewhere (beta is dead)')
  })

  test('one that said good-bye is not leaving any more, and has no links', () => {
    const core = wellCore()
    core.hear({ db: { state: 'stopped' } }, { leaving: true, left: true })
    const status = statusFrom(core)
    expect(status.headline).toBe('DEGRADED: beta is shut down')
    expect(status.nodes[1]).toMatchObject({
      state: 'dead',
      leaving: false,
      links: [],
      why: 'shut down in good order; it had stopped everything',
    })
  })

  test('standby, a full disk there, and one here with its reason', () => {
    const core = wellCore()
    core.hear({}, { standby: true })
    expect(statusFrom(core).headline).toBe('DEGRADED: beta is in standby')
    core.hear({}, { unwritable: true })
    expect(statusFrom(core).nodes[1]).toMatchObject({
      state: 'sick',
      why: 'cannot write its state folder: takes nothing over',
    })
    core.post({ type: 'not-saved', why: 'ENOSPC' })
    const here = statusFrom(core, { diskWhy: 'ENOSPC' }).nodes[0]!
    expect(here).toMatchObject({ name: alpha, state: 'sick', why: expect.stringContaining('(ENOSPC)') })
  })
})

describe('links', () => {
  test('a dead one degrades, even if nothing else is wrong', () => {
    const dead = { ...up, name: 'ucast eth1 10.1.0.2', state: 'dead' as const }
    const status = statusFrom(wellCore(), { links: () => [up, dead] })
    expect(status).toMatchObject({
      state: 'degraded',
      headline: 'DEGRADED: no heartbeats of beta over ucast eth1 10.1.0.2',
    })
  })

  test('one never heard counts only after a deadtime; a closed one of ours is told once, with its reason', () => {
    const unseen = { ...up, name: 'bcast eth1', state: 'unseen' as const }
    const core = wellCore()
    expect(statusFrom(core, { links: () => [up, unseen] }).state).toBe('ok')
    for (let i = 0; i < 12; i++) core.hear()
    expect(statusFrom(core, { links: () => [up, unseen] }).state).toBe('degraded')
    const closedLinks = [{ name: 'bcast eth1' as LinkName, why: 'eth1 has no carrier' }]
    const { problems } = statusFrom(core, { links: () => [up, unseen], closedLinks })
    expect(problems.map(({ text }) => text)).toEqual(['no heartbeats over bcast eth1: eth1 has no carrier'])
  })
})

test('a one-way cut is an error with what to do, in figures too; without an answer of the beat there are none', () => {
  const core = wellCore()
  for (let i = 0; i < 12; i++) core.hear()
  const hears = [{ node: alpha, ageMs: 30_000 }]
  const words = [{ node: beta, proven: true, ageMs: 400, forMs: 30_000, hears }]
  const status = statusFrom(core, { hearing: { awakeMs: null, words } })
  expect(status).toMatchObject({ state: 'degraded', headline: expect.stringContaining('a one-way cut') })
  expect(status.problems).toMatchObject([
    {
      level: 'error',
      code: 'ONE-WAY',
      text: expect.stringContaining('beta does not hear alpha'),
      fix: expect.anything(),
    },
  ])
  expect(status.hearing!.rows).toEqual([
    { listener: alpha, known: true, hears: [{ node: beta, state: 'hears', lastS: 0.4 }] },
    { listener: beta, known: true, hears: [{ node: alpha, state: 'deaf', lastS: 30 }] },
  ])
  // Just woken: what was heard last is old, and says nothing yet.
  const paused = { awakeMs: 100, words: [{ ...words[0]!, ageMs: 30_000 }] }
  expect(statusFrom(core, { hearing: paused }).problems).toEqual([])
  expect(statusFrom(core, { hearing: undefined })).not.toHaveProperty('hearing')
})

test('files that differ are an error with what to do', () => {
  const core = wellCore()
  core.hear({}, { groupsDigest: 9 })
  const status = statusFrom(core)
  expect(status.state).toBe('degraded')
  expect(status.problems[0]).toMatchObject({
    code: 'DIFFERS',
    text: expect.stringContaining('haresources on beta differs'),
  })
})

describe('the past', () => {
  test('since when and from whom: only what was seen to happen', () => {
    const core = newCore()
    const history = newHistory()
    const look = (): void => history.look(core.cluster(), core.nowMs())
    look()
    core.obey()
    core.hear()
    look()
    core.hear()
    look()
    expect(history.sinceMs(db)).toBeUndefined() // it ran there before we came
    core.obey()
    look()
    core.silence(12_000)
    look()
    const diedAtMs = core.nowMs()
    core.silence(1_000)
    core.obey()
    look()
    expect(history.sinceMs(db)).toBe(core.nowMs())
    expect(core.nowMs()).toBeGreaterThan(diedAtMs)
    expect(history.formerOwner(db)).toBe(beta)
    core.silence(3_000)
    look()
    expect(core.nowMs() - history.sinceMs(db)!).toBe(3_000)
  })
})
