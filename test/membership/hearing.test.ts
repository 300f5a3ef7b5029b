import { describe, expect, test } from 'vitest'
import { hearing, type Word, wordAfter } from '../../src/membership/hearing.ts'
import type { NodeId } from '../../src/types.ts'
import { newWorld, timing, type World } from './beat-world.ts'

const pair = (): World => {
  const world = newWorld()
  world.start('alice')
  world.start('bob')
  return world
}
const words = (world: World, place: string): readonly Word[] => hearing(world.machine(place).state, world.nowMs).words

describe('the last word of a peer', () => {
  test('says whom it hears and how old that was', () => {
    const world = pair()
    world.run(5500)
    const [word] = words(world, 'alice')
    expect(word).toMatchObject({ node: 'bob', proven: true, ageMs: 499, hears: [{ node: 'alice' }] })
    expect(word!.hears![0]!.ageMs).toBe(1000 - world.delayMs) // both beat at the same instant
    expect(word!.forMs).toBeGreaterThan(4900)
  })

  test('goes on while it does not hear us, with what it then has', () => {
    const world = pair()
    world.run(5500)
    world.passes = from => from !== 'alice'
    world.run(20_000)
    expect(words(world, 'alice')[0]!.hears).toEqual([{ node: 'alice', ageMs: 19_999 }])
    expect(words(world, 'bob')[0]!.ageMs).toBe(20_499)
  })

  test('of one that has never heard us is kept unproven; what it heard of a former start is not us', () => {
    const world = pair()
    world.run(5500)
    world.passes = from => from !== 'alice'
    world.start('alice')
    world.run(5000)
    expect(words(world, 'alice')).toMatchObject([{ node: 'bob', proven: false, hears: [] }])
    world.passes = () => true
    world.run(2000)
    expect(words(world, 'alice')).toMatchObject([{ node: 'bob', proven: true, hears: [{ node: 'alice' }] }])
  })

  test('names nobody where its node list is another', () => {
    const world = newWorld()
    world.start('alice')
    world.start('bob', { nodes: ['alice', 'bob'] as NodeId[] })
    world.run(2500)
    const { state } = world.machine('alice')
    const datagram = { ...world.machine('bob').sent.at(-1)!.datagram, report: undefined }
    const lastWord = wordAfter(undefined, datagram, true, timing.warntimeMs, world.nowMs)
    const { words } = hearing({ ...state, peers: [{ ...state.peers[0]!, lastWord }] }, world.nowMs)
    expect(words).toEqual([{ node: 'bob', proven: true, ageMs: 0, forMs: 0 }])
  })

  test('a recording does not outshout fresh proven word; later it may be all there is', () => {
    const world = pair()
    world.run(2500)
    const recorded = world.machine('bob').sent[0]!.datagram
    const before = world.machine('alice').state.peers[0]!.lastWord!
    const afterMs = (ms: number) => wordAfter(before, recorded, false, timing.warntimeMs, before.atMs + ms)
    expect(afterMs(2999)).toBe(before)
    expect(afterMs(3000)).toMatchObject({ proven: false, atMs: before.atMs + 3000, sinceMs: before.atMs + 3000 })
  })

  test('a new start, or a gap, begins to count anew', () => {
    const world = pair()
    world.run(5500)
    world.kill('bob')
    world.run(1000)
    world.start('bob', { gen: 2 })
    world.run(1500)
    expect(words(world, 'alice')[0]!.forMs).toBeLessThan(1500)
    world.machine('bob').pausedUntilMs = world.nowMs + 4000
    world.run(6000)
    expect(words(world, 'alice')[0]!.forMs).toBeLessThan(2000)
  })
})
