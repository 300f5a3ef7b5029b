/**
 * What is suspended, as it stands in the state folder: with the clocks of the host as they were when it was written. After
 * a restart of the manager its monotonic instants are right as they are; after one of the kernel only the wall clock
 * tells what has passed. A clock that was set back meanwhile makes nothing longer than it was.
 */
import * as v from 'valibot'
import type { OwnTruce } from '../events.ts'
import type { GroupName, NodeId } from '../types.ts'

/** The clocks of this host now. */
export interface Clocks {
  /** Which start of the kernel. */
  readonly boot: string
  readonly monotonicMs: number
  readonly wallMs: number
}

const Name = v.pipe(v.string(), v.minLength(1))

export const KeptTruce = v.object({
  counter: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  minter: Name,
  groups: v.array(Name),
  disarmedEndMs: v.number(),
  maintainedEndMs: v.number(),
  boundEndMs: v.number(),
  disarmedWhy: v.optional(v.string()),
  maintainedWhy: v.optional(v.string()),
  writtenAt: v.object({ boot: v.string(), monotonicMs: v.number(), wallMs: v.number() }),
})
export type KeptTruce = v.InferOutput<typeof KeptTruce>

export function keptTruce({ epoch, groups, ...rest }: OwnTruce, writtenAt: Clocks): KeptTruce {
  return { ...epoch, groups: [...groups], ...rest, writtenAt }
}

export function truceOf({ counter, minter, groups, writtenAt, ...rest }: KeptTruce, now: Clocks): OwnTruce {
  const passedMs = Math.max(0, now.wallMs - writtenAt.wallMs)
  const end = (endMs: number): number => {
    if (endMs === 0 || now.boot === writtenAt.boot) return endMs
    return Math.max(0, now.monotonicMs + endMs - writtenAt.monotonicMs - passedMs)
  }
  const { disarmedEndMs, maintainedEndMs, boundEndMs, disarmedWhy, maintainedWhy } = rest
  return {
    epoch: { counter, minter: minter as NodeId },
    groups: groups as GroupName[],
    disarmedEndMs: end(disarmedEndMs),
    maintainedEndMs: end(maintainedEndMs),
    boundEndMs: end(boundEndMs),
    ...(disarmedWhy === undefined ? {} : { disarmedWhy }),
    ...(maintainedWhy === undefined ? {} : { maintainedWhy }),
  }
}
