/**
 * Nodes that could not start a group, by their own last look at it. That keeps nobody from taking what is down: the look may
 * be old, and trying costs nothing. But what runs elsewhere is not stopped for it.
 */
import type { Damage } from '../events.ts'
import type { Group, GroupName, NodeId } from '../types.ts'
import { holders } from './clearance.ts'
import type { Cluster } from './state.ts'

/** What runs here has been looked at before that. */
export const isUnreadyHere = (c: Cluster, name: GroupName): boolean =>
  c.unready.has(name) && c.groups.get(name)!.run.live === 0

export const isUnready = (c: Cluster, { name }: Group, node: NodeId): boolean =>
  node === c.config.self
    ? isUnreadyHere(c, name)
    : c.members.peers.get(node)?.report?.claims.get(name)?.unready === true

/** Why a group that runs is not handed to that node; undefined: nothing is known against it, or it is accepted. */
export function unreadyText(c: Cluster, group: Group, to: NodeId, accept: Damage | undefined): string | undefined {
  const { self } = c.config
  if (accept === 'outage' || !isUnready(c, group, to) || holders(c, group).length === 0) return undefined
  const told = `${to === self ? '' : `on ${to} `}tandem status tells what is missing`
  return `${group.name} runs on ${holders(c, group).join(' and ')}, and ${to} could not start it (${told}); to try it all the same, type: tandem move ${group.name} --to ${to} --accept-outage --reason WHY`
}
