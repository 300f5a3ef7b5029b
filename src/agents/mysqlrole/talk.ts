/** Talking to the databases of a pair: opened, asked, and closed whatever happens. */
import type { Host } from '../agent.ts'
import { type Facts, look } from './facts.ts'
import type { Memories } from './memory.ts'
import { type DatabaseAddress, DatabaseError, type Session } from './session.ts'
import type { Statement } from './statements.ts'
import type { Looked } from './verdict.ts'
import type { Wanted } from './wanted.ts'

export type PairHost = Pick<Host, 'clock' | 'run' | 'openDatabase' | 'livedUntilMs' | 'lasting' | 'sinceBoot' | 'note'>

/** One resource on this node, while something is done to it. */
export interface Pair {
  readonly host: PairHost
  /** As written in haresources. */
  readonly resource: string
  readonly node: string
  readonly wanted: Wanted
  readonly memories: Memories
}

const ownAddress = ({ wanted, node }: Pair): DatabaseAddress => ({
  socket: wanted.socket,
  ...wanted.places.get(node)!,
  user: wanted.user,
  password: wanted.password,
})

/** Throws a DatabaseError. */
export async function withOwn<T>(pair: Pair, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await pair.host.openDatabase(ownAddress(pair), pair.wanted.answerMs)
  try {
    return await work(session)
  } finally {
    session.close()
  }
}

/** Throws a DatabaseError. */
export async function withDatabaseOf<T>(pair: Pair, node: string, work: (session: Session) => Promise<T>): Promise<T> {
  const { wanted } = pair
  const address = { ...wanted.places.get(node)!, user: wanted.user, password: wanted.password }
  const session = await pair.host.openDatabase(address, wanted.answerMs)
  try {
    return await work(session)
  } finally {
    session.close()
  }
}

/** All at once: one that stands still delays nobody more than its own limit. */
export async function lookAtOthers(pair: Pair): Promise<Looked> {
  const nodes = [...pair.wanted.places.keys()].filter(node => node !== pair.node)
  const gone = new Set<string>()
  const looks = nodes.map(async (node): Promise<readonly [string, Facts | undefined]> => {
    try {
      return [node, await withDatabaseOf(pair, node, look)]
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error
      if (error.how === 'gone') gone.add(node)
      return [node, undefined]
    }
  })
  const others = new Map(await Promise.all(looks))
  const lived = nodes.flatMap(node => {
    const atMs = pair.host.livedUntilMs(node)
    return atMs === undefined ? [] : [[node, atMs] as const]
  })
  return { others, gone, lived: new Map(lived) }
}

const systemSchemas = ['mysql', 'sys', 'information_schema', 'performance_schema']

/** But for those of the server itself. */
export async function databasesOf(session: Session): Promise<string[]> {
  const names = (await session.query('SHOW DATABASES')).map(row => String(Object.values(row)[0]))
  return names.filter(name => !systemSchemas.includes(name.toLowerCase()))
}

export async function say(session: Session, ...statements: readonly Statement[]): Promise<void> {
  for (const [text, ...values] of statements) await session.query(text, values)
}

/** What may have to wait for a thread of the server, or for a host that is dead: 2 s for MariaDB's receiver, and more. */
export async function sayPatiently(
  { wanted }: Pair,
  session: Session,
  ...statements: readonly Statement[]
): Promise<void> {
  for (const [text, ...values] of statements)
    await session.query(text, values, Math.max(wanted.drainMs, wanted.answerMs))
}

export const pause = ({ host }: Pair, ms: number): Promise<void> =>
  new Promise(resolve => void host.clock.after(ms, resolve))

/** Errors of databases as words; anything else is a mistake of ours and is thrown. */
export function wordsOf(error: unknown): string {
  if (error instanceof DatabaseError) return error.message
  throw error
}
