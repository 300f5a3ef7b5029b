import {
  type Agent,
  type BindContext,
  type Bound,
  failed,
  type Host,
  isProblem,
  type Seen,
  type Timeouts,
  timeoutsFor,
} from '../agent.ts'
import { demote } from './demote.ts'
import { look } from './facts.ts'
import { memoriesOf } from './memory.ts'
import { promote } from './promote.ts'
import { readiness } from './readiness.ts'
import { DatabaseError } from './session.ts'
import { type Pair, withOwn, wordsOf } from './talk.ts'
import { tend } from './tend.ts'
import { keys, readWanted, usage, type Wanted } from './wanted.ts'

/** A replica may have to apply what it received: drain_timeout, twice, and some statements. */
const timeouts: Timeouts = { startMs: 180_000, stopMs: 60_000, monitorMs: 20_000 }

/** The primary of a pair of MariaDB or MySQL databases. The servers run on all nodes; the role moves. */
export const mysqlrole: Agent = {
  meta: {
    name: 'mysqlrole',
    summary: 'The primary of MariaDB or MySQL databases that replicate: the servers stay, the role moves',
    usage,
    timeouts,
    keys,
    movesData: true,
  },
  bind(args, context) {
    // `check` asks about the words alone, without agents.ini.
    const { operations } = context
    if (operations === undefined) return bound(undefined, context)
    const wanted = readWanted(args, context.resource, context.node, operations)
    return isProblem(wanted) ? wanted : bound(wanted, context)
  },
}

function bound(wanted: Wanted | undefined, context: BindContext): Bound {
  const { resource, node } = context
  const pairOf = (host: Host): Pair => {
    if (wanted === undefined) throw new Error(`${resource}: agents.ini does not say where the databases are`)
    return { host, resource, node, wanted, memories: memoriesOf(host, wanted.name) }
  }
  const spoken = async <T>(work: () => Promise<T>, otherwise: (why: string) => T): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      return otherwise(wordsOf(error))
    }
  }
  return {
    resource,
    kind: 'database',
    timeouts: timeoutsFor(timeouts, context),
    start: host => spoken(() => promote(pairOf(host)), failed),
    stop: host => spoken(() => demote(pairOf(host)), failed),
    monitor: host => monitor(pairOf(host)),
    ...(wanted === undefined
      ? {}
      : {
          ready: host => readiness(pairOf(host)),
          tending: { everyMs: wanted.lookEveryMs, tend: (host, stand) => tend(pairOf(host), stand) },
        }),
  }
}

/** The role is here when the database takes writes and is nobody's replica. */
async function monitor(pair: Pair): Promise<Seen> {
  try {
    const { readOnly, replica } = await withOwn(pair, look)
    if (readOnly) return { status: 'stopped' }
    if (replica === undefined) return { status: 'running' }
    return { status: 'unknown', why: 'it takes writes, and is a replica all the same' }
  } catch (error) {
    const gone = error instanceof DatabaseError && error.how === 'gone'
    return { status: gone ? 'stopped' : 'unknown', why: wordsOf(error) }
  }
}
