/** Two nodes with the times of the examples, and nothing else: what a test of the core starts from. */
import type { ClusterConfig } from '../../src/events.ts'
import type { NodeId } from '../../src/types.ts'

export const [alpha, beta] = ['alpha', 'beta'] as [string, string] as [NodeId, NodeId]

export const pair: ClusterConfig = {
  self: alpha,
  nodes: [alpha, beta],
  timing: { keepaliveMs: 1_000, warntimeMs: 3_000, deadtimeMs: 10_000, initdeadMs: 20_000 },
  groups: [],
  autoFailback: false,
  fencing: false,
  splitPolicy: 'take',
  pings: [],
  deadpingMs: 10_000,
  ipfail: false,
  configDigest: 1,
  groupsDigest: 2,
}
