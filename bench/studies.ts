/** Cases with a laboratory and a judgement of their own; each is asked for by name. */
import { readFileSync, writeFileSync } from 'node:fs'
import { runManyAddresses, wrongOf } from './manyAddresses.ts'
import { type Part, parts, runOneOfMany } from './oneOfMany.ts'
import { missesOf, oneOfManyText } from './oneOfManyReport.ts'
import { replaceMarked } from './plot.ts'
import { rounds } from './rounds.ts'
import { runScale } from './scale.ts'
import { misses, scaleText } from './scaleReport.ts'
import { runTally, tally, told } from './tally.ts'

export interface Study {
  /** For `--json`. */
  readonly figures: object
  readonly text: string
  readonly failures: readonly string[]
}

export const studyOptions = {
  count: { type: 'string', default: '100' },
  pairs: { type: 'string', default: '1' },
  nodes: { type: 'string', default: '2,4,8,16' },
  groups: { type: 'string', default: '1,10,100' },
  seconds: { type: 'string', default: '30' },
  losses: { type: 'string' },
  write: { type: 'string' },
  many: { type: 'string', default: '1000' },
  parts: { type: 'string', default: parts.join() },
  rows: { type: 'string' },
} as const

type Values = Readonly<Record<string, string | boolean | undefined>>

export const usageOfStudies = `  counted:  ${Object.keys(rounds).join(' ')}: --count N rounds (default 100), --pairs N laboratories at once (default 1)
  scale:    --nodes 2,4,8,16 --groups 1,10,100 --seconds 30 (of each measurement) --losses 5 (of a node of the largest
            cluster); --write docs/scale.md puts the figures into that page
  oneOfMany: the same of one real node among hosted ones, 20 losses; --parts ${parts.join()} of it; --rows FILE adds the
            figures to that file and tells all that are in it, for a measurement in several runs; --parts none only tells
  addresses1000: one group of so many addresses, --many 1000; --runs N`

const say = (text: string): void => console.error(`# ${text}`)

export const studies: Readonly<Record<string, (root: string, values: Values) => Promise<Study>>> = {
  scale,
  oneOfMany,
  addresses1000,
  ...Object.fromEntries(Object.keys(rounds).map(name => [name, countedStudy(name)])),
}

async function scale(root: string, values: Values): Promise<Study> {
  const figures = await runScale({
    root,
    nodes: list(values, 'nodes', 16),
    groups: list(values, 'groups', 100),
    seconds: positive(values, 'seconds', 3600),
    losses: positive({ losses: '5', ...values }, 'losses', 15),
    say,
  })
  const text = scaleText(figures.costs, figures.failOvers)
  if (typeof values['write'] === 'string') {
    writeFileSync(values['write'], replaceMarked(readFileSync(values['write'], 'utf8'), 'measured', text))
  }
  return { figures, text, failures: misses(figures.costs, figures.failOvers.flat()) }
}

async function oneOfMany(root: string, values: Values): Promise<Study> {
  const wanted = values['parts'] === 'none' ? [] : String(values['parts']).split(',')
  const strange = wanted.find(part => !parts.some(known => known === part))
  if (strange !== undefined) throw new Error(`--parts ${strange}: write some of ${parts.join()}, or none`)
  const rows = await runOneOfMany({
    root,
    parts: wanted as Part[],
    nodes: list(values, 'nodes', 16),
    groups: list(values, 'groups', 100),
    seconds: positive(values, 'seconds', 3600),
    losses: positive({ losses: '20', ...values }, 'losses', 1000),
    ...(typeof values['rows'] === 'string' && { rows: values['rows'] }),
    say,
  })
  const text = oneOfManyText(rows)
  if (typeof values['write'] === 'string') {
    writeFileSync(values['write'], replaceMarked(readFileSync(values['write'], 'utf8'), 'measured-one-of-many', text))
  }
  return { figures: rows, text, failures: missesOf(rows) }
}

async function addresses1000(root: string, values: Values): Promise<Study> {
  const addresses = positive(values, 'many', 2000)
  const rows = await runManyAddresses({ root, addresses, runs: positive(values, 'runs', 1000), say })
  const figures = tally(rows, row => wrongOf(row, addresses))
  return { figures, text: told('addresses1000', figures), failures: figures.failures }
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
  const [number, ...more] = list(values, name, most)
  if (number !== undefined && more.length === 0) return number
  throw new Error(`--${name} ${values[name]}: write one whole number from 1 to ${most}`)
}

function list(values: Values, name: string, most: number): readonly number[] {
  const numbers = String(values[name]).split(',').map(Number)
  if (numbers.every(number => Number.isInteger(number) && number >= 1 && number <= most)) return numbers
  throw new Error(`--${name} ${values[name]}: write whole numbers from 1 to ${most}, as in --${name} 2,4`)
}
