import {
  type Agent,
  type BindContext,
  type Bound,
  done,
  failed,
  type Host,
  isProblem,
  type Timeouts,
  type Told,
  timeoutsFor,
} from '../agent.ts'
import { cannot, type Hindrance, might } from '../readiness.ts'
import { type Answer, ask, type Wanted } from './ask.ts'
import { keys, readWanted, usage } from './wanted.ts'

/** A take-over of the database may take its deadtime, and as long again to apply what was received. */
const timeouts: Timeouts = { startMs: 300_000, stopMs: 20_000, monitorMs: 20_000 }
/** From one question to the next, while a start waits, and for status. */
const againMs = 1_000
const lookEveryMs = 5_000

/**
 * Stands before an application whose database is another cluster's: the rest of its group starts when that takes writes.
 * Once it has started it runs, whatever becomes of the database: to connect again is the application's, and a move of its
 * group would not help.
 */
export const mysqlwait: Agent = {
  meta: {
    name: 'mysqlwait',
    summary: 'What comes after it in the group starts when the MariaDB or MySQL database at an address takes writes',
    usage,
    timeouts,
    keys,
  },
  bind(args, context) {
    const wanted = readWanted(args, context)
    return isProblem(wanted) ? wanted : bound(wanted, context)
  },
}

function bound(wanted: Wanted, context: BindContext): Bound {
  const { resource } = context
  const limits = timeoutsFor(timeouts, context)
  const page = `${resource.replace(/[^A-Za-z0-9.-]+/g, '_')}.json`
  const isUp = (host: Host): boolean => host.sinceBoot.read(page) === up
  return {
    resource,
    kind: 'database',
    timeouts: limits,
    async start(host) {
      const late = isUp(host) ? undefined : await waitFor(wanted, resource, limits.startMs, host)
      if (late !== undefined) return failed(late)
      await host.sinceBoot.write(page, up)
      return done
    },
    async stop(host) {
      if (isUp(host)) await host.sinceBoot.write(page, down)
      return done
    },
    monitor: async host => ({ status: isUp(host) ? 'running' : 'stopped' }),
    ready: async host => hindrance(wanted, resource, await ask(host, wanted)),
    tending: {
      everyMs: lookEveryMs,
      tend: async (host, stand) => tell(wanted, await ask(host, wanted), stand() === 'held'),
    },
  }
}

const [up, down] = ['"up"\n', '"down"\n'] as const

/** undefined: it takes writes. Otherwise the last answer, when the time is over. */
async function waitFor(wanted: Wanted, resource: string, limitMs: number, host: Host): Promise<string | undefined> {
  const untilMs = host.clock.nowMs() + limitMs
  let said: string | undefined
  for (;;) {
    const { closed } = await ask(host, wanted)
    if (closed === undefined) {
      if (said !== undefined) host.note(`${resource}: the database takes writes now`)
      return undefined
    }
    if (closed !== said) host.note(`${resource}: waits for a database that takes writes: ${closed}`)
    said = closed
    if (host.clock.nowMs() + againMs > untilMs)
      return `it took no writes within start_timeout ${limitMs / 1_000} s: ${closed}`
    await new Promise<void>(resolve => void host.clock.after(againMs, resolve))
  }
}

function tell({ place }: Wanted, { closed }: Answer, held: boolean): Told {
  return { lines: [closed ?? `the database at ${place} takes writes`], problems: held && closed ? [closed] : [] }
}

function hindrance({ user }: Wanted, resource: string, { closed, denied }: Answer): readonly Hindrance[] {
  if (closed === undefined) return []
  if (denied) return [cannot(`${closed}: give ${resource} the password of the account ${user} in agents.ini`)]
  return [might(`a start would wait: ${closed}`)]
}
