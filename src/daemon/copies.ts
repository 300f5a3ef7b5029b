/** The copies that DRBD keeps here under the resources of this node: what they are like, and what there is to say of them. */
import { type Bound, failed, type Host } from '../agents/agent.ts'
import { everything } from '../agents/drbd/follow.ts'
import { type DrbdProblem, type DrbdReport, lacking, problemOf, reportOf } from '../agents/drbd/report.ts'
import { type DrbdState, type DrbdStates, describe, isUp } from '../agents/drbd/state.ts'
import type { Group, GroupName, Outcome } from '../types.ts'
import { safely } from './safely.ts'

export interface Copies {
  /** Of the resources under each group. */
  reports(): readonly (DrbdReport & { readonly group: GroupName })[]
  problems(): readonly DrbdProblem[]
  /** Whether those problems are of this resource. */
  isTold(resource: string): boolean
  /** Has it DRBD under it? */
  isReplicated(group: Group): boolean
  /** The resources of DRBD under a group, as last told; undefined: it is not up here. None while nothing is told. */
  of(group: GroupName): readonly (readonly [string, DrbdState | undefined])[]
  /** Makes such a copy known as old. Never throws. */
  outdate(group: GroupName, name: string): Promise<Outcome>
  /** Why no other node could start this group, as far as DRBD goes. */
  lacking(group: GroupName): string | undefined
  /** What there is to know of a running resource, in a few words. */
  noteOf(resource: string): string | undefined
}

export function copiesUnder(bounds: ReadonlyMap<GroupName, readonly Bound[]>, host: Host): Copies {
  const all = [...bounds.values()].flat()
  const under = (group: GroupName): readonly Bound[] => bounds.get(group) ?? []
  const procDrbd = () => host.read('/proc/drbd')

  // Also of what nobody looks at: status tells of it.
  if (all.some(({ drbd }) => drbd !== undefined)) host.drbd.follow(everything, () => {})

  return {
    reports: () =>
      [...bounds].flatMap(([group, own]) =>
        upOf(own, host).map(([name, state]) => ({ ...reportOf(name, state, procDrbd()), group })),
      ),
    problems: () => upOf(all, host).flatMap(([name, state]) => problemOf(name, state, procDrbd()) ?? []),
    isTold: resource =>
      upOf(
        all.filter(bound => bound.resource === resource),
        host,
      ).some(([name, state]) => problemOf(name, state, procDrbd()) !== undefined),
    isReplicated: ({ name }) => under(name).some(({ drbd }) => drbd !== undefined),
    of(group) {
      if (!host.drbd.following) return []
      const states = host.drbd.states()
      return namesOf(under(group), states).map(name => {
        const state = states.get(name)
        return [name, isUp(state) ? state : undefined]
      })
    },
    async outdate(group, name) {
      const bound = under(group).find(({ drbd }) => drbd === 'all' || drbd?.includes(name))
      if (bound === undefined) return failed(`${group} has no ${name}`)
      return safely(() => host.alone(bound.resource, () => bound.outdate!(host, name)), failed)
    },
    lacking: group =>
      upOf(under(group), host)
        .flatMap(([name, state]) => lacking(name, state) ?? [])
        .at(0),
    noteOf: resource =>
      upOf(
        all.filter(bound => bound.resource === resource),
        host,
      )
        .map(([, state]) => describe(state))
        .at(0),
  }
}

/** Of `all` only what has been told of is known. */
function namesOf(bounds: readonly Bound[], told: DrbdStates): readonly string[] {
  const wanted = bounds.flatMap(({ drbd }) => drbd ?? [])
  return wanted.includes('all') ? [...told.keys()] : [...new Set(wanted)]
}

/** Those of DRBD that are up, as last told. */
function upOf(
  bounds: readonly Bound[],
  { drbd: { states } }: Pick<Host, 'drbd'>,
): readonly (readonly [string, DrbdState])[] {
  const told = states()
  return namesOf(bounds, told).flatMap(name => {
    const state = told.get(name)
    return isUp(state) ? [[name, state] as const] : []
  })
}
