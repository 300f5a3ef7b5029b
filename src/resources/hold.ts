/**
 * Until when the addresses of this node may be held.
 *
 * The kernel removes an address when its lease is over, up to 1.25 s + L/8 late. So whoever may take it must not do so
 * before; each line below is the promise that it will not.
 */

import { leaseSeconds } from '../lease.ts'
import type { NodeId, Timing } from '../types.ts'

/** What the kernel may be late by with a lease of that length, and some for ourselves. */
export const leaseMarginMs = (seconds: number): number => 1_250 + (seconds * 1_000) / 8 + 100

export interface Contact {
  readonly node: NodeId
  /** Its last datagram, even if its manager is gone: a new one would judge me by what that beat has of me. */
  readonly heardAtMs: number
  readonly echoedSentAtMs: number | undefined
}

/**
 * The monotonic instant until which addresses may be held.
 * A peer that I hear waits for a deadtime after the newest datagram of mine that it has accepted.
 * A silent one cannot be reasoned with; policy lets me stay as long as my own beat is alive to be heard, and where ping
 * nodes are configured as long as one of them answers: `pingedAtMs` is when the newest answered probe was sent.
 */
export function holdUntil(
  contacts: readonly Contact[],
  timing: Timing,
  beatAtMs: number,
  pingedAtMs: number | undefined,
): number {
  const { keepaliveMs, deadtimeMs } = timing
  const marginMs = leaseMarginMs(leaseSeconds(timing))
  const freshMs = deadtimeMs - keepaliveMs - marginMs
  const pingedUntilMs = pingedAtMs === undefined ? Number.POSITIVE_INFINITY : pingedAtMs + freshMs
  return contacts.reduce((untilMs, peer) => {
    const silent = beatAtMs - peer.heardAtMs >= silentAfterMs(timing)
    if (silent) return Math.min(untilMs, pingedUntilMs)
    return Math.min(untilMs, (peer.echoedSentAtMs ?? Number.NEGATIVE_INFINITY) + deadtimeMs - marginMs)
  }, beatAtMs + freshMs)
}

/** Nobody takes anything whatever is heard: my own beat alone must be alive, or nobody could tell that it is not. */
export const holdWhileAwake = (timing: Timing, beatAtMs: number): number =>
  beatAtMs + timing.deadtimeMs - timing.keepaliveMs - leaseMarginMs(leaseSeconds(timing))

/** Three nodes and more: nobody is taken from before most nodes have been without a heartbeat of mine for a deadtime. */
export function holdWhileSupported(supportedAtMs: number, timing: Timing, beatAtMs: number): number {
  const { keepaliveMs, deadtimeMs } = timing
  const marginMs = leaseMarginMs(leaseSeconds(timing))
  return Math.min(beatAtMs + deadtimeMs - keepaliveMs, supportedAtMs + deadtimeMs) - marginMs
}

/** A late warntime must not starve the lease of a node whose peer has just died. */
export const silentAfterMs = (timing: Timing): number => Math.min(timing.warntimeMs, timing.deadtimeMs / 2)
