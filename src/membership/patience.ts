/** How long is waited before something counts as too late. All in milliseconds. */
import { leaseSeconds } from '../lease.ts'
import type { Timing } from '../types.ts'

/** How late a turn may reach us and still judge: what was heard since must not wait behind it. */
export const judgeWithinMs = ({ keepaliveMs }: Timing): number => Math.max(50, keepaliveMs / 4)

/** How old the beat's last turn may be while we still decide by it. */
export const staleAfterMs = ({ keepaliveMs, deadtimeMs }: Timing): number => keepaliveMs + deadtimeMs / 4

/**
 * How long a beat may go on without its manager before the node is no longer believed alive. For ever where there is no
 * lease: the node lives, its addresses stay, and taking them would only make them two.
 */
export const managerGraceMs = (timing: Timing): number =>
  leaseSeconds(timing) === 0 ? Number.POSITIVE_INFINITY : Math.min(Math.max(timing.deadtimeMs, 5_000), 60_000)
