/** The order that keeps 50 of 50 rows, and not the one that keeps none. */
import { expect, test } from 'vitest'
import { type DrainStep, nextStep, type Target } from '../../../src/agents/mysqlrole/drain.ts'
import { mariadb, orphanRow, wellRow } from './made.ts'

const step = (row: Readonly<Record<string, unknown>>, target: Target = 'received', applied = '0-1-50'): DrainStep => {
  const facts = mariadb({ id: 2, at: applied, applied, replica: { ...orphanRow, ...row } })
  return nextStep(facts, facts.replica!, target)
}

test.each<[string, Readonly<Record<string, unknown>>, DrainStep]>([
  ['what applies has stopped, and what fetches has not', { Slave_SQL_Running: 'No' }, 'start-applier'],
  ['both have stopped: the relay log would be deleted', { Slave_SQL_Running: 'No', Slave_IO_Running: 'No' }, 'salvage'],
  [
    'both have stopped, by file and position: it would not',
    { Slave_SQL_Running: 'No', Slave_IO_Running: 'No', Using_Gtid: 'No' },
    'start-applier',
  ],
  ['it applies', { Gtid_IO_Pos: '0-1-60' }, 'wait'],
  ['it has applied everything', {}, 'drained'],
])('of a dead source: %s', (_, row, next) => expect(step(row)).toEqual(next))

test('an error is told, and not waited for', () => {
  expect(step({ Last_SQL_Errno: 1062, Last_SQL_Error: 'Duplicate entry' })).toEqual({
    wrong: 'its replication stopped at an error it could not apply (1062: Duplicate entry)',
  })
})

test('of a living source: it is fetched from until its place is reached', () => {
  const to = { to: '0-1-60' }
  expect(step({ Slave_IO_Running: 'No', Slave_SQL_Running: 'No' }, to)).toBe('start-replica')
  expect(step({ ...wellRow, Slave_SQL_Running: 'No' }, to)).toBe('start-applier')
  expect(step(wellRow, to)).toBe('wait')
  expect(step(wellRow, to, '0-1-60')).toBe('drained')
})
