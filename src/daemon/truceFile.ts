/**
 * What is suspended, as it stands in the state folder: with the clocks of the host as they were when it was written. After
 * a restart of the manager its monotonic instants are right as they are; after one of the kernel only the wall clock
 * tells what has passed. A clock that was set back meanwhile makes nothing longer than it was.
 */
import * as v from 'valibot'
import type { OwnTruce } from '../events.ts'
import type { GroupName, NodeId, Truce } from '../types.ts'

/** The clocks of this host now. */
export interface Clocks {
  /** Which start of the kernel. */
  readonly boot: string
  readonly monotonicMs: number
  readonly wallMs: number
}

const Name = v.pipe(v.string(), v.minLength(1))

const Word = v.object({
  counter: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  minter: Name,
  groups: v.array(Name),
  disarmedEndMs: v.number(),
  maintainedEndMs: v.number(),
})
type Word = v.InferOutput<typeof Word>

export const KeptTruce = v.object({
  ...Word.entries,
  boundEndMs: v.number(),
  promises: v.array(v.object({ node: Name, ...Word.entries })),
  disarmedWhy: v.optional(v.string()),
  maintainedWhy: v.optional(v.string()),
  writtenAt: v.object({ boot: v.string(), monotonicMs: v.number(), wallMs: v.number() }),
})
export type KeptTruce = v.InferOutput<typeof KeptTruce>

export const keptTruce = ({ epoch, groups, promises, ...rest }: OwnTruce, writtenAt: Clocks): KeptTruce => ({
  ...rest,
  ...epoch,
  groups: [...groups],
  promises: promises.map(({ node, word }) => ({ node, ...wordToKeep(word) })),
  writtenAt,
})

const wordToKeep = ({ epoch, groups, disarmedEndMs, maintainedEndMs }: Truce): Word => {
  return { ...epoch, groups: [...groups], disarmedEndMs, maintainedEndMs }
}

export function truceOf(kept: KeptTruce, now: Clocks): OwnTruce {
  const { writtenAt, boundEndMs, promises, disarmedWhy, maintainedWhy } = kept
  const passedMs = Math.max(0, now.wallMs - writtenAt.wallMs)
  const end = (endMs: number): number => {
    if (endMs === 0 || now.boot === writtenAt.boot) return endMs
    return Math.max(0, now.monotonicMs + endMs - writtenAt.monotonicMs - passedMs)
  }
  const wordOf = ({ counter, minter, groups, disarmedEndMs, maintainedEndMs }: Word): Truce => ({
    epoch: { counter, minter: minter as NodeId },
    groups: groups as GroupName[],
    disarmedEndMs: end(disarmedEndMs),
    maintainedEndMs: end(maintainedEndMs),
  })
  return {
    ...wordOf(kept),
    boundEndMs: end(boundEndMs),
    promises: promises.map(({ node, ...word }) => ({ node: node as NodeId, word: wordOf(word) })),
    ...(disarmedWhy === undefined ? {} : { disarmedWhy }),
    ...(maintainedWhy === undefined ? {} : { maintainedWhy }),
  }
}
