/**
 * An order that would stop a group where its data are and start it where they are not ends with the group nowhere. So it is
 * refused while the group still runs. The core knows of no disks: the shell asks here before it passes an order on. Pure.
 */
import { holders } from '../cluster/clearance.ts'
import { movesBetween } from '../cluster/decision.ts'
import { groupOf } from '../cluster/state.ts'
import { type Cluster, step } from '../cluster.ts'
import type { Order } from '../events.ts'
import type { Group, GroupName } from '../types.ts'

const moving: readonly Order['verb'][] = ['takeover', 'move', 'give-away', 'standby']

/**
 * @param lacking why this node (or, where it works with them itself, no other one) has the data of a group; undefined: there
 * is nothing against it, or nobody can tell.
 * @returns why the order is refused.
 */
export function noDataThere(
  c: Cluster,
  order: Order,
  lacking: (group: GroupName) => string | undefined,
  nowMs: number,
): string | undefined {
  if (!moving.includes(order.verb)) return undefined
  const { self } = c.config
  const [after] = step(c, { type: 'order', id: 0, order }, nowMs)
  for (const { group, was, now } of movesBetween(c, after)) {
    const on = holders(c, groupOf(c, group))
    // What runs nowhere loses nothing by a start that is refused; of disks of other nodes nothing is known here.
    const known = on.includes(self) ? now.owner !== self : now.owner === self
    const why = on.length > 0 && was.owner !== now.owner && known ? lacking(group) : undefined
    if (why !== undefined)
      return `${group} runs on ${on.join(' and ')} and could not start on ${now.owner}: ${why}; tandem status says what to type`
  }
  return undefined
}

/** Groups that such an order brings here: whether they could start is looked at before it is obeyed. */
export function comingBy({ config, groups }: Cluster, order: Order): readonly Group[] {
  const comes = ({ name }: Group): boolean =>
    groups.get(name)!.assignment.owner !== config.self &&
    (order.verb === 'takeover' || (order.verb === 'move' && order.to === config.self && order.group === name))
  return config.groups.filter(comes)
}

/** For the log: the words of such an order. */
export const movingWords = (order: Order): string =>
  order.verb === 'move'
    ? `move ${order.group} --to ${order.to}`
    : 'scope' in order
      ? `${order.verb} ${order.scope}`
      : order.verb
