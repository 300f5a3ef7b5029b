/** Could this host hold a service address now? */
import type { Host } from '../agent.ts'
import type { Ran } from '../ran.ts'
import { cannot, type Hindrance, might } from '../readiness.ts'
import type { Wanted } from './wanted.ts'

/** Asks the kernel's routes as a start does, but touches no address. */
export async function addressReadiness(host: Host, resource: string, wanted: Wanted): Promise<readonly Hindrance[]> {
  const { device } = wanted
  if (device !== undefined) return deviceReadiness(host, resource, device)
  const args = ['-o', `-${wanted.family}`, 'route', 'get', wanted.address]
  const ran = await host.run({ resource, action: 'ready', file: 'ip', args, timeoutMs: 5_000 })
  const found = / dev (\S+)/.exec(ran.output)?.[1]
  const example = `write the interface, as in ${wanted.address}/${wanted.family === 4 ? '24' : '64'}/eth0`
  if (!ran.ok || found === undefined || found === 'lo')
    return [cannot(`no interface of this host reaches ${wanted.address}; ${example}`)]
  if (/ via /.test(ran.output) && wanted.prefix === undefined)
    return [cannot(`no interface of this host is in the subnet of ${wanted.address}; ${example}`)]
  return deviceReadiness(host, resource, found)
}

/** Not by /sys: in a network namespace it may be that of another one. */
async function deviceReadiness(host: Host, resource: string, device: string): Promise<readonly Hindrance[]> {
  const { ok, output } = await shown(host, resource, device)
  if (/does not exist/.test(output)) return [cannot(`there is no interface ${device} here`)]
  const flags = /<([^>]*)>/.exec(output)?.[1]?.split(',')
  if (!ok || flags === undefined) return [might(`${device} cannot be looked at: ${output.trim() || 'ip says nothing'}`)]
  if (!flags.includes('UP')) return [cannot(`${device} is down; type: ip link set ${device} up`)]
  return flags.includes('NO-CARRIER')
    ? [might(`${device} has no carrier: its cable, or the port at its other end`)]
    : []
}

/** A thousand addresses on one interface are one question. */
const shownForMs = 50
const lately = new WeakMap<Host, Map<string, { readonly atMs: number; readonly ran: Promise<Ran> }>>()

function shown(host: Host, resource: string, device: string): Promise<Ran> {
  const ofHost = lately.get(host) ?? new Map<string, { readonly atMs: number; readonly ran: Promise<Ran> }>()
  lately.set(host, ofHost)
  const [nowMs, before] = [host.clock.nowMs(), ofHost.get(device)]
  if (before !== undefined && nowMs - before.atMs < shownForMs) return before.ran
  const args = ['-o', 'link', 'show', 'dev', device]
  const ran = host.run({ resource, action: 'ready', file: 'ip', args, timeoutMs: 5_000 })
  ofHost.set(device, { atMs: nowMs, ran })
  return ran
}
