/** What `ip -j addr show` and `ip -j route show` print, understood. */

/** One address on one interface. */
export interface Shown {
  readonly device: string
  readonly index: number
  /** Of the interface; undefined where it is not an Ethernet. */
  readonly mac: string | undefined
  readonly up: boolean
  readonly carrier: boolean
  readonly family: 4 | 6
  readonly address: string
  readonly prefix: number
  /** Whole seconds; undefined = for ever. */
  readonly validSeconds: number | undefined
}

/** One interface, with or without addresses. */
export interface Interface {
  readonly device: string
  readonly index: number
  readonly mac: string | undefined
  readonly up: boolean
  readonly carrier: boolean
  readonly addresses: readonly Shown[]
}

export interface Route {
  readonly device: string
  /** True when no gateway is needed. */
  readonly direct: boolean
  readonly prefix: number
  readonly source: string | undefined
}

interface RawAddress {
  readonly family?: string
  readonly local?: string
  readonly prefixlen?: number
  readonly valid_life_time?: number
}

interface RawLink {
  readonly ifname?: string
  readonly ifindex?: number
  readonly flags?: readonly string[]
  readonly link_type?: string
  readonly address?: string
  readonly addr_info?: readonly RawAddress[]
}

interface RawRoute {
  readonly dst?: string
  readonly dev?: string
  readonly gateway?: string
  readonly prefsrc?: string
}

const forEver = 0xffffffff

/** The interfaces of one line of `ip -j addr show`. */
export function readInterfaces(line: string): readonly Interface[] {
  return (readJson(line) as readonly RawLink[]).filter(isInterface).map(link => {
    const device = String(link.ifname)
    const index = Number(link.ifindex)
    const mac = link.link_type === 'ether' ? link.address : undefined
    const up = link.flags?.includes('UP') ?? false
    const carrier = link.flags?.includes('LOWER_UP') ?? false
    const addresses: Shown[] = []
    for (const { family: name, local: address, prefixlen: prefix, valid_life_time: valid } of link.addr_info ?? []) {
      if ((name !== 'inet' && name !== 'inet6') || address === undefined || prefix === undefined) continue
      const family = name === 'inet' ? 4 : 6
      const validSeconds = valid === undefined || valid === forEver ? undefined : valid
      addresses.push({ device, index, mac, up, carrier, family, address, prefix, validSeconds })
    }
    return { device, index, mac, up, carrier, addresses }
  })
}

const isInterface = (link: RawLink): boolean => typeof link.ifname === 'string'

/** The routes of one line of `ip -j route show` (or `route get`) that lead to the address, the narrowest first. */
export function readRoutes(
  line: string,
  leadsThere: (network: string, prefix: number) => boolean = () => true,
): readonly Route[] {
  return (readJson(line) as readonly RawRoute[])
    .flatMap(({ dst, dev, gateway, prefsrc }) => {
      if (dst === undefined || dev === undefined) return []
      const written = dst.split('/')[1]
      const prefix = dst === 'default' ? 0 : written === undefined ? (dst.includes(':') ? 128 : 32) : Number(written)
      if (prefix > 0 && !leadsThere(dst.split('/')[0]!, prefix)) return []
      return [{ device: dev, direct: gateway === undefined, prefix, source: prefsrc }]
    })
    .sort((a, b) => b.prefix - a.prefix)
}

function readJson(line: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(line)
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}
