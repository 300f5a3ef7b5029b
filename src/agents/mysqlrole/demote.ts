/** Makes a primary read-only for everybody, so that what it has is final. */
import type { Outcome } from '../../types.ts'
import { done, failed } from '../agent.ts'
import { look } from './facts.ts'
import { DatabaseError, type Session } from './session.ts'
import { type Statements, statementsFor } from './statements.ts'
import { lookAtOthers, type Pair, pause, sayPatiently, withOwn } from './talk.ts'

const tries = 40
const lookAgainMs = 100
/** For statements that are under way, before their sessions are ended. */
const patienceMs = 1_000

/** A database that is not there takes no writes; one that does not answer may. Throws a DatabaseError. */
export async function demote(pair: Pair): Promise<Outcome> {
  try {
    return await withOwn(pair, session => close(pair, session))
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    if (error.how === 'gone') return done
    if (error.how === 'said') throw error
    return failed(`${error.message}, and may take writes later; end its process (systemctl kill -s KILL mariadb)`)
  }
}

async function close(pair: Pair, session: Session): Promise<Outcome> {
  const before = await look(session)
  if (before.readOnly) return done
  const statements = statementsFor(before.version)
  await closeForWrites(pair, statements)
  await endSessions(pair, session)
  let last: string | undefined
  for (let i = 0; i < tries; i += 1) {
    const { readOnly, at } = await look(session)
    if (readOnly && at === last) return remembered(pair)
    if (last !== undefined) await endSessions(pair, session)
    last = at
    await pause(pair, lookAgainMs)
  }
  return failed(`somebody goes on writing to it, though it is read-only: ${await who(pair, session)}`)
}

/** From now on another one may be primary. Where no other answers nobody can be, until it is seen. */
async function remembered(pair: Pair): Promise<Outcome> {
  const { others } = await lookAtOthers(pair)
  if ([...others.values()].some(other => other !== undefined)) await pair.memories.remember({ role: 'unknown' })
  return done
}

/** It waits for whatever writes just now: sessions that do not come to an end by themselves are ended meanwhile. */
async function closeForWrites(pair: Pair, statements: Statements): Promise<void> {
  const closing = withOwn(pair, session => sayPatiently(pair, session, ...statements.readOnly(true)))
  const closed = closing.then(
    () => true,
    () => true, // told below
  )
  const inTime = await Promise.race([closed, pause(pair, patienceMs).then(() => false)])
  if (!inTime) await withOwn(pair, session => endSessions(pair, session))
  await closing
}

const clients = `SELECT ID AS id, USER AS user, HOST AS host FROM information_schema.PROCESSLIST
  WHERE ID <> CONNECTION_ID() AND USER NOT IN ('system user', 'event_scheduler', ?) AND COMMAND NOT LIKE 'Binlog Dump%'
  AND COMMAND <> 'Daemon'`

/**
 * Privileged ones may write to a read-only database, and one transaction of theirs that is open may still be committed:
 * all are ended, but for replicas that fetch and those who only look.
 */
async function endSessions({ wanted }: Pair, session: Session): Promise<void> {
  for (const row of await session.query(clients, [wanted.user])) {
    try {
      await session.query(`KILL ${Number(row['id'])}`)
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.how !== 'said') throw error // gone by itself
    }
  }
}

async function who({ wanted }: Pair, session: Session): Promise<string> {
  const rows = await session.query(clients, [wanted.user])
  const names = [...new Set(rows.map(row => `${row['user']}@${String(row['host']).replace(/:\d+$/, '')}`))]
  return names.slice(0, 3).join(', ') || 'nobody is connected now'
}
