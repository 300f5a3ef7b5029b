import { type BindContext, type Bound, type Seen, scriptTimeouts } from './agent.ts'
import { explain, type Ran } from './ran.ts'
import { heartbeatEnvironment, outcomeOf, runScript, type Script } from './scripts.ts'

/** A script of Heartbeat's resource.d: arguments first, then `start`, `stop` or `status`. */
export function resourceD(file: string, args: readonly string[], context: BindContext): Bound {
  const environment = heartbeatEnvironment(context)
  const script: Script = {
    resource: context.resource,
    file,
    timeouts: scriptTimeouts,
    args: action => [...args, action === 'monitor' ? 'status' : action],
    env: () => environment,
  }
  return {
    resource: context.resource,
    kind: 'resource.d',
    timeouts: scriptTimeouts,
    async start(host) {
      // As Heartbeat did: many of these scripts fail when told to start what runs.
      const before = judgeByText(await runScript(host, script, 'monitor'))
      if (before.status === 'running') return { ok: true }
      return outcomeOf(await runScript(host, script, 'start'))
    },
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
