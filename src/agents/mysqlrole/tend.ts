/** A look at all databases of a pair, and what follows from it for this node's own. */
import { join } from 'node:path'
import type { Stand, Told } from '../agent.ts'
import { explain } from '../ran.ts'
import { type Care, careFor, sightingOf } from './care.ts'
import { demote } from './demote.ts'
import { look } from './facts.ts'
import { type Gtids, sayGtids } from './gtids.ts'
import { semiSyncOfPrimary } from './promote.ts'
import { DatabaseError, type Session } from './session.ts'
import { statementsFor } from './statements.ts'
import { databasesOf, lookAtOthers, type Pair, say, sayPatiently, withDatabaseOf, withOwn } from './talk.ts'
import { tell, tellSilent } from './telling.ts'
import type { Situation } from './verdict.ts'

/** Never throws. `stand` is asked again before anything is done: a job may have begun during the look. */
export async function tend(pair: Pair, stand: () => Stand): Promise<Told> {
  try {
    return await withOwn(pair, session => tendOpen(pair, session, stand))
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    return tellSilent(pair.node, error.message)
  }
}

async function tendOpen(pair: Pair, session: Session, stand: () => Stand): Promise<Told> {
  const { node, wanted, memories, host } = pair
  const looked = await lookAtOthers(pair)
  const own = await look(session)
  const situation: Situation = {
    ...looked,
    node,
    own,
    memory: memories.memory(),
    sighting: memories.sighting(),
    wanted,
  }
  const seen = sightingOf(situation, host.clock.nowMs())
  if (seen !== undefined) await memories.see(seen)
  const now = stand()
  const care = careFor(situation, now)
  await obey(pair, session, situation, care)
  return tell({ ...situation, memory: memories.memory() }, now)
}

async function obey(pair: Pair, session: Session, { own, memory }: Situation, care: Care): Promise<void> {
  const { host, resource, memories, wanted } = pair
  const statements = statementsFor(own.version)
  switch (care.do) {
    case 'nothing':
      return
    case 'close':
      host.note(`${resource}: its database takes writes, and its group does not run here: made read-only`)
      await demote(pair)
      return
    case 'start-replica':
      await say(session, statements.startReplica)
      return
    case 'semi-sync':
      await say(session, ...semiSyncOfPrimary(pair, statements, true))
      host.note(`${resource}: a replica has come: commits wait for it from now on`)
      return
    case 'keep-errant': {
      const gtids = sayGtids(own.flavour, care.gtids)
      if (memory.errant?.gtids === gtids) return
      const file = await keepErrant(pair, session, own, care.gtids)
      await memories.remember({ role: 'replica', errant: { gtids, file } })
      host.note(
        `${resource}: it has transactions that ${care.source} has not (${gtids}), kept in ${file}; not made its replica`,
      )
      return
    }
    case 'follow': {
      const lacks = care.first ? await lackingHere(pair, session, care.source) : ''
      if (lacks !== '') {
        await memories.remember({ lacks: { source: care.source, databases: lacks } })
        return
      }
      const place = wanted.places.get(care.source)!
      if (own.replica !== undefined) await sayPatiently(pair, session, statements.stopReplica, statements.forgetSource)
      const { semiSync } = statements
      if (own.semiSync !== undefined)
        await say(
          session,
          [`SET GLOBAL ${semiSync.sourceEnabled}=OFF`],
          [`SET GLOBAL ${semiSync.replicaEnabled}=${wanted.semiSync ? 'ON' : 'OFF'}`],
        )
      const source = { ...place, user: wanted.replicationUser, password: wanted.replicationPassword }
      await say(session, ...statements.pointAt(source, care.wasSource), statements.startReplica)
      await memories.remember({ role: 'replica' })
      await memories.forget('errant', 'forced', 'lacks')
      host.note(`${resource}: replica of ${care.source} from now on`)
    }
  }
}

/** Databases of the primary that are not here: what was in it before it had a log. */
async function lackingHere(pair: Pair, session: Session, source: string): Promise<string> {
  const [here, there] = [await databasesOf(session), await withDatabaseOf(pair, source, databasesOf)]
  return there.filter(name => !here.includes(name)).join(', ')
}

const script = `
set -e
binlog=$1 file=$2
shift 2
umask 077
mkdir -p "$(dirname "$file")"
"$binlog" "$@" >"$file.new"
mv "$file.new" "$file"
`

/** All transactions of the own log from the first that is not there, as statements, in a file; throws no error. */
async function keepErrant(pair: Pair, session: Session, own: Situation['own'], gtids: Gtids): Promise<string> {
  const { host, resource, wanted } = pair
  const name = sayGtids(own.flavour, gtids)
    .replace(/[^A-Za-z0-9-]+/g, '_')
    .slice(0, 80)
  const file = host.lasting.path(`mysqlrole-${wanted.name}-errant-${name}.sql`)
  const statements = statementsFor(own.version)
  const [row] = await session.query('SELECT @@log_bin_basename AS base')
  const logs = await session.query(statements.binlogs[0])
  const folder = String(row?.['base'] ?? '').replace(/[^/]*$/, '')
  const files = logs.map(log => join(folder, String(log['Log_name'])))
  // Verbose: the rows as comments too, for whoever has to decide what they are worth.
  const args = ['--verbose', ...selecting(own.flavour, gtids), ...files]
  const ran = await host.run({
    resource,
    action: 'keep-errant',
    file: '/bin/sh',
    args: ['-c', script, 'sh', statements.programs.binlog[0]!, file, ...args],
    timeoutMs: 120_000,
  })
  return ran.ok ? file : `no file (${explain({ ...ran, command: statements.programs.binlog[0]! })})`
}

/** MariaDB: from the number before the first of each domain on; MySQL: these alone. */
function selecting(flavour: Situation['own']['flavour'], gtids: Gtids): string[] {
  if (flavour === 'MySQL') return [`--include-gtids=${sayGtids(flavour, gtids)}`]
  const starts = new Map<string, string>()
  for (const [name, [[first] = [1]]] of gtids as ReadonlyMap<string, readonly (readonly [number, number])[]>) {
    const [domain = '', server = ''] = name.split('-')
    if (first > 1) starts.set(domain, `${domain}-${server}-${first - 1}`)
  }
  return starts.size > 0 ? [`--start-position=${[...starts.values()].join(',')}`] : []
}
