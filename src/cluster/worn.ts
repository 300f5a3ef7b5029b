/** Groups of which a resource has failed too often here: where they go, and when this node may have them again. */
import { forgetAtMs, patienceOf } from '../resources/ailment.ts'
import { bestHome } from '../resources/assignment.ts'
import { forgetFailures, holds } from '../resources/run.ts'
import type { Group, NodeId } from '../types.ts'
import { peerAble } from './able.ts'
import { isDark } from './sight.ts'
import { type Cluster, withGroup } from './state.ts'
import { isUnready } from './unready.ts'

/** Where a group goes that fails here again and again; undefined: nowhere, it is stuck here. */
export function heirOfWorn(c: Cluster, group: Group): NodeId | undefined {
  const { worn } = c.groups.get(group.name)!.run
  const { self } = c.config
  const failedOn = group.homes.filter(
    node => node === self || c.members.peers.get(node)?.report?.claims.get(group.name)?.failed === true,
  )
  if (worn === undefined || failedOn.length > patienceOf(group.resources[worn]!).failoverLimit) return undefined
  const able = (node: NodeId): boolean => peerAble(c.members.peers.get(node), group)
  return bestHome(
    group,
    { able, dark: node => isDark(c, group, node), unready: node => isUnready(c, group, node) },
    self,
  )
}

/** Failures age out, but only where somebody else has the group: what is stuck waits for an operator. */
export function forget(c: Cluster, group: Group, nowMs: number): Cluster {
  const state = c.groups.get(group.name)!
  const atMs = forgetAtMs(state.run, group)
  if (atMs === undefined || nowMs < atMs || holds(state.run) || state.assignment.owner === c.config.self) return c
  const owner = c.members.peers.get(state.assignment.owner)
  if (owner?.health !== 'up' || owner.report?.claims.get(group.name)?.state !== 'running') return c
  return withGroup(c, group.name, { ...state, run: forgetFailures(state.run) })
}
