/** A beat that turns is told alive; the limit follows the settings, and is never shorter than two turns. */
import { expect, test } from 'vitest'
import { watchedBy } from '../../src/beat/watched.ts'

test('the first turn sets the limit, a reload another one, and each turn counts', () => {
  const told: string[] = []
  const watched = watchedBy('5', (fd, text) => told.push(`${fd} ${text.replace('\n', ' ')}`))
  watched.ready()
  for (const deadtimeMs of [10_000, 10_000, 30_000, 30_000, 1_000]) watched.turned({ keepaliveMs: 200, deadtimeMs })
  watched.turned({ keepaliveMs: 2_000, deadtimeMs: 5_000 })
  expect(told).toEqual([
    '5 READY=1',
    '5 WATCHDOG_USEC=2500000 WATCHDOG=1',
    '5 WATCHDOG=1',
    '5 WATCHDOG_USEC=7500000 WATCHDOG=1',
    '5 WATCHDOG=1',
    '5 WATCHDOG_USEC=1000000 WATCHDOG=1',
    '5 WATCHDOG_USEC=5000000 WATCHDOG=1',
  ])
})

test('nobody is told where nobody watches, and one that does not read harms nothing', () => {
  watchedBy(undefined, () => expect.unreachable()).ready()
  const deaf = watchedBy('5', () => {
    throw new Error('EAGAIN')
  })
  expect(() => deaf.turned({ keepaliveMs: 1_000, deadtimeMs: 10_000 })).not.toThrow()
})
