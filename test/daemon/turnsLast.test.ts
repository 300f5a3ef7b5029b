import { expect, test } from 'vitest'
import { turnsLast } from '../../src/daemon/turnsLast.ts'
import type { Event } from '../../src/events.ts'

test('what arrives together with a turn comes before it, and turns keep their order', async () => {
  const seen: string[] = []
  const post = turnsLast((event: Event) => seen.push('atMs' in event ? `${event.type} ${event.atMs}` : event.type))
  await new Promise<void>(done => {
    // Two pipes that can be read in the same round.
    setImmediate(() => {
      post({ type: 'turn', atMs: 1, lateMs: 0 })
      post({ type: 'turn', atMs: 2, lateMs: 0 })
      post({ type: 'ping', name: 'gateway', atMs: 0 })
      setImmediate(done)
    })
  })
  expect(seen).toEqual(['ping 0', 'turn 1', 'turn 2'])
})
