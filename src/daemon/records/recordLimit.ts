/** What flaps must not push everything else out of the files: of one kind so many in a minute are kept, the rest is counted. */
import type { HistoryRecord } from './record.ts'

const windowMs = 60_000
const keptMax = 5
const kindsMax = 1_000

/** Bounded by what machines can do, and what timelines are made of. */
const always = ['assigned', 'ordered', 'job-done', 'job-failed', 'node-dead', 'fence', 'fenced']

/** How many like it were not kept since the last that was; undefined = this one is not kept either. */
export function newLimit(): (
  draft: Pick<HistoryRecord, 'code' | 'group' | 'peer'>,
  nowMs: number,
) => number | undefined {
  const kinds = new Map<string, { sinceMs: number; kept: number; unkept: number }>()
  return ({ code, group = '', peer = '' }, nowMs) => {
    if (always.includes(code)) return 0
    const key = `${code} ${group} ${peer}`
    const before = kinds.get(key)
    if (before !== undefined && nowMs - before.sinceMs < windowMs && before.kept >= keptMax) {
      before.unkept++
      return undefined
    }
    if (kinds.size >= kindsMax) kinds.clear()
    const fresh = before === undefined || nowMs - before.sinceMs >= windowMs
    kinds.set(key, {
      sinceMs: fresh ? nowMs : before.sinceMs,
      kept: fresh ? 1 : before.kept + 1,
      unkept: 0,
    })
    return before?.unkept ?? 0
  }
}
