/** The figures drawn from the records of the observer, on records written by hand. */
import { describe, expect, test } from 'vitest'
import { type Answer, answeredByTwo, type Holding, longestGap, overlapMs } from '../../bench/observer.ts'
import { cell, spread, summary } from '../../bench/stats.ts'

const answer = (atMs: number, question: number, askedMs = atMs - 0.2, host = 'alpha'): Answer => ({
  atMs,
  host,
  question,
  askedMs,
})

describe('longestGap', () => {
  const usual = [answer(0, 1), answer(5, 2), answer(10, 3)]

  test('is the time between two answers with lost probes in between', () => {
    const answers = [...usual, answer(410, 83, 409.8, 'beta'), answer(415, 84, 414.8, 'beta')]
    expect(longestGap(answers, 7)).toEqual({ fromMs: 10, ms: 400, before: 'alpha', after: 'beta' })
  })

  test('counts a probe that was answered late from when it was sent', () => {
    expect(longestGap([...usual, answer(410, 4, 15)], 7).ms).toBe(395)
  })

  test('does not count the time in which the prober itself stood still', () => {
    expect(longestGap([...usual, answer(410, 4)], 7).ms).toBe(0)
  })

  test('is 0 under 20 ms, and looks at nothing that ended before', () => {
    expect(longestGap([...usual, answer(29, 6)], 7).ms).toBe(0)
    expect(longestGap([...usual, answer(410, 83)], 411).ms).toBe(0)
  })
})

describe('overlapMs', () => {
  const change = (atMs: number, host: string, held: boolean): Holding => ({ atMs, host, held, address: '10.77.0.100' })
  const taken = [change(100, 'beta', true), change(160, 'alpha', false)]

  test('is the time in which both hold it', () => {
    expect(overlapMs(['alpha'], taken, [], 0, 200)).toBe(60)
    expect(overlapMs(['alpha'], taken, [], 0, 130)).toBe(30)
    expect(overlapMs([], taken, [], 0, 200)).toBe(0)
  })

  test('leaves out who is off the wire, and only while it is', () => {
    expect(overlapMs(['alpha'], taken, [{ host: 'alpha', fromMs: 50, toMs: 140 }], 0, 200)).toBe(20)
    expect(overlapMs(['alpha'], taken, [{ host: 'alpha', fromMs: 50, toMs: Number.POSITIVE_INFINITY }], 0, 200)).toBe(0)
  })

  test('a release and a take in the right order make none', () => {
    const moved = [change(100, 'alpha', false), change(100.5, 'beta', true)]
    expect(overlapMs(['alpha'], moved, [], 0, 200)).toBe(0)
  })
})

test('answeredByTwo counts questions, not answers', () => {
  const asked = [
    { host: 'alpha', question: 1 },
    { host: 'alpha', question: 2 },
    { host: 'beta', question: 2 },
    { host: 'beta', question: 3 },
  ]
  expect(answeredByTwo(asked)).toBe(1)
})

test('medians, spreads, counts', () => {
  expect(spread([5, 1, 9])).toEqual({ n: 3, median: 5, min: 1, max: 9 })
  expect(spread([1, 2, 4, 9])).toEqual({ n: 4, median: 3, min: 1, max: 9 })
  const found = summary([
    { outage_ms: 1, duplicate: false },
    { outage_ms: 3, duplicate: true },
  ])
  expect(cell(found['outage_ms']!)).toBe('2 [1..3]')
  expect(cell(found['duplicate']!)).toBe('false 1, true 1')
})
