/**
 * `ping ADDRESS ...` and `ping_group NAME ADDRESS ...`: hosts outside the cluster. A node that none of them answers
 * knows that the fault is its own.
 */
import type { NodeId } from '../types.ts'
import { comparable } from './addresses.ts'
import { sayDuration as say, writeDuration as write } from './durations.ts'
import { type Entry, lastOf, readLast } from './entries.ts'
import { splitWord, type Word } from './lines.ts'
import { type Insiders, readPingAddress } from './pingAddress.ts'
import { type Complaints, span } from './problem.ts'
import type { PingNode } from './settings.ts'
import { time } from './values.ts'

/** Somebody wants arbitration by ping, even if the line is wrong. */
export function hasPings(entries: readonly Entry[]): boolean {
  return entries.some(({ directive }) => directive === 'ping' || directive === 'ping_group')
}

export function readPings(entries: readonly Entry[], insiders: Insiders, complain: Complaints): PingNode[] {
  const found = new Map<string, { at: Word; ping: PingNode }>()
  for (const [at, members] of entries.flatMap(entry => (entry.sound ? readEntry(entry, insiders, complain) : []))) {
    const addresses = members.flatMap(member => readPingAddress(member, insiders, complain) ?? [])
    const name = at.text.toLowerCase()
    const first = found.get(comparable(name))
    if (first) sayTwice(at, first.at, complain)
    else if (addresses.length > 0) found.set(comparable(name), { at, ping: { name, addresses: unique(addresses) } })
  }
  return [...found.values()].map(({ ping }) => ping)
}

type Named = readonly [name: Word, members: readonly Word[]]

function readEntry(entry: Entry, { nodes }: Insiders, complain: Complaints): Named[] {
  if (entry.directive === 'ping') return entry.values.map(at => [at, [at]])
  if (entry.directive !== 'ping_group') return []
  const [name, ...members] = entry.values.flatMap(value => splitWord(value, ',')).filter(({ text }) => text !== '')
  if (!name) return []
  const given = [...(isName(name) ? [] : [name]), ...members].map(({ text }) => text).join(' ') || 'ADDRESS ADDRESS'
  const called = (other: string): string => `write ping_group ${other} ${given}`
  if (!isName(name)) {
    const text = `ping_group without a name before "${name.text}"`
    complain.error('HA184', name, { text, why: 'the name of the group belongs here', fix: called('routers') })
    return []
  }
  if (nodes.includes(name.text.toLowerCase() as NodeId)) {
    const text = `ping_group "${name.text}" has the name of a node`
    complain.error('HA184', name, { text, why: 'nobody could tell them apart', fix: called('routers') })
    return []
  }
  if (members.length > 0) return [[name, members]]
  const says = { text: `ping_group ${name.text} without addresses`, why: 'addresses are missing after this' }
  complain.error('HA109', span(entry.word, name), { ...says, fix: called(name.text) })
  return []
}

/** Not an address: that is a name that somebody forgot to write. */
const isName = ({ text }: Word): boolean => /^[a-z_][\w.-]{0,62}$/i.test(text)

const unique = (addresses: readonly string[]): string[] =>
  addresses.filter((address, i) => addresses.findIndex(other => comparable(other) === comparable(address)) === i)

function sayTwice(at: Word, first: Word, complain: Complaints): void {
  const where = first.line === at.line ? 'on this line' : `in line ${first.line}`
  const says = { text: `ping node "${at.text}" is given twice`, why: `already ${where}`, fix: 'remove one of them' }
  complain.error('HA182', at, says)
}

/** How long a ping node may be silent; Heartbeat's default is the deadtime. */
export function readDeadping(
  entries: readonly Entry[],
  { keepaliveMs, deadtimeMs }: { readonly keepaliveMs: number; readonly deadtimeMs: number },
  complain: Complaints,
): number {
  const at = lastOf(entries, 'deadping')
  const written = readLast(entries, 'deadping', time)
  if (!at || written === undefined) return deadtimeMs
  if (!hasPings(entries)) complain.note('HA112', at, 'deadping: there are no ping nodes')
  if (written < 2 * keepaliveMs) {
    const text = `deadping ${say(written)} is shorter than two keepalives of ${say(keepaliveMs)}`
    const fix = `write deadping ${write(deadtimeMs)}, or leave the line out: it is the deadtime then`
    complain.error('HA185', at, { text, why: 'one lost answer would be a death', fix })
  }
  return written
}
