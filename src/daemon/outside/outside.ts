/** What this node learns of the world beside heartbeats: ping nodes that answer, and questions about a silent peer. */
import type { Settings } from '../../config/settings.ts'
import type { Event } from '../../events.ts'
import type { GroupName, NodeId } from '../../types.ts'
import { openAsking } from './asking.ts'
import { openPings } from './pings.ts'

export interface World {
  ask(node: NodeId, groups: readonly GroupName[]): void
  /** Ping nodes that cannot be asked, in words. */
  troubles(): readonly string[]
  close(): void
}

export function openWorld(settings: Settings, post: (event: Event) => void, trouble: (text: string) => void): World {
  const pings = openPings({ pings: settings.pings, keepaliveMs: settings.timing.keepaliveMs, post, trouble })
  const asking =
    settings.splitPolicy === 'ask' && settings.nodes.length === 2 ? openAsking({ settings, post }) : undefined
  return {
    ask: (node, groups) => asking?.ask(node, groups),
    troubles: () => pings.troubles(),
    close() {
      pings.close()
      asking?.close()
    },
  }
}
