/** Nodes of neighbouring versions: each reads what the other writes, whoever is upgraded or goes back first. */
import { describe, expect, test } from 'vitest'
import { spoken, versionByte, versionsOf, type Wire, wire } from '../../src/membership/wire.ts'
import { eth0, newWorld, type World } from './beat-world.ts'

const old: Wire = { oldest: 1, newest: 1 }
const next: Wire = { oldest: 1, newest: 2 }

/** Who reads what, as `decode` does: what is refused never reaches the beat. Returns what was refused. */
function mixed(world: World, versions: Record<string, Wire>): { at: number; to: string }[] {
  const refused: { at: number; to: string }[] = []
  world.passes = (_, to, __, { version }) => {
    const reads = versions[to] ?? wire
    const isRead = version >= reads.oldest && version <= reads.newest
    if (!isRead) refused.push({ at: world.nowMs, to })
    return isRead
  }
  return refused
}
const latest = (world: World, place: string) => world.machine(place).sent.at(-1)!.datagram

describe('the version that is written', () => {
  test('is the newest that all read, and never one that we do not know', () => {
    const peers = (...reads: number[]) => reads.map(one => ({ reads: one }))
    expect(spoken(next, peers())).toBe(2)
    expect(spoken(next, peers(2, 1, 3))).toBe(1)
    expect(spoken(next, peers(3, 7))).toBe(2)
    expect(spoken({ oldest: 2, newest: 3 }, peers(1))).toBe(2)
  })

  test('fits with the other one into one byte', () => {
    for (let reads = 1; reads < 16; reads++)
      for (let version = 1; version <= reads; version++)
        expect(versionsOf(versionByte(reads, version))).toEqual({ reads, version })
  })

  test('of this build: the one before is still read', () => {
    expect(wire.newest - wire.oldest).toBeLessThanOrEqual(1)
    expect(wire.newest).toBeLessThan(16)
  })
})

describe('an upgrade, one node after the other', () => {
  test('no heartbeat is refused, and the new version is spoken when both have it', () => {
    const world = newWorld()
    const versions = { alice: old, bob: old }
    const refused = mixed(world, versions)
    world.start('alice', { wire: old })
    world.start('bob', { wire: old })
    world.run(5_500)
    for (const [gen, place, written] of [
      [2, 'bob', 1],
      [2, 'alice', 2],
    ] as const) {
      world.kill(place)
      versions[place] = next
      world.run(500)
      world.start(place, { wire: next, gen })
      world.run(3_000)
      expect([latest(world, 'alice').version, latest(world, 'bob').version]).toEqual([written, written])
      expect(world.lastHeard('alice')!.atMs).toBeGreaterThan(world.nowMs - 1_500)
      expect(world.lastHeard('bob')!.atMs).toBeGreaterThan(world.nowMs - 1_500)
    }
    expect(refused).toEqual([])
  })

  test('back again: one round trip after the old one is up, it is spoken to in its version', () => {
    const world = newWorld()
    const versions = { alice: next, bob: next }
    const refused = mixed(world, versions)
    world.start('alice', { wire: next })
    world.start('bob', { wire: next })
    world.run(5_500)
    expect(latest(world, 'alice').version).toBe(2)
    world.kill('bob')
    versions.bob = old
    world.run(250)
    world.start('bob', { wire: old, gen: 2 })
    const upMs = world.nowMs
    world.run(3_000)
    expect(latest(world, 'alice')).toMatchObject({ version: 1, reads: 2 })
    expect(world.lines('bob', 'heard')[0]!.heard.atMs).toBeLessThanOrEqual(upMs + 4)
    expect(refused.filter(({ at }) => at > upMs + 4)).toEqual([])
  })

  test('a node that is off keeps the others at the version that it may come back with', () => {
    const world = newWorld()
    const nodes = ['alice', 'bob', 'carol'] as never
    world.start('alice', { wire: next, nodes })
    world.start('bob', { wire: next, nodes })
    world.run(5_500)
    expect(latest(world, 'alice')).toMatchObject({ version: 1, reads: 2 })
  })

  test('a recording may make us speak the older version for a moment, never the newer one', () => {
    const world = newWorld()
    world.start('alice', { wire: next })
    world.start('bob', { wire: old })
    world.run(2_500)
    const stale = { ...latest(world, 'bob'), boot: 'f'.repeat(32), gen: 0, echoes: [], reads: 2 }
    for (let times = 0; times < 20; times++) world.post('alice', { type: 'datagram', datagram: stale, link: eth0 })
    world.run(1_000)
    expect(world.machine('alice').sent.map(({ datagram }) => datagram.version)).not.toContain(2)
  })
})
