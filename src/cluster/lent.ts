/**
 * Which groups a silent node may have, as far as this node can know: it may hold on to them while fail-over is disarmed.
 *
 * As long as it takes nothing from silent nodes itself, it starts a group only if it is the owner and this node has said so
 * too. So it has nothing of a group that was not its own, here, at any time since it said that it runs nothing of it. Kept
 * from the first truce on.
 */
import type { Peer } from '../membership/membership.ts'
import type { GroupName } from '../types.ts'
import type { Cluster } from './state.ts'
import { keepsStill } from './truce.ts'

const keyOf = (group: GroupName, { node }: Peer): string => `${group}/${node}`

export function mayHave(c: Cluster, group: GroupName, peer: Peer): boolean {
  return !keepsStill(c, peer) || isIts(c, group, peer) || !saysStopped(group, peer) || c.lent.has(keyOf(group, peer))
}

const isIts = (c: Cluster, group: GroupName, { node }: Peer): boolean => c.groups.get(group)!.assignment.owner === node

const saysStopped = (group: GroupName, { report }: Peer): boolean => report?.claims.get(group)?.state === 'stopped'

/** At the end of a step, before anything of it is told. */
export function followLent(was: Cluster, c: Cluster): Cluster {
  if (c.truce === undefined || (was.truce !== undefined && unmoved(was, c))) return c
  const lent = new Set(c.lent)
  for (const peer of c.members.peers.values()) {
    const news = was.members.peers.get(peer.node)?.report !== peer.report && !peer.doubtful
    for (const { name } of c.config.groups) {
      if (isIts(c, name, peer) || (was.truce === undefined && peer.health !== 'dead')) lent.add(keyOf(name, peer))
      else if (news && saysStopped(name, peer)) lent.delete(keyOf(name, peer))
    }
  }
  return lent.size === c.lent.size && [...lent].every(key => c.lent.has(key)) ? c : { ...c, lent }
}

const unmoved = (a: Cluster, b: Cluster): boolean => a.groups === b.groups && a.members.peers === b.members.peers

/** A manager that has just started does not know what its predecessor has said. */
export const lentAtStart = ({ config, members, truce }: Cluster): ReadonlySet<string> =>
  truce === undefined
    ? new Set()
    : new Set(config.groups.flatMap(({ name }) => [...members.peers.values()].map(peer => keyOf(name, peer))))
