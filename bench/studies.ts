/** Cases with a laboratory and a judgement of their own; each is asked for by name. */
import { rounds } from './rounds.ts'
import { runTally, told } from './tally.ts'

export interface Study {
  /** For `--json`. */
  readonly figures: object
  readonly text: string
  readonly failures: readonly string[]
}

export const studyOptions = {
  count: { type: 'string', default: '100' },
  pairs: { type: 'string', default: '1' },
} as const

type Values = Readonly<Record<string, string | boolean | undefined>>

export const usageOfStudies = `  counted:  ${Object.keys(rounds).join(' ')}: --count N rounds (default 100), --pairs N laboratories at once (default 1)`

const say = (text: string): void => console.error(`# ${text}`)

export const studies: Readonly<Record<string, (root: string, values: Values) => Promise<Study>>> = {
  ...Object.fromEntries(Object.keys(rounds).map(name => [name, countedStudy(name)])),
}

function countedStudy(name: string) {
  return async (root: string, values: Values): Promise<Study> => {
    const figures = await runTally(name, {
      root,
      count: positive(values, 'count', 10_000),
      pairs: positive(values, 'pairs', 32),
      say,
    })
    const { failures } = figures
    return { figures, text: told(name, figures), failures }
  }
}

/** Throws with what to write instead. */
function positive(values: Values, name: string, most: number): number {
  const number = Number(values[name])
  if (Number.isInteger(number) && number >= 1 && number <= most) return number
  throw new Error(`--${name} ${values[name]}: write a whole number from 1 to ${most}`)
}
