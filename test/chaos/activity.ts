/** What the marks wrote: the observer's own account of who ran what, in one file that all nodes append to. */
import { appendFileSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { nowMs, peek } from '../../bench/shell.ts'
import type { Change } from './doubles.ts'

export interface Trace {
  readonly atMs: number
  readonly node: string
  readonly name: string
  readonly word: 'start' | 'up' | 'stop' | 'gone' | 'taken'
  /** Of `taken`: who had it. */
  readonly holder?: string
}

export interface Activity {
  /** All so far, in the order of writing. */
  traces(): readonly Trace[]
  /** As `doubles` reads them. */
  changes(): readonly Change[]
  /** The power of a node is off: nothing of it runs, and its tokens are nobody's. */
  dark(node: string): void
}

const activates: Readonly<Record<Trace['word'], boolean | undefined>> = {
  start: true,
  up: true,
  stop: false,
  gone: false,
  taken: undefined,
}

export function activityIn(dir: string, names: readonly string[]): Activity {
  const file = join(dir, 'activity')
  appendFileSync(file, '')
  const traces = () => readFileSync(file, 'utf8').split('\n').filter(Boolean).map(readTrace)
  return {
    traces,
    changes: () =>
      traces().flatMap(({ atMs, node, name, word }) => {
        const on = activates[word]
        return on === undefined ? [] : [{ atMs, what: name, node, on }]
      }),
    dark(node) {
      for (const name of names) {
        const token = join(dir, `${name}.token`)
        if (peek(token) === node) rmSync(token)
        appendFileSync(file, `${Math.round(nowMs() * 1000)} ${node} ${name} gone\n`)
      }
    },
  }
}

function readTrace(line: string): Trace {
  const [us, node = '', name = '', word, holder] = line.split(' ')
  const atMs = Number(us) / 1000
  if (!(atMs > 0) || word === undefined || !(word in activates)) throw new Error(`not a line of a mark: "${line}"`)
  return { atMs, node, name, word: word as Trace['word'], ...(holder !== undefined && { holder }) }
}
