/** The arithmetic of double activity: what it overlooks would look like a safe product. */
import { describe, expect, test } from 'vitest'
import { activeOn, type Change, doubles, lengthUs } from './doubles.ts'

/** `on alpha web 5` or `off ...`, in ms. */
function changes(...lines: string[]): Change[] {
  return lines.map(line => {
    const [word, node = '', what = '', at] = line.split(' ')
    return { atMs: Number(at), what, node, on: word === 'on' }
  })
}

describe('double activity', () => {
  test('is none when one begins as the other ends', () => {
    expect(doubles(changes('on alpha web 1', 'off alpha web 5', 'on beta web 5'), 10)).toEqual([])
  })

  test('lasts from the second start to the first end, in any order of the records', () => {
    const seen = doubles(changes('off alpha web 7.25', 'on beta web 5', 'on alpha web 1'), 10)
    expect(seen).toEqual([{ what: 'web', nodes: ['alpha', 'beta'], fromMs: 5, toMs: 7.25 }])
    expect(lengthUs(seen)).toBe(2250)
  })

  test('that has not ended goes on until now', () => {
    expect(doubles(changes('on alpha web 1', 'on beta web 5'), 10)[0]).toMatchObject({ fromMs: 5, toMs: 10 })
  })

  test('names all who took part, and begins anew when it had ended', () => {
    const three = changes('on alpha web 1', 'on beta web 2', 'on gamma web 3', 'off beta web 4', 'off alpha web 6')
    const seen = doubles([...three, ...changes('on beta web 8', 'off gamma web 9')], 10)
    expect(seen.map(one => [one.nodes.join(), one.fromMs, one.toMs])).toEqual([
      ['alpha,beta,gamma', 2, 6],
      ['gamma,beta', 8, 9],
    ])
  })

  test('of different things is none, and what overlaps counts once', () => {
    expect(doubles(changes('on alpha web 1', 'on beta db 2'), 10)).toEqual([])
    const both = changes('on alpha web 1', 'on beta web 2', 'off beta web 5')
    const more = changes('on alpha db 1', 'on beta db 4', 'off beta db 7', 'on beta db 8', 'off beta db 9')
    expect(lengthUs(doubles([...both, ...more], 10))).toBe(6000)
  })

  test('a second start on the same node changes nothing', () => {
    const twice = changes('on alpha web 1', 'on alpha web 2', 'off alpha web 3', 'on beta web 4')
    expect(doubles(twice, 10)).toEqual([])
    expect(activeOn(twice, 'web')).toEqual(['beta'])
  })
})
