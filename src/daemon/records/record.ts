/** One record of what happened: the schema of `records.jsonl` and of `tandem history --format json`. Within v 1 only additions. */
import * as v from 'valibot'
import type { DecisionSettings, NodeView, Rejected } from '../../decision.ts'
import type { Level } from '../../noteText.ts'
import type { Epoch, Job, Reason } from '../../types.ts'

/** A group given to an owner. */
export interface MoveRecord {
  readonly from: string
  readonly to: string
  readonly epoch: Epoch
  readonly by: 'policy' | 'operator'
  /** The code of the rule, and what it says. */
  readonly rule: Reason
  readonly ruleText: string
  /** "alpha is dead" */
  readonly because: string
  /** This node has decided it; otherwise it was told by `toldBy`, and the inputs are what was known here. */
  readonly decidedHere: boolean
  readonly toldBy?: string
  readonly settings: DecisionSettings
  readonly inputs: readonly NodeView[]
  readonly rejected: readonly Rejected[]
}

/** A start or a stop that has ended at `atMs`. */
export interface JobRecord {
  readonly op: Exclude<Job['op'], 'probe'>
  /** First started, last stopped. */
  readonly resources: readonly string[]
  readonly beganAtMs: number
  readonly ok: boolean
  readonly why?: string
  /** Service addresses are among them: they are announced before the job ends. */
  readonly addresses?: true
}

export interface HistoryRecord {
  readonly v: 1
  /** Wall clock, ISO 8601: to tell when, never to measure. */
  readonly time: string
  /** Monotonic milliseconds of this host since `boot`: differences are durations. */
  readonly atMs: number
  /** Which start of the host's kernel: instants of two boots cannot be compared. */
  readonly boot: string
  /** Who wrote it. */
  readonly node: string
  /** A stable word for what happened; most are codes of notes. */
  readonly code: string
  readonly level: Level
  /** A line for people, as in the log. */
  readonly text: string
  /** The move it belongs to: `web/12.beta`. The same on every node. */
  readonly event?: string
  readonly group?: string
  readonly groups?: readonly string[]
  /** The other node that it is about. */
  readonly peer?: string
  readonly move?: MoveRecord
  readonly job?: JobRecord
  /** Of a death: the last sign of life, and the silence that was allowed. */
  readonly lastHeardAtMs?: number
  readonly limitMs?: number
  /** What the peer says of the group. */
  readonly claim?: string
  readonly why?: string
  /** Of an order: as it was given. */
  readonly words?: string
  /** So many like it came before within a minute and were not kept. */
  readonly unkept?: number
}

/** What must be there for a view to be made; the rest is as its writer left it. */
const Kept = v.looseObject({
  v: v.literal(1),
  time: v.pipe(v.string(), v.isoTimestamp()),
  atMs: v.number(),
  boot: v.string(),
  node: v.string(),
  code: v.string(),
  level: v.picklist(['debug', 'info', 'WARN', 'ERROR', 'CRIT']),
  text: v.string(),
})

/** undefined: not a record, or one of another version. */
export function parseRecord(line: string): HistoryRecord | undefined {
  try {
    const parsed = v.safeParse(Kept, JSON.parse(line))
    return parsed.success ? (parsed.output as unknown as HistoryRecord) : undefined
  } catch {
    return undefined
  }
}

/** More than both files hold. */
export const recordsMax = 100_000

/** Which records are asked for; all that is given must fit. */
export interface RecordQuery {
  /** About this group, or about no group at all: nodes, orders, this manager. */
  readonly group?: string
  readonly codes?: readonly string[]
  /** Not older, ISO 8601. */
  readonly since?: string
  /** Also those of level debug. */
  readonly debug?: boolean
  /** The newest so many. */
  readonly limit: number
}

export function fits(record: HistoryRecord, { group, codes, since, debug }: RecordQuery): boolean {
  if (group !== undefined && record.group !== undefined && record.group !== group) return false
  if (group !== undefined && record.groups?.includes(group) === false && record.groups.length > 0) return false
  if (codes !== undefined && !codes.includes(record.code)) return false
  if (since !== undefined && Date.parse(record.time) < Date.parse(since)) return false
  return debug === true || record.level !== 'debug'
}
