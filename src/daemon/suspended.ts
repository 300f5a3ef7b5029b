/** What `tandem status` tells of that which operators have suspended. Pure. */
import { unconfirmed } from '../cluster/truce.ts'
import { disarmText, maintenanceText } from '../cluster/truceOrders.ts'
import type { Cluster } from '../cluster.ts'
import type { NodeId } from '../types.ts'
import type { StatusProblem, SuspendedStatus, SuspensionStatus } from './protocol.ts'

/** undefined: nothing is. */
export function suspendedStatus(c: Cluster, nowMs: number, time: Date): SuspendedStatus | undefined {
  const { truce, standing } = c
  if (truce === undefined || (!standing.disarmed && standing.maintained.size === 0)) return undefined
  const { disarmedEndMs, maintainedEndMs, disarmedWhy, maintainedWhy } = truce
  const told = (endMs: number, reason: string | undefined): SuspensionStatus => ({
    until: new Date(time.getTime() + endMs - nowMs).toISOString(),
    remainingS: Math.max(0, Math.round((endMs - nowMs) / 1000)),
    by: truce.epoch.minter,
    ...(reason === undefined ? {} : { reason }),
  })
  return {
    ...(standing.disarmed ? { disarmed: told(disarmedEndMs, disarmedWhy) } : {}),
    ...(standing.maintained.size === 0
      ? {}
      : { maintenance: { ...told(maintainedEndMs, maintainedWhy), groups: [...standing.maintained] } }),
    unconfirmed: unconfirmed(c),
  }
}

export function suspensionProblems(c: Cluster): readonly StatusProblem[] {
  const { disarmed, maintained } = c.standing
  const problem = (code: string, text: string, fix: string): StatusProblem => ({ level: 'error', code, text, fix })
  const open = disarmed || maintained.size > 0 ? unconfirmed(c) : []
  return [
    ...(disarmed
      ? [problem('DISARMED', `fail-over ${disarmText(c)}: nobody takes over from a silent node`, 'tandem arm')]
      : []),
    ...(maintained.size === 0
      ? []
      : [problem('MAINTENANCE', `${[...maintained].join(', ')} ${maintenanceText(c)}`, 'tandem maintenance off')]),
    ...(open.length === 0 ? [] : [problem('UNCONFIRMED', `${unconfirmedText(c)}`, 'see to those nodes, or end it')]),
  ]
}

/** Who has not confirmed it, and what that means. */
export function unconfirmedText(c: Cluster): string {
  const open = unconfirmed(c)
  return `not confirmed by ${open.map(node => `${node} (${conditionOf(c, node)})`).join(', ')}: it may forget it and take over, so who is cut off lets go as always`
}

function conditionOf(c: Cluster, node: NodeId): string {
  const peer = c.members.peers.get(node)
  if (peer === undefined)
    return c.disk.writable ? 'this node, not on disk yet' : 'this node, its state folder cannot be written'
  if (peer.left) return 'shut down'
  if (peer.health === 'dead' || peer.health === 'unseen') return peer.health === 'dead' ? 'dead' : 'not heard yet'
  if (peer.report === undefined) return 'lists other nodes in its ha.cf'
  return peer.report.unwritable ? 'cannot write its state folder' : 'has not said so yet'
}
