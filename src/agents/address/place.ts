/** Where and how a service address is configured, decided from what `ip` shows. */
import { ipv4Number, ipv6Words } from '../../config/addresses.ts'
import type { Problem } from '../agent.ts'
import type { Placed } from './lines.ts'
import type { Interface, Route, Shown } from './shown.ts'
import type { Wanted } from './wanted.ts'

export interface Surroundings {
  readonly interfaces: readonly Interface[]
  /** The routes that lead to this address, the narrowest first. */
  readonly routes: readonly Route[]
  /** True for addresses that come and go with their group: nothing may lean on them. */
  isService(address: string): boolean
}

/**
 * An address next to a host's own one is configured /32 (/128): it then is nobody's primary address, and its expiry
 * takes nothing else along. Where the subnet is reached through the service address alone it needs the written mask.
 */
export function place(wanted: Wanted, around: Surroundings): Placed | Problem {
  const present = find(wanted, around.interfaces)[0]
  const next = connection(wanted, around)
  const device = wanted.device ?? present?.device ?? next?.device ?? wayOut(wanted, around)
  if (!device) {
    const example = wanted.family === 4 ? `${wanted.address}/24/eth0` : `[${wanted.address}]/64/eth0`
    return { problem: `no interface of this host is in the subnet of ${wanted.address}; write ${example}` }
  }
  if (!around.interfaces.some(one => one.device === device)) return { problem: `there is no interface ${device} here` }
  const writtenPrefix = wanted.prefix ?? next?.prefix ?? present?.prefix
  if (writtenPrefix === undefined) {
    return {
      problem: `no mask is written for ${wanted.address} and no route tells it; write ${wanted.address}/24/${device}`,
    }
  }
  const full = wanted.family === 4 ? 32 : 128
  const { family, address, label, broadcast } = wanted
  return {
    family,
    address,
    device,
    prefix: present?.prefix ?? (next ? full : writtenPrefix),
    writtenPrefix,
    ...(family === 4 && next?.prefix === writtenPrefix ? { beside: true } : {}),
    ...(label === undefined ? {} : { label }),
    ...(broadcast === undefined ? {} : { broadcast }),
  }
}

/** Where the address is now, as far as the words tell where to look. */
export function find(
  { address, device }: Pick<Wanted, 'address' | 'device'>,
  interfaces: Iterable<Interface>,
): readonly Shown[] {
  const found: Shown[] = [] // in plain steps: it is asked for thousands at a takeover
  for (const one of interfaces) {
    if (device !== undefined && one.device !== device) continue
    const here = byAddress(one).get(address)
    if (here) found.push(...here)
  }
  return found
}

/** A thousand addresses are looked for on an interface that has a thousand. */
const indexes = new WeakMap<readonly Shown[], ReadonlyMap<string, readonly Shown[]>>()

function byAddress({ addresses }: Interface): ReadonlyMap<string, readonly Shown[]> {
  const known = indexes.get(addresses)
  if (known) return known
  const index = new Map<string, Shown[]>()
  for (const one of addresses) {
    const same = index.get(one.address)
    if (same) same.push(one)
    else index.set(one.address, [one])
  }
  indexes.set(addresses, index)
  return index
}

/** The narrowest subnet that reaches the address without a gateway and without any service address. */
function connection(wanted: Wanted, around: Surroundings): { device: string; prefix: number } | undefined {
  const onDevice = (device: string): boolean => wanted.device === undefined || wanted.device === device
  if (wanted.family === 4) {
    return around.routes.find(
      ({ device, direct, prefix, source }) =>
        direct && prefix > 0 && prefix < 32 && onDevice(device) && !(source && around.isService(source)),
    )
  }
  return around.interfaces
    .filter(one => onDevice(one.device))
    .flatMap(one => one.addresses)
    .filter(one => one.family === 6 && one.prefix < 128 && !around.isService(one.address))
    .filter(one => covers(one.address, one.prefix, wanted.address))
    .sort((a, b) => b.prefix - a.prefix)[0]
}

/** Heartbeat's last resort: the interface of the best route, the default one included, if the mask is written. */
function wayOut(wanted: Wanted, { routes }: Surroundings): string | undefined {
  return wanted.prefix === undefined ? undefined : routes[0]?.device
}

/** True when both addresses have the same first `prefix` bits. */
export function covers(network: string, prefix: number, address: string): boolean {
  if (!address.includes(':')) return prefix === 0 || (ipv4Number(network) ^ ipv4Number(address)) >>> (32 - prefix) === 0
  const bits = (text: string): string =>
    (ipv6Words(text) ?? []).map(word => word.toString(2).padStart(16, '0')).join('')
  return bits(network).slice(0, prefix) === bits(address).slice(0, prefix)
}
