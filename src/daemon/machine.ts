/** The agents of this node: every resource bound once, jobs performed, addresses kept. */
import type { AddressReport } from '../agents/address/keeper.ts'
import {
  type Bound,
  isProblem,
  type LastStop,
  type Seen,
  type Stand,
  type Told,
  type Trouble,
} from '../agents/agent.ts'
import { bindContext } from '../agents/bindContext.ts'
import { createHost, type HostOptions } from '../agents/host.ts'
import { missing, performJob } from '../agents/perform.ts'
import { type Hindrance, might } from '../agents/readiness.ts'
import { resolve } from '../agents/resolve.ts'
import type { Settings } from '../config/settings.ts'
import type { Effect } from '../events.ts'
import { leaseSeconds } from '../lease.ts'
import type { Group, GroupName, Job, Outcome } from '../types.ts'
import { type Copies, copiesUnder } from './copies.ts'
import { prepareAll } from './prepareAll.ts'
import { type Lack, roomHere } from './room.ts'
import { safely } from './safely.ts'

export interface Machine {
  perform(job: Job): Promise<Outcome>
  /** Looks at one resource, beside whatever else is done to it. Never throws. */
  monitor(group: Group, at: number): Promise<Seen>
  /** What speaks against a start here of one resource that does not run. Never throws. */
  ready(group: Group, at: number): Promise<readonly Hindrance[]>
  /** Calls when a resource may have ceased to run, for the agents that notice; returns how to end that. */
  follow(group: Group, at: number, ailing: () => void): () => void
  /** What wants a look on every node: by resource, how often, and the look itself, which never throws. */
  tended(): readonly Tended[]
  /** Renew all leases; only addresses of the groups to `restore` come back if they are gone. */
  renew(effect: Extract<Effect, { type: 'hold' }>): void
  announce(group: GroupName): void
  /** Whole seconds of lease left of an address resource; undefined = not held, or no lease. */
  leaseS(resource: string): number | undefined
  lowestLeaseS(): number | undefined
  /** Of DRBD, under the resources. */
  readonly copies: Copies
  /** How its resources are stopped without us, the last one first; of one without an agent nothing is known. */
  lastStops(group: GroupName): readonly LastStop[]
  /** What there is too little of, for what may come here. */
  room(): Promise<readonly Lack[]>
  /** What the looks at running resources have met and what is no failure of those. */
  troubles(): readonly Trouble[]
  /** Resources for which no agent was found, in words. */
  problems(): readonly string[]
  close(): void
}

export interface Tended {
  readonly resource: string
  readonly group: GroupName
  /** Its place in the group. */
  readonly at: number
  readonly everyMs: number
  tend(stand: () => Stand): Promise<Told>
}

export function openMachine(
  settings: Settings,
  dirs: { readonly configDir: string; readonly runDir: string; readonly stateDir?: string },
  report: (report: AddressReport) => void,
  more: Pick<HostOptions, 'onMonitor' | 'livedUntilMs'> = {},
): Machine {
  const seconds = leaseSeconds(settings.timing)
  const host = createHost({ ...dirs, leaseSeconds: seconds, report, ...more })
  const problems: string[] = []
  const bounds = new Map<GroupName, readonly Bound[]>(settings.groups.map(group => [group.name, bindAll(group)]))
  const all = [...bounds.values()].flat()
  const byName = new Map(all.map(bound => [bound.resource, bound]))
  const boundAt = ({ name }: Group, at: number): Bound => bounds.get(name)![at]!

  function bindAll(group: Group): readonly Bound[] {
    return group.resources.map(resource => {
      const bound = resolve(resource, bindContext(resource, group, settings, dirs.configDir), host)
      if (!isProblem(bound)) return bound
      problems.push(bound.problem)
      return missing(resource.name, bound.problem)
    })
  }

  const copies = copiesUnder(bounds, host)
  const endPreparing = prepareAll(all, host)

  return {
    perform: job => performJob(job, bounds.get(job.group) ?? [], host),
    monitor: (group, at) =>
      safely<Seen>(
        () => boundAt(group, at).monitor(host),
        why => ({ status: 'unknown', why }),
      ),
    ready: (group, at) =>
      safely<readonly Hindrance[]>(
        () => boundAt(group, at).ready?.(host) ?? [],
        why => [might(`it cannot be looked at: ${why}`)],
      ),
    follow: (group, at, ailing) => boundAt(group, at).follow?.(host, ailing) ?? (() => {}),
    tended: () =>
      [...bounds].flatMap(([group, own]) =>
        own.flatMap(({ resource, tending }, at) =>
          tending === undefined
            ? []
            : {
                resource,
                group,
                at,
                everyMs: tending.everyMs,
                tend: (stand: () => Stand) =>
                  safely<Told>(
                    () => tending.tend(host, stand),
                    why => ({ lines: [why], problems: [why] }),
                  ),
              },
        ),
      ),
    renew({ untilMs, restore, longer }) {
      const addresses = (groups: readonly GroupName[]) =>
        new Set(groups.flatMap(group => addressesOf(bounds.get(group))))
      const back = addresses(restore)
      const kept = longer && addresses(longer.groups)
      void host.addresses.renew(
        untilMs,
        address => back.has(address),
        longer && { untilMs: longer.untilMs, covers: address => kept!.has(address) },
      )
    },
    announce(group) {
      const own = addressesOf(bounds.get(group))
      if (own.length > 0) host.addresses.announce(own)
    },
    leaseS(resource) {
      const address = byName.get(resource)?.address?.address
      return address === undefined ? undefined : host.addresses.remaining(address)
    },
    lowestLeaseS() {
      const left = host.addresses.held().flatMap(({ remainingSeconds }) => remainingSeconds ?? [])
      return left.length === 0 ? undefined : Math.min(...left)
    },
    lastStops: group => (bounds.get(group) ?? []).flatMap(bound => bound.lastStop?.(host) ?? []).reverse(),
    copies,
    room: () => roomHere(host.read, dirs.stateDir ?? dirs.runDir),
    troubles: () => all.flatMap(({ troubles }) => troubles?.() ?? []),
    problems: () => problems,
    close() {
      endPreparing()
      host.close()
    },
  }
}

const addressesOf = (bounds: readonly Bound[] = []): readonly string[] =>
  bounds.flatMap(({ address }) => address?.address ?? [])
