import {
  type BindContext,
  type Bound,
  defaultTimeouts,
  done,
  failed,
  type Host,
  type Problem,
  type Seen,
  timeoutsFor,
} from './agent.ts'
import { explain, type Ran } from './ran.ts'
import { cannot, type Hindrance, might } from './readiness.ts'
import { outcomeOf } from './scripts.ts'

export const unitFolders = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
]

const ownUnit = 'tandemd.service'
const state = 'LoadState,ActiveState,SubState,Result'
/** What is stopped with a unit, by whoever says so. */
const dependents = 'RequiredBy,RequisiteOf,BoundBy,ConsistsOf'

const lookAgainMs = 250
/** Units wait for each other; and systemd has a limit of its own, 90 s. */
export const unitTimeouts = { ...defaultTimeouts, startMs: 100_000, stopMs: 100_000 }

/** `nginx` means `nginx.service`. */
export function unitName(word: string): string | Problem {
  if (!/^[A-Za-z0-9:_.@\\-]+$/.test(word) || word.startsWith('-')) return { problem: `"${word}" is not a systemd unit` }
  return /\.(service|socket|mount|automount|swap|target|path|timer|slice|scope)$/.test(word) ? word : `${word}.service`
}

export function unitExists(unit: string, exists: (path: string) => boolean): boolean {
  const template = unit.replace(/@[^@]*\.(\w+)$/, '@.$1')
  return unitFolders.some(folder => exists(`${folder}/${unit}`) || exists(`${folder}/${template}`))
}

export function systemd(unit: string, context: BindContext): Bound {
  const { resource } = context
  const timeouts = timeoutsFor(unitTimeouts, context)
  const systemctl = (host: Host, action: string, timeoutMs: number, args: readonly string[]): Promise<Ran> =>
    host.run({ resource, action, file: 'systemctl', args: ['--no-ask-password', ...args], timeoutMs })
  const ask = (host: Host, words: string, ...units: readonly string[]): Promise<Ran> =>
    systemctl(host, 'monitor', timeouts.monitorMs, ['show', '-p', words, ...units])
  const show = async (host: Host): Promise<Unit | { readonly unknown: string }> =>
    readUnit(await ask(host, state, unit))
  return {
    resource,
    kind: 'systemd',
    from: unit,
    timeouts,
    lastStop: () => ({ by: 'unit', unit, limitMs: timeouts.stopMs }),
    async start(host) {
      const before = await show(host)
      if ('load' in before && before.load === 'masked') return failed(`${unit} is masked; systemctl unmask ${unit}`)
      return outcomeOf(await systemctl(host, 'start', timeouts.startMs, ['start', unit]))
    },
    async stop(host) {
      const shown = await ask(host, `${state},${dependents}`, unit, ownUnit)
      const before = readUnit(shown)
      if ('load' in before && before.load === 'not-found' && before.active === 'inactive') return done
      for (const args of stopWords(unit, shown.output)) {
        const ran = await systemctl(host, 'stop', timeouts.stopMs, ['stop', ...args])
        if (!ran.ok) return outcomeOf(ran)
      }
      return done
    },
    async monitor(host) {
      const untilMs = host.clock.nowMs() + timeouts.monitorMs
      for (;;) {
        const now = await show(host)
        if ('unknown' in now) return { status: 'unknown', why: now.unknown }
        const passing = /^(activating|deactivating|refreshing|maintenance)$/.test(now.active)
        if (!passing || host.clock.nowMs() >= untilMs) return judgeUnit(unit, now)
        await new Promise<void>(resolve => void host.clock.after(lookAgainMs, resolve))
      }
    },
    ready: host => unitReadiness(host, resource, unit),
  }
}

/**
 * While systemd stops tandemd, whoever is ordered before it has to wait for that end (`src/daemon/shutdownOrder.ts`), and
 * tandemd would wait for him. Then our word is that order does not count; what depends on the unit is stopped by name, as
 * nobody else would.
 *
 * @param shown of the unit and of our own, as `systemctl show` tells it
 * @returns the words of one `systemctl stop` after the other
 */
export function stopWords(unit: string, shown: string): readonly (readonly string[])[] {
  const [theirs = '', ours = ''] = shown.split(/\n\n/)
  if (!/^ActiveState=deactivating$/m.test(ours)) return [[unit]]
  const needing = [...theirs.matchAll(new RegExp(`^(?:${dependents.replaceAll(',', '|')})=(.+)$`, 'gm'))]
  const names = [...new Set(needing.flatMap(([, words = '']) => words.split(' ')))]
  const now = '--job-mode=ignore-dependencies'
  return [...(names.length > 0 ? [[now, ...names]] : []), [now, unit]]
}

/** It is there, may be started, and is not started at boot as well. */
async function unitReadiness(host: Host, resource: string, unit: string): Promise<readonly Hindrance[]> {
  const args = ['show', '-p', 'LoadState,ActiveState,SubState,Result,UnitFileState', unit]
  const ran = await host.run({ resource, action: 'ready', file: 'systemctl', args, timeoutMs: 10_000 })
  const read = readUnit(ran)
  if ('unknown' in read) return [might(`systemd does not tell of ${unit}: ${read.unknown}`)]
  if (read.load === 'masked') return [cannot(`${unit} is masked; type: systemctl unmask ${unit}`)]
  if (read.load !== 'loaded') return [cannot(`${unit} is ${read.load}; install what brings it`)]
  const atBoot = /^UnitFileState=enabled(-runtime)?$/m.test(ran.output)
  return atBoot ? [might(`${unit} is started at boot as well; type: systemctl disable ${unit}`)] : []
}

export interface Unit {
  readonly load: string
  readonly active: string
  readonly sub: string
  readonly result: string
}

export function readUnit(ran: Ran): Unit | { readonly unknown: string } {
  const value = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(ran.output)?.[1] ?? ''
  if (!ran.ok || value('ActiveState') === '') return { unknown: explain(ran) }
  return { load: value('LoadState'), active: value('ActiveState'), sub: value('SubState'), result: value('Result') }
}

export function judgeUnit(unit: string, { load, active, sub, result }: Unit): Seen {
  if (active === 'active' || active === 'reloading') return { status: 'running' }
  if (active === 'failed') return { status: 'stopped', why: `${unit} failed: ${result}` }
  if (active === 'inactive') {
    return load === 'loaded' ? { status: 'stopped' } : { status: 'stopped', why: `${unit} is ${load}` }
  }
  return { status: 'unknown', why: `${unit} is ${active} (${sub})` }
}
