/** `tandem timeline` as text: the parts of a move under each other, with a bar for where they lie. Pure. */
import { clockOf, dayOf, fineSpan } from './clockText.ts'
import type { Phase, Timeline } from './timeline.ts'
import { clean, wrap } from './words.ts'

const barSize = 20

/** The page, ending with a newline; no line is longer than `width`. */
export function renderTimeline(timeline: Timeline, width: number): string {
  const { event, group, from, to, because, node, time, phases, totalMs } = timeline
  const title = to === undefined ? `${group}, never moved` : `${group} goes from ${from} to ${to}: ${because}`
  const lines = [
    ...wrap(title, width),
    ...wrap(`event ${event}, ${dayOf(time)} ${clockOf(time)}, as seen by ${node}`, width),
    '',
    row('phase', 'begins', 'took', ''.padEnd(barSize), '', width),
    ...phases.map(phase => phaseRow(phase, totalMs, width)),
    row('total', '', fineSpan(totalMs), ''.padEnd(barSize), '', width),
    '',
    ...tail(timeline).flatMap(text => wrap(text, width)),
  ]
  return lines.map(line => `${line.trimEnd()}\n`).join('')
}

function phaseRow({ name, what, beginsMs, tookMs, failed }: Phase, totalMs: number, width: number): string {
  const begins = beginsMs === 0 ? '0' : fineSpan(beginsMs)
  const told = `${failed ? 'FAILED: ' : ''}${what}`
  return row(name, begins, fineSpan(tookMs), bar(beginsMs, tookMs, totalMs), told, width)
}

function row(name: string, begins: string, took: string, bar: string, what: string, width: number): string {
  const head = `  ${name.padEnd(7)}${begins.padStart(9)}${took.padStart(11)}  ${bar}  `
  const room = width - head.length
  const told = clean(what)
  return `${head}${told.length <= room ? told : `${told.slice(0, Math.max(0, room - 3))}...`}`
}

/** What is too short for the scale is a tick. */
function bar(beginsMs: number, tookMs: number, totalMs: number): string {
  const scale = totalMs === 0 ? 0 : barSize / totalMs
  const size = Math.round(tookMs * scale)
  const at = Math.min(Math.round(beginsMs * scale), barSize - Math.max(1, size))
  return `${' '.repeat(at)}${size === 0 ? '|' : '#'.repeat(size)}`.padEnd(barSize)
}

function tail({ event, largest, state, end, to, node, phases }: Timeline): readonly string[] {
  const ended = { done: end, failed: `it FAILED: ${end}`, unfinished: 'it has not ended, or nobody has seen its end' }[
    state
  ]
  const share =
    largest === undefined
      ? []
      : [`largest part: ${largest.phase}, ${Math.round(largest.share * 100)} % (${largest.why})`]
  const fromAfar = to !== undefined && to !== node && phases.some(({ name }) => name === 'start')
  return [ended, ...share, ...(fromAfar ? [`each start by itself: tandem timeline ${event}, typed on ${to}`] : [])]
}
