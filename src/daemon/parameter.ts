import type { Settings } from '../config/settings.ts'
import { version } from './version.ts'

/** As written in ha.cf, or what holds without it, as `cl_status hbparameter` printed it. */
export function parameterOf(settings: Settings, name: string): string | undefined {
  const { keepaliveMs, warntimeMs, deadtimeMs, initdeadMs } = settings.timing
  const defaults: Readonly<Record<string, string>> = {
    keepalive: `${keepaliveMs}ms`,
    warntime: `${warntimeMs}ms`,
    deadtime: `${deadtimeMs}ms`,
    initdead: `${initdeadMs}ms`,
    auto_failback: settings.autoFailback ? 'on' : 'off',
    hbversion: version,
  }
  return settings.directives.get(name) ?? defaults[name]
}
