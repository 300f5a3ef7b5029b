/** Whether a node could run a group now, as far as its own state goes. Who may act is another question. */
import type { Peer } from '../membership/membership.ts'
import type { Group } from '../types.ts'
import type { Cluster } from './state.ts'

/** This node. */
export function selfAble(c: Cluster, group: Group): boolean {
  const { run } = c.groups.get(group.name)!
  return (
    !c.standby && c.leaving === undefined && run.failed === undefined && run.blocked === undefined && c.disk.writable
  )
}

export function peerAble(peer: Peer | undefined, group: Group): boolean {
  const report = peer?.report
  if (peer === undefined || report === undefined || (peer.health !== 'up' && peer.health !== 'late') || peer.sick)
    return false
  if (report.standby || report.leaving || report.left || report.unwritable) return false
  const claim = report.claims.get(group.name)
  return claim !== undefined && !claim.failed && claim.state !== 'blocked'
}
