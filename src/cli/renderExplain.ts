/** `tandem explain` as text: where a group is, which decision brought it there, and what stood against the others. Pure. */

import type { GroupStatus } from '../daemon/protocol.ts'
import type { HistoryRecord, MoveRecord } from '../daemon/records/record.ts'
import type { NodeView } from '../decision.ts'
import { clockOf, dayOf } from './clockText.ts'
import { clean, list, span, wrap } from './words.ts'

/** `tandem explain --format json`; within v1 there are only additions. */
export interface Explanation {
  readonly schema: 'tandem/explain/v1'
  /** Whose records these are. */
  readonly node: string
  readonly source: 'daemon' | 'files'
  readonly group: string
  /** As the daemon sees it now; missing when there is no daemon. */
  readonly now?: GroupStatus
  /** What brought it where it is, a record of code `assigned`; missing when the records do not reach back so far. */
  readonly decision?: HistoryRecord
  /** Earlier moves, the newest first. */
  readonly before: readonly HistoryRecord[]
}

export function renderExplain(explanation: Explanation, width: number): string {
  const { now, decision, before } = explanation
  const lines: readonly string[] = [
    ...wrap(where(explanation), width),
    '',
    ...(decision?.move === undefined ? undecided(explanation, width) : decided(decision, decision.move, width)),
    ...(now === undefined ? [] : present(now, width)),
    ...part('before', before.map(moveLine), width),
    ...(decision === undefined
      ? []
      : ['', ...wrap(`its parts and their times: tandem timeline ${decision.event}`, width)]),
  ]
  return lines.map(line => `${line.trimEnd()}\n`).join('')
}

const leadSize = 10

/** A word at the left, and paragraphs beside it; what follows a tab stands in a column of its own. */
function part(lead: string, texts: readonly string[], width: number): string[] {
  const rows = texts.map(text => (text.includes('\t') ? text.split('\t') : ['', text]) as [string, string])
  const column = Math.min(30, Math.max(...rows.map(([name]) => name.length)))
  const lines = rows.flatMap(([name, text]) => {
    const head = column === 0 ? '' : `${name.slice(0, column).padEnd(column)}  `
    const hang = ' '.repeat(Math.max(2, head.length))
    const [first = '', ...rest] = wrap(text, width - leadSize - hang.length, width - leadSize - head.length)
    return [`${head}${first}`, ...rest.map(line => `${hang}${line}`)]
  })
  return lines.map((line, i) => `${(i === 0 ? lead : '').padEnd(leadSize)}${line}`)
}

function where({ group, now, decision }: Explanation): string {
  if (now === undefined) return `${group}: the last known decision gave it to ${decision?.move?.to ?? 'nobody'}`
  const since = now.sinceS === undefined ? '' : `, for ${span(now.sinceS)}`
  const on = list(now.on)
  switch (now.state) {
    case 'running':
    case 'alone':
      return `${group} runs on ${on}${since}${now.state === 'alone' ? '; it could go nowhere else now' : ''}`
    case 'stopped':
      return `${group} runs nowhere${since}; its owner is ${now.owner}`
    case 'halted':
      return `${group} runs nowhere${since}: an operator has stopped it`
    case 'failed':
      return `${group} runs nowhere${since}: it failed on ${list(now.failedOn)}`
    case 'stuck':
      return `${group} runs on ${on} only in part${since}`
    case 'blocked':
      return `${group} is blocked on ${on}${since}`
    case 'unknown':
      return `${group}: it is not known yet what runs of it on ${on}`
    case 'starting':
    case 'stopping':
      return `${group} is ${now.state} on ${on}${since}; its owner is ${now.owner}`
  }
}

