/** Which interfaces of service addresses have no carrier, told when it changes. */
import { type Clock, monotonicClock } from '../../agents/clock.ts'
import type { Group, GroupName } from '../../types.ts'
import { lookNearby } from './nearby.ts'
import { realProbe, type StartProbe } from './probe.ts'
import { type Nearby, nearest } from './questions.ts'
import { serviceAddresses } from './serviceAddresses.ts'

/** An interface is taken to be up until the first of these. */
export interface CarrierEvent {
  readonly type: 'carrier'
  readonly device: string
  readonly up: boolean
  /** That have an address on it. */
  readonly groups: readonly GroupName[]
}

export interface CarrierOptions {
  readonly groups: readonly Group[]
  readonly post: (event: CarrierEvent) => void
  readonly clock?: Clock
  readonly startProbe?: StartProbe
}

export interface CarrierWatch {
  /** A line of `ip -o monitor address link`; undefined = it has ended, and lines may be missing. */
  line(text: string | undefined): void
  close(): void
}

/** Lines may be lost where the kernel has more to say than anybody reads. */
const lookEveryMs = 30_000
/** Until an `ip monitor` that has just been started listens. */
const lookAgainMs = 2_000

export function watchCarrier(options: CarrierOptions): CarrierWatch {
  const { groups, post, clock = monotonicClock, startProbe = realProbe } = options
  const services = groups.flatMap(group => serviceAddresses(group).map(service => ({ ...service, group: group.name })))
  /** The groups on each interface. Where nobody wrote one: whatever has been seen in the subnet. */
  const devices = new Map<string, Set<GroupName>>()
  for (const { device, group } of services) if (device !== undefined) place(device, group)
  const down = new Set<string>()
  /** What the events have told since the look began: it may have seen what was before. */
  const fresher = new Set<string>()
  let stopLooking: (() => void) | undefined
  let cancelNext = (): void => {}

  function learn(device: string, up: boolean): void {
    if (!devices.has(device) || up !== down.has(device)) return
    if (up) down.delete(device)
    else down.add(device)
    post({ type: 'carrier', device, up, groups: [...devices.get(device)!] })
  }

  function place(device: string, group: GroupName): void {
    devices.set(device, new Set([...(devices.get(device) ?? []), group]))
  }

  function look(againInMs = lookEveryMs): void {
    cancelNext()
    cancelNext = clock.after(againInMs, () => look())
    stopLooking?.()
    fresher.clear()
    stopLooking = lookNearby(startProbe, nearby => {
      stopLooking = undefined
      if (nearby.length > 0) seen(nearby) // else it failed
    })
  }

  function seen(nearby: readonly Nearby[]): void {
    for (const { device, address, group } of services) {
      const found = device === undefined ? nearest(address, nearby) : undefined
      if (found !== undefined) place(found.device, group)
    }
    for (const device of devices.keys()) {
      if (!fresher.has(device))
        learn(
          device,
          nearby.some(one => one.device === device && one.running),
        )
    }
  }

  if (services.length > 0) look(lookAgainMs)
  return {
    line(text) {
      if (text === undefined) return services.length > 0 ? look(lookAgainMs) : undefined
      const [, deleted, device, flags] = linkLine.exec(text) ?? []
      if (device === undefined || flags === undefined) return
      fresher.add(device)
      learn(device, deleted === undefined && flags.split(',').includes('LOWER_UP'))
    },
    close() {
      cancelNext()
      stopLooking?.()
    },
  }
}

/** As in `2: eth0@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500`. */
const linkLine = /^(Deleted )?\d+: ([^\s:@]+)(?:@[^\s:]+)?: <([^>]*)>/
