import { describe, expect, test } from 'vitest'
import { hearingOf } from '../../src/daemon/hearing.ts'
import type { HearingStatus } from '../../src/daemon/protocol.ts'
import { hearing } from '../../src/membership/hearing.ts'
import type { NodeId } from '../../src/types.ts'
import { newWorld, timing, type World } from '../membership/beat-world.ts'

const names = ['alice', 'bob', 'carol', 'dave'] as NodeId[]

/** That many beats that have heard each other for long. */
function cluster(size: number): World {
  const world = newWorld()
  for (const place of names.slice(0, size)) world.start(place, { nodes: names.slice(0, size) })
  world.run(20_500)
  return world
}

function seenBy(world: World, self: string, warntimeMs = timing.warntimeMs): HearingStatus {
  const { state } = world.machine(self)
  const heard = JSON.parse(JSON.stringify(hearing(state, world.nowMs)))
  const nodes = state.config!.nodes
  return hearingOf({
    self: self as NodeId,
    nodes,
    timing: { ...timing, warntimeMs },
    forMs: world.nowMs,
    hearing: heard,
    ears: { device: 'eth0', port: 694 },
  })
}
/** One line a row: `alice: bob hears, carol deaf`, or `dave: ?`. */
const told = ({ rows }: HearingStatus): string[] =>
  rows.map(
    ({ listener, known, hears }) =>
      `${listener}: ${known ? hears.map(({ node, state }) => `${node} ${state}`).join(', ') : '?'}`,
  )
const cuts = ({ cuts }: HearingStatus): string[] =>
  cuts.map(({ kind, deaf, unheard }) => `${kind} ${deaf.join('+')} < ${unheard.join('+')}`)

/** Cuts one direction. */
const cut = (world: World, ...ways: readonly string[]): void => {
  world.passes = (from, to) => !ways.includes(`${from}>${to}`)
}

describe('who hears whom', () => {
  test('all hear all', () => {
    const seen = seenBy(cluster(3), 'alice')
    expect(told(seen)).toEqual([
      'alice: bob hears, carol hears',
      'bob: alice hears, carol hears',
      'carol: alice hears, bob hears',
    ])
    expect(seen.cuts).toEqual([])
    expect(seen.rows[0]!.hears[0]!.lastS).toBeCloseTo(0.5, 1)
  })

  test('a one-way cut is late first, and named as such after deadtime', () => {
    const world = cluster(2)
    cut(world, 'alice>bob')
    world.run(5000)
    expect(told(seenBy(world, 'alice'))).toEqual(['alice: bob hears', 'bob: alice late'])
    expect(seenBy(world, 'alice').cuts).toEqual([])
    world.run(7000)
    const seen = seenBy(world, 'alice')
    expect(told(seen)).toEqual(['alice: bob hears', 'bob: alice deaf'])
    expect(seen.cuts).toMatchObject([
      { kind: 'one-way', text: 'bob does not hear alice, though alice hears bob: a one-way cut' },
    ])
    expect(seen.cuts[0]!.fix).toMatch(/what leaves alice, .*what reaches bob .*tcpdump -ni eth0 udp port 694/)
    // Nothing of alice arrives there: for bob it may as well be dead.
    expect(told(seenBy(world, 'bob'))).toEqual(['alice: ?', 'bob: alice silent'])
    expect(seenBy(world, 'bob').cuts).toEqual([])
  })

  test('a third node tells the deaf side that the other lives', () => {
    const world = cluster(3)
    cut(world, 'alice>bob')
    world.run(12_000)
    expect(cuts(seenBy(world, 'alice'))).toEqual(['one-way bob < alice'])
    expect(cuts(seenBy(world, 'carol'))).toEqual(['one-way bob < alice'])
    const seen = seenBy(world, 'bob')
    expect(told(seen)).toEqual(['alice: ?', 'bob: alice deaf, carol hears', 'carol: alice hears, bob hears'])
    expect(seen.cuts).toMatchObject([
      { kind: 'untold', text: expect.stringMatching(/^bob does not hear alice, though it lives, for carol hears it/) },
    ])
  })

  test('a cut both ways between two that a third hears', () => {
    const world = cluster(3)
    cut(world, 'alice>bob', 'bob>alice')
    world.run(12_000)
    expect(cuts(seenBy(world, 'carol'))).toEqual(['both-ways alice < bob'])
    expect(cuts(seenBy(world, 'alice'))).toEqual(['untold alice < bob'])
  })

  test('a node that nobody hears, and one that hears nobody, is named once', () => {
    const mute = cluster(4)
    cut(mute, 'alice>bob', 'alice>carol', 'alice>dave')
    mute.run(12_000)
    const [heardByNone] = seenBy(mute, 'alice').cuts
    expect(cuts(seenBy(mute, 'alice'))).toEqual(['one-way bob+carol+dave < alice'])
    expect(heardByNone!.text).toBe('bob, carol and dave do not hear alice, though alice hears them: a one-way cut')
    expect(heardByNone!.fix).toMatch(/^look at what leaves alice/)
    const deaf = cluster(4)
    cut(deaf, 'bob>alice', 'carol>alice', 'dave>alice')
    deaf.run(12_000)
    const [hearsNone] = seenBy(deaf, 'bob').cuts
    expect(hearsNone!.text).toBe('alice does not hear bob, carol and dave, though they hear alice: a one-way cut')
    expect(hearsNone!.fix).toMatch(/^look at what reaches alice/)
  })

  test('one that never heard us since our start: the firewall that was wrong from the beginning', () => {
    const world = newWorld()
    cut(world, 'alice>bob')
    for (const place of ['alice', 'bob']) world.start(place)
    world.run(9_000)
    expect(cuts(seenBy(world, 'alice'))).toEqual([])
    world.run(3_000)
    expect(cuts(seenBy(world, 'alice'))).toEqual(['one-way bob < alice'])
  })
})

