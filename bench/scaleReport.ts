/** What the scale case measured, as text. */
import { type Curve, plot } from './plot.ts'
import { cell, spread } from './stats.ts'

/** A cluster at rest. Processor: milliseconds a keepalive, the mean of all nodes. */
export interface Cost {
  readonly nodes: number
  readonly groups: number
  readonly keepaliveMs: number
  readonly beatMs: number
  readonly managerMs: number
  /** `ip`, the frame sender and the like. */
  readonly helpersMs: number
  /** All three, of the node that needed most, in percent of a core. */
  readonly worstPercent: number
  /** Payload of the longest heartbeat. */
  readonly datagramBytes: number
  readonly pssMib: number
  readonly dirtyMib: number
  /** Of the machine while it was measured. */
  readonly loadAverage: number
}

/** Power loss of one node: after its last heartbeat plus deadtime, in ms. */
export interface FailOver {
  readonly nodes: number
  readonly groups: number
  /** That the lost node had, each with an address. */
  readonly moved: number
  readonly firstAddressMs: number
  readonly lastAddressMs: number
  /** The last of them has been announced to the client. */
  readonly announcedMs: number
  /** The last group is running, scripts and all. */
  readonly runningMs: number
}

const totalMs = ({ beatMs, managerMs, helpersMs }: Cost): number => beatMs + managerMs + helpersMs
export const percentOf = (cost: Cost): number => (totalMs(cost) / cost.keepaliveMs) * 100

const fixed = (value: number, digits: number): string => value.toFixed(digits)

export function costTable(costs: readonly Cost[]): readonly string[] {
  return [
    '| nodes | groups | beat ms | manager ms | helpers ms | sum, % of a core | worst node, % | datagram, bytes | PSS MiB | private dirty MiB | load average |',
    '|---|---|---|---|---|---|---|---|---|---|---|',
    ...costs.map(one => {
      const times = [one.beatMs, one.managerMs, one.helpersMs].map(ms => fixed(ms, 2))
      const shares = [percentOf(one), one.worstPercent].map(percent => fixed(percent, 2))
      const memory = [one.pssMib, one.dirtyMib].map(mib => fixed(mib, 1))
      const cells = [one.nodes, one.groups, ...times, ...shares, one.datagramBytes, ...memory, one.loadAverage]
      return `| ${cells.join(' | ')} |`
    }),
  ]
}

const marks = 'abcdefghij'

/** A curve for each number of groups. */
export function costPlot(costs: readonly Cost[]): readonly string[] {
  const counts = [...new Set(costs.map(({ groups }) => groups))]
  const curves: Curve[] = counts.map((groups, i) => ({
    mark: marks[i % marks.length]!,
    label: `${groups} ${groups === 1 ? 'group' : 'groups'}`,
    points: costs.filter(one => one.groups === groups).map(one => [one.nodes, percentOf(one)]),
  }))
  return plot(curves, { xLabel: 'nodes', limit: { y: 1, label: 'the target: 1 % of a core' } })
}

/** What one more node costs each of the others, from the smallest to the largest cluster. */
export function growth(costs: readonly Cost[]): readonly string[] {
  return [...new Set(costs.map(({ groups }) => groups))].flatMap(groups => {
    const same = costs.filter(one => one.groups === groups).sort((a, b) => a.nodes - b.nodes)
    const [least, most] = [same[0]!, same.at(-1)!]
    const more = most.nodes - least.nodes
    if (more === 0) return []
    const each = (of: (cost: Cost) => number): string => fixed((of(most) - of(least)) / more, 3)
    return `- with ${groups} ${groups === 1 ? 'group' : 'groups'}, one more node costs each of the others ${each(one => one.beatMs)} ms of its beat and ${each(one => one.managerMs)} ms of its manager a keepalive (${least.nodes} to ${most.nodes} nodes)`
  })
}

export function failOverTable(failOvers: readonly (readonly FailOver[])[]): readonly string[] {
  const column = (runs: readonly FailOver[], key: 'firstAddressMs' | 'lastAddressMs' | 'announcedMs' | 'runningMs') =>
    cell(spread(runs.map(run => tenth(run[key]))))
  return [
    '| nodes | groups | of the lost node | runs | first address, ms | last address, ms | last one announced, ms | last group running, ms |',
    '|---|---|---|---|---|---|---|---|',
    ...failOvers
      .filter(runs => runs.length > 0)
      .map(runs => {
        const { nodes, groups } = runs[0]!
        const moved = runs.map(run => run.moved)
        const few = Math.min(...moved)
        const many = Math.max(...moved)
        const cells = [nodes, groups, few === many ? few : `${few} to ${many}`, runs.length]
        const times = (['firstAddressMs', 'lastAddressMs', 'announcedMs', 'runningMs'] as const).map(key =>
          column(runs, key),
        )
        return `| ${[...cells, ...times].join(' | ')} |`
      }),
  ]
}

const tenth = (ms: number): number => Math.round(ms * 10) / 10

/** All of it, as Markdown. */
export function scaleText(costs: readonly Cost[], failOvers: readonly (readonly FailOver[])[]): string {
  const largest = costs.at(-1)!
  return [
    ...costTable(costs),
    '',
    `Percent of a core, a node, keepalive ${largest.keepaliveMs} ms:`,
    '',
    '```',
    ...costPlot(costs),
    '```',
    '',
    ...growth(costs),
    '',
    'Power loss of one node, after its last heartbeat plus deadtime:',
    '',
    ...failOverTable(failOvers),
  ].join('\n')
}

/** Why the figures miss the targets of the largest cluster; empty when they do not. */
export function misses(costs: readonly Cost[], failOvers: readonly FailOver[]): readonly string[] {
  return [
    ...costs
      .filter(({ datagramBytes }) => datagramBytes > 1400)
      .map(({ nodes, groups, datagramBytes }) => `${nodes} nodes, ${groups} groups: ${datagramBytes} bytes, over 1400`),
    ...costs
      .filter(one => percentOf(one) > 1)
      .map(one => `${one.nodes} nodes, ${one.groups} groups: ${percentOf(one).toFixed(2)} % of a core, over 1`),
    ...failOvers
      .filter(({ lastAddressMs }) => lastAddressMs > 50)
      .map(one => `fail-over of ${one.moved} of ${one.groups} groups: ${tenth(one.lastAddressMs)} ms, over 50`),
  ]
}
