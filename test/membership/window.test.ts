import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { newPath, pass, silentFor } from '../../src/membership/path.ts'
import { nothingSent, send, sentAtMs } from '../../src/membership/sent.ts'
import { arrive, openWindow, type Window, windowWidth } from '../../src/membership/window.ts'
import type { LinkName } from '../../src/types.ts'

describe('the window', () => {
  const play = (window: Window, seqs: readonly number[]) =>
    seqs.map(seq => {
      const [next, arrival] = arrive(window, seq)
      window = next
      return arrival
    })

  test('next, copy, late, late again', () => {
    expect(play(openWindow(1), [2, 2, 5, 3, 3, 4, 4, 1])).toEqual([
      'next',
      'copy',
      'next',
      'late',
      'copy',
      'late',
      'copy',
      'copy',
    ])
  })

  test('what is further back than the window is old', () => {
    expect(play(openWindow(1), [3, windowWidth + 2, 2])).toEqual(['next', 'next', 'old'])
    expect(play(openWindow(1), [3, windowWidth + 1, 2])).toEqual(['next', 'next', 'late'])
  })

  property.prop([fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 200 })])(
    'is the set of the seqs that have come',
    seqs => {
      const seen = new Set([1])
      let window = openWindow(1)
      for (const seq of seqs) {
        const newest = Math.max(...seen)
        const [next, arrival] = arrive(window, seq)
        expect(arrival).toBe(seq > newest ? 'next' : seen.has(seq) ? 'copy' : 'late')
        seen.add(seq)
        window = next
      }
    },
  )

  test('every second one lost for ever: memory stays bounded', () => {
    let window = openWindow(1)
    for (let seq = 3; seq < 20_000; seq += 2) window = arrive(window, seq)[0]
    expect(window.holes.length).toBeLessThan(80)
  })
})

describe('a path', () => {
  const eth0 = 'bcast eth0' as LinkName

  test('counts loss, lateness, copies and gaps', () => {
    const arrivals: [seq: number, atMs: number][] = [
      [7, 100],
      [8, 200],
      [11, 500],
      [10, 510],
      [11, 520],
    ]
    const path = arrivals.reduce((before, [seq, atMs]) => pass(before, seq, atMs), newPath(eth0))
    expect(path).toMatchObject({ up: true, received: 5, copies: 1, lost: 1, longestGapMs: 300, lastAtMs: 510 })
    expect(silentFor(path, 1000, 1509)).toBe(false)
    expect(silentFor(path, 1000, 1510)).toBe(true)
  })

  test('a recording that is replayed does not bring a dead link up', () => {
    const dead = { ...pass(newPath(eth0), 7, 100), up: false }
    expect(pass(dead, 7, 5_000)).toMatchObject({ up: false, lastAtMs: 100, copies: 1 })
    expect(pass(dead, 8, 5_000)).toMatchObject({ up: true, lastAtMs: 5_000 })
  })
})

describe('what I sent', () => {
  test('the last 128 can be looked up, what was never sent cannot', () => {
    let sent = nothingSent
    expect(sentAtMs(sent, 0)).toBeUndefined()
    for (let seq = 1; seq <= 1000; seq += 1) sent = send(sent, seq * 10, true)
    for (let seq = 1000; seq > 1000 - 128; seq -= 1) expect(sentAtMs(sent, seq)).toBe(seq * 10)
    expect(sentAtMs(sent, 1001)).toBeUndefined()
    expect(sentAtMs(sent, 500)).toBeUndefined()
    expect(sent.newer.length + sent.older.length).toBeLessThanOrEqual(256)
  })
})
