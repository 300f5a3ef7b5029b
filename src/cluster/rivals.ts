/**
 * Two nodes that hear nothing of each other may both hold an address: a question tells what was, not what the other one
 * is about to do. So whoever holds addresses beside a dead peer goes on looking, under `split_policy ask`, whether anybody
 * else answers for them. The node that is not at home lets go; the other one announces itself again.
 */
import type { Effect, Event } from '../events.ts'
import type { Peer } from '../membership/membership.ts'
import type { Gift } from '../resources/assignment.ts'
import { safetyClass } from '../resources/safetyClass.ts'
import type { Group, GroupName, Next } from '../types.ts'
import { acceptanceOf, type Cluster } from './state.ts'

/** Each question is a process. */
const mostAtOnce = 4

/** The peer that may be a rival; undefined: there is nobody, or this cluster asks nobody. */
function rivalOf({ config, members }: Cluster): Peer | undefined {
  if (config.nodes.length !== 2 || config.splitPolicy !== 'ask' || config.fencing) return undefined
  return [...members.peers.values()].find(({ health, left }) => health === 'dead' && !left)
}

const holdsAddressOf = (c: Cluster, { name, resources }: Group): boolean =>
  resources.slice(0, c.groups.get(name)!.run.live).some(({ address }) => address)

const watched = (c: Cluster): readonly GroupName[] =>
  rivalOf(c) === undefined ? [] : c.config.groups.filter(group => holdsAddressOf(c, group)).map(({ name }) => name)

export const nextWatchMs = (c: Cluster): number =>
  watched(c).length === 0 ? Number.POSITIVE_INFINITY : c.watch.atMs + c.config.timing.deadtimeMs / 4

/** Look for rivals, some groups at a time. */
export function watch(c: Cluster, nowMs: number, effects: Effect[]): Cluster {
  const groups = watched(c)
  const rivals = c.rivals.size === 0 ? c.rivals : new Set([...c.rivals].filter(name => groups.includes(name)))
  const next = rivals.size === c.rivals.size ? c : { ...c, rivals }
  if (nowMs < nextWatchMs(c)) return next
  const from = (c.watch.round * mostAtOnce) % groups.length
  effects.push({ type: 'watch', groups: groups.slice(from, from + mostAtOnce) })
  return { ...next, watch: { atMs: nowMs, round: from + mostAtOnce < groups.length ? c.watch.round + 1 : 0 } }
}

/** Somebody else answers for an address of that group, or nobody does. */
export function rivalled(c: Cluster, { group, held }: Extract<Event, { type: 'rival' }>): Next<Cluster, Effect> {
  const peer = rivalOf(c)
  if (peer === undefined || held === c.rivals.has(group) || !watched(c).includes(group)) return [c, []]
  const rivals = new Set(c.rivals)
  if (held) rivals.add(group)
  else rivals.delete(group)
  const { node } = peer
  const effects: Effect[] = [{ type: 'note', note: { code: held ? 'both-hold' : 'both-hold-over', group, node } }]
  if (!held) effects.push({ type: 'announce', group }) // theirs was the last word
  return [{ ...c, rivals }, effects]
}

/** This node lets go of a group that the other one has too, and is at home with: it is said to be the owner from now on. */
export function yielding(c: Cluster, group: Group): Gift | undefined {
  const peer = rivalOf(c)
  const home = group.homes[0]
  if (peer === undefined || home !== peer.node || !c.rivals.has(group.name)) return undefined
  if (c.groups.get(group.name)!.assignment.owner === home || safetyClass(group) === 'at-most-one') return undefined
  return c.accepted.has(acceptanceOf('two-holders', group.name, peer)) ? undefined : { to: home, because: 'rival' }
}
