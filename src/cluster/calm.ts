/** Whether anything here waits for a word of a peer: if not, words that say nothing new may be told together. */
import { leaseSeconds } from '../lease.ts'
import { byMajority } from './arbitration.ts'
import type { Cluster } from './state.ts'

/**
 * True: what peers say again may reach this node up to a keepalive late. Only of many nodes, where it is worth it, and where a
 * lease that ends a keepalive earlier is still a long one.
 */
export function isCalm(c: Cluster): boolean {
  const { keepaliveMs } = c.config.timing
  const leaseMs = leaseSeconds(c.config.timing) * 1_000
  if (!byMajority(c) || (leaseMs > 0 && leaseMs < shortestLease * keepaliveMs)) return false
  if (c.leaving !== undefined || c.stale || c.awaitsSign || c.standing.isolated || c.sight.contrasts.size > 0)
    return false
  for (const { health, doubtful, sick, hearsUs } of c.members.peers.values())
    if (health !== 'up' || doubtful || sick || !hearsUs) return false
  for (const { run } of c.groups.values()) if (!run.known || run.job !== undefined) return false
  return true
}

/** In keepalives. */
const shortestLease = 5
