/** What a seed means: which scenario is played when, on which cluster. The same for any number of iterations. */
import { chance, diceFor, pick } from '../sim/dice.ts'

export type TimingName = 'quick' | 'leased' | 'fine' | 'fineLeased'

/** Who may act when others are silent: two nodes that simply take, two that ask (with a ping node), most of three. */
export const policies = ['take', 'ask', 'majority'] as const
export type Policy = (typeof policies)[number]

/** The cluster that a chapter of iterations is played on. */
export interface Setting {
  readonly timing: TimingName
  readonly policy: Policy
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
  /** Only on such clusters; left out: on all. */
  readonly on?: readonly Policy[]
}

export const suits = ({ on }: Playable, policy: Policy): boolean => on === undefined || on.includes(policy)

/** What was asked for instead of what the seed says. */
export interface Fixed {
  readonly timing?: TimingName
  readonly among?: readonly Policy[]
}

export const chapterLength = 10

/**
 * Iterations `from` to `from + count - 1`. Every scenario is played before any is played again, but for those that a cluster
 * does not suit: they wait for theirs. At least one scenario has to suit.
 */
export function plan(
  seed: number,
  from: number,
  count: number,
  scenarios: readonly Playable[],
  fixed: Fixed = {},
): readonly Turn[] {
  const roll = diceFor(seed, 'order')
  const turns: Turn[] = []
  let bag: readonly Playable[] = []
  for (let iteration = 1; iteration < from + count; iteration++) {
    const chapter = Math.floor((iteration - 1) / chapterLength)
    const setting = settingOf(seed, chapter, scenarios, fixed)
    const fits = (one: Playable): boolean => suits(one, setting.policy)
    if (!bag.some(fits)) bag = [...bag, ...scenarios]
    const chosen = pick(roll, bag.filter(fits))
    bag = without(bag, chosen)
    const first = turns.length === 0 || (iteration - 1) % chapterLength === 0
    if (iteration >= from) turns.push({ iteration, setting, first, scenario: chosen.name })
  }
  return turns
}

/** Two in five take, two ask, one has three nodes. */
const mixture: readonly Policy[] = ['take', 'take', 'ask', 'ask', 'majority']

function settingOf(seed: number, chapter: number, scenarios: readonly Playable[], fixed: Fixed): Setting {
  const { timing, among = policies } = fixed
  const roll = diceFor(seed, `chapter ${chapter}`)
  const drawn = pick(roll, ['quick', 'leased'] as const)
  const failback = chance(roll, 0.4)
  const possible = mixture.filter(one => among.includes(one) && scenarios.some(scenario => suits(scenario, one)))
  return { timing: timing ?? drawn, policy: pick(roll, possible), failback }
}

function without(bag: readonly Playable[], chosen: Playable): readonly Playable[] {
  const at = bag.indexOf(chosen)
  return [...bag.slice(0, at), ...bag.slice(at + 1)]
}
