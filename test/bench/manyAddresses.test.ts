import { expect, test } from 'vitest'
import { figuresOf, sampleOf, wrongOf } from '../../bench/manyAddresses.ts'

test('those that are asked are the first, the last, and with even steps between them', () => {
  const all = Array.from({ length: 1000 }, (_, i) => `a${i}`)
  const sample = sampleOf(all)
  expect(sample).toHaveLength(20)
  expect([sample[0], sample[1], sample[18], sample[19]]).toEqual(['a0', 'a53', 'a946', 'a999'])
  expect(sampleOf(['a', 'b'])).toEqual(['a', 'b'])
})

const seen = {
  holdings: [
    { atMs: 1000, host: 'alpha', address: 'x', held: false },
    { atMs: 1005, host: 'beta', address: 'x', held: true },
    { atMs: 1025, host: 'beta', address: 'y', held: true },
  ],
  announcements: [
    { atMs: 1020, host: 'beta', address: 'x' },
    { atMs: 1030, host: 'beta', address: 'y' },
    { atMs: 1900, host: 'beta', address: 'x' },
  ],
  answers: [
    { atMs: 1001, host: 'alpha', question: 1, askedMs: 1000, index: 1 },
    { atMs: 1032, host: 'beta', question: 2, askedMs: 1031, index: 0 },
    { atMs: 1040.26, host: 'beta', question: 2, askedMs: 1031, index: 1 },
    { atMs: 1500, host: 'beta', question: 3, askedMs: 1031, index: 0 },
  ],
}

test('figures are of the host that takes over, from the first address configured there', () => {
  expect(figuresOf(seen, 'beta', 2, 1000)).toEqual({
    addresses: 2,
    announced: 2,
    asked_and_answered: 'all',
    first_configured_after_deadtime_ms: 5,
    last_configured_ms: 20,
    last_announced_ms: 25,
    last_answers_ms: 35.3,
  })
  expect(figuresOf(seen, 'beta', 3, 1000)).toMatchObject({ asked_and_answered: '2 of 3' })
})

test('a run counts when every address came, was announced, and the last answer was there within 60 ms', () => {
  const row = figuresOf(seen, 'beta', 2, 1000)
  expect(wrongOf(row, 2)).toBeUndefined()
  expect(wrongOf(row, 3)).toContain('2 of 3 addresses came')
  expect(wrongOf({ ...row, announced: 1 }, 2)).toContain('1 of 2')
  expect(wrongOf({ ...row, asked_and_answered: '1 of 2' }, 2)).toContain('1 of 2')
  expect(wrongOf({ ...row, last_answers_ms: 60.1 }, 2)).toContain('60.1 ms')
})
