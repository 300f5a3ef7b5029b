/** Could this host hold a service address now? */
import type { Host } from '../agent.ts'
import { cannot, type Hindrance, might } from '../readiness.ts'
import type { Wanted } from './wanted.ts'

/** Asks the kernel's routes as a start does, but touches no address. */
export async function addressReadiness(host: Host, resource: string, wanted: Wanted): Promise<readonly Hindrance[]> {
  const { device } = wanted
  if (device !== undefined) return deviceReadiness(host, device)
  const args = ['-o', `-${wanted.family}`, 'route', 'get', wanted.address]
  const ran = await host.run({ resource, action: 'ready', file: 'ip', args, timeoutMs: 5_000 })
  const found = / dev (\S+)/.exec(ran.output)?.[1]
  const example = `write the interface, as in ${wanted.address}/${wanted.family === 4 ? '24' : '64'}/eth0`
  if (!ran.ok || found === undefined || found === 'lo')
    return [cannot(`no interface of this host reaches ${wanted.address}; ${example}`)]
  if (/ via /.test(ran.output) && wanted.prefix === undefined)
    return [cannot(`no interface of this host is in the subnet of ${wanted.address}; ${example}`)]
  return deviceReadiness(host, found)
}

function deviceReadiness(host: Host, device: string): readonly Hindrance[] {
  const folder = `/sys/class/net/${device}`
  if (!host.exists(folder)) return [cannot(`there is no interface ${device} here`)]
  // An interface that is down cannot be asked: the kernel answers EINVAL.
  const carrier = host.read(`${folder}/carrier`)?.trim()
  if (carrier === undefined) return [cannot(`${device} is down; type: ip link set ${device} up`)]
  return carrier === '0' ? [might(`${device} has no carrier: its cable, or the port at its other end`)] : []
}
