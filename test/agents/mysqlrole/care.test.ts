/** What a node does about its own database, and what it remembers of the primary. */
import { describe, expect, test } from 'vitest'
import type { Stand } from '../../../src/agents/agent.ts'
import { careFor, sightingOf } from '../../../src/agents/mysqlrole/care.ts'
import { tell } from '../../../src/agents/mysqlrole/telling.ts'
import type { Situation } from '../../../src/agents/mysqlrole/verdict.ts'
import { mariadb, orphanRow, seenWell, situation, wellRow } from './made.ts'

const primary = (made: Parameters<typeof mariadb>[0] = {}) =>
  new Map([['alpha', mariadb({ state: '0-1-50', readOnly: false, ...made })]])
const own = (row: Readonly<Record<string, unknown>> = {}, state = '0-1-50') =>
  mariadb({ id: 2, state, applied: state, replica: { ...wellRow, ...row } })
const care = (changes: Partial<Situation>, stand: Stand = 'not-held') =>
  careFor(situation({ others: primary(), ...changes }), stand)

describe('a node whose group runs elsewhere', () => {
  test.each<[string, Partial<Situation>, object]>([
    ['replicates', { own: own() }, { do: 'nothing' }],
    ['takes writes', { own: mariadb({ id: 2, readOnly: false }) }, { do: 'close' }],
    ['was started anew', { own: own({ Slave_IO_Running: 'No', Slave_SQL_Running: 'No' }) }, { do: 'start-replica' }],
    ['is broken', { own: own({ Slave_SQL_Running: 'No', Last_SQL_Errno: 1032 }) }, { do: 'nothing' }],
    [
      'was the primary',
      { own: mariadb({ id: 2, state: '0-2-40' }), others: primary({ state: '0-2-40,0-1-50' }) },
      { do: 'follow', source: 'alpha', wasSource: true, first: false },
    ],
    [
      'follows somebody else',
      { own: own({ Master_Host: '10.0.0.9' }) },
      { do: 'follow', source: 'alpha', wasSource: false, first: false },
    ],
    ['is being rebuilt', { own: mariadb({ id: 2 }), memory: { role: 'rebuilding' } }, { do: 'nothing' }],
    // Without a primary that lives, a start would delete what it has not applied.
    [
      'has lost its source',
      { own: own({ Slave_IO_Running: 'No', Slave_SQL_Running: 'No' }), others: new Map([['alpha', undefined]]) },
      { do: 'nothing' },
    ],
  ])('%s', (_, changes, done) => expect(care(changes)).toEqual(done))

  test('has what the primary has not: it is kept, and not pointed there', () => {
    const found = care({ own: mariadb({ id: 2, state: '0-1-50,0-2-51' }) })
    expect(found).toMatchObject({ do: 'keep-errant', source: 'alpha' })
  })

  test('is let be while its group starts or stops, and in maintenance', () => {
    expect(care({ own: mariadb({ id: 2, readOnly: false }) }, 'let-be')).toEqual({ do: 'nothing' })
  })
})

describe('the node that has the group', () => {
  const ready = new Map([['alpha', mariadb({ state: '0-2-9', replica: { ...wellRow, Master_Host: '10.0.0.2' } })]])
  const open = (enabled: string) =>
    mariadb({ id: 2, state: '0-2-9', readOnly: false, variables: { rpl_semi_sync_master_enabled: enabled } })

  test('has commits wait once a replica fetches', () => {
    expect(care({ own: open('OFF'), others: ready }, 'held')).toEqual({ do: 'semi-sync' })
    expect(care({ own: open('ON'), others: ready }, 'held')).toEqual({ do: 'nothing' })
    expect(care({ own: open('OFF'), others: new Map([['alpha', undefined]]) }, 'held')).toEqual({ do: 'nothing' })
  })

  test('never opens one that is closed: that is for a start', () => {
    expect(care({ own: mariadb({ id: 2 }) }, 'held')).toEqual({ do: 'nothing' })
  })
})

