import { expect, test } from 'vitest'
import { plot, replaceMarked } from '../../bench/plot.ts'

const small = { xLabel: 'nodes', width: 9, height: 5 }

test('curves begin at zero and keep their proportions', () => {
  const curves = [
    { mark: 'a', label: 'one', points: [[2, 1] as const, [4, 2] as const] },
    { mark: 'b', label: 'ten', points: [[4, 4] as const] },
  ]
  expect(plot(curves, small)).toEqual([
    '4 |        b',
    '  |',
    '  |        a',
    '  |    a',
    '0 |',
    '  +---------',
    '       2   4  nodes',
    '   a  one',
    '   b  ten',
  ])
})

test('a limit is drawn and named, above all curves or among them', () => {
  const below = plot([{ mark: 'a', label: 'one', points: [[4, 1]] }], { ...small, limit: { y: 2, label: 'most' } })
  expect(below.slice(0, 3)).toEqual(['2 |- - - - -', '  |', '  |        a'])
  expect(below.at(-1)).toBe('   -  most')
  const among = plot([{ mark: 'a', label: 'one', points: [[4, 4]] }], { ...small, limit: { y: 2, label: 'most' } })
  expect(among.slice(0, 3)).toEqual(['4 |        a', '  |', '2 |- - - - -'])
})

test('only what stands between the marks is replaced', () => {
  const page = 'before\n<!-- x -->\nold\n<!-- end of x -->\nafter\n'
  const now = replaceMarked(page, 'x', 'new')
  expect(now).toBe('before\n<!-- x -->\n\nnew\n\n<!-- end of x -->\nafter\n')
  expect(replaceMarked(now, 'x', 'new')).toBe(now)
  expect(() => replaceMarked(page, 'y', 'new')).toThrow('<!-- y -->')
})
