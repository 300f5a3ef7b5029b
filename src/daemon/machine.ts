/** The agents of this node: every resource bound once, jobs performed, addresses kept. */
import type { AddressReport } from '../agents/address/keeper.ts'
import { type Bound, type Host, isProblem, type Seen, type Stand, type Tending, type Told } from '../agents/agent.ts'
import { createHost, type HostOptions } from '../agents/host.ts'
import { missing, performJob } from '../agents/perform.ts'
import { resolve } from '../agents/resolve.ts'
import type { Settings } from '../config/settings.ts'
import type { Effect } from '../events.ts'
import { leaseSeconds } from '../lease.ts'
import type { Group, GroupName, Job, Outcome } from '../types.ts'

export interface Machine {
  perform(job: Job): Promise<Outcome>
  /** Looks at one resource, beside whatever else is done to it. Never throws. */
  monitor(group: Group, at: number): Promise<Seen>
  /** What wants a look on every node: by resource, how often, and the look itself, which never throws. */
  tended(): readonly Tended[]
  /** Renew all leases; only addresses of the groups to `restore` come back if they are gone. */
  renew(effect: Extract<Effect, { type: 'hold' }>): void
  announce(group: GroupName): void
  /** Whole seconds of lease left of an address resource; undefined = not held, or no lease. */
  leaseS(resource: string): number | undefined
  lowestLeaseS(): number | undefined
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
  onMonitor?: HostOptions['onMonitor'],
): Machine {
  const seconds = leaseSeconds(settings.timing)
  const host = createHost({ ...dirs, leaseSeconds: seconds, report, ...(onMonitor && { onMonitor }) })
  const problems: string[] = []
  const bounds = new Map<GroupName, readonly Bound[]>(settings.groups.map(group => [group.name, bindAll(group)]))
  const byName = new Map([...bounds.values()].flat().map(bound => [bound.resource, bound]))

  function bindAll(group: Group): readonly Bound[] {
    return group.resources.map(resource => {
      const context = {
        resource: resource.name,
        group: group.name,
        node: settings.self,
        configDir: dirs.configDir,
        directives: settings.directives,
        operations: settings.operations.get(resource.name),
      }
      const bound = resolve(resource, context, host)
      if (!isProblem(bound)) return bound
      problems.push(bound.problem)
      return missing(resource.name, bound.problem)
    })
  }

  return {
    perform: job => performJob(job, bounds.get(job.group) ?? [], host),
    async monitor({ name }, at) {
      try {
        return await bounds.get(name)![at]!.monitor(host)
      } catch (error) {
        return { status: 'unknown', why: (error as Error).message }
      }
    },
    tended: () =>
      [...bounds].flatMap(([group, all]) =>
        all.flatMap(({ resource, tending }, at) =>
          tending === undefined
            ? []
            : {
                resource,
                group,
                at,
                everyMs: tending.everyMs,
                tend: (stand: () => Stand) => tendSafely(tending, host, stand),
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
    problems: () => problems,
    close: () => host.close(),
  }
}

async function tendSafely(tending: Tending, host: Host, stand: () => Stand): Promise<Told> {
  try {
    return await tending.tend(host, stand)
  } catch (error) {
    const why = (error as Error).message
    return { lines: [why], problems: [why] }
  }
}

const addressesOf = (bounds: readonly Bound[] = []): readonly string[] =>
  bounds.flatMap(({ address }) => address?.address ?? [])
