import type { BindContext, Bound, Seen } from './agent.ts'
import { explain, type Ran } from './ran.ts'
import { heartbeatScript, lastStopOf, outcomeOf, runScript, startUnlessRunning } from './scripts.ts'

/** A script of Heartbeat's resource.d: arguments first, then `start`, `stop` or `status`. */
export function resourceD(file: string, args: readonly string[], context: BindContext): Bound {
  const script = heartbeatScript(file, args, context)
  return {
    resource: context.resource,
    kind: 'resource.d',
    from: file,
    timeouts: script.timeouts,
    lastStop: () => lastStopOf(script),
    start: host => startUnlessRunning(host, script, judgeByText),
    async stop(host) {
      return outcomeOf(await runScript(host, script, 'stop'))
    },
    async monitor(host) {
      return judgeByText(await runScript(host, script, 'monitor'))
    },
  }
}

/** By what it says, never by its exit code (ResourceManager of Heartbeat 3.0.6). */
export function judgeByText(ran: Ran): Seen {
  if (ran.end.by !== 'exit') return { status: 'unknown', why: explain(ran) }
  if (/[Nn][Oo][Tt] .*[Rr]unning/s.test(ran.output)) return { status: 'stopped' }
  if (/[Rr]unning/.test(ran.output) || ran.output.includes('OK')) return { status: 'running' }
  return { status: 'stopped' }
}
