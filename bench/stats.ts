/** Medians and spread of repeated cases, as an object and as a table. */
import type { Row } from './cases.ts'

export interface Spread {
  readonly n: number
  readonly median: number
  readonly min: number
  readonly max: number
}

/** How often each word or truth value occurred. */
export type Count = Readonly<Record<string, number>>

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const median = (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2
  return { n: sorted.length, median: Math.round(median * 1000) / 1000, min: sorted[0]!, max: sorted.at(-1)! }
}

/** One entry for each figure of the rows: numbers as a spread, all else counted. */
export function summary(rows: readonly Row[]): Record<string, Spread | Count> {
  const result: Record<string, Spread | Count> = {}
  for (const key of Object.keys(rows[0] ?? {})) {
    const values = rows.flatMap(row => row[key] ?? [])
    const numbers = values.filter(value => typeof value === 'number')
    result[key] = numbers.length === values.length ? spread(numbers) : count(values)
  }
  return result
}

function count(values: readonly unknown[]): Count {
  const found: Record<string, number> = {}
  for (const value of values) found[String(value)] = (found[String(value)] ?? 0) + 1
  return found
}

/** `median [min..max]`, or the counts in words. */
export function cell(entry: Spread | Count): string {
  if (!('median' in entry)) {
    return Object.entries(entry)
      .map(([word, n]) => `${word} ${n}`)
      .join(', ')
  }
  const { median, min, max } = entry as Spread
  return min === max ? String(median) : `${median} [${min}..${max}]`
}
