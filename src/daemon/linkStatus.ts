/** What the figures of the beat say of links and of datagrams that cannot count. Pure. */
import type { BeatStats } from '../beat/lines.ts'
import type { Settings } from '../config/settings.ts'
import type { LinkName, NodeId } from '../types.ts'
import type { LinkStatus } from './protocol.ts'

/** Of each link, as it brings heartbeats of this peer. */
export function linkStatus(settings: Settings, stats: BeatStats | undefined, peer: NodeId): readonly LinkStatus[] {
  const paths = stats?.peers.find(({ node }) => node === peer)?.paths ?? []
  return settings.links.flatMap(({ name, kind }): LinkStatus | [] => {
    const path = paths.find(({ link }) => link === name)
    if (path === undefined || path.silentMs === null) {
      if (kind === 'ucast' && leadsElsewhere(stats, name, peer)) return []
      return { name, state: 'unseen', received: 0, lost: 0, longestGapS: 0 }
    }
    const { up, received, lost, longestGapMs, silentMs } = path
    const s = (ms: number): number => Math.round(ms / 10) / 100
    return { name, state: up ? 'up' : 'dead', received, lost, lastS: s(silentMs), longestGapS: s(longestGapMs) }
  })
}

/** A `ucast` line names one node, by an address: it is this one, or another that is heard over it. */
function leadsElsewhere(stats: BeatStats | undefined, name: LinkName, peer: NodeId): boolean {
  const isOwn = stats?.links.some(({ link, own }) => link === name && own) ?? false
  const others = stats?.peers.filter(({ node }) => node !== peer) ?? []
  return isOwn || others.some(({ paths }) => paths.some(({ link, silentMs }) => link === name && silentMs !== null))
}

/**
 * Own reflections of a broadcast and first words of a session are refused too, but are nobody's offence. What came twice
 * over one link was counted once: the network repeats, or somebody replays.
 */
export function offences(stats: BeatStats | undefined): Record<string, number> {
  const { own: _, hello: __, ...rest } = stats?.refused ?? {}
  const copies = (stats?.peers ?? []).flatMap(({ paths }) => paths).reduce((sum, path) => sum + path.copies, 0)
  return copies > 0 ? { ...rest, copies } : rest
}
