import { describe, expect, test } from 'vitest'
import {
  beyond,
  covers,
  isFrom,
  parseGtids,
  reached,
  samePlace,
  sayGtids,
  union,
} from '../../../src/agents/mysqlrole/gtids.ts'

const uuid = '3e11fa47-71ca-11e1-9e33-c80aa9429562'
const other = '4350f323-7565-4e59-8763-4b1b83a0ce0e'

describe('MariaDB', () => {
  const gtids = (text: string) => parseGtids('MariaDB', text)

  test.each([
    ['0-1-206', '0-1-205,0-2-207', '0-1-206'],
    ['0-1-205,0-2-207', '0-1-206', '0-2-207'],
    ['0-1-205', '0-1-205,0-2-207', ''],
    ['0-1-7,1-1-9', '0-1-7', '1-1-9'],
    ['', '0-1-7', ''],
    ['0-1-7', '', '0-1-7'],
  ])('what %j has beyond %j: %j', (one, two, left) => {
    expect(sayGtids('MariaDB', beyond(gtids(one), gtids(two)))).toBe(left)
    expect(covers(gtids(two), gtids(one))).toBe(left === '')
  })

  test.each([
    ['0-1-50', '0-1-50', true],
    ['0-1-49', '0-1-50', false],
    ['0-2-51', '0-1-50', true], // whoever wrote last
    ['0-1-50', '0-1-50,1-1-3', false],
    ['0-1-50,1-9-3', '0-1-50,1-1-3', true],
    ['', '', true],
    ['', '0-1-1', false],
  ])('%j has come to %j: %j', (at, target, is) => expect(reached('MariaDB', at, target)).toBe(is))

  test('the same place is the same transaction, not only its number', () => {
    expect(samePlace('MariaDB', '0-1-50', '0-1-50')).toBe(true)
    expect(samePlace('MariaDB', '0-1-50', '0-2-50')).toBe(false)
    expect(samePlace('MariaDB', '0-1-50', '0-1-51')).toBe(false)
  })

  test('whose they are is the second number, whole', () => {
    expect(isFrom('MariaDB', '0-12', '2')).toBe(false)
    expect(isFrom('MariaDB', '5-2', '2')).toBe(true)
  })

  test('the log and what was applied, together', () => {
    expect(sayGtids('MariaDB', union(gtids('0-1-40,0-2-60'), gtids('0-1-59')))).toBe('0-1-59,0-2-60')
  })
})

describe('MySQL', () => {
  const gtids = (text: string) => parseGtids('MySQL', text)

  test.each([
    [`${uuid}:1-10`, `${uuid}:1-8`, `${uuid}:9-10`],
    [`${uuid}:1-10`, `${uuid}:3:5-7`, `${uuid}:1-2:4:8-10`],
    [`${uuid}:1-5,${other}:1`, `${uuid}:1-5`, `${other}:1`],
    [`${uuid}:1-5`, `${uuid}:1-5,${other}:1`, ''],
    [`${uuid}:1-3:4-5`, `${uuid}:1-5`, ''],
    [`${uuid}:blue:1-3`, `${uuid}:1-3`, `${uuid}:blue:1-3`],
    [`${uuid.toUpperCase()}:1-3`, `${uuid}:1-3`, ''],
  ])('what %s has beyond %s', (one, two, left) => {
    expect(sayGtids('MySQL', beyond(gtids(one), gtids(two)))).toBe(left)
  })

  test('a hole is not passed', () => {
    expect(reached('MySQL', `${uuid}:1-4:6-10`, `${uuid}:1-10`)).toBe(false)
    expect(reached('MySQL', `${uuid}:1-10`, `${uuid}:1-4:6-10`)).toBe(true)
  })

  test('a tagged transaction is its source too', () => {
    expect(isFrom('MySQL', `${uuid}:blue`, uuid)).toBe(true)
    expect(isFrom('MySQL', other, uuid)).toBe(false)
  })
})