function decided({ time, event, node }: HistoryRecord, move: MoveRecord, width: number): string[] {
  const { minter } = move.epoch
  const by = move.decidedHere ? node : move.toldBy === minter ? minter : `${minter}, as ${move.toldBy} told`
  const line = move.from === move.to ? `it stays on ${move.to}` : `from ${move.from} to ${move.to}`
  return [
    ...part('decision', [`${event}, ${line}: ${move.because}`, `by ${by}, ${dayOf(time)} ${clockOf(time)}`], width),
    ...part('rule', [`${move.rule}: ${move.ruleText}`], width),
    ...part(
      'known',
      move.inputs.map(view => `${view.node}\t${viewText(view)}`),
      width,
    ),
    ...part('rejected', rejectedTexts(move), width),
  ]
}

function rejectedTexts({ rejected, decidedHere, epoch }: MoveRecord): readonly string[] {
  if (!decidedHere) return [`known to ${epoch.minter} only, which decided; type the same there`]
  if (rejected.length === 0) return ['nothing: there is no other node for it']
  return rejected.map(
    ({ choice, node, why }) => `${choice === 'stay' ? 'leave it on' : 'give it to'} ${node}: ${node} ${why}`,
  )
}

function viewText(view: NodeView): string {
  const { node: _, here, health, silentMs = 0, silence, votes, pingMs, pings, claim, ...flags } = view
  const words = [
    here ? 'this node' : `${health}`,
    ...(health !== 'late' && health !== 'dead' ? [] : [`silent for ${span(silentMs / 1000)}`]),
    ...(votes === undefined ? [] : [`called dead by ${votes} node${votes === 1 ? '' : 's'}`]),
    ...(silence === undefined ? [] : [silenceWords[silence] ?? silence]),
    ...(pingMs === undefined ? [] : [`ping answered ${span(pingMs / 1000)} ago`]),
    ...(pings === undefined ? [] : [`sees ${pings} ping node${pings === 1 ? '' : 's'}`]),
    ...(claim === undefined ? [] : [`group ${claim}${health === 'dead' ? ' at its last word' : ''}`]),
    ...Object.entries(flags).flatMap(([flag, set]) => (set ? [flagWords[flag] ?? flag] : [])),
  ]
  return words.join(', ')
}

const silenceWords: Readonly<Record<string, string>> = {
  free: 'may be taken from',
  'not-fenced': 'not fenced',
  outvoted: 'too few call it dead',
  'no-ping': 'no ping node answers here',
  waits: 'split_policy wait',
  asking: 'being asked',
  answers: 'something of it answers',
  'unable-to-ask': 'nobody could be asked',
  disarmed: 'nothing is taken from it for now: fail-over is disarmed, or it cannot know that it is armed',
}

const flagWords: Readonly<Record<string, string>> = {
  failed: 'a start failed there',
  standby: 'in standby',
  leaving: 'shutting down',
  left: 'shut down',
  sick: 'its manager does not answer',
  doubtful: 'not heard since this node was paused',
  deaf: 'does not hear this node',
  unwritable: 'cannot write its state folder',
  dark: 'no carrier on an interface of its addresses',
}

function undecided({ now, group, node }: Explanation, width: number): string[] {
  if (now === undefined) return part('decision', ['none is in the records'], width)
  if (now.epoch.counter === 0) return part('decision', [`none: nobody has moved it; ${now.because}`], width)
  const event = `${group}/${now.epoch.counter}.${now.epoch.minter}`
  const texts = [`${event}: ${now.because}`, `the records of ${node} do not have it; those of ${now.epoch.minter} may`]
  return part('decision', texts, width)
}

function present({ why, fix, ifDies }: GroupStatus, width: number): string[] {
  return part(
    'now',
    [...(why === undefined ? [] : [why]), ...(fix === undefined ? [] : [`fix: ${fix}`]), ifDies],
    width,
  )
}

function moveLine({ time, event, move, text }: HistoryRecord): string {
  const told = move === undefined ? clean(text) : `${move.from} -> ${move.to}: ${move.because}`
  return `${dayOf(time)} ${clockOf(time).slice(0, 8)}\t${told} [${event}]`
}
