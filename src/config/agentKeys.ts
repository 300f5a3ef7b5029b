/** The keys of agents.ini: those of every resource, and the form in which an agent declares keys of its own. */
import { parseDuration } from './durations.ts'
import type { Says } from './problem.ts'
import { truth, wholeNumber } from './values.ts'

/** time: milliseconds. secret: text that is never shown. switch: on or off. */
export type KeyKind = 'time' | 'time or off' | 'count' | 'switch' | 'text' | 'secret'

/** Milliseconds of a time, or `off`. */
export type KeyValue = number | boolean | string

export interface AgentKey {
  readonly name: string
  readonly kind: KeyKind
  /** As one would write it; undefined: see `summary`. */
  readonly default: string | undefined
  /** What it is, for people: half a sentence. */
  readonly summary: string
}

type Read = { readonly value: KeyValue } | { readonly bad: Says }

export const operationKeys = [
  {
    name: 'monitor_interval',
    kind: 'time or off',
    default: '10s',
    summary: 'from one look at the running resource to the next; off: it is never looked at',
  },
  {
    name: 'monitor_timeout',
    kind: 'time',
    default: undefined,
    summary: 'a look that takes longer is ended and tells nothing',
  },
  { name: 'start_timeout', kind: 'time', default: undefined, summary: 'a start that takes longer has failed' },
  {
    name: 'stop_timeout',
    kind: 'time',
    default: undefined,
    summary: 'a stop that takes longer has failed, and blocks the group',
  },
  { name: 'retries', kind: 'count', default: '2', summary: 'so often it is started again here before its group moves' },
  {
    name: 'failover_limit',
    kind: 'count',
    default: '3',
    summary: 'so often its failures may move the group before it is stuck',
  },
  { name: 'forget_after', kind: 'time', default: '1h', summary: 'failures older than this count no more' },
] as const satisfies readonly AgentKey[]

export type OperationKey = (typeof operationKeys)[number]['name']

const whyNoLonger = 'a day is the longest time here'

function span(text: string): Read {
  const parsed = parseDuration(text, whyNoLonger)
  if ('value' in parsed || !/\s/.test(text)) return parsed
  const joined = text.replace(/\s+/g, '')
  const again = parseDuration(joined, whyNoLonger)
  return { bad: { ...parsed.bad, fix: 'value' in again ? `write ${joined}` : again.bad.fix } }
}

const readers: Readonly<Record<KeyKind, (text: string) => Read>> = {
  time: span,
  'time or off': text => (/^(off|never|no|0)$/i.test(text) ? { value: 'off' } : span(text)),
  count: wholeNumber(0, 1_000),
  switch: truth,
  text: text => ({ value: text }),
  secret: text => ({ value: text }),
}

/** What the text of a value means to a key, or what is wrong with it. */
export const readKeyValue = ({ kind }: AgentKey, text: string): Read => readers[kind](text)
