/** Times as ha.cf writes them: `1`, `1.5` (seconds), `500ms`, `10us` as in Heartbeat, and `2s`, `5m`, `1h`. */
import type { Says } from './problem.ts'

const unitMs: ReadonlyMap<string, number> = new Map(
  Object.entries({ us: 0.001, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }),
)
const longUnits: ReadonlyMap<string, string> = new Map(
  Object.entries({
    sec: 's',
    secs: 's',
    second: 's',
    seconds: 's',
    min: 'm',
    mins: 'm',
    minute: 'm',
    minutes: 'm',
    hour: 'h',
    hours: 'h',
    msec: 'ms',
    msecs: 'ms',
    usec: 'us',
    usecs: 'us',
  }),
)
const longestMs = 86_400_000

/** Whole milliseconds, 1 ms to one day; `whyNoLonger` says why a day is enough. */
export function parseDuration(
  text: string,
  whyNoLonger = 'a peer would stay dead for longer than a day',
): { readonly value: number } | { readonly bad: Says } {
  const [, digits, letters] = /^(\d+\.?\d*|\.\d+)([a-zµ]*)$/i.exec(text) ?? []
  if (digits === undefined || letters === undefined) return notATime(text)
  const unit = unitMs.get(letters || 's')
  if (unit === undefined) return unknownUnit(digits, letters)
  const ms = Math.round(Number(digits) * unit)
  if (ms < 1) return tooShort(text)
  if (ms > longestMs) return tooLong(text, whyNoLonger)
  return { value: ms }
}

/** As one writes it into ha.cf: `30`, `1500ms`. */
export function writeDuration(ms: number): string {
  return ms % 1_000 === 0 ? `${ms / 1_000}` : `${ms}ms`
}

/** As one says it: `30 s`, `1500 ms`. */
export function sayDuration(ms: number): string {
  return ms % 1_000 === 0 ? `${ms / 1_000} s` : `${ms} ms`
}

const examples = 'write seconds (2 or 1.5) or a number with its unit: 500ms, 2s, 5m'

function notATime(text: string): { bad: Says } {
  if (unitMs.get(text) !== undefined || longUnits.get(text) !== undefined)
    return { bad: { text: `"${text}" is not a time`, why: 'no blank between number and unit', fix: examples } }
  return { bad: { text: `"${text}" is not a time`, why: 'a number is needed here', fix: examples } }
}

function unknownUnit(digits: string, letters: string): { bad: Says } {
  const meant =
    longUnits.get(letters.toLowerCase()) ?? (unitMs.get(letters.toLowerCase()) ? letters.toLowerCase() : undefined)
  const fix = meant ? `write ${digits}${meant}` : examples
  return { bad: { text: `"${letters}" is not a unit of time`, why: 'units are us, ms, s, m, h', fix } }
}

function tooShort(text: string): { bad: Says } {
  return { bad: { text: `"${text}" is no time at all`, why: 'less than one millisecond', fix: examples } }
}

function tooLong(text: string, why: string): { bad: Says } {
  return { bad: { text: `"${text}" is longer than a day`, why, fix: examples } }
}
