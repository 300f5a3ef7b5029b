/** Both nodes were off, and one of them ran last. alpha is this node; web is at home here, db on beta. */
import { describe, expect, test } from 'vitest'
import type { Cluster } from '../../src/cluster.ts'
import { groupStatus } from '../../src/daemon/groupStatus.ts'
import type { Claim, GroupName } from '../../src/types.ts'
import { alpha, beta, type Core, db, newCore, web } from '../daemon/cores.ts'

const ownerOf = (core: Core, name: GroupName) => core.cluster().groups.get(name)!.assignment
const isSaying = (core: Core, name: GroupName): boolean => core.cluster().spoken!.claims.get(name)!.newest
const saved = ({ disk }: Cluster): readonly GroupName[] => disk.saved.lastMan
const both = [web, db]
const runs = (core: Core, name: GroupName): boolean => core.cluster().groups.get(name)!.run.up > 0
const why = (core: Core, name: GroupName): string | undefined =>
  groupStatus(core.cluster(), core.cluster().config.groups.find(group => group.name === name)!, {
    nowMs: core.nowMs(),
    leaseS: () => undefined,
    sinceMs: () => undefined,
    formerOwner: () => undefined,
  }).why

/** Probed, and beta has spoken twice: the second time it has counted us. */
function met(
  ours: readonly GroupName[],
  theirs: readonly GroupName[],
  { state }: Pick<Claim, 'state'> = { state: 'stopped' },
): Core {
  const core = newCore(ours)
  const claims = { web: { newest: theirs.includes(web) }, db: { state, newest: theirs.includes(db) } }
  core.obey()
  core.hear(claims)
  core.hear(claims)
  core.obey()
  return core
}

describe('this node ran last', () => {
  test('it takes what is at home elsewhere, and stops saying so once all of it runs', () => {
    const core = newCore(both)
    expect([isSaying(core, web), isSaying(core, db)]).toEqual([true, true])
    core.obey()
    core.hear({ db: { state: 'stopped' } })
    expect(ownerOf(core, db)).toMatchObject({ owner: alpha, by: 'policy', because: 'last-man' })
    const decision = {
      rule: 'last-man',
      rejected: [
        {
          choice: 'stay',
          node: beta,
          why: 'is its home, but alpha was running when it was not, and may have newer data',
        },
      ],
    }
    expect(core.effects).toContainEqual({
      type: 'note',
      note: expect.objectContaining({ code: 'assigned', group: db, decision: expect.objectContaining(decision) }),
    })
    expect([isSaying(core, web), isSaying(core, db)]).toEqual([true, true])
    expect(saved(core.cluster())).toEqual(both)
    core.hear()
    core.obey()
    expect([runs(core, web), runs(core, db), isSaying(core, db)]).toEqual([true, true, false])
    expect(saved(core.cluster())).toEqual([])
  })

  test('it waits until the other has looked what it has, and takes nothing that runs there', () => {
    expect(ownerOf(met(both, [], { state: 'unknown' }), db).owner).toBe(beta)
    const core = met(both, [], { state: 'running' })
    expect(ownerOf(core, db).owner).toBe(beta)
    expect(saved(core.cluster())).toEqual([])
  })

  test('what it cannot start it keeps, and no order takes it away from here unasked', () => {
    const core = newCore(both)
    core.obey()
    core.hear({ db: { state: 'stopped' } })
    core.hear()
    core.finish(db, { ok: false, why: 'no luck' })
    core.obey()
    core.hear()
    expect(ownerOf(core, db)).toMatchObject({ owner: alpha, because: 'last-man' })
    expect(runs(core, db)).toBe(false)
    core.order({ verb: 'move', group: db, to: beta })
    expect(core.effects.findLast(({ type }) => type === 'answer')).toMatchObject({
      answer: { ok: false, why: expect.stringContaining('alpha was running when beta was not') },
    })
  })

  test('with a state folder that cannot be written it takes nothing', () => {
    const core = newCore(both)
    core.obey()
    core.post({ type: 'not-saved', why: 'ENOSPC' })
    core.hear({ db: { state: 'stopped' } })
    expect(ownerOf(core, db).owner).toBe(beta)
  })
})

describe('the other ran last', () => {
  test('its group does not start here, until it is dead', () => {
    const core = met([], both)
    expect([runs(core, web), isSaying(core, web)]).toEqual([false, false])
    expect(why(core, web)).toContain('beta was running when this node was not, and may have newer data')
    core.silence(20_000)
    core.obey()
    expect(runs(core, web)).toBe(true)
  })

  test('what stands in its way there is told', () => {
    const core = met([], both)
    core.hear({ web: { newest: true }, db: { state: 'stopped' } }, { standby: true })
    expect(why(core, web)).toContain('it is to start it first, but is in standby; once you have seen')
  })

  test('an order that says so starts it here', () => {
    const core = met([], both)
    core.order({ verb: 'takeover', scope: 'local' })
    core.obey()
    expect(runs(core, web)).toBe(false)
    core.order({ verb: 'takeover', scope: 'local', accept: 'stale-disk' })
    core.obey()
    expect(runs(core, web)).toBe(true)
  })

  test('one that it has started and given away since is nothing to wait for', () => {
    const core = met([], both)
    const given = { owner: alpha, epoch: { counter: 40, minter: beta }, by: 'policy', because: 'failback' } as const
    core.hear({ web: { assignment: given, newest: false }, db: { state: 'stopped' } })
    core.obey()
    expect(runs(core, web)).toBe(true)
  })

  test('that it gave it away before it died is no sign that it has started it since', () => {
    const core = met([], both)
    const given = { owner: alpha, epoch: { counter: 40, minter: beta }, by: 'policy', because: 'failback' } as const
    core.hear({ web: { assignment: given, newest: true }, db: { state: 'stopped' } })
    core.obey()
    expect(runs(core, web)).toBe(false)
  })
})

test('where both say so neither is believed: each starts what is at home there', () => {
  const core = met(both, both)
  expect(ownerOf(core, db).owner).toBe(beta)
  expect(runs(core, web)).toBe(true)
})

test('each is the last man of what it ran alone: neither starts what the other one has newer', () => {
  const core = met([db], [web])
  expect([ownerOf(core, db).owner, runs(core, db), runs(core, web)]).toEqual([alpha, true, false])
  expect([isSaying(core, db), saved(core.cluster())]).toEqual([false, []])
  expect(why(core, web)).toContain('beta was running when this node was not, and may have newer data')
})
