/**
 * Groups that an operator has stopped: nobody runs them until one says otherwise. Moves go on as if nothing were, so whoever
 * has such a group when it is let go starts it. What was ordered is on the disk of whoever has heard of it, and nothing is
 * started that this node's own disk still calls stopped: after a restart it would be stopped again.
 */
import type { Halt, Order, Saved } from '../events.ts'
import type { Claim, Group, GroupName, Halts } from '../types.ts'
import { noGroup } from './move.ts'
import { refuse, type Verdict, whyBlocked } from './obey.ts'
import { type Cluster, withGroup } from './state.ts'

export const neverHalted: Halt = { count: 0 }

const isOdd = (halts: Halts): boolean => halts % 2 === 1

export const isHalted = (c: Cluster, name: GroupName): boolean => isOdd(c.groups.get(name)!.halt.count)

/** `tandem stop GROUP`. */
export function stop(c: Cluster, { group: name, reason }: Extract<Order, { verb: 'stop' }>): Verdict {
  const group = c.config.groups.find(one => one.name === name)
  const against = group === undefined ? noGroup(c, name) : (whyBlocked(c, group) ?? whyUnwritable(c))
  if (against !== undefined) return [c, refuse(against)]
  if (isHalted(c, name)) return [c, { ok: true, groups: [], text: `${haltedText(c, name)} already` }]
  return [turned(c, name, reason), { ok: true, groups: [name] }]
}

/** `tandem start GROUP`. */
export function start(c: Cluster, { group: name, reason }: Extract<Order, { verb: 'start' }>): Verdict {
  const group = c.config.groups.find(one => one.name === name)
  const against = group === undefined ? noGroup(c, name) : whyUnwritable(c)
  if (against !== undefined) return [c, refuse(against)]
  if (!isHalted(c, name))
    return [
      c,
      { ok: true, groups: [], text: `${name} is not stopped by an operator; tandem status tells what it does` },
    ]
  return [turned(c, name, reason), { ok: true, groups: [name] }]
}

function turned(c: Cluster, name: GroupName, why: string | undefined): Cluster {
  const state = c.groups.get(name)!
  return withGroup(c, name, { ...state, halt: { count: state.halt.count + 1, ...(why === undefined ? {} : { why }) } })
}

const whyUnwritable = ({ disk }: Cluster): string | undefined =>
  disk.writable
    ? undefined
    : 'the state folder of this node cannot be written, and it would be forgotten; mend that first'

/** What another node knows of it, if that is newer. The reason is known only where the order was given. */
export const heardHalt = (ours: Halt, { halts }: Claim): Halt => (halts > ours.count ? { count: halts } : ours)

/** May it be started as far as this node's disk goes? */
export const isLetGo = ({ disk, groups }: Cluster, { name }: Group): boolean =>
  (disk.saved.halts.get(name) ?? neverHalted).count === groups.get(name)!.halt.count

/** What should be on disk; the map that is there if it says the same. */
export function haltsOf({ disk, groups }: Cluster): Saved['halts'] {
  const { halts } = disk.saved
  const wanted = [...groups].filter(([, { halt }]) => halt.count > 0)
  const same = wanted.length === halts.size && wanted.every(([name, { halt }]) => halts.get(name) === halt)
  return same ? halts : new Map(wanted.map(([name, { halt }]) => [name, halt]))
}

/** As a sentence without its end. */
export function haltedText({ groups }: Cluster, name: GroupName): string {
  const { why } = groups.get(name)!.halt
  return `${name} was stopped by an operator${why === undefined ? '' : ` (${why})`}`
}
