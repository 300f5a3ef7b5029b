/**
 * Two states of one hash have to go on alike, or the search would skip what it has never seen. Here many are looked at
 * twice: walks by a die come back to the same hash at another time, with other seqs, and all that may happen then is
 * compared.
 */
import { diceFor, whole } from '../sim/dice.ts'
import { Canon } from './canon.ts'
import { choices, happen, wordsOf } from './choices.ts'
import { Violation } from './law.ts'
import { rootsOf } from './search.ts'
import type { Setting } from './setting.ts'
import type { World } from './world.ts'

export interface Twins {
  /** Pairs of different states with one hash. */
  readonly pairs: number
  readonly unlike: readonly string[]
}

export function twins(setting: Setting, walks: number, steps: number): Twins {
  const canon = new Canon(setting)
  const hashOf = (world: World): string => {
    canon.hash(world)
    return `${canon.high}/${canon.low}`
  }
  const next = (world: World): Map<string, World | string> =>
    new Map<string, World | string>(
      [...choices(setting, world, false), ...choices(setting, world, true)].map(choice => {
        try {
          return [wordsOf(choice), happen(setting, world, choice)]
        } catch (error) {
          if (!(error instanceof Violation)) throw error
          return [wordsOf(choice), error.message]
        }
      }),
    )
  const first = new Map<string, World>()
  const unlike: string[] = []
  let pairs = 0
  for (let walk = 0; walk < walks; walk++) {
    const roll = diceFor(walk, setting.name)
    const roots = rootsOf(setting)
    let { world } = roots[walk % roots.length]!
    for (let step = 0; step < steps; step++) {
      const hash = hashOf(world)
      const twin = first.get(hash)
      const mine = next(world)
      if (twin === undefined) first.set(hash, world)
      else if (twin.nowMs !== world.nowMs) {
        pairs++
        const theirs = next(twin)
        for (const [words, after] of mine) {
          const other = theirs.get(words)
          const same = [after, other].map(one => (typeof one === 'object' ? hashOf(one) : one))
          if (same[0] !== same[1]) unlike.push(`walk ${walk}, step ${step}: ${words}`)
        }
        if (mine.size !== theirs.size) unlike.push(`walk ${walk}, step ${step}: other choices`)
      }
      const open = [...mine].filter((entry): entry is [string, World] => typeof entry[1] === 'object')
      const free = new Set(choices(setting, world, false).map(wordsOf))
      // Mostly what happens by itself: misfortunes are few, and would soon be used up.
      const usual = roll() < 0.95 ? open.filter(([words]) => free.has(words)) : open
      const among = usual.length > 0 ? usual : open
      if (among.length === 0) break
      world = among[whole(roll, 0, among.length - 1)]![1]
    }
  }
  return { pairs, unlike }
}
