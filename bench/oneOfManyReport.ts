/** What the case of one real node among many measured, as text. */
import type { HistoryRecord } from '../src/daemon/records/record.ts'
import type { Answer } from './answers.ts'
import type { LoneCost, Row } from './oneOfMany.ts'
import { costPlot, type FailOver, failOverTable, growth, misses, percentOf } from './scaleReport.ts'
import { cell, spread } from './stats.ts'

/** What happens one after the other when a node is lost, and where it was seen. */
export const stages = {
  vote: 'peers: as many as a majority needs beside the real node have said that it is dead',
  lastVote: 'peers: the last has said so',
  dead: 'real node: calls it dead',
  assigned: 'real node: the first group is assigned',
  lastAssigned: 'real node: the last group is assigned',
  firstAgreed: 'peers: the first has told that it knows the new owner of all of them',
  agreed: 'peers: the last has told that it knows the new owner of all of them',
  addressBegan: 'real node: the first job of an address has begun',
  lastAddressBegan: 'real node: the last job of an address has begun',
  address: 'kernel: the first address',
  lastAddress: 'kernel: the last address',
  announced: 'client: the last address is announced',
  lastAddressDone: 'real node: the last job of an address has ended',
  scriptBegan: 'real node: the first script has begun',
  lastScriptBegan: 'real node: the last script has begun',
  scriptDone: 'real node: the first script has ended',
  running: 'real node: the last group is running',
} as const

export type Stage = keyof typeof stages
/** After the last heartbeat of the lost node and deadtime, ms. */
export type Steps = Readonly<Record<Stage, number>>

export interface Loss {
  readonly nodes: number
  readonly groups: number
  readonly moved: number
  /** Which loss since the start of the real node: 1 is the first, and finds code that has never run. */
  readonly nth: number
  readonly steps: Steps
  /** From the instant at which a peer had something to do to the instant at which it was done, at most. */
  readonly peersLateMs: number
  readonly loadAverage: number
}

interface Seen {
  /** The instant at which the silence has lasted for deadtime; as all below monotonic ms. */
  readonly dueMs: number
  readonly nodes: number
  readonly votesMs: readonly number[]
  /** When peers had told that groups have another owner. */
  readonly agreedMs: readonly number[]
  readonly addressesMs: readonly number[]
  readonly announcedMs: readonly number[]
  /** Of the node that takes over, from the loss on. */
  readonly records: readonly HistoryRecord[]
}

/** Throws when something is missing: an instant that nobody has seen is no figure. */
export function stepsOf({ dueMs, nodes, votesMs, agreedMs, addressesMs, announcedMs, records }: Seen): Steps {
  const of = (code: string): HistoryRecord[] => records.filter(record => record.code === code)
  const starts = of('job-done').flatMap(({ atMs, job }) => (job?.op === 'start' ? [{ ...job, atMs }] : []))
  const addresses = starts.filter(job => job.addresses)
  const scripts = starts.filter(job => !job.addresses)
  const times = (found: readonly { readonly atMs: number }[]): number[] => found.map(({ atMs }) => atMs)
  const begun = (found: readonly { readonly beganAtMs: number }[]): number[] => found.map(one => one.beganAtMs)
  const votes = votesMs.toSorted((a, b) => a - b)
  const least = (all: readonly number[]): number => Math.min(...all)
  const most = (all: readonly number[]): number => (all.length === 0 ? Number.NaN : Math.max(...all))
  const at: Steps = {
    vote: votes[Math.floor(nodes / 2) - 1] ?? Number.NaN, // a majority but one: the real node has a vote too
    lastVote: most(votes),
    dead: least(times(of('node-dead'))),
    assigned: least(times(of('assigned'))),
    lastAssigned: most(times(of('assigned'))),
    firstAgreed: least(agreedMs),
    agreed: most(agreedMs),
    addressBegan: least(begun(addresses)),
    lastAddressBegan: most(begun(addresses)),
    address: least(addressesMs),
    lastAddress: most(addressesMs),
    announced: most(announcedMs),
    lastAddressDone: most(times(addresses)),
    scriptBegan: least(begun(scripts)),
    lastScriptBegan: most(begun(scripts)),
    scriptDone: least(times(scripts)),
    running: most(times(of('group-running'))),
  }
  const unseen = Object.entries(at).filter(([, atMs]) => !Number.isFinite(atMs))
  if (unseen.length > 0) throw new Error(`not seen: ${unseen.map(([stage]) => stage).join(', ')}`)
  return Object.fromEntries(Object.entries(at).map(([stage, atMs]) => [stage, atMs - dueMs])) as unknown as Steps
}

export const failOverOf = ({ nodes, groups, moved, steps }: Loss): FailOver => ({
  nodes,
  groups,
  moved,
  firstAddressMs: steps.address,
  lastAddressMs: steps.lastAddress,
  announcedMs: steps.announced,
  runningMs: steps.running,
})

const lossesOf = (rows: readonly Row[], homes: 'shared' | 'one'): readonly Loss[] =>
  rows.flatMap(row => (row.part === homes ? [row.loss] : []))

