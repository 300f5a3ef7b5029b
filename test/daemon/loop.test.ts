import { expect, test } from 'vitest'
import { type Loop, startLoop } from '../../src/daemon/loop.ts'
import type { Effect } from '../../src/events.ts'
import { newCore } from './cores.ts'

function start(perform: (effect: Effect, loop: () => Loop) => void = () => {}) {
  const wakes: { atMs: number; wake: () => void; cancelled: boolean }[] = []
  const rounds: number[] = []
  const clock = {
    nowMs: () => 100_000,
    wakeAt(atMs: number, wake: () => void) {
      const one = { atMs, wake, cancelled: false }
      wakes.push(one)
      return () => {
        one.cancelled = true
      }
    },
  }
  const performed: Effect[] = []
  const loop: Loop = startLoop(
    newCore().cluster(),
    clock,
    effect => {
      performed.push(effect)
      perform(effect, () => loop)
    },
    () => rounds.push(performed.length),
  )
  return { loop, wakes, rounds, performed }
}

test('one timer at a time, moved only to come earlier', () => {
  const { loop, wakes } = start()
  loop.post({ type: 'tick' })
  const [first] = wakes
  loop.post({ type: 'tick' })
  expect(wakes.map(({ cancelled }) => cancelled)).toEqual([false])
  expect(first!.atMs).toBeGreaterThan(100_000)
  loop.replace(c => ({ ...c, disk: { ...c.disk, asked: undefined, writable: false } })) // tried again soon
  expect(wakes.map(({ cancelled }) => cancelled)).toEqual([true, false])
  expect(wakes[1]!.atMs).toBeLessThan(first!.atMs)
})

test('a timer that came too early looks again, and is no event', () => {
  const { loop, wakes, rounds } = start()
  loop.post({ type: 'tick' })
  wakes[0]!.wake()
  expect(rounds).toHaveLength(1)
  expect(wakes.map(({ atMs }) => atMs)).toEqual([wakes[0]!.atMs, wakes[0]!.atMs])
})

test('what is posted while an effect is performed waits its turn, in the same round', () => {
  const order: string[] = []
  const { loop, rounds } = start((effect, current) => {
    order.push(effect.type)
    if (effect.type === 'answer') current().post({ type: 'leave' })
  })
  loop.post({ type: 'order', id: 1, order: { verb: 'clear' } })
  expect(order.slice(0, 2)).toEqual(['note', 'answer'])
  expect(order.length).toBeGreaterThan(2) // of the leave
  expect(rounds).toHaveLength(1)
})

test('after stop nothing happens any more', () => {
  const { loop, wakes, performed } = start()
  loop.post({ type: 'tick' })
  loop.stop()
  const before = performed.length
  loop.post({ type: 'leave' })
  expect([performed.length, wakes.at(-1)!.cancelled]).toEqual([before, true])
})
