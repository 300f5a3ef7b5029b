/** A node that hears nobody says where it listens, what came and was refused, and what to try. Pure. */
import type { Cluster } from '../cluster.ts'

export interface Ears {
  /** Open links and where they listen, in words. */
  readonly listening: readonly string[]
  /** Datagrams that changed nothing, by reason. */
  readonly refused: Readonly<Record<string, number>>
  /** Device and port of the first link, for the line to type. */
  readonly device: string
  readonly port: number
}

/** Undefined once somebody has been heard, for then the links work, and while somebody may still be about to speak. */
export function nobodyHeard(
  c: Cluster,
  nowMs: number,
  ears: Ears,
): { readonly text: string; readonly fix: string } | undefined {
  const peers = [...c.members.peers.values()]
  const patienceMs = 3 * c.config.timing.keepaliveMs
  const silent = ({ node, boot }: (typeof peers)[number]): boolean =>
    boot === '' && nowMs - c.members.traces.get(node)!.heardAtMs > patienceMs
  if (peers.length === 0 || !peers.every(silent)) return undefined
  const came = Object.entries(ears.refused).map(([why, count]) => `${count} ${why}`)
  const where = ears.listening.length > 0 ? `listening on ${ears.listening.join(', ')}` : 'no link is open'
  const what = came.length > 0 ? `refused so far: ${came.join(', ')}` : 'nothing at all arrived'
  return {
    text: `no heartbeat of ${peers.map(({ node }) => node).join(', ')} arrives here; ${where}; ${what}`,
    fix: `look on both nodes: tcpdump -ni ${ears.device} udp port ${ears.port}; nft list ruleset; and compare authkeys`,
  }
}
