/** A connection to one database, with a limit for each question: one that stands still accepts and never answers. */
import { existsSync } from 'node:fs'
import type { Socket } from 'node:net'
import { dirname, join } from 'node:path'
import type { Row } from './replica.ts'

export interface DatabaseAddress {
  /** A unix socket; where it is missing host and port count. */
  readonly socket?: string | undefined
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string | undefined
}

export interface Session {
  /** Rows, or none for what returns no rows. Throws a DatabaseError; past its limit the connection is gone. */
  query(text: string, values?: readonly (string | number)[], withinMs?: number): Promise<readonly Row[]>
  close(): void
}

/** Throws a DatabaseError. */
export type OpenDatabase = (address: DatabaseAddress, withinMs: number) => Promise<Session>

export class DatabaseError extends Error {
  /** Of the server, or 0. */
  readonly errno: number
  /** gone: no process listens there. silent: one may be there, and does not answer. said: it answered with an error. */
  readonly how: 'gone' | 'silent' | 'said'
  constructor(how: DatabaseError['how'], message: string, errno = 0) {
    super(message)
    this.how = how
    this.errno = errno
  }
}

interface DriverError {
  readonly code?: string
  readonly errno?: number
  readonly message: string
  readonly sqlMessage?: string
}

export const placeOf = ({ socket, host, port }: DatabaseAddress): string => socket ?? `${host}:${port}`

type Driver = Pick<typeof import('mysql2'), 'createConnection'>

/** Ten megabytes, for whoever needs them: beside the bundle that runs, or as the package it was made from. */
async function loadDriver(): Promise<Driver> {
  const beside = join(dirname(process.argv[1] ?? ''), 'tandem-mysql2.cjs')
  const name = [beside, 'mysql2'].find(one => !one.startsWith('/') || existsSync(one))!
  const loaded = (await import(/* @vite-ignore */ name)) as Driver & { readonly default?: Driver }
  return loaded.createConnection === undefined ? loaded.default! : loaded
}

/** A machine that is there takes a connection in moments, whatever its database does; a dead one is waited for. */
const reachMs = 2_000

export const openDatabase: OpenDatabase = async (address, withinMs) => {
  const { createConnection } = await loadDriver()
  const { socket, host, port, user, password } = address
  const connection = createConnection({
    ...(socket === undefined ? { host, port } : { socketPath: socket }),
    user,
    ...(password === undefined ? {} : { password }),
    connectTimeout: withinMs + 1_000, // ours comes first, and says so
    dateStrings: true,
    supportBigNumbers: true,
  })
  // Whatever else happens to it is told by the next question.
  connection.on('error', () => undefined)
  const limited = <T>(ms: number, work: (end: (error: DriverError | null, value?: T) => void) => void): Promise<T> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        connection.destroy()
        reject(
          new DatabaseError('silent', `the database at ${placeOf(address)} does not answer within ${ms / 1_000} s`),
        )
      }, ms)
      work((error, value) => {
        clearTimeout(timer)
        if (error) reject(explained(error, address))
        else resolve(value as T)
      })
    })
  try {
    await limited<void>(withinMs, end => {
      const late = setTimeout(() => end({ message: `no connection within ${reachMs / 1_000} s` }), reachMs)
      const { stream } = connection as { readonly stream?: Socket }
      stream?.once('connect', () => clearTimeout(late))
      connection.connect(error => {
        clearTimeout(late)
        end(error as DriverError | null)
      })
    })
  } catch (error) {
    connection.destroy()
    throw error
  }
  return {
    query: (text, values = [], ms = withinMs) =>
      limited<readonly Row[]>(ms, end =>
        connection.query(text, [...values], (error, rows) =>
          end(error as DriverError | null, Array.isArray(rows) ? (rows as Row[]) : []),
        ),
      ),
    close: () => connection.destroy(),
  }
}

function explained(
  { code = '', errno = 0, message, sqlMessage }: DriverError,
  address: DatabaseAddress,
): DatabaseError {
  const place = placeOf(address)
  if (code === 'ECONNREFUSED' || code === 'ENOENT') return new DatabaseError('gone', `no database listens at ${place}`)
  if (sqlMessage !== undefined) return new DatabaseError('said', `the database at ${place}: ${sqlMessage}`, errno)
  return new DatabaseError('silent', `the database at ${place} cannot be asked: ${message}`, errno)
}
