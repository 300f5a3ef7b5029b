/** DRBD's own options beside what Tandem does with it: what loses data, what hangs, and the lines to write instead. Pure. */
import { cannot, type Hindrance, might } from '../readiness.ts'
import type { Options } from './config.ts'

export interface Circumstances {
  /** undefined: not known. */
  readonly deadtimeMs: number | undefined
  /** The module is of version 9. */
  readonly isNine: boolean
}

type Rule = (name: string, options: Options, around: Circumstances) => Hindrance | undefined

const net = (options: Options, key: string): string | undefined => options.get(`net.${key}`)
const switchedOn = (value: string | undefined): boolean => value !== undefined && value !== 'no'

const rules: readonly Rule[] = [
  (name, options) => {
    const protocol = net(options, 'protocol') ?? options.get('protocol') ?? 'C'
    return protocol === 'C'
      ? undefined
      : might(
          `${name} has protocol ${protocol}: what was acknowledged here may be missing after a take-over; write in its section net: protocol C;`,
        )
  },
  (name, options) =>
    switchedOn(net(options, 'allow-two-primaries'))
      ? cannot(
          `${name} has allow-two-primaries: two nodes that write at once destroy a file system like ext4; remove that line`,
        )
      : undefined,
  (name, options) => loses(name, options, 'after-sb-0pri', ['disconnect', 'discard-zero-changes']),
  (name, options) => loses(name, options, 'after-sb-1pri', ['disconnect', 'consensus']),
  (name, options) => loses(name, options, 'after-sb-2pri', ['disconnect']),
  handler,
  (name, options) =>
    options.has('startup.become-primary-on')
      ? might(`${name} has become-primary-on: a boot script would promote it behind our back; remove that line`)
      : undefined,
  (name, options, { isNine }) =>
    isNine && options.get('options.auto-promote') !== 'no'
      ? might(`${name} is promoted by whoever opens its device; write in its section options: auto-promote no;`)
      : undefined,
  slow,
]

/** Nobody asks before it is thrown away. */
function loses(name: string, options: Options, key: string, good: readonly string[]): Hindrance | undefined {
  const value = net(options, key)
  return value === undefined || good.includes(value)
    ? undefined
    : might(
        `${name} has ${key} ${value}: after a split brain the changes of one node are thrown away, and nobody is asked; write in its section net: ${key} ${good.at(-1)};`,
      )
}

/** Handlers that ask a cluster manager which is not there, or one that is. */
const foreign = /\b(drbd-peer-outdater|crm-fence-peer\S*|stonith_admin-fence-peer\S*|rhcs_fence|outdate-peer\S*)/
const ours = 'handlers { fence-peer "/usr/bin/tandem-drbd-fence"; }'

function handler(name: string, options: Options): Hindrance | undefined {
  const fencing = options.get('disk.fencing') ?? net(options, 'fencing') ?? 'dont-care'
  const program = options.get('handlers.fence-peer')
  const asks = program === undefined ? undefined : foreign.exec(program)?.[1]
  if (asks !== undefined)
    return cannot(`${name} has the fence-peer handler ${asks}, which asks another cluster manager; write ${ours}`)
  if (fencing === 'dont-care' || program !== undefined) return undefined
  const what = fencing === 'resource-and-stonith' ? 'freezes for good' : 'cannot be made primary without its peer'
  return cannot(`${name} has fencing ${fencing} and no fence-peer handler: without its peer it ${what}; write ${ours}`)
}

/** By DRBD's own defaults where nothing is written: seconds, and tenths of them. */
function slow(name: string, options: Options, { deadtimeMs }: Circumstances): Hindrance | undefined {
  const value = (key: string, usual: number): number => Number(net(options, key) ?? usual)
  const detectionMs = value('ping-int', 10) * 1_000 + (value('ping-timeout', 5) + value('timeout', 60)) * 100
  if (deadtimeMs === undefined || !(detectionMs > deadtimeMs)) return undefined
  return might(
    `${name} may take ${detectionMs / 1_000} s to miss a dead peer, longer than deadtime (${deadtimeMs / 1_000} s), and a take-over waits for that; write in its section net: ping-int 2; timeout 20;`,
  )
}

export const adviceFor = (name: string, options: Options, around: Circumstances): readonly Hindrance[] =>
  rules.flatMap(rule => rule(name, options, around) ?? [])
