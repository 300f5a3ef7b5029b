/** Why a silent node stands in the way of what somebody ordered, and what to type for doing it all the same. */
import type { Damage } from '../events.ts'
import type { Group } from '../types.ts'
import { peerAble } from './able.ts'
import { byMajority, majorityOf, votesAgainst } from './arbitration.ts'
import { type Obstacle, obstacles } from './clearance.ts'
import { whyUnable } from './obey.ts'
import { acceptanceOf, type Cluster } from './state.ts'
import { disarmedText } from './truceOrders.ts'

/**
 * @param words the order that would do it all the same, without its `--accept`.
 * @returns undefined: nothing about the silence of others speaks against taking it, or it is accepted.
 */
export function doubtAbout(
  c: Cluster,
  group: Group,
  accept: Damage | undefined,
  words = 'takeover all',
): string | undefined {
  const { assignment, run } = c.groups.get(group.name)!
  if (assignment.owner === c.config.self && run.up === group.resources.length) return undefined
  for (const obstacle of obstacles(c, group)) {
    const text = doubtText(c, obstacle)
    if (text === undefined) continue
    const way = wayOut(obstacle)
    const peer = c.members.peers.get(obstacle.node)
    const unable =
      obstacle.code === 'last-man' && !peerAble(peer, group) ? `, but ${whyUnable(c, group, obstacle.node)}` : ''
    if (way === undefined) return text
    if (accept !== way.damage)
      return `${text}${unable}; once you have seen that ${way.look}, type: tandem ${words} --accept-${way.damage} --reason WHY`
  }
  return undefined
}

/** What the silence of a dead node means for us, as a sentence; undefined: the obstacle is of another kind. */
export function doubtText(c: Cluster, { code, node }: Obstacle): string | undefined {
  const inquiry = c.outside.inquiries.get(node)
  switch (code) {
    case 'disarmed':
      return disarmedText(c, node)
    case 'not-fenced':
      return `${node} is dead and has not been fenced yet`
    case 'outvoted':
      return `${node} is silent, but only ${votesAgainst(c, node, c.settledAtMs)} of ${c.config.nodes.length} nodes call it dead; ${majorityOf(c.config.nodes.length)} must`
    case 'no-ping':
      return `${node} is silent, and no ping node answers: this node may be the one that is cut off`
    case 'waits':
      return `${node} is silent, and split_policy is wait`
    case 'asking':
      return `${node} is silent; it is being asked on the service network whether it lives`
    case 'answers':
      return `${node} is silent, but it lives: ${inquiry?.by ?? 'something answers'}; its links are cut, or its daemons are down`
    case 'alive':
    case 'deserted':
      return `${node} is silent, but its host may live: ${inquiry?.by ?? 'it answers'}; nobody can see what is left running there`
    case 'unable-to-ask':
      return `${node} is silent, and nobody can be asked whether it lives (${inquiry?.by ?? 'unknown'})`
    case 'last-man':
      return `${node} was running when this node was not, and may have newer data; it is to start it first`
    case 'stale':
      return `${node} has not been met since this node started, and may have newer data`
    default:
      return undefined
  }
}

/** Fencing and a majority cannot be talked over; a question that is being asked is answered soon. */
function wayOut({ code, node }: Obstacle): { damage: Damage; look: string } | undefined {
  if (code === 'stale' || code === 'last-man') return { damage: 'stale-disk', look: `${node} has nothing newer` }
  if (code === 'waits' || code === 'answers' || code === 'alive' || code === 'deserted' || code === 'unable-to-ask')
    return { damage: 'two-holders', look: `${node} is off, or has stopped it` }
  return undefined
}

/** What an operator takes upon himself holds for the nodes that are silent now: one that comes back is asked anew. */
export function accepting(c: Cluster, groups: readonly Group[], damage: Damage | undefined): Cluster['accepted'] {
  if (damage === undefined || damage === 'outage' || c.config.fencing || byMajority(c)) return c.accepted
  const accepted = new Set(c.accepted)
  for (const peer of c.members.peers.values()) {
    for (const { name } of groups) {
      const isNewest = damage === 'stale-disk' && peer.report?.claims.get(name)?.newest
      if (peer.health === 'dead' || isNewest) accepted.add(acceptanceOf(damage, name, peer))
    }
  }
  return accepted
}

export const isolatedText = (c: Cluster): string =>
  byMajority(c)
    ? 'this node is cut off from most of the others, so they may act without it; mend its network first'
    : 'this node hears neither its peer nor a ping node: it is the one that is cut off; mend its network first'
