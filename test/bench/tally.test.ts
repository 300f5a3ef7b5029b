import { describe, expect, test } from 'vitest'
import { unrest } from '../../bench/ground.ts'
import type { Status } from '../../bench/product.ts'
import { rounds } from '../../bench/rounds.ts'
import { tally, told } from '../../bench/tally.ts'

const wrong = (row: { ms?: unknown }) => (Number(row.ms) > 50 ? 'late' : undefined)

describe('a tally', () => {
  test('counts what was right, and keeps every round that was not, with its figures', () => {
    const found = tally([{ ms: 3 }, { ms: 60 }, { ms: 5 }], wrong)
    expect(found).toMatchObject({ rounds: 3, right: 2, figures: { ms: { n: 3, median: 5, min: 3, max: 60 } } })
    expect(found.failures).toEqual(['round 2: late: {"ms":60}'])
  })

  test('does not count a round without an end, and still fails', () => {
    const found = tally([{ ms: 3 }], wrong, ['came to no end: waited in vain'])
    expect(found).toMatchObject({ rounds: 1, right: 1, failures: ['came to no end: waited in vain'] })
  })

  test('is told in a line of a table, failures below', () => {
    expect(told('detection', tally([{ late_ms: 3 }, { late_ms: 4 }], wrong))).toBe(
      '| detection | 2 of 2 | late ms 3.5 [3..4] |',
    )
    expect(told('x', tally([{ ms: 70 }], wrong)).split('\n')).toEqual([
      '| x | 0 of 1 | ms 70 |',
      'FAILED x round 1: late: {"ms":70}',
    ])
  })
})

describe('what counts as a success', () => {
  const judge = (name: string, row: Record<string, number>) => rounds[name]!.wrong(row)

  test('detection: within 50 ms after deadtime and never before it, by its own stamps and by the wire', () => {
    const row = (own: number, wire: number) => ({ after_deadtime_ms: own, after_deadtime_by_wire_ms: wire })
    expect(judge('detection', row(0, -0.3))).toBeUndefined()
    expect(judge('detection', row(50, 50))).toBeUndefined()
    expect(judge('detection', row(-0.1, 0))).toContain('-0.1 ms')
    expect(judge('detection', row(50.1, 49))).toContain('50.1 ms')
    expect(judge('detection', row(10, -2.1))).toContain('wire')
    expect(judge('detection', row(10, 51))).toContain('wire')
    expect(judge('detection', row(10, Number.NaN))).toContain('wire')
  })

  test('a dead peer, with ask: at deadtime plus two keepalives at the latest', () => {
    const row = (own: number, wire: number) => ({ after_deadtime_ms: own, after_deadtime_by_wire_ms: wire })
    expect(judge('deadPeer', row(400, 400))).toBeUndefined()
    expect(judge('deadPeer', row(401, 400))).toContain('401 ms')
    expect(judge('deadPeer', row(400, 401))).toContain('wire')
    expect(judge('deadPeer', row(-1, 0))).toContain('-1 ms')
  })

  test('a holder that is cut off: gone before it is taken, never on both, and nothing after the heal', () => {
    const good = { margin_ms: 900, both_ms: 0, moves_after_heal: 0, answered_by_both: 0 }
    expect(judge('cutOff', good)).toBeUndefined()
    expect(judge('cutOff', { ...good, margin_ms: 0 })).toContain('let go 0 ms')
    expect(judge('cutOff', { ...good, margin_ms: Number.NEGATIVE_INFINITY })).toContain('let go')
    expect(judge('cutOff', { ...good, both_ms: 0.1 })).toContain('both')
    expect(judge('cutOff', { ...good, answered_by_both: 1 })).toContain('both')
    expect(judge('cutOff', { ...good, moves_after_heal: 1 })).toContain('after the cut')
  })

  test('the link alone is cut: no move, nobody isolated, no change of the address', () => {
    const good = { moves: 0, isolated: 0, changes: 0, answered_by_both: 0 }
    expect(judge('linkCut', good)).toBeUndefined()
    for (const key of Object.keys(good)) expect(judge('linkCut', { ...good, [key]: 1 }), key).toBeDefined()
  })
})

test('a node is at rest when all are up, every group runs where it belongs, and ping nodes answer', () => {
  const status: Status = {
    headline: '',
    beat: { lateMaxMs: 0 },
    nodes: [
      { name: 'alpha', state: 'up' },
      { name: 'beta', state: 'up' },
    ],
    groups: [{ name: 'web', owner: 'alpha', state: 'running', on: ['alpha'] }],
    pings: [{ state: 'up' }],
  }
  const [group] = status.groups
  expect(unrest(status, 2)).toBeUndefined()
  expect(unrest(undefined, 2)).toBe('no answer')
  expect(unrest(status, 3)).toBe('2 of 3 nodes up')
  expect(unrest({ ...status, groups: [{ ...group!, state: 'starting' }] }, 2)).toBe('web is starting on alpha')
  expect(unrest({ ...status, groups: [{ ...group!, on: ['alpha', 'beta'] }] }, 2)).toContain('alpha and beta')
  expect(unrest({ ...status, groups: [{ ...group!, on: ['beta'] }] }, 2)).toContain('on beta')
  expect(unrest({ ...status, pings: [{ state: 'dead' }] }, 2)).toContain('ping')
})
