import { beforeEach, describe, expect, test } from 'vitest'
import { longLived } from '../../src/agents/longLived.ts'
import { type FakeClock, fakeChildren, fakeClock } from './fakes.ts'

let clock: FakeClock
beforeEach(() => {
  clock = fakeClock()
})
const isEnd = (line: string): boolean => line === 'end'

describe('ask', () => {
  test('collects lines up to the last; questions wait their turn', async () => {
    const children = fakeChildren((text, events) => {
      events.complaint('hm')
      for (const line of [text, 'end']) events.line(line)
    })
    const child = longLived({ file: 'x', args: [], clock, spawnChild: children.spawn })
    const answers = await Promise.all([child.ask('one', isEnd), child.ask('two', isEnd)])
    expect(answers).toEqual([
      { lines: ['one', 'end'], complaints: ['hm'] },
      { lines: ['two', 'end'], complaints: ['hm'] },
    ])
    expect(children.starts).toBe(1)
  })

  test('a fresh one takes over after so many answers, without a question in between', async () => {
    const children = fakeChildren((_, events) => events.line('end'))
    const child = longLived({ file: 'x', args: [], clock, spawnChild: children.spawn, freshAfter: 3 })
    for (let i = 0; i < 3; i += 1) await child.ask('one', isEnd)
    expect(children.starts).toBe(2)
    expect(children.kills).toBe(1)
    expect(await child.ask('two', isEnd)).toEqual({ lines: ['end'], complaints: [] })
    expect(children.starts).toBe(2)
  })

  test('kills a child that is silent, and a late word of it is not taken for an answer', async () => {
    const children = fakeChildren(() => {})
    const child = longLived({ file: 'x', args: [], clock, spawnChild: children.spawn })
    const first = child.ask('one', isEnd)
    await clock.advance(250)
    expect(await first).toEqual({ noAnswer: 'x did not answer within 200 ms, killed' })
    const dead = children.events
    const second = child.ask('two', isEnd)
    await clock.advance(10)
    dead?.line('end')
    await clock.advance(250)
    expect(await second).toEqual({ noAnswer: expect.stringContaining('did not answer') })
    expect(children.kills).toBe(2)
  })

  test('an answer that lay waiting while we were late counts', async () => {
    const children = fakeChildren(() => {})
    const child = longLived({ file: 'x', args: [], clock, spawnChild: children.spawn })
    const asked = child.ask('one', isEnd)
    await clock.advance(185) // the first look is over
    children.events?.line('end')
    expect(await asked).toEqual({ lines: ['end'], complaints: [] })
    await clock.advance(500)
    expect(children.kills).toBe(0)
  })

  test('a child that ends is no answer; starts are limited', async () => {
    const children = fakeChildren((_, events) => events.ended('ended with exit code 1', false))
    const child = longLived({ file: 'x', args: [], clock, spawnChild: children.spawn })
    for (let i = 0; i < 8; i += 1) await child.ask('one', isEnd)
    expect(children.starts).toBe(5)
    expect(await child.ask('one', isEnd)).toEqual({ noAnswer: expect.stringContaining('waiting a second') })
    await clock.advance(1_000)
    expect(await child.ask('one', isEnd)).toEqual({ noAnswer: 'x ended with exit code 1' })
    expect(children.starts).toBe(6)
  })

  test('one that is not installed is not tried again', async () => {
    const children = fakeChildren((_, events) => events.ended('spawn x ENOENT', true))
    const child = longLived({ file: 'x', args: [], clock, spawnChild: children.spawn })
    await child.ask('one', isEnd)
    expect(await child.ask('one', isEnd)).toEqual({ noAnswer: 'x is not installed' })
    expect(children.starts).toBe(1)
    expect(child.missing).toBe(true)
  })
})

describe('always', () => {
  test('starts again when it ends, at most once a second in the long run', async () => {
    const children = fakeChildren(() => {})
    const ends: string[] = []
    const child = longLived({
      file: 'x',
      args: [],
      clock,
      spawnChild: children.spawn,
      always: true,
      onEnd: why => void ends.push(why),
    })
    child.wake()
    for (let i = 0; i < 200; i += 1) {
      children.events?.ended('fell', false)
      await clock.advance(50)
    }
    expect(children.starts).toBeGreaterThanOrEqual(5 + 9)
    expect(children.starts).toBeLessThanOrEqual(5 + 11)
    expect(ends.length).toBeLessThanOrEqual(children.starts)
    child.close()
    const { starts } = children
    await clock.advance(5_000)
    expect(children.starts).toBe(starts)
  })

  test('lines that come unasked are passed on', async () => {
    const children = fakeChildren(() => {})
    const lines: string[] = []
    const child = longLived({
      file: 'x',
      args: [],
      clock,
      spawnChild: children.spawn,
      onLine: line => void lines.push(line),
    })
    child.wake()
    children.events?.line('news')
    expect(lines).toEqual(['news'])
  })
})
