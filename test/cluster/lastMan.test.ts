/** Both nodes were off, and one of them ran last. alpha is this node; web is at home here, db on beta. */
import { describe, expect, test } from 'vitest'
import type { Cluster } from '../../src/cluster.ts'
import { groupStatus } from '../../src/daemon/groupStatus.ts'
import type { GroupName } from '../../src/types.ts'
import { alpha, beta, type Core, db, newCore, web } from '../daemon/cores.ts'

const ownerOf = (core: Core, name: GroupName) => core.cluster().groups.get(name)!.assignment
const isSaying = (core: Core): boolean => core.cluster().spoken!.lastMan
const isSaved = ({ disk }: Cluster): boolean => disk.saved.lastMan
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
  lastMan: boolean,
  theirs: boolean,
  states: Parameters<Core['hear']>[0] = { db: { state: 'stopped' } },
): Core {
  const core = newCore(lastMan)
  core.obey()
  core.hear(states, { lastMan: theirs })
  core.hear(states, { lastMan: theirs })
  core.obey()
  return core
}

describe('this node ran last', () => {
  test('it takes what is at home elsewhere, and stops saying so once all of it runs', () => {
    const core = newCore(true)
    expect(isSaying(core)).toBe(true)
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
    expect(isSaying(core)).toBe(true)
    expect(isSaved(core.cluster())).toBe(true)
    core.hear()
    core.obey()
    expect([runs(core, web), runs(core, db), isSaying(core), isSaved(core.cluster())]).toEqual([
      true,
      true,
      false,
      false,
    ])
  })

  test('it waits until the other has looked what it has, and takes nothing that runs there', () => {
    expect(ownerOf(met(true, false, { db: { state: 'unknown' } }), db).owner).toBe(beta)
    const core = met(true, false, { db: { state: 'running' } })
    expect(ownerOf(core, db).owner).toBe(beta)
    expect(isSaved(core.cluster())).toBe(false)
  })

  test('what it cannot start it keeps, and no order takes it away from here unasked', () => {
    const core = newCore(true)
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
    const core = newCore(true)
    core.obey()
    core.post({ type: 'not-saved', why: 'ENOSPC' })
    core.hear({ db: { state: 'stopped' } })
    expect(ownerOf(core, db).owner).toBe(beta)
  })
})

describe('the other ran last', () => {
  test('its group does not start here, until it is dead', () => {
    const core = met(false, true)
    expect([runs(core, web), isSaying(core)]).toEqual([false, false])
    expect(why(core, web)).toContain('beta was running when this node was not, and may have newer data')
    core.silence(20_000)
    core.obey()
    expect(runs(core, web)).toBe(true)
  })

  test('what stands in its way there is told', () => {
    const core = met(false, true)
    core.hear({ db: { state: 'stopped' } }, { lastMan: true, standby: true })
    expect(why(core, web)).toContain('it is to start it first, but is in standby; once you have seen')
  })

  test('an order that says so starts it here', () => {
    const core = met(false, true)
    core.order({ verb: 'takeover', scope: 'local' })
    core.obey()
    expect(runs(core, web)).toBe(false)
    core.order({ verb: 'takeover', scope: 'local', accept: 'stale-disk' })
    core.obey()
    expect(runs(core, web)).toBe(true)
  })

  test('one that it has started and given away since is nothing to wait for', () => {
    const core = met(false, true)
    const given = { owner: alpha, epoch: { counter: 40, minter: beta }, by: 'policy', because: 'failback' } as const
    core.hear({ web: { assignment: given }, db: { state: 'stopped' } }, { lastMan: true })
    core.obey()
    expect(runs(core, web)).toBe(true)
  })
})

test('where both say so neither is believed: each starts what is at home there', () => {
  const core = met(true, true)
  expect(ownerOf(core, db).owner).toBe(beta)
  expect(runs(core, web)).toBe(true)
})
