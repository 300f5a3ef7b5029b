/** How the words of a directive are read: one parser for each kind of value. */

import type { Code } from './codes.ts'
import { parseDuration } from './durations.ts'
import type { Says } from './problem.ts'
import { nearest } from './suggest.ts'

export type Parsed<T> = { readonly value: T } | { readonly bad: Says; readonly code: Code }

export function time(text: string): Parsed<number> {
  const parsed = parseDuration(text)
  return 'bad' in parsed ? { ...parsed, code: 'HA103' } : parsed
}

const truths: ReadonlyMap<string, boolean> = new Map(
  Object.entries({
    true: true,
    on: true,
    yes: true,
    y: true,
    '1': true,
    false: false,
    off: false,
    no: false,
    n: false,
    '0': false,
  }),
)

/** Heartbeat's booleans, in any case of letters. */
export function truth(text: string): Parsed<boolean> {
  const value = truths.get(text.toLowerCase())
  return value === undefined ? notOneOf(text, ['on', 'off', 'yes', 'no', 'true', 'false']) : { value }
}

export function failback(text: string): Parsed<boolean | 'legacy'> {
  if (text.toLowerCase() === 'legacy') return { value: 'legacy' }
  const parsed = truth(text)
  return 'bad' in parsed ? notOneOf(text, ['on', 'off', 'legacy']) : parsed
}

/** `what` stands for the list where that would be long. */
export function oneOf<T extends string>(known: readonly T[], what?: string): (text: string) => Parsed<T> {
  return text => {
    const value = known.find(word => word === text.toLowerCase())
    return value === undefined ? notOneOf(text, known, what) : { value }
  }
}

export function wholeNumber(least: number, most: number): (text: string) => Parsed<number> {
  return text => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return { value }
    const range = `a whole number from ${least} to ${most}`
    return { code: 'HA105', bad: { text: `"${text}" is not ${range}`, why: 'out of range', fix: `write ${range}` } }
  }
}

export function path(text: string): Parsed<string> {
  if (text.startsWith('/')) return { value: text }
  const why = 'a daemon has no folder of its own to start from'
  return { code: 'HA113', bad: { text: `"${text}" is not a full path`, why, fix: 'write the path from / on' } }
}

export function word(text: string): Parsed<string> {
  return { value: text }
}

function notOneOf(text: string, known: readonly string[], what?: string): { bad: Says; code: Code } {
  const meant = nearest(text, known)
  const list = `${known.slice(0, -1).join(', ')} or ${known.at(-1)}`
  const fix = meant ? `did you mean "${meant}"?` : `write ${list}`
  return {
    code: 'HA104',
    bad: { text: `"${text}" is not ${what ?? list}`, why: 'not a word this directive takes', fix },
  }
}
