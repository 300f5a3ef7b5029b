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

/** A thousand addresses on one interface are a few questions; the next look asks anew. */
const shownForMs = 5
interface Shown {
  readonly ran: Promise<Ran>
  /** When it was answered; infinity = not yet. */
  atMs: number
}
const lately = new WeakMap<Host, Map<string, Shown>>()

function shown(host: Host, resource: string, device: string): Promise<Ran> {
  const ofHost = lately.get(host) ?? new Map<string, Shown>()
  lately.set(host, ofHost)
  const before = ofHost.get(device)
  if (before !== undefined && host.clock.nowMs() - before.atMs < shownForMs) return before.ran
  const args = ['-o', 'link', 'show', 'dev', device]
  const ran = host.run({ resource, action: 'ready', file: 'ip', args, timeoutMs: 5_000 })
  const asked: Shown = { ran, atMs: Number.POSITIVE_INFINITY }
  ofHost.set(device, asked)
  void ran.then(() => {
    asked.atMs = host.clock.nowMs()
  })
  return ran
}
