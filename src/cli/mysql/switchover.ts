/** `tandem switchover GROUP`: looks first whether it can be, lets the replica come up, moves the group, and looks again. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Facts, look } from '../../agents/mysqlrole/facts.ts'
import { beyond, reached } from '../../agents/mysqlrole/gtids.ts'
import { DatabaseError } from '../../agents/mysqlrole/session.ts'
import { type Pair, withDatabaseOf } from '../../agents/mysqlrole/talk.ts'
import { verdictOn } from '../../agents/mysqlrole/verdict.ts'
import { exit } from '../../daemon/protocol.ts'
import type { Group, NodeId } from '../../types.ts'
import { orderCommand } from '../orders.ts'
import { readStatus } from '../statusCommand.ts'
import { failOn, type Terminal } from '../terminal.ts'
import { type Folders, findPair, pairsOf, readOwnSettings } from './pairs.ts'

export interface SwitchoverFlags {
  /** undefined: the only other one that may have it. */
  readonly to: string | undefined
  readonly timeoutS: number
  readonly dryRun: boolean
}

/** 0 done and equal, 1 failed, 3 no daemon, 4 refused and nothing was done, 5 not done in time. */
export async function switchover(
  name: string,
  folders: Folders,
  flags: SwitchoverFlags,
  terminal: Terminal,
): Promise<number> {
  const fail = failOn(terminal)
  const read = await readStatus(folders.runDir)
  if (!read.ok) return fail(read.code, read.why)
  const here = { ...folders, node: read.status.node }
  const settings = readOwnSettings(here.configDir, here.node)
  if (typeof settings === 'string') return fail(exit.usage, settings)
  const group = settings.groups.find(one => one.name === name)
  if (group === undefined)
    return fail(exit.usage, `no group "${name}"; haresources has ${settings.groups.map(one => one.name).join(', ')}`)
  const on = read.status.groups.find(one => one.name === name)?.on ?? []
  if (on.length !== 1)
    return fail(exit.refused, `${name} runs on ${on.length === 0 ? 'no node' : on.join(' and ')}: tandem status`)
  const [from] = on as [string]
  const to = targetOf(group, from, flags.to)
  if (typeof to !== 'object') return fail(exit.refused, to)
  const pairs = pairsOf(settings).filter(one => one.group.name === name)
  const found = pairs.map(({ resource }) => findPair(resource.name, here, terminal))
  const wrong = found.find(one => typeof one === 'string')
  if (typeof wrong === 'string') return fail(exit.usage, wrong)
  const data = found.flatMap(one => (typeof one === 'string' ? [] : one.pair))
  try {
    for (const pair of data) {
      const hindrance = await prepare(pair, from, to.node, flags, terminal)
      if (hindrance !== undefined) return fail(exit.refused, `${pair.resource}: ${hindrance}; nothing was done`)
    }
    const options = { runDir: folders.runDir, wait: true, timeoutS: flags.timeoutS, quiet: false, dryRun: flags.dryRun }
    const code = await orderCommand({ verb: 'move', group: group.name, to: to.node }, options, terminal)
    if (code !== exit.done || flags.dryRun) return code
    for (const pair of data) {
      const differs = await compare(pair, from, to.node, terminal)
      if (differs !== undefined) return fail(exit.failed, `${pair.resource}: ${differs}`)
    }
    return exit.done
  } catch (error) {
    if (error instanceof DatabaseError) return fail(exit.failed, error.message)
    throw error
  }
}

function targetOf(
  { name, homes }: Group,
  from: string,
  wanted: string | undefined,
): { readonly node: NodeId } | string {
  const others = homes.filter(node => node !== from)
  if (wanted === undefined) {
    if (others.length === 1) return { node: others[0]! }
    return `${name} may run on ${others.join(', ') || 'no other node'}: say which, with --to NODE`
  }
  const node = others.find(one => one === wanted.toLowerCase())
  return node ? { node } : `${name} cannot go to ${wanted} from ${from}: write one of ${others.join(', ')}`
}

/** Asks the same rule as the agent will, and waits until little is left to apply: writes are only closed then. */
async function prepare(
  pair: Pair,
  from: string,
  to: NodeId,
  { timeoutS, dryRun }: SwitchoverFlags,
  terminal: Terminal,
): Promise<string | undefined> {
  const untilMs = pair.host.clock.nowMs() + timeoutS * 1_000
  const goal = await withDatabaseOf(pair, from, look)
  for (;;) {
    // In this order: what the replica has of the primary, the primary has by then.
    const own = await withDatabaseOf(pair, to, look)
    const theirs = await withDatabaseOf(pair, from, look)
    const refused = refusalOf(pair, own, from, to, theirs)
    if (refused !== undefined) return refused
    if (reached(own.flavour, own.at, goal.at)) {
      terminal.out(`${to} has what ${from} had at ${goal.at}\n`)
      return undefined
    }
    if (dryRun) return undefined
    if (pair.host.clock.nowMs() >= untilMs)
      return `${to} is at ${own.at} and does not come up with ${from} at ${goal.at}`
    await sleep(200)
  }
}

function refusalOf({ wanted }: Pair, own: Facts, from: string, to: string, theirs: Facts): string | undefined {
  if (theirs.readOnly) return `the database of ${from} is read-only: it is no primary`
  // As it will be then: closed.
  const others = new Map([[from, { ...theirs, readOnly: true }]])
  const looked = { others, gone: new Set<string>(), lived: new Map<string, number>() }
  const verdict = verdictOn({ ...looked, node: to, own, memory: { role: 'replica' }, sighting: undefined, wanted })
  return 'refused' in verdict ? `${to} would not be made primary: ${verdict.why}` : undefined
}

/** Whatever the old one had is there: it takes no writes any more, so that this is final. */
async function compare(pair: Pair, from: string, to: string, terminal: Terminal): Promise<string | undefined> {
  const [old, now] = [await withDatabaseOf(pair, from, look), await withDatabaseOf(pair, to, look)]
  if (now.readOnly) return `the database of ${to} is read-only after the move`
  if (!old.readOnly) return `the database of ${from} still takes writes`
  if (beyond(old.has, now.has).size > 0)
    return `${from} has transactions that ${to} has not: ${old.at} against ${now.at}`
  terminal.out(`${to} takes writes, ${from} is read-only, and nothing of ${old.at} is missing on ${to}\n`)
  return undefined
}
