/** One move taken apart, from the records of one node: how long each part took, by the monotonic clock. Pure. */
import type { HistoryRecord } from '../daemon/records/record.ts'

/** In the order in which they happen; `wait` is what lies between two others. */
export type PhaseName = 'order' | 'detect' | 'fence' | 'decide' | 'stop' | 'wait' | 'start'

export interface Phase {
  readonly name: PhaseName
  /** The resources, or whose doing it is. */
  readonly what: string
  /** From the beginning of the timeline. */
  readonly beginsMs: number
  readonly tookMs: number
  readonly failed?: true
}

export interface Timeline {
  readonly schema: 'tandem/timeline/v1'
  /** Whose records these are. */
  readonly node: string
  readonly event: string
  readonly group: string
  readonly from?: string
  readonly to?: string
  readonly because?: string
  /** Wall clock of the beginning, ISO 8601. */
  readonly time: string
  readonly phases: readonly Phase[]
  readonly totalMs: number
  readonly largest?: { readonly phase: PhaseName; readonly share: number; readonly why: string }
  readonly state: 'done' | 'failed' | 'unfinished'
  /** How it ended, as a sentence. */
  readonly end: string
}

/** @param records of the event's group and of no group, oldest first. undefined: nothing of that event is among them. */
export function timelineOf(records: readonly HistoryRecord[], event: string): Timeline | undefined {
  const scene = sceneOf(records, event)
  if (scene === undefined) return undefined
  const { own, decision, before } = scene
  const spans = [
    ...(decision === undefined ? [] : runUp(before, decision)),
    ...own.flatMap(record => spanOf(record, decision)),
  ]
  spans.sort((a, b) => a.toMs - b.toMs)
  const first = decision ?? own[0]!
  const fromMs = Math.min(...spans.map(span => span.fromMs ?? span.toMs), first.atMs)
  const phases = linked(spans, fromMs, own)
  const totalMs = phases.reduce((sum, phase) => sum + phase.tookMs, 0)
  const { move } = decision ?? {}
  const largest = largestOf(phases, totalMs, before)
  return {
    schema: 'tandem/timeline/v1',
    node: first.node,
    event,
    group: first.group!,
    ...(move === undefined ? {} : { from: move.from, to: move.to, because: move.because }),
    time: new Date(Date.parse(first.time) - (first.atMs - fromMs)).toISOString(),
    phases,
    totalMs,
    ...(largest === undefined ? {} : { largest }),
    ...endOf(own),
  }
}

interface Scene {
  readonly decision: HistoryRecord | undefined
  /** Of the event, from its decision to its first end. */
  readonly own: readonly HistoryRecord[]
  /** Of the same boot, not later than the decision. */
  readonly before: readonly HistoryRecord[]
}

/** A group may be started again at the same epoch, after a reboot for instance: the move itself is told, or the last start. */
function sceneOf(records: readonly HistoryRecord[], event: string): Scene | undefined {
  const ofEvent = records.filter(record => record.event === event)
  const decision = ofEvent.find(({ code }) => code === 'assigned')
  const anchor = decision ?? ofEvent.at(-1)
  if (anchor === undefined) return undefined
  const sameBoot = records.filter(({ boot }) => boot === anchor.boot)
  const own = sameBoot.filter(record => record.event === event)
  const before = sameBoot.slice(0, sameBoot.indexOf(decision ?? own[0]!) + 1)
  if (decision !== undefined) return { decision, own: upToFirstEnd(own.slice(own.indexOf(decision) + 1)), before }
  const ends = own.flatMap((record, i) => (isEnd(record) ? [i] : []))
  return { decision, own: own.slice((ends.at(-2) ?? -1) + 1, (ends.at(-1) ?? own.length) + 1), before }
}

const upToFirstEnd = (own: readonly HistoryRecord[]): readonly HistoryRecord[] => {
  const end = own.findIndex(isEnd)
  return end < 0 ? own : own.slice(0, end + 1)
}

/** It runs, here or there, or it was given up. */
const isEnd = ({ code, claim }: HistoryRecord): boolean =>
  code === 'group-running' ||
  code === 'group-failed' ||
  code === 'group-blocked' ||
  (code === 'claim' && claim !== 'stopped')

interface Span {
  readonly name: PhaseName
  readonly what: string
  /** undefined: where the one before it ended. */
  readonly fromMs: number | undefined
  readonly toMs: number
  readonly failed?: true
}

const ordered = ['takeover', 'give-away', 'standby', 'failback-order', 'moved']

