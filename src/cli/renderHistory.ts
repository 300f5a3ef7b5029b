/** `tandem history` as text: a line for each record, the newest last. Pure. */
import { createColors } from 'picocolors'
import type { HistoryRecord } from '../daemon/records/record.ts'
import { clockOf, dayOf, fineSpan } from './clockText.ts'
import { clean, wrap } from './words.ts'

const indent = 14

export function renderHistory(records: readonly HistoryRecord[], width: number, color: boolean): string {
  const c = createColors(color)
  const paint = ({ level }: HistoryRecord, text: string): string =>
    level === 'CRIT' || level === 'ERROR' ? c.red(text) : level === 'WARN' ? c.yellow(text) : text
  let day = ''
  const lines: string[] = []
  for (const record of records) {
    if (dayOf(record.time) !== day) {
      day = dayOf(record.time)
      lines.push(c.dim(day))
    }
    const [first = '', ...rest] = wrap(textOf(record), width - indent)
    lines.push(`${clockOf(record.time)}  ${paint(record, first)}`)
    lines.push(...rest.map(line => `${' '.repeat(indent)}${paint(record, line)}`))
  }
  return lines.map(line => `${line}\n`).join('')
}

function textOf({ level, text, atMs, event, move, job, unkept }: HistoryRecord): string {
  const loud = level === 'info' || level === 'debug' ? '' : `${level}: `
  const which = move === undefined || event === undefined ? '' : ` [${event}]`
  const took = job === undefined ? '' : ` after ${fineSpan(atMs - job.beganAtMs)}`
  const more = unkept === undefined ? '' : ` (${unkept} like it before, not kept)`
  return `${loud}${clean(text)}${took}${which}${more}`
}
