/** What an order that suspends something has come to, or would. Pure. */
import { unconfirmed } from '../cluster/truce.ts'
import { disarmText, maintenanceText } from '../cluster/truceOrders.ts'
import type { Cluster } from '../cluster.ts'
import type { TruceOrder } from '../events.ts'
import type { NodeId } from '../types.ts'
import { unconfirmedText } from './suspended.ts'

/** Nodes that could confirm it now and have not: the order waits for these. */
export const unconfirmedLiving = (c: Cluster): readonly NodeId[] =>
  unconfirmed(c).filter(node => {
    const health = c.members.peers.get(node)?.health
    return health === undefined || health === 'up' || health === 'late'
  })

export function truceSummary(c: Cluster, order: TruceOrder): string {
  const open = unconfirmed(c).length > 0
  const doubt = open && isSuspending(order) ? [unconfirmedText(c)] : []
  return [...presentLines(c, order), ...doubt, ...(open && !isSuspending(order) ? [boundText(c)] : [])].join('\n')
}

const isSuspending = ({ verb }: TruceOrder): boolean => verb === 'disarm' || verb === 'maintenance-on'

function presentLines(c: Cluster, { verb }: TruceOrder): readonly string[] {
  const { disarmed, maintained } = c.standing
  if (verb === 'disarm' || verb === 'arm') return [disarmed ? `fail-over ${disarmText(c)}` : 'fail-over is armed']
  return [maintained.size === 0 ? 'no group is in maintenance' : `${[...maintained].join(', ')} ${maintenanceText(c)}`]
}

/** After an early end: those that do not know of it may rely on what was. */
function boundText(c: Cluster): string {
  const leftMs = (c.truce?.boundEndMs ?? 0) - c.members.turnAtMs
  const who = unconfirmed(c).join(', ')
  return leftMs <= 0
    ? `${who} will learn it when heard again`
    : `${who} cannot know of it: nothing is taken from there until the time is over that was ordered before, unless you have seen that it is off and type: tandem arm --accept-two-holders --reason WHY`
}

/** For `--dry-run`. */
export function suspensionChanges(before: Cluster, after: Cluster): readonly string[] {
  if (before.truce === after.truce) return []
  const [was, now] = [before.standing, after.standing]
  const groups = [...now.maintained]
  const ended = [...was.maintained].filter(group => !now.maintained.has(group))
  const peers = [...after.members.peers.keys()].join(', ')
  const disarm = now.disarmed && before.truce?.disarmedEndMs !== after.truce?.disarmedEndMs
  const maintain = groups.length > 0 && before.truce?.maintainedEndMs !== after.truce?.maintainedEndMs
  return [
    ...(disarm ? [`fail-over ${disarmText(after)}: nobody takes over from a silent node`] : []),
    ...(was.disarmed && !now.disarmed ? ['fail-over is armed again'] : []),
    ...(maintain ? [`${groups.join(', ')} ${maintenanceText(after)}: nobody starts, stops or moves it`] : []),
    ...(ended.length > 0 ? [`${ended.join(', ')} is no longer in maintenance`] : []),
    `to be confirmed by ${peers}`,
  ]
}
