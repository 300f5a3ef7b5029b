/** A seed must always mean the same run, or a failure cannot be repeated. */
import { describe, expect, test } from 'vitest'
import { chapterLength, plan, policies, suits } from './plan.ts'

const scenarios = ['one', 'two', 'three', 'four', 'five', 'six', 'seven'].map(name => ({ name }))
const names = (seed: number, from: number, count: number) => plan(seed, from, count, scenarios).map(one => one.scenario)

describe('the plan of a seed', () => {
  test('is the same wherever one begins, and however long it goes on', () => {
    const long = names(3, 1, 60)
    expect(names(3, 1, 20)).toEqual(long.slice(0, 20))
    expect(names(3, 33, 9)).toEqual(long.slice(32, 41))
    expect(names(4, 1, 60)).not.toEqual(long)
  })

  test('plays every scenario before any is played again', () => {
    for (let round = 0; round < 5; round++)
      expect(names(8, 1 + round * 7, 7).sort()).toEqual(scenarios.map(({ name }) => name).sort())
  })

  test('builds a new cluster at the start and for each chapter, whose setting stays', () => {
    const turns = plan(5, 4, 30, scenarios)
    const first = turns.filter(turn => turn.first).map(turn => turn.iteration)
    expect(first).toEqual([4, 11, 21, 31])
    for (const turn of turns) {
      const begin = turn.iteration - ((turn.iteration - 1) % chapterLength)
      const same = turns.filter(one => one.iteration >= begin && one.iteration < begin + chapterLength)
      expect(new Set(same.map(({ setting }) => JSON.stringify(setting))).size).toBe(1)
    }
  })

  test('draws all settings, and nothing on a cluster that it does not suit', () => {
    const some = scenarios.map((one, i) => (i < 3 ? { ...one, on: [policies[i]!] } : one))
    const turns = plan(6, 1, 2_000, some)
    expect(new Set(turns.map(({ setting }) => JSON.stringify(setting))).size).toBe(12)
    const wrong = turns.filter(turn => !suits(some.find(({ name }) => name === turn.scenario)!, turn.setting.policy))
    expect(wrong).toEqual([])
    expect(new Set(turns.map(turn => turn.scenario)).size).toBe(some.length)
    const two = plan(6, 1, 400, some, { among: ['take', 'ask'] })
    expect(new Set(two.map(({ setting }) => setting.policy))).toEqual(new Set(['take', 'ask']))
  })

  test('never builds a cluster that suits none of the scenarios', () => {
    const asking = scenarios.map(one => ({ ...one, on: ['ask'] as const }))
    expect(plan(6, 1, 200, asking).every(({ setting }) => setting.policy === 'ask')).toBe(true)
  })
})
