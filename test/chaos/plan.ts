/** What a seed means: which scenario is played when, on which cluster. The same for any number of iterations. */
import { chance, diceFor, pick } from '../sim/dice.ts'

export type TimingName = 'quick' | 'leased'

/** The cluster that a chapter of iterations is played on. */
export interface Setting {
  readonly timing: TimingName
  readonly nodes: 2 | 3
  readonly failback: boolean
}

export interface Turn {
  readonly iteration: number
  readonly setting: Setting
  /** The first of a chapter: a new laboratory is built. */
  readonly first: boolean
  readonly scenario: string
}

/** What the plan has to know of a scenario. */
export interface Playable {
  readonly name: string
  readonly twoNodes?: boolean
}

export const chapterLength = 10

/** Iterations `from` to `from + count - 1`. Every scenario is played before any is played again. */
export function plan(
  seed: number,
  from: number,
  count: number,
  scenarios: readonly Playable[],
  fixed: Partial<Setting> = {},
): readonly Turn[] {
  const roll = diceFor(seed, 'order')
  const turns: Turn[] = []
  let bag: readonly Playable[] = []
  for (let iteration = 1; iteration < from + count; iteration++) {
    const chapter = Math.floor((iteration - 1) / chapterLength)
    const setting = { ...settingOf(seed, chapter, scenarios), ...fixed }
    const suits = (one: Playable): boolean => setting.nodes === 2 || !one.twoNodes
    if (!bag.some(suits)) bag = [...bag, ...scenarios]
    const chosen = pick(roll, bag.filter(suits))
    bag = without(bag, chosen)
    const first = turns.length === 0 || (iteration - 1) % chapterLength === 0
    if (iteration >= from) turns.push({ iteration, setting, first, scenario: chosen.name })
  }
  return turns
}

function settingOf(seed: number, chapter: number, scenarios: readonly Playable[]): Setting {
  const roll = diceFor(seed, `chapter ${chapter}`)
  const timing = pick(roll, ['quick', 'leased'] as const)
  const failback = chance(roll, 0.4)
  const three = chance(roll, 0.2) && scenarios.some(one => !one.twoNodes)
  return { timing, nodes: three ? 3 : 2, failback }
}

function without(bag: readonly Playable[], chosen: Playable): readonly Playable[] {
  const at = bag.indexOf(chosen)
  return [...bag.slice(0, at), ...bag.slice(at + 1)]
}
