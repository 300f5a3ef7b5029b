/** The account of a run, a line a scenario. */
import { spread } from '../../bench/stats.ts'
import type { Result } from './iteration.ts'

const columns = ['scenario', 'runs', 'seconds', 'recovery ms', 'outage ms', 'double us'] as const

/** `median [worst]`; a dash where nothing was measured. */
function cell(values: readonly number[], digits = 0): string {
  if (values.length === 0) return '-'
  const { median, max } = spread(values)
  return values.length === 1 ? max.toFixed(digits) : `${median.toFixed(digits)} [${max.toFixed(digits)}]`
}

function row(name: string, results: readonly Result[]): string[] {
  const recoveries = results.flatMap(({ recoveryMs }) => recoveryMs ?? [])
  return [
    name,
    String(results.length),
    cell(
      results.map(one => one.seconds),
      1,
    ),
    cell(recoveries),
    cell(results.map(one => one.outageMs)),
    cell(results.map(one => one.doubleUs)),
  ]
}

/** Medians, the worst in brackets. `names`: also those that were never played. */
export function summaryOf(results: readonly Result[], names: readonly string[]): string {
  const rows = names.map(name =>
    row(
      name,
      results.filter(one => one.scenario === name),
    ),
  )
  const all = [[...columns], ...rows, row('all', results)]
  const widths = columns.map((_, i) => Math.max(...all.map(line => line[i]!.length)))
  return all
    .map(line => line.map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join('  '))
    .join('\n')
}
