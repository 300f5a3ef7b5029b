/** Throws away what this node's database has, and rebuilds it from the primary. For an operator who waits for it. */
import { primaryOf } from './care.ts'
import { type Facts, look } from './facts.ts'
import { beyond, parseGtids, reached, sayGtids, union } from './gtids.ts'
import { pour } from './pour.ts'
import type { Session } from './session.ts'
import { statementsFor } from './statements.ts'
import { databasesOf, lookAtOthers, type Pair, pause, say, sayPatiently, withDatabaseOf, withOwn } from './talk.ts'

export interface Progress {
  readonly doing: string
  /** Of a copy, as far as it can be told before its end. */
  readonly bytes?: { readonly done: number; readonly about: number }
}

export type Rebuilt =
  | { readonly from: string; readonly bytes: number; readonly tookMs: number }
  | { readonly why: string }

export interface ReseedOptions {
  /** What is here and nowhere else may go. */
  readonly acceptDataLoss: boolean
  /** Only say what would be done: nothing is. */
  readonly dryRun: boolean
  tell(progress: Progress): void
}

/** Never touches a database that takes writes. Throws a DatabaseError; what it leaves then is never promoted. */
export function reseed(pair: Pair, { acceptDataLoss, dryRun, tell }: ReseedOptions): Promise<Rebuilt> {
  return withOwn(pair, async session => {
    const own = await look(session)
    if (!own.readOnly)
      return { why: `the database of ${pair.node} takes writes: it is rebuilt only where it is read-only` }
    const primary = primaryOf((await lookAtOthers(pair)).others)
    if (primary === undefined) return { why: 'no other database takes writes: there is nothing to rebuild it from' }
    const [from, theirs] = primary
    if (theirs.flavour !== own.flavour) return { why: `${from} is ${theirs.flavour}, and this is ${own.flavour}` }
    const lost = lostWith(pair, own, theirs)
    if (lost !== undefined && !acceptDataLoss)
      return {
        why: `${lost} would be gone, and are kept nowhere: tandem mysql reseed ${pair.resource} --accept-data-loss --reason WHY`,
      }
    if (dryRun)
      return { why: `it would be rebuilt from ${from}, and everything in it be thrown away first; nothing was done` }
    return rebuild(pair, session, from, theirs.version, tell)
  })
}

/** Transactions that are here and neither at the primary nor in a file. */
function lostWith({ memories }: Pair, own: Facts, theirs: Facts): string | undefined {
  const only = sayGtids(own.flavour, beyond(own.has, theirs.has))
  return only === '' || only === memories.memory().errant?.gtids ? undefined : `the transactions ${only}`
}

async function rebuild(
  pair: Pair,
  session: Session,
  from: string,
  version: string,
  tell: (progress: Progress) => void,
): Promise<Rebuilt> {
  const { wanted, memories, host } = pair
  const beganMs = host.clock.nowMs()
  const statements = statementsFor(version)
  const place = wanted.places.get(from)!
  const { about, state } = await withDatabaseOf(pair, from, measure)
  await memories.remember({ role: 'rebuilding' })
  tell({ doing: 'forgetting what it has' })
  await sayPatiently(pair, session, ...statements.forgetAll)
  await dropAll(session)
  const account = [`--user=${wanted.user}`]
  const poured = await pour({
    from: {
      file: statements.programs.dump,
      args: [`--host=${place.host}`, `--port=${place.port}`, '--protocol=tcp', ...account, ...statements.dumpOptions],
    },
    before: `${statements.loadQuietly}\n`,
    to: { file: statements.programs.client, args: [`--socket=${wanted.socket}`, ...account, '--binary-mode'] },
    password: wanted.password,
    onBytes: done => tell({ doing: `copying from ${from}`, bytes: { done, about } }),
  })
  if ('why' in poured) return poured
  tell({ doing: 'becoming its replica' })
  const after = await look(session)
  const history = union(parseGtids(after.flavour, state), parseGtids(after.flavour, after.applied))
  await say(session, ...statements.historyIs(sayGtids(after.flavour, history)))
  const { semiSync } = statements
  if (after.semiSync !== undefined && wanted.semiSync) await say(session, [`SET GLOBAL ${semiSync.replicaEnabled}=ON`])
  const source = { ...place, user: wanted.replicationUser, password: wanted.replicationPassword }
  await say(session, ...statements.pointAt(source, false), statements.startReplica)
  const lags = await untilCaughtUp(pair, session, from, tell)
  if (lags !== undefined) return { why: lags }
  await memories.forget('errant', 'forced', 'lacks')
  await memories.remember({ role: 'replica' })
  return { from, bytes: poured.bytes, tookMs: host.clock.nowMs() - beganMs }
}

async function measure(session: Session): Promise<{ about: number; state: string }> {
  const [size] = await session.query('SELECT SUM(DATA_LENGTH) AS bytes FROM information_schema.TABLES', [], 60_000)
  const state = await session.query("SHOW GLOBAL VARIABLES LIKE 'gtid_binlog_state'")
  return { about: Number(size?.['bytes'] ?? 0), state: String(state[0]?.['Value'] ?? '') }
}

/** A database that the source has not would stay. */
async function dropAll(session: Session): Promise<void> {
  await session.query('SET SESSION sql_log_bin=0')
  for (const name of await databasesOf(session))
    await session.query(`DROP DATABASE \`${name.replaceAll('`', '``')}\``, [], 600_000)
}

/** Up to where the source was when the copy ended: under load it is never quite up with it. */
async function untilCaughtUp(
  pair: Pair,
  session: Session,
  from: string,
  tell: (progress: Progress) => void,
): Promise<string | undefined> {
  const { at } = await withDatabaseOf(pair, from, look)
  const untilMs = pair.host.clock.nowMs() + Math.max(pair.wanted.drainMs, 60_000)
  for (;;) {
    const { replica, flavour, applied } = await look(session)
    if (replica?.receiver === 'running' && reached(flavour, applied, at)) return undefined
    const said = replica?.applierError || replica?.receiverError
    if (said || pair.host.clock.nowMs() >= untilMs)
      return `it was copied, and does not replicate: ${said || 'it does not catch up'}`
    tell({ doing: 'catching up' })
    await pause(pair, 200)
  }
}
