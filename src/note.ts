/** Decisions and observations as records. Log lines, status lines and alerts are views of these; nothing is parsed back. */
import type { Decision, Move } from './decision.ts'
import type { Change } from './membership/membership.ts'
import type { Assignment, GroupName, Job, LinkName, NodeId } from './types.ts'

export type Note =
  | Change
  | { readonly code: 'link-up' | 'link-dead'; readonly node: NodeId; readonly link: LinkName }
  | {
      readonly code: 'assigned'
      readonly group: GroupName
      readonly was: Assignment
      readonly now: Assignment
      readonly mintedHere: boolean
      readonly decision: Decision
    }
  | { readonly code: 'job-started'; readonly job: Job; readonly resources: readonly string[] }
  | { readonly code: 'job-done'; readonly job: Job; readonly resources: readonly string[] }
  | { readonly code: 'job-failed'; readonly job: Job; readonly resources: readonly string[]; readonly why: string }
  | { readonly code: 'group-running' | 'group-stopped'; readonly group: GroupName }
  | { readonly code: 'group-failed' | 'group-blocked'; readonly group: GroupName; readonly why: string }
  /** While it ran. `again`: so often it has failed lately; `of`: so often it is brought back here. */
  | {
      readonly code: 'resource-failed'
      readonly group: GroupName
      readonly resource: string
      readonly why: string
      readonly again: number
      readonly of: number
    }
  /** As heard from that node: an operator has stopped it, or let it start again. */
  | { readonly code: 'halted' | 'halt-over'; readonly group: GroupName; readonly node: NodeId }
  /** What stands below this resource goes on, the rest is stopped. */
  | { readonly code: 'group-stuck'; readonly group: GroupName; readonly resource: string }
  | { readonly code: 'both-hold'; readonly group: GroupName; readonly node: NodeId }
  | { readonly code: 'both-hold-over'; readonly group: GroupName; readonly node: NodeId }
  | { readonly code: 'not-saved'; readonly why: string }
  | { readonly code: 'saved-again' }
  | { readonly code: 'config-differs'; readonly node: NodeId; readonly what: 'settings' | 'groups' | 'nodes' }
  | { readonly code: 'config-agrees'; readonly node: NodeId }
  | { readonly code: 'fence'; readonly node: NodeId; readonly groups: readonly GroupName[] }
  | { readonly code: 'fenced'; readonly node: NodeId }
  | {
      readonly code: 'ordered'
      readonly words: string
      readonly groups: readonly GroupName[]
      /** What it has moved already; the rest follows by rule. */
      readonly moves: readonly Move[]
    }
  | { readonly code: 'refused'; readonly words: string; readonly why: string }
  /** Cut off: no majority counts us, or neither a peer nor a ping node is heard. */
  | { readonly code: 'isolated' | 'isolated-over'; readonly majority: boolean }
  /** A peer is silent on every link and yet answers on the service network. */
  | { readonly code: 'split'; readonly node: NodeId; readonly by: string }
  | { readonly code: 'unable-to-ask'; readonly node: NodeId; readonly why: string }
  /** For so long; `by`: the node where it was ordered. `reason` is known there only. */
  | { readonly code: 'disarmed'; readonly by: NodeId; readonly forMs: number; readonly reason?: string }
  /** `by` missing: its time was over. */
  | { readonly code: 'armed'; readonly by?: NodeId }
  | {
      readonly code: 'maintenance'
      readonly by: NodeId
      readonly groups: readonly GroupName[]
      readonly forMs: number
      readonly reason?: string
    }
  | { readonly code: 'maintenance-over'; readonly groups: readonly GroupName[]; readonly by?: NodeId }
  /** Every other node has it on disk. */
  | { readonly code: 'truce-confirmed' }
  /** Left as they are by a node that is shut down. */
  | { readonly code: 'left-running'; readonly groups: readonly GroupName[] }
  | { readonly code: 'leaving' | 'left' }

/** `90 s`, `30 min`, `2 h 5 min`. */
export function longSpan(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000))
  if (s < 120) return `${s} s`
  const minutes = Math.round(s / 60)
  if (minutes < 120) return `${minutes} min`
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
