import { describe, expect, test } from 'vitest'
import type { Datagram, Echo } from '../../src/membership/datagram.ts'
import { answer, candidateAfter, judge, mostAnswers, type Session } from '../../src/membership/session.ts'
import type { NodeId } from '../../src/types.ts'

const mine = 'a'.repeat(32)
const echo: Echo = { peer: 'me' as NodeId, boot: 'a'.repeat(16), seq: 4, ageMs: 0, counted: true, knownGen: undefined }
const session: Session = { boot: 'b'.repeat(32), gen: 5, newest: 10, newestAtMs: 0, counted: true }
const datagram = (changes: Partial<Datagram>): Datagram => ({
  version: 1,
  reads: 1,
  from: 'bob' as NodeId,
  gen: 5,
  boot: session.boot,
  seq: 11,
  managerAgeMs: 0,
  realtime: false,
  echoes: [echo],
  report: undefined,
  ...changes,
})
const other = 'c'.repeat(32)
const strange: Echo = { ...echo, boot: 'd'.repeat(16) }

describe('each row of the table', () => {
  const rows: [string, Session | undefined, Partial<Datagram>, object][] = [
    ['none, echoes my boot', undefined, {}, { type: 'open', echo }],
    ['none, does not', undefined, { echoes: [] }, { type: 'hello' }],
    ['none, echoes a former boot of mine', undefined, { echoes: [strange] }, { type: 'hello' }],
    ['same boot, newer seq', session, {}, { type: 'news', echo }],
    ['same boot, same seq', session, { seq: 10 }, { type: 'copy', echo }],
    ['same boot, older seq', session, { seq: 9 }, { type: 'copy', echo }],
    ['same boot, no echo', session, { echoes: [strange] }, { type: 'hello' }],
    ['same boot, raised gen', session, { gen: 6 }, { type: 'news', echo }],
    ['same boot, lower gen', session, { gen: 4 }, { type: 'refused', reason: 'gen', echo }],
    ['other boot, higher gen, echo', session, { boot: other, gen: 6, seq: 1 }, { type: 'open', echo }],
    ['other boot, higher gen, none', session, { boot: other, gen: 6, echoes: [] }, { type: 'hello' }],
    ['other boot, same gen', session, { boot: other }, { type: 'refused', reason: 'same-name', echo }],
    [
      'other boot, same gen, none',
      session,
      { boot: other, echoes: [] },
      { type: 'refused', reason: 'same-name', echo: undefined },
    ],
    ['other boot, lower gen', session, { boot: other, gen: 4 }, { type: 'refused', reason: 'gen', echo }],
  ]
  test.each(rows)('%s', (_, known, changes, verdict) => {
    expect(judge(mine, known, datagram(changes))).toEqual(verdict)
  })
})

test('a recording cannot push out the candidate of the real start', () => {
  const real = candidateAfter(undefined, datagram({ gen: 9, boot: other }), 1)
  expect(candidateAfter(real, datagram({ gen: 8 }), 2)).toBe(real)
  expect(candidateAfter(real, datagram({ gen: 10 }), 2)).toMatchObject({ gen: 10, boot: session.boot })
})

test('the budget of answers comes back each second', () => {
  let spent = { sinceMs: Number.NEGATIVE_INFINITY, count: 0 }
  const take = (nowMs: number) => {
    const after = answer(spent, nowMs)
    spent = after ?? spent
    return after !== undefined
  }
  expect(Array.from({ length: 20 }, () => take(500)).filter(Boolean).length).toBe(mostAnswers)
  expect(take(1499)).toBe(false)
  expect(take(1500)).toBe(true)
})
