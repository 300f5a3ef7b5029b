/** What the bench says to the process of the peers, and what it answers: one JSON value a line. All times are CLOCK_MONOTONIC, ms. */
import type { Guest } from '../observer.ts'

/** Its only argument, as JSON. */
export interface PeersPlan {
  /** `ha.cf`, `haresources`, `authkeys`: the files of the real node. */
  readonly configDir: string
  /** Where heartbeats go to. */
  readonly broadcast: string
  readonly peers: readonly Guest[]
}

export type PeersOrder =
  /** Power loss: not another word of it, and everything that it ran is gone. */
  | { readonly verb: 'crash'; readonly name: string }
  /** Power on after that. */
  | { readonly verb: 'boot'; readonly name: string }
  /** It takes what is at home there. */
  | { readonly verb: 'take-home'; readonly name: string }
  | { readonly verb: 'report' }
  /** Forget lateness, votes and agreements. */
  | { readonly verb: 'forget' }

export interface PeersReport {
  readonly atMs: number
  /** By name; those that are on and have not come to rest. */
  readonly unrest: Readonly<Record<string, string>>
  /** Must be empty: datagrams refused, by reason, and what the peers complain of. */
  readonly refused: Readonly<Record<string, number>>
  readonly troubles: readonly string[]
  /** Since `forget`: from the instant at which a peer had something to do to the instant at which it was done. */
  readonly lateMaxMs: number
  /**
   * Since `forget`: who has told the others that it calls that node dead, and when that had left; of the real node, when it
   * had arrived.
   */
  readonly votes: readonly { readonly by: string; readonly dead: string; readonly atMs: number }[]
  /** The same of another owner of a group. */
  readonly agreed: readonly { readonly by: string; readonly atMs: number }[]
  /** Payload of the longest heartbeat of any node so far. */
  readonly longestBytes: number
}