/** Of clusters that were measured twice the later figure counts. */
export function costsOf(rows: readonly Row[]): readonly LoneCost[] {
  const costs = rows.flatMap(row => (row.part === 'cost' ? [row.cost] : []))
  const latest = new Map(costs.map(cost => [`${cost.nodes} ${cost.groups}`, cost]))
  return [...latest.values()].sort((a, b) => a.nodes - b.nodes || a.groups - b.groups)
}

export function loneCostTable(costs: readonly LoneCost[]): readonly string[] {
  return [
    '| nodes | groups | beat ms | manager ms | helpers ms | sum, % of a core | datagram, bytes | all peers, % of a core | peers late at most, ms | load average |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...costs.map(one => {
      const times = [one.beatMs, one.managerMs, one.helpersMs, percentOf(one)].map(value => value.toFixed(2))
      const others = [one.peersPercent.toFixed(1), one.peersLateMs.toFixed(1), one.loadAverage]
      return `| ${[one.nodes, one.groups, ...times, one.datagramBytes, ...others].join(' | ')} |`
    }),
  ]
}

const tenths = (values: readonly number[]): string => cell(spread(values.map(value => Math.round(value * 10) / 10)))

/** What waits for what: a line for each stage, a column for each kind of loss. */
export function stageTable(kinds: readonly (readonly Loss[])[]): readonly string[] {
  const some = kinds.filter(losses => losses.length > 0)
  const heads = some.map(losses => `${movedOf(losses)} of ${losses[0]!.groups} groups`)
  return [
    `| | ${heads.join(' | ')} |`,
    `|---|${some.map(() => '---|').join('')}`,
    ...Object.entries(stages).map(([stage, label]) => {
      const cells = some.map(losses => tenths(losses.map(({ steps }) => steps[stage as Stage])))
      return `| ${label} | ${cells.join(' | ')} |`
    }),
    `| peers late at most | ${some.map(losses => tenths(losses.map(loss => loss.peersLateMs))).join(' | ')} |`,
    `| load average | ${some.map(losses => tenths(losses.map(loss => loss.loadAverage))).join(' | ')} |`,
  ]
}

function movedOf(losses: readonly { readonly moved: number }[]): string {
  const moved = losses.map(loss => loss.moved)
  const [few, many] = [Math.min(...moved), Math.max(...moved)]
  return few === many ? String(few) : `${few} to ${many}`
}

/** A line for each number of groups that were lost: a share, and all of them. */
export function answerTable(answers: readonly Answer[]): readonly string[] {
  const isAll = ({ moved, groups }: Answer): boolean => moved === groups
  const kinds = [answers.filter(one => !isAll(one)), answers.filter(isAll)].filter(kind => kind.length > 0)
  return [
    '| nodes | groups | of the lost node | runs | has said that it is dead, ms | from the word of the new owner to its own, ms | peers late at most, ms |',
    '|---|---|---|---|---|---|---|',
    ...kinds.map(kind => {
      const { nodes, groups } = kind[0]!
      const times = (['voteMs', 'answerMs', 'peersLateMs'] as const).map(key => tenths(kind.map(one => one[key])))
      return `| ${[nodes, groups, movedOf(kind), kind.length, ...times].join(' | ')} |`
    }),
  ]
}

/** All of it, as Markdown. */
export function oneOfManyText(rows: readonly Row[]): string {
  const costs = costsOf(rows)
  const kinds = (['shared', 'one'] as const).map(homes => lossesOf(rows, homes))
  const plotted =
    costs.length === 0
      ? []
      : ['Percent of a core, the real node, keepalive 1000 ms:', '', '```', ...costPlot(costs), '```', '']
  const costText = costs.length === 0 ? [] : [...loneCostTable(costs), '', ...plotted, ...growth(costs), '']
  const firsts = kinds.map(losses => losses.filter(({ nth }) => nth === 1).map(failOverOf))
  const firstHead = 'Of these the first after a start, when all that it needs is done for the first time:'
  const firstText = firsts.every(losses => losses.length === 0) ? [] : ['', firstHead, '', ...failOverTable(firsts)]
  const answers = rows.flatMap(row => (row.part === 'answer' ? [row.answer] : []))
  const answerText =
    answers.length === 0 ? [] : ['', 'What a real node takes to answer a hosted one:', '', ...answerTable(answers)]
  if (kinds.every(losses => losses.length === 0)) return [...costText, ...answerText].join('\n')
  return [
    ...costText,
    'Power loss of one of the peers, after its last heartbeat plus deadtime:',
    '',
    ...failOverTable(kinds.map(losses => losses.map(failOverOf))),
    ...firstText,
    '',
    'What waits for what, ms after the same instant, median [min..max]:',
    '',
    ...stageTable(kinds),
    ...answerText,
  ].join('\n')
}

/** Why the figures miss the targets; empty when they do not. */
export const missesOf = (rows: readonly Row[]): readonly string[] =>
  misses(costsOf(rows), [...lossesOf(rows, 'shared'), ...lossesOf(rows, 'one')].map(failOverOf))
