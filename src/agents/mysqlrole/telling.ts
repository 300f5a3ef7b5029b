/** What status says of a pair of databases, and what would become of it. Pure. */
import type { Stand, Told } from '../agent.ts'
import { primaryOf } from './care.ts'
import type { Facts } from './facts.ts'
import { nodeAt, type Situation, verdictOn } from './verdict.ts'

/** @param silent why this node's own database cannot be asked. */
export function tellSilent(node: string, silent: string): Told {
  return { lines: [`${node}: ${silent}`], problems: [`${node}: ${silent}`] }
}

export function tell(situation: Situation, stand: Stand): Told {
  const { node, own, others, memory } = situation
  const all = new Map<string, Facts | undefined>([[node, own], ...others])
  const problems = [
    ...[...all].flatMap(([name, facts]) => (facts?.unfit ?? []).map(why => `${name}: ${why}`)),
    ...(stand === 'held' && own.readOnly ? [`${node}: the group runs here, but the database is read-only`] : []),
    ...(memory.errant === undefined
      ? []
      : [
          `${node} has transactions that the primary has not (${memory.errant.gtids}); they are kept in ${memory.errant.file}. It stays out until it is rebuilt: tandem mysql reseed`,
        ]),
    ...(memory.lacks === undefined
      ? []
      : [
          `${node} is no replica yet: ${memory.lacks.source} has databases that are missing there (${memory.lacks.databases}), and had them before it replicated; type on ${node}: tandem mysql reseed`,
        ]),
    ...(memory.forced === undefined
      ? []
      : [
          `${node} was made primary at ${memory.forced.at} in spite of this: ${memory.forced.refusal} (accepted: ${memory.forced.reason})`,
        ]),
    ...breaks(situation),
  ]
  const fate = fateOf(situation)
  const lines = [...all].map(([name, facts]) => `${name}: ${facts ? lineOf(situation, facts) : 'does not answer'}`)
  return { lines, problems, ...fate }
}

function breaks({ node, own, others }: Situation): string[] {
  const all = [[node, own] as const, ...others]
  return all.flatMap(([name, facts]) => {
    const errno = facts?.replica?.applierErrno || facts?.replica?.receiverErrno || 0
    const stopped = facts?.replica?.applier === 'stopped' || facts?.replica?.receiver === 'stopped'
    if (!facts?.replica || !stopped) return []
    const said = facts.replica.applierError || facts.replica.receiverError
    return [
      `${name}: its replication has stopped${errno ? ` (${errno}: ${said.replace(/\s+/g, ' ').slice(0, 160)})` : ''}`,
    ]
  })
}

function lineOf(situation: Situation, facts: Facts): string {
  const { replica, readOnly, semiSync } = facts
  if (!readOnly && replica !== undefined) return 'takes writes, and is a replica all the same'
  if (!readOnly) return `primary, ${semiSyncText(semiSync)}`
  if (replica === undefined) return 'read-only, no replica'
  const of = nodeAt(situation, replica) ?? `${replica.sourceHost}:${replica.sourcePort}`
  if (replica.receiver !== 'running')
    return `replica of ${of}, ${replica.receiver === 'connecting' ? 'not connected' : 'not fetching'}`
  if (replica.applier !== 'running') return `replica of ${of}, fetching and not applying`
  return `replica of ${of}, ${replica.behindS ?? 'an unknown time'} s behind`
}

function semiSyncText(semiSync: Facts['semiSync']): string {
  if (semiSync === undefined) return 'semi-sync is not installed'
  if (!semiSync.sourceOn)
    return semiSync.sourceEnabled ? 'semi-sync is OFF: no replica keeps up' : 'semi-sync is off: no replica yet'
  return `semi-sync is on (${semiSync.clients} ${semiSync.clients === 1 ? 'replica' : 'replicas'})`
}

/** Asks the same rule that will be asked then. */
function fateOf(situation: Situation): Pick<Told, 'ifDies' | 'lacking'> {
  const { node, own, others, wanted } = situation
  const primary = own.readOnly ? primaryOf(others)?.[0] : own.replica === undefined ? node : undefined
  if (primary === undefined) return {}
  const all = heirs(situation, primary)
  const told = all.map(([name, why]) => {
    if (why === silent) return `the database of ${name} does NOT answer`
    if (why !== undefined) return `the database of ${name} would NOT be made primary: ${why}`
    return wanted.semiSync
      ? `${name} has every transaction that was acknowledged`
      : `${name} can be primary, without what was committed last (semi_sync is off)`
  })
  return all.some(([, why]) => why === undefined) ? { ifDies: told.join('; ') } : { lacking: told.join('; ') }
}

const silent = 'it does not answer'

/** Every node but that of the primary, and why its database would not be made primary; undefined: it would. */
export function heirs(situation: Situation, primary: string): (readonly [string, string | undefined])[] {
  const { node, own, others } = situation
  const all = new Map<string, Facts | undefined>([[node, own], ...others])
  const theirs = all.get(primary)!
  return [...all].flatMap(([name, facts]) => {
    if (name === primary) return []
    return [[name, facts ? whyNot(situation, name, facts, primary, theirs, all) : silent] as const]
  })
}

function whyNot(
  { memory, wanted, node, sighting }: Situation,
  heir: string,
  own: Facts,
  primary: string,
  theirs: Facts,
  all: ReadonlyMap<string, Facts | undefined>,
): string | undefined {
  if (own.replica === undefined || nodeAt({ wanted }, own.replica) !== primary) return `it is no replica of ${primary}`
  const receiving = own.replica.receiver === 'running'
  const now = {
    source: primary,
    writer: theirs.writer,
    atMs: 0,
    receiving,
    inSync: receiving && theirs.semiSync?.sourceOn === true && own.semiSync?.replicaOn === true,
    lagMs: heir === node && sighting ? sighting.lagMs : (own.replica.behindS ?? 0) * 1_000,
    has: '',
  }
  // Errant transactions are looked for apart: what it received a moment ago is not yet in what we know of the primary.
  const others = new Map(
    [...all].filter(([name]) => name !== heir).map(([name, facts]) => [name, name === primary ? undefined : facts]),
  )
  const own2 = { ...own, has: new Map() }
  const verdict = verdictOn({
    node: heir,
    own: own2,
    others,
    gone: new Set(),
    lived: new Map(),
    memory: heir === node ? memory : { role: 'replica' },
    sighting: now,
    wanted,
  })
  return 'refused' in verdict ? verdict.why : undefined
}
