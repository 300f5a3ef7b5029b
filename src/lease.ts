import type { Timing } from './types.ts'

/** The kernel removes an expired address up to this late, plus an eighth of the lease. */
const kernelLatenessMs = 1_600
const longestSeconds = 8

/**
 * How long a service address may outlive its last renewal, in whole seconds; 0 = no lease. It has to be gone before
 * the peer's deadtime runs out, however late the kernel is. Below a deadtime of 4 keepalives + 2.6 s there is no room
 * for one: a single lost heartbeat would take the address away.
 */
export function leaseSeconds({ keepaliveMs, deadtimeMs }: Timing): number {
  if (deadtimeMs < 4 * keepaliveMs + 1_000 + kernelLatenessMs) return 0
  return Math.min(longestSeconds, Math.floor((deadtimeMs - keepaliveMs - kernelLatenessMs) / 1_000))
}
