import { expect, test } from 'vitest'
import { holdMs, newHold } from '../../bench/peers/hold.ts'

function world() {
  let atMs = 0
  let later: { atMs: number; call: () => void }[] = []
  const delivered: string[] = []
  const soon: (() => void)[] = []
  const hold = newHold<string>({
    nowMs: () => atMs,
    after: (ms, call) => void later.push({ atMs: atMs + ms, call }),
    soon: call => void soon.push(call),
    isFromPeer: datagram => datagram.startsWith('peer'),
    deliver: datagram => void delivered.push(datagram),
  })
  return {
    hold,
    delivered,
    ringEarly(): void {
      for (const { call } of later.splice(0)) call()
    },
    turn: () => soon.shift()?.(),
    runMs(ms: number): void {
      atMs += ms
      const due = later.filter(one => one.atMs <= atMs)
      later = later.filter(one => one.atMs > atMs)
      for (const { call } of due) call()
    },
  }
}

test('without a verdict nothing waits', () => {
  const { hold, delivered } = world()
  hold.take('peer 1')
  hold.take('real 1')
  expect(delivered).toEqual(['peer 1', 'real 1'])
})

test('after a verdict the real node is heard first, then the peers, in their order and one at a time', () => {
  const { hold, delivered, runMs, turn } = world()
  hold.begin()
  for (const one of ['peer 1', 'peer 2', 'real 1', 'peer 3']) hold.take(one)
  expect(delivered).toEqual(['real 1'])
  runMs(holdMs)
  expect(delivered).toEqual(['real 1', 'peer 1'])
  hold.take('peer 4') // must not overtake
  hold.take('real 2')
  for (let i = 0; i < 4; i++) turn()
  expect(delivered).toEqual(['real 1', 'peer 1', 'real 2', 'peer 2', 'peer 3', 'peer 4'])
  hold.take('peer 5')
  expect(delivered.at(-1)).toBe('peer 5')
})

test('a timer that comes early loses nothing', () => {
  const { hold, delivered, runMs, ringEarly } = world()
  hold.begin()
  hold.take('peer 1')
  runMs(holdMs - 0.5)
  ringEarly()
  expect(delivered).toEqual([])
  runMs(1)
  expect(delivered).toEqual(['peer 1'])
})

test('another verdict makes them wait longer', () => {
  const { hold, delivered, runMs } = world()
  hold.begin()
  hold.take('peer 1')
  runMs(holdMs - 1)
  hold.begin()
  runMs(1)
  expect(delivered).toEqual([])
  runMs(holdMs)
  expect(delivered).toEqual(['peer 1'])
})
