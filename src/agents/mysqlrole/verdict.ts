/** May this database become the primary? Pure: from what all of them say, and what was seen before one died. */
import type { Facts } from './facts.ts'
import { beyond, isFrom, parseGtids, reached, sayGtids, union } from './gtids.ts'
import type { Memory, Sighting } from './memory.ts'
import { brokenBecause, type Replica } from './replica.ts'
import type { Place, Wanted } from './wanted.ts'

/** What every database but our own says; undefined: it does not answer. */
export type Others = ReadonlyMap<string, Facts | undefined>

export interface Looked {
  readonly others: Others
  /** Of those that do not answer: no process listens there. */
  readonly gone: ReadonlySet<string>
  /** Until when each node may have lived; of one that is missing that is not known. */
  readonly lived: ReadonlyMap<string, number>
}

export interface Situation extends Looked {
  readonly node: string
  readonly own: Facts
  readonly memory: Memory
  readonly sighting: Sighting | undefined
  readonly wanted: Pick<Wanted, 'places' | 'maxLagMs' | 'semiSync' | 'semiSyncMs'>
}

export type Damage =
  /** Two databases take writes. */
  | 'two-primaries'
  | 'broken'
  | 'lagging'
  | 'errant'
  /** What was acknowledged last may be missing here. */
  | 'not-in-sync'
  /** Another database has what is missing here. */
  | 'behind'
  /** It is not known what it is. */
  | 'unknown'

export type Verdict =
  | { readonly go: 'already' }
  /** Apply first what was received; of a source that answers everything up to where it is. */
  | {
      readonly go: 'promote'
      readonly drain: 'nothing' | 'received' | { readonly to: string; readonly source: string }
    }
  | { readonly refused: Damage; readonly why: string }

const refuse = (refused: Damage, why: string): Verdict => ({ refused, why })

/** Two primaries are never accepted: that is no loss of data but two histories of them. */
export const acceptable = (damage: Damage): boolean => damage !== 'two-primaries'

export function verdictOn(situation: Situation): Verdict {
  const { own, others, memory } = situation
  if (!own.readOnly && own.replica === undefined) return { go: 'already' }
  for (const [node, other] of others) {
    if (other && !other.readOnly)
      return refuse('two-primaries', `the database of ${node} takes writes: make it read-only there, or stop it`)
  }
  if (memory.role === 'rebuilding')
    return refuse('unknown', 'it is being rebuilt, or that was interrupted: finish with tandem mysql reseed')
  if (own.replica === undefined) return ofFormerPrimary(situation)
  if (own.sources > 1) return refuse('unknown', `it replicates from ${own.sources} sources: only one is looked after`)
  const broken = brokenBecause(own.replica)
  if (broken !== undefined) return refuse('broken', broken)
  const source = nodeAt(situation, own.replica)
  const answering = source === undefined ? undefined : others.get(source)
  if (source !== undefined && answering !== undefined) return ofLivingSource(situation, own.replica, source, answering)
  return ofDeadSource(situation, own.replica)
}

/** Where a replica fetches from. */
export function nodeAt({ wanted }: Pick<Situation, 'wanted'>, replica: Replica): string | undefined {
  const same = ([, { host, port }]: readonly [string, Place]): boolean =>
    host === replica.sourceHost && port === replica.sourcePort
  return [...wanted.places].find(same)?.[0]
}

function ofFormerPrimary({ own, others, memory, node }: Situation): Verdict {
  const ahead = firstAhead(own, others)
  if (ahead !== undefined) return ahead
  const silent = [...others].filter(([, other]) => other === undefined).map(([name]) => name)
  if (silent.length === 0 || memory.role === 'primary') return { go: 'promote', drain: 'nothing' }
  const why = `it is no replica, it was not the primary before, and ${silent.join(' and ')} cannot be asked who has the data`
  return refuse('unknown', `${node}: ${why}`)
}

/** Another database has what this one has neither applied nor received. */
function firstAhead(own: Facts, others: Others): Verdict | undefined {
  const received = own.replica?.usesGtid ? parseGtids(own.flavour, own.replica.received) : new Map()
  const all = union(own.has, received)
  for (const [node, other] of others) {
    const more = other && beyond(other.has, all)
    if (more && more.size > 0)
      return refuse(
        'behind',
        `the database of ${node} has transactions that are missing here (${sayGtids(own.flavour, more)}): start it there`,
      )
  }
  return undefined
}

