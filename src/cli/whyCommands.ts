/** `tandem explain`, `tandem history` and `tandem timeline`: what was decided and done, read from records, never from logs. */
import { type ExitCode, exit } from '../daemon/protocol.ts'
import type { HistoryRecord } from '../daemon/records/record.ts'
import { eventId } from '../decision.ts'
import type { Epoch, GroupName } from '../types.ts'
import { type Found, findRecords, type Places, tellSource } from './recordSource.ts'
import { type Explanation, renderExplain } from './renderExplain.ts'
import { renderHistory } from './renderHistory.ts'
import { renderTimeline } from './renderTimeline.ts'
import { readStatus } from './statusCommand.ts'
import { type Terminal, wantsColor } from './terminal.ts'
import { timelineOf } from './timeline.ts'

export interface WhyOptions extends Places {
  readonly format: 'text' | 'json'
  readonly color: boolean
}

export interface HistoryOptions extends WhyOptions {
  readonly group?: string
  /** ISO 8601. */
  readonly since?: string
  readonly limit: number
  readonly verbose: boolean
}

type Good = Found & { ok: true }

const movesShown = 6
/** All records of a group between two moves, and more. */
const sceneMax = 5_000

const widthOf = (terminal: Terminal): number => Math.min(100, Math.max(60, terminal.columns()))
const asJson = (value: object): string => `${JSON.stringify(value, null, 2)}\n`

function fail(terminal: Terminal, code: ExitCode, why: string): ExitCode {
  terminal.err(`tandem: ${why}\n`)
  return code
}

/** Exit code 0, also when there is nothing to show. */
export async function historyCommand(options: HistoryOptions, terminal: Terminal): Promise<ExitCode> {
  const { group, since, limit, verbose } = options
  const about = { ...(group === undefined ? {} : { group }), ...(since === undefined ? {} : { since }) }
  const found = await findRecords(options, { ...about, limit, debug: verbose || options.format === 'json' })
  if (!found.ok) return fail(terminal, found.code, found.why)
  tellSource(found, options, terminal)
  const { records, source } = found
  if (options.format === 'json') terminal.out(asJson({ schema: 'tandem/history/v1', source, records }))
  else if (records.length === 0) terminal.out('nothing is recorded of that\n')
  else terminal.out(renderHistory(records, widthOf(terminal), wantsColor(terminal, options.color)))
  return exit.done
}

/** @param word a group, an event, or `last`: of a group its last move. */
export async function timelineCommand(word: string, options: WhyOptions, terminal: Terminal): Promise<ExitCode> {
  const event = await eventOf(word, options)
  if (typeof event !== 'string') return fail(terminal, event.ok ? exit.usage : event.code, whyNoEvent(word, event))
  const group = event.slice(0, event.lastIndexOf('/'))
  const found = await findRecords(options, { group, limit: sceneMax, debug: true })
  if (!found.ok) return fail(terminal, found.code, found.why)
  tellSource(found, options, terminal)
  const timeline = timelineOf(found.records, event)
  if (timeline === undefined) return fail(terminal, exit.usage, noSuchEvent(event))
  terminal.out(options.format === 'json' ? asJson(timeline) : renderTimeline(timeline, widthOf(terminal)))
  return exit.done
}

const isEvent = (word: string): boolean => /\/\d+\.[^/]+$/.test(word)

/** The event that is meant, or what was found instead. */
async function eventOf(word: string, places: Places): Promise<string | Found> {
  if (isEvent(word)) return word
  const found = await findRecords(places, {
    ...(word === 'last' ? {} : { group: word }),
    codes: ['assigned'],
    limit: 1,
  })
  return (found.ok ? found.records[0]?.event : undefined) ?? found
}

const noSuchEvent = (event: string): string =>
  `nothing is recorded of the event ${event}; tandem history shows the events there are, in brackets`

function whyNoEvent(word: string, found: Found): string {
  if (!found.ok) return found.why
  return word === 'last'
    ? 'no move is recorded yet; tandem history shows what is'
    : `no move of "${word}" is recorded; tandem history shows the events there are, in brackets`
}

/** @param word a group, or `last`: the group that moved last. */
export async function explainCommand(word: string, options: WhyOptions, terminal: Terminal): Promise<ExitCode> {
  const [found, status] = await Promise.all([
    findRecords(options, { ...(word === 'last' ? {} : { group: word }), codes: ['assigned'], limit: movesShown + 1 }),
    readStatus(options.runDir),
  ])
  if (!found.ok) return fail(terminal, found.code, found.why)
  const groups = status.ok ? status.status.groups : []
  const group = word === 'last' ? (found.records.at(-1)?.group ?? groups[0]?.name) : word
  if (group === undefined) return fail(terminal, exit.failed, 'no move is recorded yet, and there is no daemon to ask')
  const moves = word === 'last' ? await movesOf(group, options) : found
  if (!moves.ok) return fail(terminal, moves.code, moves.why)
  const now = groups.find(({ name }) => name === group)
  if (now === undefined && moves.records.length === 0) return fail(terminal, exit.usage, noSuchGroup(group, groups))
  tellSource(moves, options, terminal)
  const node = status.ok ? status.status.node : moves.records.at(-1)!.node
  const explanation = explain(group, node, now, moves)
  terminal.out(options.format === 'json' ? asJson(explanation) : renderExplain(explanation, widthOf(terminal)))
  return exit.done
}

const movesOf = (group: string, places: Places): Promise<Found> =>
  findRecords(places, { group, codes: ['assigned'], limit: movesShown + 1 })

function noSuchGroup(group: string, groups: readonly { readonly name: string }[]): string {
  const names = groups.map(({ name }) => name).join(', ')
  return `no group "${group}"${names === '' ? ' in the records' : `; there are ${names}`}`
}

/** @param moves its moves, oldest first. */
export function explain(
  group: string,
  node: string,
  now: Explanation['now'],
  moves: Pick<Good, 'records' | 'source'>,
): Explanation {
  const { records, source } = moves
  const decision = decisionFor(group as GroupName, now, records)
  return {
    schema: 'tandem/explain/v1',
    node,
    source,
    group,
    ...(now === undefined ? {} : { now }),
    ...(decision === undefined ? {} : { decision }),
    before: records.filter(record => record !== decision).toReversed(),
  }
}

/** After a restart of the manager the register is empty until a peer is heard: then it is the last move that fits. */
function decisionFor(
  group: GroupName,
  now: Explanation['now'],
  records: readonly HistoryRecord[],
): HistoryRecord | undefined {
  const last = records.at(-1)
  if (now === undefined) return last
  if (now.epoch.counter === 0) return last?.move !== undefined && now.on.includes(last.move.to) ? last : undefined
  const event = eventId(group, now.epoch as Epoch)
  return records.findLast(record => record.event === event)
}
