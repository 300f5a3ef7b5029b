import { expect, test } from 'vitest'
import { safely } from '../../src/daemon/safely.ts'

const broken = (why: string): string => `broken: ${why}`

test.each([
  [
    'at once',
    () => {
      throw new Error('no luck')
    },
    'broken: no luck',
  ],
  ['later', () => Promise.reject(new Error('no luck')), 'broken: no luck'],
  ['not at all', () => 'well', 'well'],
])('what breaks %s is told as what it means', async (_when, work: () => string | Promise<string>, told) =>
  expect(await safely(work, broken)).toBe(told),
)
