/** The simulator itself: many seeds keep the laws, a seed repeats itself, and a broken law is found, shrunk and told. */
import { describe, expect, test } from 'vitest'
import { type Fault, readFault, writeFault } from './sim/faults.ts'
import { Agenda } from './sim/heap.ts'
import { nothing, playSeed } from './sim/main.ts'
import { play } from './sim/play.ts'
import { type Schedule, scheduleOf, settingOf } from './sim/schedule.ts'
import { ruleOf, shrink } from './sim/shrink.ts'
import { storyOf } from './sim/story.ts'

describe('seeds', () => {
  test('keep every law, with three misfortunes and a move or more each', () => {
    const sum = nothing()
    for (let seed = 1; seed <= 150; seed++) playSeed(seed, sum)
    expect(sum.violations).toEqual([])
    expect(sum.fewestFaults).toBeGreaterThanOrEqual(3)
    expect(sum.tally['moves']! / sum.seeds).toBeGreaterThanOrEqual(1)
  })

  test('repeat themselves to the last event', () => {
    for (const seed of [3, 16, 63, 210]) {
      const lines: string[][] = [[], []]
      const [one, other] = lines.map(told => play(scheduleOf(seed), line => told.push(line)))
      expect(one!.hash).toBe(other!.hash)
      expect(one!.steps).toBe(other!.steps)
      expect(lines[0]).toEqual(lines[1])
    }
  })

  test('differ from each other', () => {
    const hashes = new Set([1, 2, 3, 4, 5].map(seed => play(scheduleOf(seed)).hash))
    expect(hashes.size).toBe(5)
  })
})

describe('a broken law', () => {
  const faults = (words: readonly (readonly [number, string])[]): readonly Fault[] =>
    words.map(([seconds, text]) => ({ when: { atMs: seconds * 1000 }, words: text }))

  /** A fence device that lies: the only thing that may break S1 where fencing is on. */
  const lying = (): Schedule => ({
    setting: { ...settingOf(1), nodes: settingOf(1).nodes.slice(0, 2), fencing: true },
    faults: faults([
      [0, 'start all'],
      [4, 'clock alpha +3600'],
      [5, 'loss 0.05'],
      [6, 'fence 0 0 lies'],
      [7, 'loss 0'],
      [8, 'duplicate 0.1'],
      [9, 'clock beta -5'],
      [20, 'cut alpha beta'],
      [25, 'clock alpha 1'],
      [26, 'config alpha agrees'],
      [70, 'heal'],
    ]),
  })

  test('is noticed, and shrunk to what matters', () => {
    const { violation } = play(lying())
    expect(violation).toMatch(/S1: .* is live on .* and .*, with fencing/)
    const small = shrink(lying())
    expect(small.faults.map(fault => fault.words).sort()).toEqual(['cut alpha beta', 'fence 0 0 lies', 'start all'])
    expect(ruleOf(play(small).violation)).toBe('S1')
  })

  test('is told as a story that breaks it again', () => {
    const seed = 1
    const small = {
      ...scheduleOf(seed),
      faults: faults([
        [0, 'start all'],
        [5, 'crash alpha'],
      ]),
    }
    const told = storyOf(small, 'nothing is wrong')
    expect(told).toContain('world of seed 1\nat 0 start all\nat 5 crash alpha\nrun 110s\nrecover\n----\n')
    expect(told).toContain('is dead')
    expect(told).not.toContain('VIOLATION')
  })
})

test('faults are written and read back', () => {
  for (const fault of scheduleOf(7).faults) expect(readFault(writeFault(fault))).toEqual(fault)
})

test('the agenda keeps the order of time, and of planning among equals', () => {
  const agenda = new Agenda()
  const said: string[] = []
  for (const [atMs, name] of [
    [5, 'c'],
    [1, 'a'],
    [5, 'd'],
    [3, 'b'],
    [9, 'f'],
    [5, 'e'],
  ] as const)
    agenda.add(atMs, () => said.push(name))
  while (agenda.next !== undefined) agenda.take().run()
  expect(said.join('')).toBe('abcdef')
})
