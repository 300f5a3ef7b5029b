import { describe, expect, test } from 'vitest'
import { newHold } from '../../src/beat/holdLines.ts'
import type { FromBeat, WireHeard } from '../../src/beat/lines.ts'
import type { LinkName, NodeId } from '../../src/types.ts'

const word = (from: string, seq: number, more: Partial<WireHeard> = {}): FromBeat => ({
  type: 'heard',
  heard: {
    from: from as NodeId,
    gen: 1,
    boot: 'b1',
    seq,
    atMs: 1000 * seq,
    link: 'bcast eth0' as LinkName,
    managerAgeMs: 5,
    realtime: false,
    sameReport: true,
    ...more,
  },
})
const turn: FromBeat = { type: 'turn', atMs: 1, lateMs: 0 }
const warntimeMs = 3000

describe('words that say nothing new', () => {
  test('wait for the next line that does, and keep their order', () => {
    const hold = newHold()
    hold.calm(warntimeMs)
    hold.pass(word('n2', 1)) // its start was not known
    hold.pass(word('n3', 1))
    expect(hold.pass(word('n2', 2))).toEqual([])
    expect(hold.pass(word('n3', 2))).toEqual([])
    expect(hold.pass(turn)).toEqual([word('n2', 2), word('n3', 2), turn])
    expect(hold.pass(turn)).toEqual([turn])
  })

  test('nothing waits before the manager says so, and what waits comes when it says otherwise', () => {
    const hold = newHold()
    expect(hold.pass(word('n2', 1))).toHaveLength(1)
    expect(hold.pass(word('n2', 2))).toHaveLength(1)
    hold.calm(warntimeMs)
    expect(hold.pass(word('n2', 3))).toEqual([])
    expect(hold.calm(undefined)).toEqual([word('n2', 3)])
    expect(hold.pass(word('n2', 4))).toHaveLength(1)
  })

  test.each([
    ['another report', { sameReport: undefined }],
    ['another start of the node', { boot: 'b2' }],
    ['a manager that has not moved for warntime', { managerAgeMs: warntimeMs }],
  ])('%s is news', (_, more) => {
    const hold = newHold()
    hold.calm(warntimeMs)
    hold.pass(word('n2', 1))
    expect(hold.pass(word('n2', 2))).toEqual([])
    const news = word('n2', 3, more as Partial<WireHeard>)
    expect(hold.pass(news)).toEqual([word('n2', 2), news])
  })
})
