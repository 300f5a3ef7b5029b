/** Figures of a running beat, for status and metrics. */
import type { LinkName, NodeId } from '../types.ts'
import type { BeatCounts, BeatPeer, BeatState } from './beat-state.ts'

export interface PathStats {
  readonly link: LinkName
  readonly up: boolean
  readonly received: number
  readonly copies: number
  readonly lost: number
  readonly longestGapMs: number
  /** Age of the last datagram; null: none yet. */
  readonly silentMs: number | null
}

export interface PeerStats {
  readonly node: NodeId
  /** The generation of its proven session; null: not proven. */
  readonly gen: number | null
  /** It counts what I send; false while it refuses this start or has heard nothing. */
  readonly countsMe: boolean
  readonly paths: readonly PathStats[]
}

export interface CoreStats {
  readonly gen: number
  readonly sent: number
  readonly counts: BeatCounts
  readonly peers: readonly PeerStats[]
}

export function beatStats({ gen, sent, counts, peers }: BeatState, nowMs: number): CoreStats {
  return { gen, sent: sent.seq, counts, peers: peers.map(peer => peerStats(peer, nowMs)) }
}

function peerStats({ name, session, countedSentAtMs, paths }: BeatPeer, nowMs: number): PeerStats {
  return {
    node: name,
    gen: session?.gen ?? null,
    countsMe: countedSentAtMs !== undefined,
    paths: paths.map(({ link, up, received, copies, lost, longestGapMs, lastAtMs }) => {
      const silentMs = lastAtMs === undefined ? null : nowMs - lastAtMs
      return { link, up, received, copies, lost, longestGapMs, silentMs }
    }),
  }
}
