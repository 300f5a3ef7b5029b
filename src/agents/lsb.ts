import { basename } from 'node:path'
import type { BindContext, Bound, Host, Seen } from './agent.ts'
import { explain, type Ran } from './ran.ts'
import { type Hindrance, might } from './readiness.ts'
import { heartbeatScript, lastStopOf, outcomeOf, runScript, startUnlessRunning } from './scripts.ts'

/** An init script (LSB core specification, "Init Script Actions"); arguments, if any, first, as Heartbeat did. */
export function lsb(file: string, args: readonly string[], context: BindContext): Bound {
  // On Debian a hook would hand the script's work to systemd, which then kills or restarts it as it likes.
  const script = heartbeatScript(file, args, context, { SYSTEMCTL_SKIP_REDIRECT: '1' })
  return {
    resource: context.resource,
    kind: 'lsb',
    from: file,
    timeouts: script.timeouts,
    lastStop: () => lastStopOf(script),
    start: host => startUnlessRunning(host, script, judgeByCode, explainLsb),
    async stop(host) {
      const ran = await runScript(host, script, 'stop')
      // 7: program is not running. Some scripts say so of a stop, and it is what we want.
      if (ran.end.by === 'exit' && ran.end.code === 7) return { ok: true }
      return outcomeOf(ran, explainLsb)
    },
    async monitor(host) {
      return judgeByCode(await runScript(host, script, 'monitor'))
    },
    ready: host => notAtBoot(host, context.resource, basename(file)),
  }
}

/** Links of init's run levels start it at boot; systemd obeys those of 5. */
async function notAtBoot(host: Host, resource: string, name: string): Promise<readonly Hindrance[]> {
  const args = ['/etc/rc2.d', '/etc/rc3.d', '/etc/rc5.d', '-name', `S[0-9][0-9]${name}`]
  const { output } = await host.run({ resource, action: 'ready', file: 'find', args, timeoutMs: 5_000 })
  const link = output.split('\n').find(line => line.startsWith('/etc/rc') && line.endsWith(name))
  return link === undefined ? [] : [might(`${link} starts it at boot as well; type: update-rc.d ${name} disable`)]
}

/** `status` has a table of codes of its own; what it does not list is no evidence. */
const statusCodes: Readonly<Record<number, Seen>> = {
  0: { status: 'running' },
  1: { status: 'stopped', why: 'dead, its pid file is left' },
  2: { status: 'stopped', why: 'dead, its lock file is left' },
  3: { status: 'stopped' },
}

export function judgeByCode(ran: Ran): Seen {
  const known = ran.end.by === 'exit' ? statusCodes[ran.end.code] : undefined
  return known ?? { status: 'unknown', why: explainLsb(ran) }
}

const actionCodes: Readonly<Record<number, string>> = {
  2: 'invalid arguments',
  3: 'not implemented',
  4: 'insufficient rights',
  5: 'program is not installed',
  6: 'program is not configured',
  7: 'program is not running',
}

function explainLsb(ran: Ran): string {
  const meaning = ran.end.by === 'exit' ? actionCodes[ran.end.code] : undefined
  return meaning ? `${explain(ran)} (${meaning})` : explain(ran)
}