/** A switch, or a manager that died: nothing can be lost, for the source can be asked. */
function ofLivingSource({ own, wanted }: Situation, replica: Replica, source: string, theirs: Facts): Verdict {
  const errant = beyond(own.has, theirs.has)
  if (errant.size > 0)
    return refuse('errant', `it has transactions that ${source} has not: ${sayGtids(own.flavour, errant)}`)
  const lagMs = (replica.behindS ?? 0) * 1_000
  if (lagMs > wanted.maxLagMs) return tooFar(lagMs, wanted.maxLagMs)
  return { go: 'promote', drain: { to: theirs.at, source } }
}

function ofDeadSource(situation: Situation, replica: Replica): Verdict {
  const { own, others, sighting, wanted, node } = situation
  const ahead = firstAhead(own, others)
  if (ahead !== undefined) return ahead
  const source = nodeAt({ wanted }, replica) ?? `${replica.sourceHost}:${replica.sourcePort}`
  if (sighting === undefined || sighting.source !== source)
    return refuse('not-in-sync', `the database of ${source} has not been seen from ${node} since this machine started`)
  if (!sighting.receiving) return refuse('broken', `it was not fetching from ${source} when that was last seen`)
  if (sighting.lagMs > wanted.maxLagMs) return tooFar(sighting.lagMs, wanted.maxLagMs)
  const errant = errantHere(own, sighting)
  if (errant !== undefined) return refuse('errant', `it has transactions that ${source} had not: ${errant}`)
  const unseen = unseenWhy(situation, sighting) ?? unaskedWhy(situation, source)
  return unseen === undefined ? { go: 'promote', drain: 'received' } : refuse('not-in-sync', unseen)
}

const tooFar = (lagMs: number, maxLagMs: number): Verdict =>
  refuse('lagging', `it was ${Math.round(lagMs / 1_000)} s behind, more than max_lag ${maxLagMs / 1_000} s`)

/** What the source wrote itself may have come after it was last seen; what anybody else wrote may not. */
function errantHere({ flavour, has }: Facts, sighting: Sighting): string | undefined {
  const more = beyond(has, parseGtids(flavour, sighting.has))
  const foreign = new Map([...more].filter(([name]) => !isFrom(flavour, name, sighting.writer)))
  return foreign.size > 0 ? sayGtids(flavour, foreign) : undefined
}

/** Why it is not certain that all that was acknowledged is here; undefined: it is, or nobody wants it to be. */
function unseenWhy({ wanted, lived }: Situation, sighting: Sighting): string | undefined {
  const { source, inSync } = sighting
  if (!wanted.semiSync) return undefined
  if (!inSync)
    return `commits on ${source} did not wait for this replica when it was last seen: the last ones may be missing here`
  const unseenMs = livedUnseenMs(sighting, lived.get(source))
  if (unseenMs > wanted.semiSyncMs)
    return `${source} lived for up to ${Math.ceil(unseenMs / 1_000)} s after its database was last seen from here, and after semi_sync_timeout (${wanted.semiSyncMs / 1_000} s) it goes on alone: its last commits may be missing here`
  return undefined
}

/** With more than one replica a commit waits for the quickest of them, and that may have been another one. */
function unaskedWhy({ others, wanted }: Situation, source: string): string | undefined {
  const silent = [...others].find(([node, other]) => node !== source && other === undefined)?.[0]
  if (!wanted.semiSync || silent === undefined) return undefined
  return `the database of ${silent} does not answer, and may have commits that are missing here: start it there`
}

/**
 * For how long it may have taken writes after it was last seen. A database that does not answer us may be cut off from us
 * alone, as long as its node is heard; one that was found closed takes none until it is lost sight of.
 */
function livedUnseenMs(
  { atMs, lostAtMs = atMs, closedAtMs }: Sighting,
  nodeUntilMs = Number.NEGATIVE_INFINITY,
): number {
  const untilMs =
    closedAtMs === undefined ? Math.max(lostAtMs, nodeUntilMs) : lostAtMs + Math.max(0, nodeUntilMs - closedAtMs)
  return untilMs - atMs
}

/** Has it applied all that it has received? Of MariaDB with GTIDs both positions count, never one alone. */
export function isDrained({ flavour, applied }: Facts, replica: Replica): boolean {
  if (flavour === 'MySQL' || !replica.usesGtid)
    return replica.usesGtid ? reached(flavour, applied, replica.received) : replica.idle && replica.placesEqual
  return replica.idle && reached(flavour, applied, replica.received)
}