describe('what is no cut', () => {
  test('a death, at whatever instant one looks and whichever datagram was the last', () => {
    for (const lastTo of ['alice', 'bob', 'nobody']) {
      const world = cluster(4)
      world.passes = (from, to) => from !== 'dave' || to === lastTo
      world.run(1900)
      world.kill('dave')
      for (let ms = 0; ms < 20_000; ms += 100) {
        world.run(100)
        for (const self of ['alice', 'bob', 'carol']) {
          expect(seenBy(world, self).cuts).toEqual([])
          expect(seenBy(world, self, 9_900).cuts).toEqual([])
        }
      }
      expect(told(seenBy(world, 'alice'))[0]).toBe('alice: bob hears, carol hears, dave silent')
    }
  })

  test('a start, a restart and a pause', () => {
    const world = cluster(3)
    const look = (ms: number, ...from: readonly string[]): void => {
      for (let at = 0; at < ms; at += 100) {
        world.run(100)
        for (const self of from) expect(seenBy(world, self).cuts).toEqual([])
      }
    }
    world.kill('carol')
    look(15_000, 'alice', 'bob')
    world.start('carol', { nodes: names.slice(0, 3), gen: 2 })
    look(3_000, 'alice', 'bob', 'carol')
    world.machine('bob').pausedUntilMs = world.nowMs + 15_000
    look(15_000, 'alice', 'carol')
    look(15_000, 'alice', 'bob', 'carol')
  })

  test('another node list: whom it hears cannot be read', () => {
    const world = cluster(2)
    const { state } = world.machine('alice')
    const [word] = hearing(state, world.nowMs).words
    const words = [{ node: word!.node, proven: true, ageMs: 0, forMs: 20_000 }]
    const ears = { device: 'eth0', port: 694 }
    const seen = hearingOf({
      self: names[0]!,
      nodes: names.slice(0, 2),
      timing,
      forMs: 20_000,
      hearing: { awakeMs: null, words },
      ears,
    })
    expect(told(seen)).toEqual(['alice: bob hears', 'bob: ?'])
  })

  test('a deadtime beyond the oldest age that fits into a heartbeat', () => {
    const slow = { keepaliveMs: 20_000, warntimeMs: 60_000, deadtimeMs: 200_000, initdeadMs: 200_000 }
    const words = [{ node: names[1]!, proven: true, ageMs: 0, forMs: 1e6, hears: [{ node: names[0]!, ageMs: 65_535 }] }]
    const about = {
      self: names[0]!,
      nodes: names.slice(0, 2),
      forMs: 1e6,
      hearing: { awakeMs: null, words },
      ears: { device: 'eth0', port: 694 },
    }
    expect(cuts(hearingOf({ ...about, timing: slow }))).toEqual(['one-way bob < alice'])
    expect(cuts(hearingOf({ ...about, timing: { ...slow, keepaliveMs: 40_000 } }))).toEqual([])
  })
})
