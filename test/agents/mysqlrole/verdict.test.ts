/** Who may become primary, and what is said to who may not. */
import { describe, expect, test } from 'vitest'
import { readReplica } from '../../../src/agents/mysqlrole/replica.ts'
import { acceptable, isDrained, type Situation, verdictOn } from '../../../src/agents/mysqlrole/verdict.ts'
import { mariadb, orphanRow, seenWell, situation, wellRow } from './made.ts'

const alpha = (made: Parameters<typeof mariadb>[0]) => new Map([['alpha', mariadb({ state: '0-1-50', ...made })]])
const refusal = (changes: Partial<Situation>): string => {
  const verdict = verdictOn(situation(changes))
  return 'refused' in verdict ? `${verdict.refused}: ${verdict.why}` : JSON.stringify(verdict)
}
const replica = (changes: Readonly<Record<string, unknown>>, state = '0-1-50') =>
  mariadb({ id: 2, state, applied: state, replica: { ...orphanRow, ...changes } })

describe('a replica whose source died', () => {
  test('is promoted once it has applied what it received', () => {
    expect(verdictOn(situation())).toEqual({ go: 'promote', drain: 'received' })
  })

  test('also when nobody has found it silent yet', () => {
    const { lostAtMs: _, lost: __, ...sighting } = seenWell
    expect(verdictOn(situation({ sighting }))).toEqual({ go: 'promote', drain: 'received' })
  })

  test.each<[string, Partial<Situation>]>([
    [
      'broken: its replication stopped at an error it could not apply (1032',
      { own: replica({ Last_SQL_Errno: 1032 }) },
    ],
    ['broken: its replication stopped (1236', { own: replica({ Slave_IO_Running: 'No', Last_IO_Errno: 1236 }) }],
    ['broken: it was not fetching from alpha', { sighting: { ...seenWell, receiving: false } }],
    ['lagging: it was 61 s behind, more than max_lag 60 s', { sighting: { ...seenWell, lagMs: 61_000 } }],
    ['errant: it has transactions that alpha had not: 0-2-51', { own: replica({}, '0-1-50,0-2-51') }],
    ['not-in-sync: commits on alpha did not wait', { sighting: { ...seenWell, inSync: false } }],
    ['not-in-sync: alpha lived for up to 12 s after', { sighting: { ...seenWell, lostAtMs: 12_001 } }],
    ['not-in-sync: alpha lived for up to 12 s after', { lived: new Map([['alpha', 12_001]]) }],
    [
      'not-in-sync: alpha lived for up to 12 s after',
      {
        sighting: { ...seenWell, lost: 'closed', closedAtMs: 5_000 },
        lived: new Map([['alpha', 14_001]]),
      },
    ],
    ['not-in-sync: the database of alpha has not been seen', { sighting: undefined }],
    ['not-in-sync: the database of alpha has not been seen', { sighting: { ...seenWell, source: 'gamma' } }],
    ['unknown: it is being rebuilt', { memory: { role: 'rebuilding' } }],
  ])('%s', (says, changes) => expect(refusal(changes)).toContain(says))

  test('its node may live on for hours, where its database is known to take no writes', () => {
    const sighting: Situation['sighting'] = { ...seenWell, lost: 'closed', closedAtMs: 7_200_000 }
    expect(verdictOn(situation({ sighting, lived: new Map([['alpha', 7_202_000]]) }))).toMatchObject({ go: 'promote' })
  })

  test('what the source wrote after it was last seen is no errant transaction', () => {
    expect(verdictOn(situation({ own: replica({}, '0-1-99') }))).toMatchObject({ go: 'promote' })
  })

  test('without semi_sync nobody asks whether commits waited', () => {
    const wanted = { ...situation().wanted, semiSync: false }
    expect(verdictOn(situation({ wanted, sighting: { ...seenWell, inSync: false } }))).toMatchObject({ go: 'promote' })
  })

  test('another replica that has more goes before it, and received counts', () => {
    const places = new Map([...situation().wanted.places, ['gamma', { host: '10.0.0.3', port: 3306 }]])
    const wanted = { ...situation().wanted, places }
    const gamma = (state: string) =>
      new Map([
        ['alpha', undefined],
        ['gamma', mariadb({ id: 3, state, replica: orphanRow })],
      ])
    expect(refusal({ wanted, others: gamma('0-1-53') })).toContain('behind: the database of gamma has transactions')
    const own = replica({ Gtid_IO_Pos: '0-1-53' })
    expect(verdictOn(situation({ wanted, own, others: gamma('0-1-53') }))).toMatchObject({ go: 'promote' })
    const silent = new Map([...gamma('0-1-53')].map(([name]) => [name, undefined]))
    expect(refusal({ wanted, own, others: silent })).toContain('not-in-sync: the database of gamma does not answer')
  })
})

