import { expect, test } from 'vitest'
import { sendTimes } from '../../../src/daemon/outside/sendTime.ts'

/** A date that starts at a million when the monotonic clock says a thousand. */
function clocks() {
  const at = { monoMs: 1_000, dateMs: 1_000_000 }
  const times = sendTimes(
    () => at.monoMs,
    () => Math.floor(at.dateMs),
  )
  const pass = (ms: number): void => {
    at.monoMs += ms
    at.dateMs += ms
  }
  return { at, times, pass }
}

test('a reply read at once was sent as long ago as it took', () => {
  const { at, times, pass } = clocks()
  pass(700.5)
  const sentAtMs = times.sentAtMs({ printedAtMs: at.dateMs, tookMs: 20 })
  expect(sentAtMs).toBeLessThanOrEqual(1_680.5)
  expect(sentAtMs).toBeGreaterThan(1_678)
})

test('a reply that lay waiting while nobody read is as old as it is', () => {
  const { at, times, pass } = clocks()
  const printedAtMs = at.dateMs
  pass(9_000)
  expect(times.sentAtMs({ printedAtMs, tookMs: 20 })).toBeCloseTo(979, 3)
})

test.each([3_600_000, 40, -40, -3_600_000])('a date set by %i ms never makes a reply younger', jumpMs => {
  for (const printedFirst of [true, false]) {
    const { at, times, pass } = clocks()
    pass(500)
    const before = at.dateMs
    if (!printedFirst) at.dateMs += jumpMs
    const printedAtMs = printedFirst ? before : at.dateMs
    if (printedFirst) at.dateMs += jumpMs
    pass(2_000)
    expect(times.sentAtMs({ printedAtMs, tookMs: 20 })).toBeLessThanOrEqual(1_480)
    // The next one is as good as ever.
    pass(1_000)
    expect(times.sentAtMs({ printedAtMs: at.dateMs, tookMs: 20 })).toBeCloseTo(at.monoMs - 21, 3)
  }
})

test('nothing is sent in the future', () => {
  const { at, times } = clocks()
  expect(times.sentAtMs({ printedAtMs: at.dateMs + 5_000, tookMs: 0 })).toBeLessThanOrEqual(at.monoMs)
})
