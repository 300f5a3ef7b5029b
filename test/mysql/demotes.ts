/** A stop against privileged clients: whatever was not acknowledged before it is not there after it, and what it has is final. */
import { openDatabase, type Session } from '../../src/agents/mysqlrole/session.ts'
import { begin, type Course, must } from './course.ts'

export interface Demotes {
  readonly tried: number
  /** The open transaction was not committed, the lock did not hold it up, and nothing was added afterwards. */
  readonly final: number
  readonly worstMs: number
}

/** Root may write to a read-only database; a session that holds a lock keeps `read_only` from being set. */
export async function demotes(count: number, say: (line: string) => void): Promise<Demotes> {
  const course = await begin()
  try {
    let final = 0
    let worstMs = 0
    for (let nth = 1; nth <= count; nth += 1) {
      const open = await asRoot(course)
      await open.query('START TRANSACTION')
      await open.query(`INSERT INTO app.t VALUES (${nth}, 'not committed')`)
      const locking = nth % 2 === 0 ? await asRoot(course) : undefined
      await locking?.query('LOCK TABLES mysql.user WRITE')
      const began = performance.now()
      must(await course.primary.stop(), 'the stop')
      worstMs = Math.max(worstMs, Math.round(performance.now() - began))
      if (await isFinal(course, open, nth)) final += 1
      open.close()
      locking?.close()
      must(await course.primary.start(), 'the start')
    }
    say(`${final} of ${count} stops were final, the slowest after ${worstMs} ms`)
    return { tried: count, final, worstMs }
  } finally {
    await course.lab.close()
  }
}

const asRoot = ({ primary }: Course): Promise<Session> =>
  openDatabase({ socket: primary.server.socket, host: '', port: 0, user: 'root', password: undefined }, 10_000)

async function isFinal({ primary }: Course, open: Session, nth: number): Promise<boolean> {
  const at = await primary.server.value('SELECT @@gtid_binlog_pos')
  const committed = await open.query('COMMIT').then(
    () => true,
    () => false,
  )
  const rows = await primary.server.value(`SELECT COUNT(*) FROM app.t WHERE id = ${nth}`)
  return !committed && rows === '0' && (await primary.server.value('SELECT @@gtid_binlog_pos')) === at
}
