/** What is said to each server. Those of MariaDB are run elsewhere; those of MySQL are held here against its manual. */
import { describe, expect, test } from 'vitest'
import { flavourOf, statementsFor, tooOld } from '../../../src/agents/mysqlrole/statements.ts'

const source = { host: '10.0.0.1', port: 3306, user: 'repl', password: "it's" }
const mariadb = '10.11.19-MariaDB-0+deb12u1-log'

test.each([
  [mariadb, 'MariaDB'],
  ['11.8.2-MariaDB', 'MariaDB'],
  ['8.0.36', 'MySQL'],
  ['8.4.3-log', 'MySQL'],
])('%s is %s', (version, flavour) => expect(flavourOf(version)).toBe(flavour))

test.each([
  ['10.11.0-MariaDB', true],
  ['10.10.7-MariaDB', false],
  ['11.4.1-MariaDB', true],
  ['8.0.22', true],
  ['8.0.21', false],
  ['8.4.0', true],
  ['5.7.44', false],
  ['9.1.0', true],
])('%s is served: %s', (version, served) => expect(tooOld(version) === undefined).toBe(served))

describe('words', () => {
  const all = (version: string): string => {
    const { pointAt, readOnly, historyIs, ...rest } = statementsFor(version)
    return JSON.stringify([
      rest,
      pointAt(source, true),
      pointAt(source, false),
      readOnly(true),
      readOnly(false),
      historyIs('x'),
    ])
  }

  test('MySQL 8.4 is told nothing that it has removed', () => {
    for (const version of ['8.2.0', '8.4.3', '9.0.0']) expect(all(version)).not.toMatch(/MASTER|SLAVE/i)
  })

  test('MySQL 8.0 empties its log in its own words', () => {
    expect(statementsFor('8.0.36').forgetAll).toContainEqual(['RESET MASTER'])
    expect(statementsFor('8.4.0').forgetAll).toContainEqual(['RESET BINARY LOGS AND GTIDS'])
  })

  test('MariaDB is told nothing that only MySQL knows', () => {
    expect(all(mariadb)).not.toMatch(/super_read_only|CHANGE REPLICATION SOURCE|SOURCE_|BINARY LOGS AND GTIDS/)
  })

  test('a password is a value, never part of the text', () => {
    for (const version of [mariadb, '8.4.3'])
      for (const [text, ...values] of statementsFor(version).pointAt(source, true)) {
        expect(text).not.toContain(source.password)
        expect(values).toEqual([source.host, source.port, source.user, source.password])
        expect(text.split('?')).toHaveLength(values.length + 1)
      }
  })

  test('what was a source keeps what it has written, in its position', () => {
    expect(statementsFor(mariadb).pointAt(source, true)[0]![0]).toContain('MASTER_DEMOTE_TO_SLAVE=1')
    expect(statementsFor(mariadb).pointAt(source, false)[0]![0]).not.toContain('DEMOTE')
  })

  test('read-only is for those who may write all the same, too', () => {
    expect(statementsFor('8.4.3').readOnly(true)).toEqual([['SET GLOBAL super_read_only=ON']])
    expect(statementsFor('8.4.3').readOnly(false)).toEqual([['SET GLOBAL read_only=OFF']])
    expect(statementsFor('8.4.3').readOnlyVariables).toEqual(['read_only', 'super_read_only'])
  })
})
