/** `split_policy`: what a node does when the other of two is silent, and what is to be said of it. */
import type { NodeId } from '../types.ts'
import { type SplitPolicy, splitPolicies } from '../types.ts'
import { type Entry, lastOf, readLast } from './entries.ts'
import { hasPings } from './pings.ts'
import { type Complaints, type Place, wholeFile } from './problem.ts'
import { oneOf } from './values.ts'

/** Left out: ask where there is somebody to ask, else take, as Heartbeat did. */
export function readSplitPolicy(
  entries: readonly Entry[],
  nodes: readonly NodeId[],
  complain: Complaints,
): SplitPolicy {
  const at = lastOf(entries, 'split_policy')
  const written = readLast(entries, 'split_policy', oneOf(splitPolicies))
  const pinged = hasPings(entries)
  if (nodes.length > 2 && at) sayNoEffect(at, nodes.length, complain)
  if (nodes.length <= 2 && at && written === 'ask' && !pinged) {
    const fix =
      'write ping with the address of a router that the clients use, or split_policy wait, or split_policy take'
    complain.error('HA161', at, { text: 'split_policy ask without ping', why: 'there is nobody to ask', fix })
  }
  const meant = entries.some(({ directive, values }) => directive === 'split_policy' && values.length > 0)
  if (nodes.length === 2 && !meant && !pinged) sayStanding(entries, complain)
  return written ?? (pinged ? 'ask' : 'take')
}

function sayNoEffect(at: Place, count: number, complain: Complaints): void {
  const why = `more than half of the ${count} nodes decide`
  complain.warning('HA162', at, {
    text: 'split_policy has no effect with three or more nodes',
    why,
    fix: 'remove the line',
  })
}

function sayStanding(entries: readonly Entry[], complain: Complaints): void {
  const last = entries.filter(entry => entry.directive === 'node').at(-1)
  complain.warning('HA160', last?.word ?? wholeFile, {
    text: 'a silent node is taken over from, even if only the network between them is cut',
    why: 'then both run the service',
    fix: 'write ping with the address of a router: whoever it does not answer gives way; or give them two independent links, and accept the rest with split_policy take',
  })
}