/** What led to the decision: a death and a fence, or an order. */
function runUp(before: readonly HistoryRecord[], decision: HistoryRecord): readonly Span[] {
  const move = decision.move!
  const last = (code: string, fits: (record: HistoryRecord) => boolean): HistoryRecord | undefined =>
    before.findLast(record => record.code === code && fits(record))
  if (ordered.includes(move.rule)) {
    const order = last('ordered', ({ groups }) => groups?.includes(decision.group!) === true)
    if (order === undefined || decision.atMs - order.atMs > orderMs) return []
    return [{ name: 'order', what: order.words ?? order.text, fromMs: order.atMs, toMs: decision.atMs }]
  }
  const death = last('node-dead', ({ peer }) => peer === move.from)
  const up = last('node-up', ({ peer }) => peer === move.from)
  const from = death?.lastHeardAtMs
  if (move.rule !== 'owner-dead' || death === undefined || from === undefined || (up?.atMs ?? 0) > death.atMs) return []
  const fenced = last('fenced', ({ peer, atMs }) => peer === move.from && atMs > death.atMs)
  const decider = move.toldBy === undefined ? `${move.to} takes it` : `told by ${move.toldBy}`
  return [
    { name: 'detect', what: `last sign of life of ${move.from}`, fromMs: from, toMs: death.atMs },
    ...(fenced === undefined
      ? []
      : [{ name: 'fence', what: move.from, fromMs: undefined, toMs: fenced.atMs } as const]),
    { name: 'decide', what: decider, fromMs: undefined, toMs: decision.atMs },
  ]
}

/** An order is carried out at once; what an earlier one has to do with a later move is for people to say. */
const orderMs = 10_000

function spanOf({ job, code, claim, peer, atMs }: HistoryRecord, decision: HistoryRecord | undefined): readonly Span[] {
  if (job !== undefined) {
    const failed = job.ok ? {} : { failed: true as const }
    return [{ name: job.op, what: job.resources.join(', '), fromMs: job.beganAtMs, toMs: atMs, ...failed }]
  }
  const { move } = decision ?? {}
  if (code !== 'claim' || move === undefined) return []
  const there = `on ${peer}, as seen from here`
  if (claim === 'stopped' && peer === move.from && move.rule !== 'owner-dead')
    return [{ name: 'stop', what: there, fromMs: undefined, toMs: atMs }]
  return claim === 'running' && peer === move.to ? [{ name: 'start', what: there, fromMs: undefined, toMs: atMs }] : []
}

/** Less than this between two parts belongs to the second. */
const gapMs = 1

/** One after the other without a hole, so that the sum is the whole. */
function linked(spans: readonly Span[], fromMs: number, own: readonly HistoryRecord[]): readonly Phase[] {
  const phases: Phase[] = []
  let atMs = fromMs
  for (const { name, what, fromMs: began, toMs, failed } of spans) {
    if (toMs < atMs) continue
    if (began !== undefined && began - atMs >= gapMs) {
      const why = own.findLast(record => record.code === 'waits' && record.atMs <= began)?.why ?? 'nothing was recorded'
      phases.push({ name: 'wait', what: why, beginsMs: atMs - fromMs, tookMs: began - atMs })
      atMs = began
    }
    phases.push({ name, what, beginsMs: atMs - fromMs, tookMs: toMs - atMs, ...(failed ? { failed } : {}) })
    atMs = toMs
  }
  return phases
}

function largestOf(
  phases: readonly Phase[],
  totalMs: number,
  before: readonly HistoryRecord[],
): Timeline['largest'] | undefined {
  const names = [...new Set(phases.map(({ name }) => name))]
  const sums = names.map(name => ({
    name,
    ms: phases.filter(phase => phase.name === name).reduce((sum, { tookMs }) => sum + tookMs, 0),
  }))
  const most = sums.reduce<(typeof sums)[number] | undefined>(
    (a, b) => (a === undefined || b.ms > a.ms ? b : a),
    undefined,
  )
  if (most === undefined || totalMs <= 0) return undefined
  const longest = phases.filter(({ name }) => name === most.name).reduce((a, b) => (b.tookMs > a.tookMs ? b : a))
  const limitMs = before.findLast(({ code }) => code === 'node-dead')?.limitMs
  const why =
    most.name === 'detect' && limitMs !== undefined
      ? `silence allowed: ${limitMs / 1000} s`
      : `above all: ${longest.what}`
  return { phase: most.name, share: most.ms / totalMs, why }
}

function endOf(own: readonly HistoryRecord[]): Pick<Timeline, 'state' | 'end'> {
  const last = own.at(-1)
  if (last === undefined || !isEnd(last)) return { state: 'unfinished', end: 'nothing tells of its end' }
  const good = last.code === 'group-running' || last.claim === 'running'
  return { state: good ? 'done' : 'failed', end: last.text }
}