describe('what is remembered of the primary', () => {
  const on = { rpl_semi_sync_master_status: 'ON', rpl_semi_sync_master_clients: '1' }
  const acks = { rpl_semi_sync_slave_status: 'ON' }
  const replica = (row = {}) =>
    mariadb({ id: 2, state: '0-1-50', applied: '0-1-50', replica: { ...wellRow, ...row }, semiSync: acks })
  const see = (changes: Partial<Situation>) =>
    sightingOf(situation({ own: replica(), others: primary({ semiSync: on }), ...changes }), 9_000)

  test('every commit waits for us', () => {
    expect(see({})).toMatchObject({
      source: 'alpha',
      writer: '1',
      atMs: 9_000,
      inSync: true,
      receiving: true,
      has: '0-1-50',
    })
    expect(see({})).not.toHaveProperty('lostAtMs')
  })

  test.each<[string, Partial<Situation>]>([
    ['the primary waits for nobody', { others: primary() }],
    ['this one does not answer for itself', { own: own() }],
    ['this one does not fetch', { own: replica({ Slave_IO_Running: 'Connecting' }) }],
  ])('no commit is sure to be here: %s', (_, changes) => expect(see(changes)).toMatchObject({ inSync: false }))

  test('the first look at which it is silent is kept, and no later one', () => {
    const silent = new Map([['alpha', undefined]])
    const { lostAtMs: _, lost: __, ...alive } = seenWell
    expect(see({ others: silent, sighting: alive })).toEqual({ ...seenWell, lostAtMs: 9_000 })
    expect(see({ others: silent, sighting: seenWell })).toBeUndefined()
  })

  test('one that is closed has taken no writes since it was first found so, unless it was silent in between', () => {
    const gone: Partial<Situation> = { others: new Map([['alpha', undefined]]), gone: new Set(['alpha']) }
    const { lostAtMs: _, lost: __, ...alive } = seenWell
    const closed = { lost: 'closed', closedAtMs: 9_000 } as const
    expect(see({ ...gone, sighting: alive })).toEqual({ ...seenWell, ...closed, lostAtMs: 9_000 })
    expect(see({ ...gone, sighting: { ...seenWell, ...closed } })).toEqual({ ...seenWell, ...closed })
    expect(see({ ...gone, sighting: seenWell })).toEqual({ ...seenWell, ...closed, lostAtMs: 9_000 })
    const closedToo = primary({ readOnly: true })
    expect(see({ others: closedToo, sighting: alive })).toEqual({ ...seenWell, ...closed, lostAtMs: 9_000 })
  })

  test('one that is not sent anything lags by the time since then', () => {
    const late = { own: replica({ Slave_IO_Running: 'No' }), others: primary({ state: '0-1-80' }) }
    expect(see({ ...late, sighting: { ...seenWell, lagMs: 500, atMs: 4_000 } })).toMatchObject({ lagMs: 5_500 })
  })
})

describe('what status says', () => {
  const on = { rpl_semi_sync_master_status: 'ON', rpl_semi_sync_master_clients: '1' }
  const well: Partial<Situation> = {
    own: mariadb({
      id: 2,
      state: '0-1-50',
      applied: '0-1-50',
      replica: wellRow,
      semiSync: { rpl_semi_sync_slave_status: 'ON' },
    }),
    others: primary({ semiSync: on }),
  }

  test('all is well', () => {
    expect(tell(situation(well), 'not-held')).toEqual({
      lines: ['beta: replica of alpha, 0 s behind', 'alpha: primary, semi-sync is on (1 replica)'],
      problems: [],
      ifDies: 'beta has every transaction that was acknowledged',
    })
  })

  test('the rule that will be asked then is asked now', () => {
    const late = tell(situation({ ...well, others: primary() }), 'not-held')
    expect(late.lacking).toMatch(/^the database of beta would NOT be made primary: commits/)
    expect(late.ifDies).toBeUndefined()
    const broken = mariadb({
      id: 2,
      state: '0-1-50',
      replica: { ...orphanRow, Last_SQL_Errno: 1032, Slave_SQL_Running: 'No' },
    })
    const told = tell(situation({ ...well, own: broken }), 'not-held')
    expect(told.lacking).toMatch(/^the database of beta would NOT be made primary: its replication stopped at an error/)
    expect(told.problems).toEqual([expect.stringContaining('beta: its replication has stopped (1032')])
  })

  test('what was accepted and what is kept stays in sight', () => {
    const errant = { gtids: '0-2-9', file: '/var/lib/x.sql' }
    const forced = { reason: 'alpha burnt down', at: '2026-01-01T00:00:00Z', refusal: 'it was 90 s behind' }
    const { problems } = tell(situation({ ...well, memory: { role: 'replica', errant, forced } }), 'not-held')
    expect(problems.join(' ')).toMatch(
      /0-2-9.*\/var\/lib\/x\.sql.*tandem mysql reseed.*in spite of this: it was 90 s behind \(accepted: alpha burnt down\)/,
    )
  })

  test('settings that stand in the way', () => {
    const unfit = mariadb({ id: 2, replica: wellRow, variables: { log_slave_updates: 'OFF', gtid_strict_mode: 'OFF' } })
    expect(tell(situation({ ...well, own: unfit }), 'not-held').problems).toEqual([
      expect.stringContaining('log_slave_updates = ON'),
      expect.stringContaining('gtid_strict_mode = ON'),
    ])
  })
})
