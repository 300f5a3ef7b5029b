import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { leaseSeconds } from '../src/lease.ts'

const timing = (keepaliveMs: number, deadtimeMs: number) => ({
  keepaliveMs,
  deadtimeMs,
  warntimeMs: deadtimeMs / 2,
  initdeadMs: 2 * deadtimeMs,
})

describe('leaseSeconds', () => {
  test.each([
    [1_000, 10_000, 7],
    [1_000, 30_000, 8],
    [500, 5_000, 2],
    [200, 2_000, 0],
    [100, 500, 0],
    [100, 3_000, 1],
    [100, 2_999, 0],
    [1_000, 6_600, 4],
    [1_000, 6_599, 0],
  ])('keepalive %i, deadtime %i: %i s', (keepaliveMs, deadtimeMs, seconds) => {
    expect(leaseSeconds(timing(keepaliveMs, deadtimeMs))).toBe(seconds)
  })

  property.prop([fc.integer({ min: 10, max: 5_000 }), fc.integer({ min: 100, max: 120_000 })])(
    'a lease given at the last heartbeat heard is over before the deadtime, however late the kernel is',
    (keepaliveMs, deadtimeMs) => {
      const seconds = leaseSeconds(timing(keepaliveMs, deadtimeMs))
      expect(Number.isInteger(seconds) && seconds >= 0 && seconds <= 8).toBe(true)
      if (seconds > 0) expect(keepaliveMs + seconds * 1_000 + 1_600).toBeLessThanOrEqual(deadtimeMs)
    },
  )
})
