/** The agents of this node: every resource bound once, jobs performed, addresses kept. */
import { existsSync } from 'node:fs'
import type { AddressReport } from '../agents/address/keeper.ts'
import {
  type Bound,
  failed,
  type Host,
  isProblem,
  type LastStop,
  type Seen,
  type Stand,
  type Tending,
  type Told,
} from '../agents/agent.ts'
import { bindContext } from '../agents/bindContext.ts'
import { everything } from '../agents/drbd/follow.ts'
import { type DrbdProblem, type DrbdReport, lacking, problemOf, reportOf } from '../agents/drbd/report.ts'
import { type DrbdState, describe, isUp } from '../agents/drbd/state.ts'
import { createHost, type HostOptions } from '../agents/host.ts'
import { missing, performJob } from '../agents/perform.ts'
import { type Hindrance, might } from '../agents/readiness.ts'
import { resolve } from '../agents/resolve.ts'
import type { Settings } from '../config/settings.ts'
import type { Effect } from '../events.ts'
import { leaseSeconds } from '../lease.ts'
import type { Group, GroupName, Job, Outcome } from '../types.ts'

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
  /** DRBD under the resources, and what is wrong with it. */
  drbd(): readonly DrbdReport[]
  drbdProblems(): readonly DrbdProblem[]
  /** Has it DRBD under it? */
  isReplicated(group: Group): boolean
  /** The resources of DRBD under a group that are up here, as last told; none while nothing is told. */
  copies(group: GroupName): readonly (readonly [string, DrbdState])[]
  /** Makes such a copy known as old. Never throws. */
  outdate(group: GroupName, name: string): Promise<Outcome>
  /** Why no other node could start this group, as far as DRBD goes. */
  lacking(group: GroupName): string | undefined
  /** What there is to know of a running resource, in a few words. */
  noteOf(resource: string): string | undefined
  /** How its resources are stopped without us, the last one first; of one without an agent nothing is known. */
  lastStops(group: GroupName): readonly LastStop[]
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
      const bound = resolve(resource, bindContext(resource, group, settings, dirs.configDir), host)
      if (!isProblem(bound)) return bound
      problems.push(bound.problem)
      return missing(resource.name, bound.problem)
    })
  }

  /** Those of DRBD that are up, as last told. */
  function drbdOf(bounds: readonly Bound[]): readonly (readonly [string, DrbdState])[] {
    const states = host.drbd.states()
    const wanted = bounds.flatMap(({ drbd }) => drbd ?? [])
    const names = wanted.includes('all') ? [...states.keys()] : [...new Set(wanted)]
    return names.flatMap(name => {
      const state = states.get(name)
      return isUp(state) ? [[name, state] as const] : []
    })
  }
  // Also of what nobody looks at: status tells of it.
  if ([...bounds.values()].flat().some(({ drbd }) => drbd !== undefined)) host.drbd.follow(everything, () => {})
  const everyDrbd = () => drbdOf([...bounds.values()].flat())
  const procDrbd = () => host.read('/proc/drbd')

  const endPreparing = prepareAll(
    [...bounds.values()].flat().filter(({ prepare }) => prepare !== undefined),
    host,
  )

  return {
    perform: job => performJob(job, bounds.get(job.group) ?? [], host),
    async monitor({ name }, at) {
      try {
        return await bounds.get(name)![at]!.monitor(host)
      } catch (error) {
        return { status: 'unknown', why: (error as Error).message }
      }
    },
    async ready({ name }, at) {
      try {
        return (await bounds.get(name)![at]!.ready?.(host)) ?? []
      } catch (error) {
        return [might(`it cannot be looked at: ${(error as Error).message}`)]
      }
    },
    follow: ({ name }, at, ailing) => bounds.get(name)![at]!.follow?.(host, ailing) ?? (() => {}),
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
    drbd: () => everyDrbd().map(([name, state]) => reportOf(name, state, procDrbd())),
    drbdProblems: () => everyDrbd().flatMap(([name, state]) => problemOf(name, state, procDrbd()) ?? []),
    isReplicated: ({ name }) => bounds.get(name)!.some(({ drbd }) => drbd !== undefined),
    copies: group => (host.drbd.following ? drbdOf(bounds.get(group) ?? []) : []),
    outdate(group, name) {
      const bound = bounds.get(group)?.find(({ drbd }) => drbd === 'all' || drbd?.includes(name))
      const work = () => bound!.outdate!(host, name)
      return bound === undefined
        ? Promise.resolve(failed(`${group} has no ${name}`))
        : host.alone(bound.resource, work).catch((error: Error) => failed(error.message))
    },
    lacking: group =>
      drbdOf(bounds.get(group) ?? [])
        .flatMap(([name, state]) => lacking(name, state) ?? [])
        .at(0),
    noteOf: resource =>
      drbdOf([byName.get(resource) ?? []].flat())
        .map(([, state]) => describe(state))
        .at(0),
    lastStops: group =>
      (bounds.get(group) ?? []).flatMap(bound => bound.lastStop?.({ exists: existsSync }) ?? []).reverse(),
    problems: () => problems,
    close() {
      endPreparing()
      host.close()
    },
  }
}

/** From one try to the next, where something is missing that somebody may mend. */
const prepareAgainMs = 30_000

/** Each once, until it is well; what hinders it is told once. Returns how to end it. */
function prepareAll(bounds: readonly Bound[], host: Host): () => void {
  const cancels = bounds.map(() => () => {})
  let ended = false
  const prepare = async (bound: Bound, at: number, told: string | undefined): Promise<void> => {
    const outcome = await host.alone(bound.resource, () => bound.prepare!(host))
    if (outcome.ok || ended) return
    if (outcome.why !== told) host.note(`${bound.resource}: ${outcome.why}`)
    cancels[at] = host.clock.after(prepareAgainMs, () => void prepare(bound, at, outcome.why))
  }
  bounds.forEach((bound, at) => void prepare(bound, at, undefined))
  return () => {
    ended = true
    for (const cancel of cancels) cancel()
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
