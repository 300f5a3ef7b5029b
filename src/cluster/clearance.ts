/** May this node start a group? Only when every other node has let go of it at this epoch, or is gone for certain. */
import type { Damage } from '../events.ts'
import type { Peer } from '../membership/membership.ts'
import { sameEpoch } from '../resources/epoch.ts'
import { holds } from '../resources/run.ts'
import { safetyClass } from '../resources/safetyClass.ts'
import type { Assignment, Group, GroupName, NodeId, Report } from '../types.ts'
import { type Silence, silenceFor } from './arbitration.ts'
import { isFirstThere } from './lastMan.ts'
import { acceptanceOf, type Cluster, pardonOf } from './state.ts'

/** What stands in the way of a start here. `status` shows it in words. */
export type Obstacle =
  | { readonly code: 'unseen'; readonly node: NodeId }
  /** It has not counted any datagram of ours lately, so it may be about to take the group. */
  | { readonly code: 'deaf'; readonly node: NodeId }
  /** We were paused, and it has not spoken since. */
  | { readonly code: 'doubtful'; readonly node: NodeId }
  /** It is dead, and its silence gives no right to act without it. */
  | { readonly code: Exclude<Silence, 'free'>; readonly node: NodeId }
  /** It has not been met since we started, and it may have newer data. */
  | { readonly code: 'stale'; readonly node: NodeId }
  /** It was the last one running, and is to start it first. */
  | { readonly code: 'last-man'; readonly node: NodeId }
  | { readonly code: 'claims-unknown'; readonly node: NodeId }
  | { readonly code: 'still-held'; readonly node: NodeId; readonly state: string }
  | { readonly code: 'not-agreed'; readonly node: NodeId }
  | { readonly code: 'blocked'; readonly node: NodeId }

export function obstacles(c: Cluster, group: Group): readonly Obstacle[] {
  const { assignment } = c.groups.get(group.name)!
  const found: Obstacle[] = []
  for (const peer of c.members.peers.values()) {
    const obstacle = obstacleOf(c, group, assignment, peer)
    if (obstacle !== undefined) found.push(obstacle)
  }
  return found
}

function obstacleOf(c: Cluster, group: Group, ours: Assignment, peer: Peer): Obstacle | undefined {
  const { node } = peer
  const claim = peer.report?.claims.get(group.name)
  if (peer.doubtful) return { code: 'doubtful', node }
  if (peer.left || peer.fenced) return undefined
  if (peer.health === 'unseen') return { code: 'unseen', node }
  if (peer.health === 'dead') {
    const why = silenceFor(c, group, peer)
    const accepted = (damage: Damage): boolean => c.accepted.has(acceptanceOf(damage, group.name, peer))
    // Accepted or not: it was accepted before, and now it may rely on our taking nothing.
    if (why === 'disarmed' || (why !== 'free' && !accepted('two-holders'))) return { code: why, node }
    if (mayBeStale(c, group, peer) && !accepted('stale-disk')) return { code: 'stale', node }
    // A stop that failed there is not undone by silence.
    return claim?.state === 'blocked' && !c.pardoned.has(pardonOf(peer)) ? { code: 'blocked', node } : undefined
  }
  if (claim === undefined) return { code: 'claims-unknown', node }
  if (claim.state === 'blocked') return { code: 'blocked', node }
  if (claim.state !== 'stopped') return { code: 'still-held', node, state: claim.state }
  if (isFirstThere(c, group, peer) && !c.accepted.has(acceptanceOf('stale-disk', group.name, peer)))
    return { code: 'last-man', node }
  if (!sameEpoch(claim.assignment.epoch, ours.epoch) || claim.assignment.owner !== ours.owner)
    return { code: 'not-agreed', node }
  return hearsUs(c, peer) ? undefined : { code: 'deaf', node }
}

/** After a cold start: two nodes that do not simply take, a group with data, and the other one may have run last. */
function mayBeStale(c: Cluster, group: Group, peer: Peer): boolean {
  const { nodes, splitPolicy } = c.config
  if (nodes.length > 2 || splitPolicy === 'take' || peer.gen > 0) return false
  if (c.disk.saved.lastMan.includes(group.name)) return false
  return safetyClass(group) === 'at-most-one' && c.groups.get(group.name)!.run.up === 0
}

/** It counted a datagram of ours not long ago, also by the time of now: its last word may be old. */
function hearsUs({ members, config }: Cluster, { node, hearsUs }: Peer): boolean {
  const echoedSentAtMs = members.traces.get(node)!.echoedSentAtMs ?? Number.NEGATIVE_INFINITY
  return hearsUs && members.beatAtMs - echoedSentAtMs < config.timing.deadtimeMs - config.timing.keepaliveMs
}

/** Nodes that may have any part of the group running, this one included. */
export function holders(c: Cluster, group: Group): readonly NodeId[] {
  const others = [...c.members.peers.values()].filter(peer => {
    const state = peer.report?.claims.get(group.name)?.state
    return peer.health !== 'dead' && state !== undefined && state !== 'stopped'
  })
  const here = holds(c.groups.get(group.name)!.run)
  return [...(here ? [c.config.self] : []), ...others.map(peer => peer.node)]
}

/**
 * Of which groups `holders` may answer otherwise now: what runs here, what peers claim, and who of them is dead.
 * Undefined: of none.
 */
export function holdersChanged(was: Cluster, now: Cluster): ((group: GroupName) => boolean) | undefined {
  const words: (readonly [Claims | undefined, Claims | undefined])[] = []
  if (was.members.peers !== now.members.peers) {
    for (const { node, health, report } of now.members.peers.values()) {
      const before = was.members.peers.get(node)
      if (before?.health !== health) return () => true
      if (before.report?.claims !== report?.claims) words.push([before.report?.claims, report?.claims])
    }
  }
  if (was.groups === now.groups && words.length === 0) return undefined
  return group =>
    was.groups.get(group) !== now.groups.get(group) || words.some(([a, b]) => a?.get(group) !== b?.get(group))
}

type Claims = Report['claims']
