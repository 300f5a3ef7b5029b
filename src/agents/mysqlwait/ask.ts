/** One question to a database: does it take writes? */
import type { Host } from '../agent.ts'
import { DatabaseError } from '../mysqlrole/session.ts'

export interface Wanted {
  /** For people. */
  readonly place: string
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string | undefined
  readonly answerMs: number
}

export interface Answer {
  /** Why it takes no writes, in a sentence; undefined: it does. */
  readonly closed: string | undefined
  /** It is there, and does not let us in. */
  readonly denied?: true
}

const accessDenied = [1045, 1698, 1130]

/** Never throws. */
export async function ask(
  { openDatabase }: Pick<Host, 'openDatabase'>,
  { place, host, port, user, password, answerMs }: Wanted,
): Promise<Answer> {
  try {
    const session = await openDatabase({ host, port, user, password }, answerMs)
    try {
      const rows = await session.query("SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only', 'super_read_only')")
      const closed = rows.some(row => /^(ON|1)$/i.test(String(row['Value'])))
      if (rows.length === 0) return { closed: `the database at ${place} does not say whether it is read-only` }
      return { closed: closed ? `the database at ${place} is read-only` : undefined }
    } finally {
      session.close()
    }
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    return { closed: error.message, ...(accessDenied.includes(error.errno) ? { denied: true } : {}) }
  }
}