describe('a switch', () => {
  test('applies everything up to where the old primary stands', () => {
    expect(verdictOn(situation({ others: alpha({ at: '0-1-77' }) }))).toEqual({
      go: 'promote',
      drain: { to: '0-1-77', source: 'alpha' },
    })
  })

  test.each<[string, Partial<Situation>]>([
    ['two-primaries: the database of alpha takes writes', { others: alpha({ readOnly: false }) }],
    [
      'errant: it has transactions that alpha has not: 0-2-51',
      { others: alpha({}), own: replica({}, '0-1-50,0-2-51') },
    ],
    ['lagging: it was 61 s behind', { others: alpha({}), own: replica({ Seconds_Behind_Master: 61 }) }],
    ['broken', { others: alpha({}), own: replica({ Last_SQL_Errno: 1062 }) }],
  ])('%s', (says, changes) => expect(refusal(changes)).toContain(says))

  test('two primaries are never to be accepted', () => {
    expect(acceptable('two-primaries')).toBe(false)
    expect(acceptable('broken')).toBe(true)
  })
})

describe('one that is no replica', () => {
  const former = (readOnly: boolean) => mariadb({ id: 2, state: '0-2-50', readOnly })

  test('takes writes already: nothing is to be done', () => {
    expect(verdictOn(situation({ own: former(false) }))).toEqual({ go: 'already' })
  })

  test('was the primary, and nobody else answers', () => {
    expect(verdictOn(situation({ own: former(true), memory: { role: 'primary' } }))).toEqual({
      go: 'promote',
      drain: 'nothing',
    })
  })

  test('was not, and nobody can be asked', () => {
    expect(refusal({ own: former(true), memory: { role: 'unknown' } })).toContain('unknown: beta: it is no replica')
  })

  test('the other one has more', () => {
    expect(
      refusal({ own: former(true), memory: { role: 'primary' }, others: alpha({ state: '0-2-50,0-1-51' }) }),
    ).toContain('behind: the database of alpha has transactions that are missing here (0-1-51): start it there')
  })

  test('the other one has no more', () => {
    const others = alpha({ state: '0-2-49' })
    expect(verdictOn(situation({ own: former(true), others }))).toEqual({ go: 'promote', drain: 'nothing' })
  })
})

describe('all is applied', () => {
  test.each([
    ['0-1-50', {}, true],
    ['0-1-49', {}, false],
    // The server says so of itself when its relay log has just been deleted.
    ['0-1-50', { Slave_SQL_Running_State: 'Reading event from the relay log' }, false],
    // Half a transaction was on its way when the source died: nobody was told that it is committed.
    ['0-1-50', { Read_Master_Log_Pos: 470 }, true],
    ['0-1-50', { Using_Gtid: 'No', Read_Master_Log_Pos: 470 }, false],
    ['0-1-50', { Using_Gtid: 'No', Relay_Master_Log_File: 'mysql-bin.000000' }, false],
    ['', { Using_Gtid: 'No' }, true],
  ])('applied %j, %j: %j', (applied, changes, is) => {
    const row = { ...wellRow, ...changes }
    const facts = mariadb({ applied, replica: row })
    expect(isDrained(facts, readReplica(facts.version, row))).toBe(is)
  })
})
