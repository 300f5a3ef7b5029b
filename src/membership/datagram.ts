/** What one heartbeat says, as a value: `packet.ts` turns it into bytes, the simulator passes it on as it is. */
import type { NodeId, Report } from '../types.ts'

/** What a node has of a peer: proof that it hears it, and up to where. */
export interface Echo {
  /** Undefined when the sender's node list is not mine. */
  readonly peer: NodeId | undefined
  /** `bootTag` of the start it has heard: a peer is proven only by echoing my current one. */
  readonly boot: string
  /** The newest seq received of that start. */
  readonly seq: number
  /** How long ago that one came, 0 to 65 535. */
  readonly ageMs: number
  /** That seq was passed on as a sign of life. False: only received (not proven yet, refused, or read after a pause). */
  readonly counted: boolean
  /** Set when that start is refused: the generation it would have to exceed. */
  readonly knownGen: number | undefined
}

export interface Datagram {
  /** The version of the protocol that it is written in, and the newest that its sender reads: see `wire.ts`. */
  readonly version: number
  readonly reads: number
  readonly from: NodeId
  /** Which start of its beat process this is: persisted before it is sent, at most 48 bits. */
  readonly gen: number
  /** 128 random bits per start of its beat process, 32 hexadecimal digits. */
  readonly boot: string
  /** Counts all datagrams of this start; the same one over several links has the same seq. */
  readonly seq: number
  /** How old its manager's last turn is, 0 to 65 535. */
  readonly managerAgeMs: number
  /** Its beat runs at real-time priority. */
  readonly realtime: boolean
  readonly echoes: readonly Echo[]
  /** Undefined when its node list is not mine: then its claims cannot be read. */
  readonly report: Report | undefined
}

/** The part of a boot that is echoed: its first 8 bytes. */
export const bootTag = (boot: string): string => boot.slice(0, 16)

export const longestAgeMs = 65_535

/** Ages on the wire are whole and saturate. */
export const ageMs = (sinceMs: number, nowMs: number): number =>
  Math.max(0, Math.min(longestAgeMs, Math.round(nowMs - sinceMs)))
