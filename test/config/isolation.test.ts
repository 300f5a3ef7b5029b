import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { goodHaCf, read } from './reading.ts'

const rest = goodHaCf.replace(/^(keepalive|deadtime|node) .*\n/gm, '')
const two = 'node alpha beta\nping 10.0.0.254\n'
const three = 'node alpha beta gamma\nspare beta\n'

const problemsOf = (...lines: string[]) => read({ haCf: `${rest}${lines.join('\n')}\n` }).problems
const tooLate = (...lines: string[]) => problemsOf(...lines).find(({ code }) => code === 'HA127')

describe('an isolated node lets go in time', () => {
  test.each([two, three])('warntime + 2 keepalives + 200 ms < deadtime: %j', nodes => {
    const at = (warntime: string) => tooLate(nodes, 'keepalive 1', `warntime ${warntime}`, 'deadtime 10')
    expect(at('7799ms')).toBeUndefined()
    expect(at('7800ms')).toMatchObject({
      level: 'error',
      text: 'a node that is cut off would let go too late: warntime 7800 ms + 2 * keepalive 1 s + 200 ms = 10 s, and deadtime is 10 s',
      fix: 'write warntime 7, or deadtime 11',
    })
  })

  test.each(['node alpha beta', 'node alpha', 'node alpha\nping 10.0.0.254'])('not asked of: %j', nodes => {
    expect(tooLate(nodes, 'keepalive 1', 'warntime 9', 'deadtime 10')).toBeUndefined()
  })

  test('a warntime that follows from the deadtime is told there', () => {
    const at = (deadtime: string) => tooLate(two, 'keepalive 1', `deadtime ${deadtime}`)
    expect(at('4402ms')).toBeUndefined()
    expect(at('4400ms')).toMatchObject({ column: 10, fix: 'write warntime 2, or deadtime 5' })
    expect(at('3200ms')).toMatchObject({ fix: 'write deadtime 5' }) // no warntime is longer than keepalive and short enough
  })

  test('other mistakes of the times are told alone', () => {
    expect(tooLate(two, 'keepalive 1', 'deadtime 2')).toBeUndefined()
    expect(tooLate(two, 'keepalive 1', 'deadtime 10', 'warntime 10')).toBeUndefined()
    expect(tooLate(two, 'keepalive 5', 'deadtime 11', 'warntime 5')).toBeUndefined()
  })

  const time = fc.integer({ min: 1, max: 20_000 })
  property.prop([time, time, time, fc.boolean(), fc.constantFrom(two, three)])(
    'what it says to write is right, and whatever is not refused fits',
    (keepalive, more, before, written, nodes) => {
      const deadtime = 2 * keepalive + more
      const warntime = Math.max(keepalive + 1, deadtime - before)
      const lines = [`keepalive ${keepalive}ms`, `deadtime ${deadtime}ms`]
      const problem = tooLate(nodes, ...lines, ...(written ? [`warntime ${warntime}ms`] : []))
      const effective = written ? warntime : Math.ceil(deadtime / 2)
      if (effective >= deadtime || effective <= keepalive) return
      expect(problem !== undefined).toBe(effective + 2 * keepalive + 200 >= deadtime)
      for (const [, line = ''] of problem?.fix.matchAll(/(warntime \w+|deadtime \w+)/g) ?? []) {
        const kept = written ? [...lines, `warntime ${warntime}ms`] : lines
        const mended = [...kept.filter(other => other.split(' ')[0] !== line.split(' ')[0]), line]
        const errors = problemsOf(nodes, ...mended).filter(({ level }) => level === 'error')
        expect(errors).toEqual([])
      }
    },
  )
})

test('without a lease the warning is about a node that is cut off too', () => {
  const why = (nodes: string) =>
    problemsOf(nodes, 'keepalive 1', 'deadtime 6').find(({ code }) => code === 'HA125')?.why
  expect(why(two)).toContain('hangs on a node that is cut off')
  expect(why('node alpha beta')).not.toContain('cut off')
})
