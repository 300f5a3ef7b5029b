/**
 * Who hears whom. Each heartbeat says whom its sender hears and how long ago; kept here as the last word of each peer, and
 * given to whoever asks. For people: nothing is decided by it, so the word of an unproven start is kept too. A node whose
 * heartbeats arrive and never echo ours does not hear us, and that is just what should be shown.
 */
import type { NodeId } from '../types.ts'
import type { BeatState } from './beat-state.ts'
import { bootTag, type Datagram, type Echo } from './datagram.ts'

/** The last datagram of a peer, as far as it tells whom that peer hears. */
export interface LastWord {
  readonly boot: string
  readonly atMs: number
  /** Since when this start of it has been heard without a gap. */
  readonly sinceMs: number
  readonly proven: boolean
  /** Undefined: its node list differs from mine, so its echoes name nobody. */
  readonly echoes: readonly Echo[] | undefined
}

/** What one peer said, in ages: milliseconds. */
export interface Word {
  readonly node: NodeId
  /** It echoes my current start; false: it does not hear me, or it is a recording. */
  readonly proven: boolean
  /** How long ago it came. */
  readonly ageMs: number
  /** How long that start had been heard by then, without a gap of warntime. */
  readonly forMs: number
  /**
   * Whom it hears, and how old the newest datagram was when it said so; 65 535 is that or older. Absent: its node list
   * differs from ours.
   */
  readonly hears?: readonly Heard[]
}

interface Heard {
  readonly node: NodeId
  readonly ageMs: number
}

export interface Hearing {
  /** How long this beat has been awake; null: it has never been paused. */
  readonly awakeMs: number | null
  /** Of all peers that have spoken. */
  readonly words: readonly Word[]
}

/** What does not prove itself is not believed while there is fresh word that does: it may be a recording. */
export function wordAfter(
  before: LastWord | undefined,
  { boot, echoes, report }: Datagram,
  proven: boolean,
  gapMs: number,
  nowMs: number,
): LastWord {
  const fresh = before !== undefined && nowMs - before.atMs < gapMs
  if (fresh && before.proven && !proven) return before
  const sinceMs = fresh && before.boot === boot ? before.sinceMs : nowMs
  return { boot, atMs: nowMs, sinceMs, proven, echoes: report && echoes }
}

export function hearing({ boot, peers, pause }: BeatState, nowMs: number): Hearing {
  const tag = bootTag(boot)
  const others = new Set(peers.map(peer => peer.name))
  const words = peers.flatMap(({ name, lastWord }): Word | [] => {
    if (lastWord === undefined) return []
    const { atMs, sinceMs, proven, echoes } = lastWord
    const hears = echoes?.flatMap(({ peer, boot: echoed, ageMs }): Heard | [] => {
      // My name is the one that is not among the peers. An echo of a former start of mine is not of me.
      const counts = peer !== undefined && (others.has(peer) || echoed === tag)
      return counts ? { node: peer, ageMs } : []
    })
    return {
      node: name,
      proven,
      ageMs: Math.round(nowMs - atMs),
      forMs: Math.round(atMs - sinceMs),
      ...(hears && { hears }),
    }
  })
  return { awakeMs: pause === undefined ? null : Math.round(nowMs - pause.wokeAtMs), words }
}
