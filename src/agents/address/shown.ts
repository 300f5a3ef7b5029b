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
    const place = {
      device,
      index: Number(link.ifindex),
      mac: link.link_type === 'ether' ? link.address : undefined,
      up: link.flags?.includes('UP') ?? false,
      carrier: link.flags?.includes('LOWER_UP') ?? false,
    }
    const addresses = (link.addr_info ?? []).flatMap(({ family, local, prefixlen, valid_life_time: valid }) => {
      if ((family !== 'inet' && family !== 'inet6') || local === undefined || prefixlen === undefined) return []
      const validSeconds = valid === undefined || valid === forEver ? undefined : valid
      return [{ ...place, family: family === 'inet' ? 4 : 6, address: local, prefix: prefixlen, validSeconds } as const]
    })
    return { ...place, addresses }
  })
}

const isInterface = (link: RawLink): boolean => typeof link.ifname === 'string'

/** The routes of one line of `ip -j route show to match ADDRESS` (or `route get`), the narrowest first. */
export function readRoutes(line: string): readonly Route[] {
  return (readJson(line) as readonly RawRoute[])
    .flatMap(({ dst, dev, gateway, prefsrc }) => {
      if (dst === undefined || dev === undefined) return []
      const written = dst.split('/')[1]
      const prefix = dst === 'default' ? 0 : written === undefined ? (dst.includes(':') ? 128 : 32) : Number(written)
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
