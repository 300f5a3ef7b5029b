/**
 * A node whose copy is not written while another node lives and works on the original must not take the group with it when
 * that one dies: what was acknowledged meanwhile would be lost without a word. So it says of its own disk that it is old.
 */
import type { Clock } from '../agents/clock.ts'
import { type DrbdState, diskOf, isConnected } from '../agents/drbd/state.ts'
import type { Cluster } from '../cluster.ts'
import type { Event } from '../events.ts'
import type { Group, GroupName, Outcome } from '../types.ts'

export interface StaleCopiesOptions {
  /** Those that have DRBD under them. */
  readonly groups: readonly Group[]
  readonly clock: Clock
  state(): Cluster
  /** The resources of DRBD under a group; undefined: it is not up here. None while nobody can tell. */
  copies(group: GroupName): readonly (readonly [string, DrbdState | undefined])[]
  outdate(group: GroupName, name: string): Promise<Outcome>
  say(text: string): void
  /** Whether the data of a group are old here, where that is not what the core believes. */
  post(event: Extract<Event, { type: 'outdated' }>): void
}

const lookEveryMs = 500
/** A word of the other node this long after the connection was lost: then it lives, and it was not its death that cut it. */
const afterMs = 1_000

/** Returns how to end it. */
export function watchCopies(options: StaleCopiesOptions): () => void {
  const { clock } = options
  /** Since when a copy is not written, by its name. */
  const since = new Map<string, number>()
  const told = new Set<string>()
  /** Not up, and outdated in their meta data by us. */
  const down = new Set<string>()
  let ended = false

  async function look(): Promise<void> {
    for (const { name: group } of options.groups) {
      const copies = options.copies(group)
      for (const [name, state] of copies) await judge(group, name, state)
      const is = copies.some(([name, state]) => (state === undefined ? down.has(name) : diskOf(state) === 'Outdated'))
      if (options.state().outdated.has(group) !== is) options.post({ type: 'outdated', group, is })
    }
    if (!ended) cancel = clock.after(lookEveryMs, look)
  }

  async function judge(group: GroupName, name: string, state: DrbdState | undefined): Promise<void> {
    if (state !== undefined && !mayGrowOld(state)) {
      for (const forgotten of [since, told, down]) forgotten.delete(name)
      return
    }
    const sinceMs = since.get(name) ?? clock.nowMs()
    since.set(name, sinceMs)
    const holder = holderAfter(options.state(), group, sinceMs + afterMs)
    if (holder === undefined || told.has(name)) return
    told.add(name)
    const outcome = await options.outdate(group, name)
    if (outcome.ok && state === undefined) down.add(name)
    options.say(
      outcome.ok
        ? `${name} is outdated here: it is not written, while ${holder} works with it; this node cannot take ${group} before they are connected again`
        : `${name} is not written here while ${holder} works with it, and cannot be outdated: ${outcome.why}`,
    )
  }

  if (options.groups.length === 0) return () => {}
  let cancel = clock.after(lookEveryMs, look)
  return () => {
    ended = true
    cancel()
  }
}

/** Good as it is, and not written. Of a split brain an operator decides whose data are old. */
const mayGrowOld = (state: DrbdState): boolean =>
  !isConnected(state) && !state.splitBrain && state.role !== 'Primary' && /^(UpToDate|Consistent)$/.test(diskOf(state))

/** Another node that runs the group, by a word of its manager that came after that instant. */
function holderAfter({ members, groups }: Cluster, group: GroupName, afterMs: number): string | undefined {
  if (groups.get(group)!.run.live > 0) return undefined
  for (const { node, health, sick, report } of members.peers.values()) {
    const trace = members.traces.get(node)!
    if (health !== 'up' || sick || trace.managerSeenAtMs <= afterMs) continue
    if (report?.claims.get(group)?.state === 'running') return node
  }
  return undefined
}
