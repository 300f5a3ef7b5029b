/**
 * Clients that write all the time, each row once: whoever is not told how a commit ended looks whether it is there, as an
 * application has to, and writes it again if not.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { openDatabase, type Session } from '../../src/agents/mysqlrole/session.ts'

export interface Where {
  readonly host: string
  readonly port: number
}

export interface Writer {
  /** Rows that a database has acknowledged, in order of their numbers. */
  acknowledged(): readonly number[]
  /** Commits whose end was not told. */
  unsure(): number
  /** Writes of these rows begin no more; what is under way ends. */
  end(): Promise<void>
}

/** @param primary where clients are led to; undefined: nowhere now. */
export function startWriter(primary: () => Where | undefined, clients: number): Writer {
  const acknowledged: number[] = []
  let unsure = 0
  let ended = false
  let next = 0

  async function write(): Promise<void> {
    let session: Session | undefined
    let row: { readonly id: number; doubtful: boolean } | undefined
    while (!ended || row?.doubtful) {
      row ??= { id: ++next, doubtful: false }
      try {
        session ??= await connect(primary)
        if (session === undefined) {
          await sleep(5)
          continue
        }
        if (!row.doubtful || !(await isThere(session, row.id))) {
          row.doubtful = true
          await session.query('INSERT INTO app.t (id, text) VALUES (?, ?)', [row.id, 'x'.repeat(50)], 20_000)
        }
        acknowledged.push(row.id)
        row = undefined
        // A client of a web page, not a benchmark: the machine is to do other things too.
        await sleep(1)
      } catch {
        session?.close()
        session = undefined
        if (row?.doubtful) unsure += 1
        await sleep(5)
      }
    }
    session?.close()
  }

  const all = Array.from({ length: clients }, write)
  return {
    acknowledged: () => acknowledged,
    unsure: () => unsure,
    async end() {
      ended = true
      await Promise.all(all)
    },
  }
}

async function connect(primary: () => Where | undefined): Promise<Session | undefined> {
  const where = primary()
  return where && openDatabase({ ...where, user: 'app', password: 'app-secret' }, 2_000)
}

async function isThere(session: Session, id: number): Promise<boolean> {
  const [row] = await session.query('SELECT COUNT(*) AS n FROM app.t WHERE id = ?', [id])
  return Number(row?.['n']) > 0
}
