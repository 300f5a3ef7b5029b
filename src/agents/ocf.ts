import { type BindContext, type Bound, type Problem, type Seen, scriptTimeouts, timeoutsFor } from './agent.ts'
import { explain, type Ran } from './ran.ts'
import { type Action, lastStopOf, limitOf, outcomeOf, runScript, type Script } from './scripts.ts'

export const ocfRoot = '/usr/lib/ocf'

export interface OcfAgent {
  readonly provider: string
  readonly type: string
  readonly parameters: Readonly<Record<string, string>>
}

export const ocfPath = ({ provider, type }: Pick<OcfAgent, 'provider' | 'type'>): string =>
  `${ocfRoot}/resource.d/${provider}/${type}`

/** The words of `ocf::PROVIDER:TYPE::NAME=VALUE...`; the provider may be left out for `heartbeat`. */
export function parseOcf([name = '', ...pairs]: readonly string[]): OcfAgent | Problem {
  const match = /^(?:([A-Za-z0-9_.-]+):)?([A-Za-z0-9_-][A-Za-z0-9_.-]*)$/.exec(name)
  if (!match) return { problem: `"${name}" is not PROVIDER:TYPE, as in ocf::heartbeat:Filesystem::device=/dev/sdb1` }
  const parameters: Record<string, string> = {}
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    const key = pair.slice(0, at)
    if (at < 1 || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) return { problem: `"${pair}" is not NAME=VALUE` }
    parameters[key] = pair.slice(at + 1)
  }
  return { provider: match[1] ?? 'heartbeat', type: match[2]!, parameters }
}

/** An OCF resource agent, API 1.0 or 1.1. */
export function ocf(agent: OcfAgent, context: BindContext): Bound {
  const timeouts = timeoutsFor(scriptTimeouts, context)
  const script: Script = {
    resource: context.resource,
    file: ocfPath(agent),
    timeouts,
    args: action => [action],
    env: action => ocfEnvironment(agent, context, action, limitOf(timeouts, action)),
  }
  return {
    resource: context.resource,
    kind: 'ocf',
    from: script.file,
    timeouts,
    lastStop: () => lastStopOf(script),
    async start(host) {
      return outcomeOf(await runScript(host, script, 'start'), explainOcf)
    },
    async stop(host) {
      const ran = await runScript(host, script, 'stop')
      return outcomeOf(ran, explainOcf)
    },
    async monitor(host) {
      return judgeOcf(await runScript(host, script, 'monitor'))
    },
  }
}

/** Clone and promotable variables stay unset: with them agents such as IPaddr2 behave in quite another way. */
function ocfEnvironment(
  { provider, type, parameters }: OcfAgent,
  context: BindContext,
  action: Action,
  limitMs: number,
) {
  return {
    ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`OCF_RESKEY_${name}`, value])),
    OCF_ROOT: ocfRoot,
    OCF_RA_VERSION_MAJOR: '1',
    OCF_RA_VERSION_MINOR: '1',
    // Agents make file names of it.
    OCF_RESOURCE_INSTANCE: context.resource.replace(/[^A-Za-z0-9_.-]+/g, '_'),
    OCF_RESOURCE_PROVIDER: provider,
    OCF_RESOURCE_TYPE: type,
    OCF_CHECK_LEVEL: '0',
    // Each look of ours is a probe: nothing is expected of the resource.
    OCF_RESKEY_CRM_meta_interval: '0',
    OCF_RESKEY_CRM_meta_timeout: String(limitMs),
    OCF_RESKEY_CRM_meta_name: action,
    HA_LOGFACILITY: context.directives.get('logfacility') ?? 'none',
    HA_LOGFILE: context.directives.get('logfile') ?? '',
    HA_DEBUGLOG: context.directives.get('debugfile') ?? '',
  }
}

const codes: Readonly<Record<number, string>> = {
  1: 'failed',
  2: 'invalid arguments',
  3: 'not implemented',
  4: 'insufficient rights',
  5: 'something it needs is not installed here',
  6: 'its parameters are wrong',
  7: 'not running',
  8: 'running as promoted',
  9: 'failed as promoted',
}

export function explainOcf(ran: Ran): string {
  if (ran.end.by !== 'exit') return explain(ran)
  const reason = exitReason(ran.output)
  const meaning = codes[ran.end.code]
  const code = `exit code ${ran.end.code}${meaning ? ` (${meaning})` : ''}`
  return reason ? `${ran.command}: ${code}: ${reason}` : meaning ? `${explain(ran)} (${meaning})` : explain(ran)
}

/** The last line that begins so is meant for people. */
export function exitReason(output: string): string | undefined {
  return output
    .split('\n')
    .findLast(line => line.includes('ocf-exit-reason:'))
    ?.split('ocf-exit-reason:')[1]
    ?.trim()
}

export function judgeOcf(ran: Ran): Seen {
  if (ran.end.by !== 'exit') return { status: 'unknown', why: explain(ran) }
  switch (ran.end.code) {
    case 0:
    case 8:
      return { status: 'running' }
    case 190:
    case 191:
      return { status: 'running', why: `degraded: ${exitReason(ran.output) ?? 'no reason given'}` }
    case 5: // Where its program is not installed, nothing can be running.
      return { status: 'stopped', why: explainOcf(ran) }
    case 7:
      return { status: 'stopped' }
    default:
      return { status: 'unknown', why: explainOcf(ran) }
  }
}
