import { expect, test } from 'vitest'
import { watchdogMs } from '../../src/beat/notifier.ts'

test('a watchdog is never shorter than a busy machine may be busy', () => {
  expect([1_000, 4_000, 30_000].map(watchdogMs)).toEqual([1_000, 1_000, 7_500])
})
