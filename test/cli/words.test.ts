import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { clean, list, span, wrap } from '../../src/cli/words.ts'

describe('span', () => {
  test.each([
    [-1, '0.0 s'],
    [0.31, '0.3 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min'],
    [3569, '59 min'],
    [3599, '1 h'],
    [11_520, '3 h 12 min'],
    [86_399, '1 d'],
    [273_600, '3 d 4 h'],
  ])('%d', (seconds, text) => expect(span(seconds)).toBe(text))
})

test('list', () => {
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(list)).toEqual(['', 'a', 'a and b', 'a, b and c'])
})

prop.prop([fc.string({ maxLength: 200 }), fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 })])(
  'wrap loses nothing and keeps within its room',
  (text, width, first) => {
    const lines = wrap(text, width, first)
    for (const [i, line] of lines.entries()) expect(line.length).toBeLessThanOrEqual(i === 0 ? first : width)
    expect(lines.join('').replaceAll(' ', '')).toBe(clean(text).replaceAll(' ', ''))
  },
)
