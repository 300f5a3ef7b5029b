/** What the core wants remembered, as it stands in the state folder, and back. */
import * as v from 'valibot'
import type { Halt, Saved, Wear } from '../events.ts'
import type { GroupName } from '../types.ts'
import { type Clocks, KeptTruce, keptTruce, truceOf } from './truceFile.ts'

const Name = v.pipe(v.string(), v.minLength(1))
const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

export const keptSaved = {
  /** Epoch counters up to this one may have been used. */
  epochCeiling: Count,
  standby: v.boolean(),
  /** Groups whose newest data are here. */
  lastMan: v.optional(v.array(v.string()), []),
  /** Groups that operators have stopped, or have let start again. */
  halts: v.optional(v.array(v.object({ group: Name, count: Count, why: v.optional(v.string()) })), []),
  /** What has failed here since that start of the kernel. */
  wear: v.optional(
    v.object({
      boot: v.string(),
      groups: v.array(
        v.object({
          group: Name,
          failed: v.optional(v.string()),
          worn: v.optional(Name),
          failures: v.array(v.object({ resource: Name, atMs: v.number() })),
        }),
      ),
    }),
  ),
  truce: v.optional(KeptTruce),
}
const Kept = v.object(keptSaved)
export type KeptSaved = v.InferOutput<typeof Kept>

export function keptOf({ epochCeiling, standby, lastMan, halts, wear, truce }: Saved, now: Clocks): KeptSaved {
  return {
    epochCeiling,
    standby,
    lastMan: [...lastMan],
    halts: [...halts].map(([group, { count, why }]) => ({ group, count, ...(why === undefined ? {} : { why }) })),
    wear: { boot: now.boot, groups: [...wear].map(([group, one]) => ({ group, ...wearToKeep(one) })) },
    ...(truce && { truce: keptTruce(truce, now) }),
  }
}

const wearToKeep = ({ failed, worn, failures }: Wear) => ({
  ...(failed === undefined ? {} : { failed }),
  ...(worn === undefined ? {} : { worn }),
  failures: failures.map(failure => ({ ...failure })),
})

/** What failed before the machine was started is forgotten: its clock began anew, and so did everything on it. */
export function savedOf({ epochCeiling, standby, lastMan, halts, wear, truce }: KeptSaved, now: Clocks): Saved {
  const failed = wear?.boot === now.boot ? wear.groups : []
  return {
    epochCeiling,
    standby,
    lastMan: lastMan as GroupName[],
    halts: new Map(
      halts.map(({ group, count, why }): [GroupName, Halt] => [
        group as GroupName,
        { count, ...(why === undefined ? {} : { why }) },
      ]),
    ),
    wear: new Map(
      failed.map(({ group, failed, worn, failures }): [GroupName, Wear] => [
        group as GroupName,
        { failed, worn, failures },
      ]),
    ),
    ...(truce && { truce: truceOf(truce, now) }),
  }
}
