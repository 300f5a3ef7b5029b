/**
 * What manager and beat say to each other over RUN_DIR/beat.sock, one JSON value a line. The beat listens and has one
 * manager at a time: a new connection replaces the old one, and a beat that lost its manager goes on beating.
 */
import type { Link } from '../config/settings.ts'
import type { BeatCounts, BeatLine, PureTrouble } from '../membership/beat-state.ts'
import type { PeerStats } from '../membership/beatStats.ts'
import type { Hearing } from '../membership/hearing.ts'
import type { Heard } from '../membership/membership.ts'
import type { Claim, GroupName, LinkName, NodeId, Report, Timing, Truce } from '../types.ts'

export type ToBeat =
  /** First thing on a beat that has none; later the result of a reload, or the same from a new manager. */
  | { readonly type: 'settings'; readonly settings: BeatSettings }
  /** What to say from now on; sent at once if it is news. `turnMs`: the manager's turn that decided it. */
  | { readonly type: 'report'; readonly report: WireReport; readonly turnMs: number }
  /**
   * The manager's latest turn: after each event, and at least each keepalive. `calm`: until the next report, what says nothing
   * new may wait for the beat's next turn.
   */
  | { readonly type: 'alive'; readonly turnMs: number; readonly calm?: boolean }
  | { readonly type: 'stats?' }
  /** Say the last report a few times, close, exit 0. */
  | { readonly type: 'end' }

export interface BeatSettings {
  readonly clusterName: string
  readonly self: NodeId
  readonly nodes: readonly NodeId[]
  readonly timing: Timing
  readonly links: readonly Link[]
  /** On disk before it is said here. Kept, with the boot, for as long as the beat runs. */
  readonly gen: number
  /** The state folder was lost or cannot be written: a peer may raise it once. */
  readonly genGuessed: boolean
  /** Key ids 0 to 255, secrets in hexadecimal. */
  readonly keys: { readonly send: number; readonly secrets: Readonly<Record<string, string>> }
  readonly groups: readonly GroupName[]
  /** Service addresses: no heartbeat socket is bound to one. */
  readonly avoid?: readonly string[]
}

export type FromBeat =
  /** On connect, before anything else. `gen` and `boot` once it has settings. */
  | {
      readonly type: 'hello'
      readonly pid: number
      readonly hasSettings: boolean
      readonly gen?: number
      readonly boot?: string
      readonly realtime: boolean
    }
  | { readonly type: 'heard'; readonly heard: WireHeard }
  | Exclude<BeatLine, { type: 'heard' | 'trouble' }>
  | {
      readonly type: 'trouble'
      readonly code: Trouble
      /** One line for people. */
      readonly text: string
      readonly peer?: NodeId
      readonly link?: LinkName
      /** The address it came from. */
      readonly source?: string
    }
  /** Every 5 seconds, and when asked: then with the last word of each peer on whom it hears. */
  | { readonly type: 'stats'; readonly stats: BeatStats; readonly hearing?: Hearing }

export type Trouble =
  | PureTrouble
  | 'wrong-key'
  | 'wrong-cluster'
  | 'unknown-node'
  | 'version'
  | 'send-error'
  | 'link-lost'
  | 'link-back'

/** A report with its claims as a list of pairs and sets as lists: a Map is no JSON. It has either `claims` or `changed`. */
export interface WireReport extends Omit<Report, 'claims' | 'dead'> {
  readonly dead: readonly NodeId[]
  /** All of them. */
  readonly claims?: WireClaims
  /** The rest is as in the last report of the same node over this connection. */
  readonly changed?: WireClaims
}
export type WireClaims = readonly (readonly [GroupName, Claim])[]

export interface WireHeard extends Omit<Heard, 'report' | 'echoedSentAtMs'> {
  readonly report?: WireReport
  /** Instead of a report: it says what the last line about this node said. */
  readonly sameReport?: true
  readonly echoedSentAtMs?: number
}

export interface BeatStats {
  readonly pid: number
  readonly gen: number
  readonly boot: string
  readonly sent: number
  readonly longestLateMs: number
  readonly pauses: number
  /** Datagrams that changed nothing, by reason; only reasons that occurred. */
  readonly refused: Readonly<Record<string, number>>
  readonly peers: readonly PeerStats[]
  readonly links: readonly LinkStats[]
}

export interface LinkStats {
  readonly link: LinkName
  readonly open: boolean
  /** A line that names this node, as files for all nodes have: nothing to open. */
  readonly own: boolean
  /** Where it listens and sends to, or why it does not, for people. */
  readonly where: string
  readonly sent: number
  readonly sendErrors: number
  /** The last thing that went wrong. */
  readonly error?: string
}

/** `told`: the last report that was written; a hundred claims that have not changed since are not written again. */
export function toWire({ claims, truce, dead, ...rest }: Report, told?: Report): WireReport {
  const said = { ...rest, ...(truce && { truce: bare(truce) }), dead: [...dead] }
  return told && sameGroups(claims, told.claims)
    ? { ...said, changed: changedClaims(told.claims, claims) }
    : { ...said, claims: [...claims] }
}

function sameGroups(a: Report['claims'], b: Report['claims']): boolean {
  if (a === b) return true
  if (a.size !== b.size) return false
  for (const group of a.keys()) if (!b.has(group)) return false
  return true
}

/** Those that are another object: whoever reads claims keeps the old one where it says the same. */
function changedClaims(was: Report['claims'], now: Report['claims']): WireClaims {
  const changed: (readonly [GroupName, Claim])[] = []
  if (was !== now) for (const [group, claim] of now) if (was.get(group) !== claim) changed.push([group, claim])
  return changed
}
/** What only this node needs of it stays here. */
const bare = ({ epoch, disarmedEndMs, maintainedEndMs, groups }: Truce): Truce => {
  return { epoch, disarmedEndMs, maintainedEndMs, groups }
}

/** `known`: the last report that was read; claims that have not changed are the same object. Undefined: there is none. */
export function fromWire(report: WireReport, known?: Report): Report | undefined {
  const { claims: all, changed, ...rest } = report
  const claims = all === undefined ? known && merged(known.claims, changed) : new Map(all)
  return claims && { ...rest, dead: new Set(report.dead), claims }
}

function merged(claims: Report['claims'], changed: WireClaims = []): Report['claims'] {
  if (changed.length === 0) return claims
  const all = new Map(claims)
  for (const [group, claim] of changed) all.set(group, claim)
  return all
}

/** Reasons that did occur, with their counts. */
export function refusedOf(counts: BeatCounts, shell: Readonly<Record<string, number>>): Record<string, number> {
  const { pauses: _, longestLateMs: __, ...refused } = counts
  return Object.fromEntries(Object.entries({ ...refused, ...shell }).filter(([, times]) => times > 0))
}
