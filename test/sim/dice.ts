/** Every misfortune comes from a seeded die, so that a bad day is a number: in [0, 1). */
export type Dice = () => number

/** mulberry32: small, seeded, good enough to be mean. */
export function dice(seed: number): Dice {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A die of its own for each use, so that leaving out one fault does not change all the others. */
export function diceFor(seed: number, use: string): Dice {
  let hash = 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1)
  for (let i = 0; i < use.length; i++) hash = Math.imul(hash ^ use.charCodeAt(i), 0x01000193)
  return dice(hash ^ (hash >>> 15))
}

export const between = (roll: Dice, low: number, high: number): number => low + roll() * (high - low)
export const whole = (roll: Dice, low: number, high: number): number => Math.floor(between(roll, low, high + 1))
export const pick = <T>(roll: Dice, from: readonly T[]): T => from[Math.floor(roll() * from.length)]!
export const chance = (roll: Dice, probability: number): boolean => roll() < probability
