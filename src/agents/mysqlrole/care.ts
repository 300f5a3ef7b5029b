/** What a node does about its own database between changes of roles, and only about its own. Pure. */
import type { Stand } from '../agent.ts'
import type { Facts } from './facts.ts'
import { beyond, type Gtids } from './gtids.ts'
import type { Sighting } from './memory.ts'
import { brokenBecause } from './replica.ts'
import { nodeAt, type Others, type Situation } from './verdict.ts'

export type Care =
  | { readonly do: 'nothing' }
  /** It takes writes, and its group does not run here. */
  | { readonly do: 'close' }
  | { readonly do: 'start-replica' }
  /** `first`: it has no transactions at all, so nothing tells whether it began as a copy. */
  | { readonly do: 'follow'; readonly source: string; readonly wasSource: boolean; readonly first: boolean }
  /** It has what the primary has not: pointed there it would stop, or worse, not stop. */
  | { readonly do: 'keep-errant'; readonly source: string; readonly gtids: Gtids }
  /** Commits are to wait for a replica that has come. */
  | { readonly do: 'semi-sync' }

const nothing: Care = { do: 'nothing' }

export function careFor(situation: Situation, stand: Stand): Care {
  const { own } = situation
  if (stand === 'let-be') return nothing
  if (stand === 'held') return own.readOnly ? nothing : careForPrimary(situation)
  if (!own.readOnly) return { do: 'close' }
  const primary = primaryOf(situation.others)
  return primary === undefined ? nothing : careForReplica(situation, ...primary)
}

/** The one that takes writes; undefined: none does, or more than one. */
export function primaryOf(others: Others): readonly [string, Facts] | undefined {
  const found = [...others].flatMap(([node, facts]) => (facts && !facts.readOnly ? [[node, facts] as const] : []))
  return found.length === 1 ? found[0] : undefined
}

function careForPrimary({ own, others, wanted, node }: Situation): Care {
  if (!wanted.semiSync || own.semiSync === undefined || own.semiSync.sourceEnabled) return nothing
  const isReady = ({ replica, semiSync }: Facts): boolean =>
    replica?.receiver === 'running' && semiSync?.replicaEnabled === true && nodeAt({ wanted }, replica) === node
  return [...others.values()].some(other => other && isReady(other)) ? { do: 'semi-sync' } : nothing
}

function careForReplica(situation: Situation, source: string, theirs: Facts): Care {
  const { own, memory } = situation
  const follows = own.replica !== undefined && nodeAt(situation, own.replica) === source
  if (follows && own.replica!.receiver !== 'stopped' && own.replica!.applier === 'running') return nothing
  if (memory.role === 'rebuilding') return nothing
  const errant = beyond(own.has, theirs.has)
  if (errant.size > 0) return { do: 'keep-errant', source, gtids: errant }
  if (!follows) return { do: 'follow', source, wasSource: own.replica === undefined, first: own.has.size === 0 }
  return brokenBecause(own.replica!) === undefined ? { do: 'start-replica' } : nothing
}

/** What this look tells of the primary; undefined: nothing new, as when it was silent already. */
export function sightingOf(situation: Situation, nowMs: number): Sighting | undefined {
  const { own, others, sighting } = situation
  const primary = primaryOf(others)
  if (own.replica === undefined || primary === undefined) return lost(situation, nowMs)
  const [source, theirs] = primary
  if (nodeAt(situation, own.replica) !== source) return sighting?.source === source ? undefined : lost(situation, nowMs)
  const receiving = own.replica.receiver === 'running'
  return {
    source,
    writer: theirs.writer,
    atMs: nowMs,
    receiving,
    inSync: receiving && theirs.semiSync?.sourceOn === true && own.semiSync?.replicaOn === true,
    lagMs: lagMs(situation, theirs, nowMs),
    has: [...theirs.has].flatMap(([name, intervals]) => intervals.map(one => sayOne(theirs, name, one))).join(','),
  }
}

const sayOne = ({ flavour }: Facts, name: string, [first, last]: readonly [number, number]): string =>
  flavour === 'MariaDB' ? `${name}-${last}` : `${name}:${first}-${last}`

/** One that is silent may live and be cut off from us; one that is closed may have been open until now, not longer. */
function lost({ sighting, others, gone }: Situation, nowMs: number): Sighting | undefined {
  if (sighting === undefined) return undefined
  const { source, lostAtMs = nowMs } = sighting
  if (gone.has(source) || others.get(source)?.readOnly === true)
    return { ...sighting, lostAtMs: sighting.lost === 'silent' ? nowMs : lostAtMs, closedAtMs: nowMs, lost: 'closed' }
  return sighting.lost === 'silent' ? undefined : { ...sighting, lostAtMs, lost: 'silent' }
}

/**
 * By the server's own word while it fetches; while it does not, since the last look at which it did: what it has not been
 * sent it does not know of.
 */
function lagMs({ own, sighting }: Situation, theirs: Facts, nowMs: number): number {
  const replica = own.replica!
  const said = (replica.behindS ?? 0) * 1_000
  if (replica.receiver === 'running' || beyond(theirs.has, own.has).size === 0) return said
  return Math.max(said, (sighting?.lagMs ?? 0) + (nowMs - (sighting?.atMs ?? nowMs)))
}
