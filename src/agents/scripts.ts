/** What all agents that are programs share. */
import type { Outcome } from '../types.ts'
import {
  type BindContext,
  done,
  failed,
  type Host,
  type LastStop,
  type Seen,
  scriptTimeouts,
  type Timeouts,
  timeoutsFor,
} from './agent.ts'
import { explain, type Ran } from './ran.ts'

export type Action = 'start' | 'stop' | 'monitor'

export interface Script {
  readonly resource: string
  readonly file: string
  readonly timeouts: Timeouts
  args(action: Action): readonly string[]
  env(action: Action): Readonly<Record<string, string>>
}

/** Called as Heartbeat called its scripts: the arguments first, then `start`, `stop` or `status`. */
export function heartbeatScript(
  file: string,
  args: readonly string[],
  context: BindContext,
  more: Readonly<Record<string, string>> = {},
): Script {
  const environment = { ...heartbeatEnvironment(context), ...more }
  return {
    resource: context.resource,
    file,
    timeouts: timeoutsFor(scriptTimeouts, context),
    args: action => [...args, action === 'monitor' ? 'status' : action],
    env: () => environment,
  }
}

/** As Heartbeat did: many scripts fail when told to start what runs. */
export async function startUnlessRunning(
  host: Host,
  script: Script,
  judge: (ran: Ran) => Seen,
  why?: (ran: Ran) => string,
): Promise<Outcome> {
  const before = judge(await runScript(host, script, 'monitor'))
  return before.status === 'running' ? done : outcomeOf(await runScript(host, script, 'start'), why)
}

export function runScript(host: Host, script: Script, action: Action): Promise<Ran> {
  return host.run({
    resource: script.resource,
    action,
    file: script.file,
    args: script.args(action),
    env: script.env(action),
    timeoutMs: limitOf(script.timeouts, action),
  })
}

/** For whoever has to stop it without us. */
export const lastStopOf = ({ file, timeouts, args, env }: Script): LastStop => ({
  by: 'program',
  file,
  args: args('stop'),
  env: env('stop'),
  limitMs: timeouts.stopMs,
})

export const limitOf = ({ startMs, stopMs, monitorMs }: Timeouts, action: Action): number =>
  ({ start: startMs, stop: stopMs, monitor: monitorMs })[action]

export function outcomeOf(ran: Ran, why: (ran: Ran) => string = explain): Outcome {
  return ran.ok ? done : failed(why(ran))
}

/** The environment that Heartbeat 3.0.6 gives to resource scripts, without the fields of network messages. */
export function heartbeatEnvironment({ node, configDir, directives }: BindContext): Record<string, string> {
  const env: Record<string, string> = {}
  for (const [name, value] of directives) {
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) env[`HA_${name}`] = value
  }
  const binaries = '/usr/libexec/heartbeat'
  return {
    ...env,
    HA_CURHOST: node,
    HA_DIR: configDir,
    HA_RCDIR: `${configDir}/rc.d`,
    HA_RESOURCEDIR: `${configDir}/resource.d`,
    HA_FUNCS: `${configDir}/shellfuncs`,
    HA_BIN: binaries,
    HA_FIFO: '/var/lib/heartbeat/fifo',
    HA_LOGFILE: directives.get('logfile') ?? '',
    HA_DEBUGLOG: directives.get('debugfile') ?? '',
    HA_LOGFACILITY: directives.get('logfacility') ?? '',
    HA_LOGD: directives.get('use_logd') ?? 'no',
    HA_DATEFMT: '%Y/%m/%d_%T ',
    HA_DOCDIR: '/usr/share/doc/heartbeat',
    OCF_ROOT: '/usr/lib/ocf',
    OCF_AGENTS: '/usr/lib/ocf/resource.d/',
    PATH: `${binaries}:/usr/share/heartbeat:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
  }
}
