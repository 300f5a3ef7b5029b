/** What this node learns of the world beside heartbeats: ping nodes, a silent peer that answers, cables of the service. */
import type { Settings } from '../../config/settings.ts'
import type { Event } from '../../events.ts'
import type { GroupName, NodeId } from '../../types.ts'
import { openAsking } from './asking.ts'
import { watchCarrier } from './carrier.ts'
import { openPings } from './pings.ts'
import { openRivals } from './rivals.ts'

export interface Outside {
  ask(node: NodeId, groups: readonly GroupName[]): void
  /** Does another host hold addresses of these groups too? */
  watch(groups: readonly GroupName[]): void
  /** A line of `ip -o monitor address link`; undefined = it has ended. */
  monitorLine(line: string | undefined): void
  /** Ping nodes and peers that cannot be asked, and service interfaces without carrier, in words. */
  troubles(): readonly string[]
  close(): void
}

export function openOutside(settings: Settings, post: (event: Event) => void, say: (text: string) => void): Outside {
  const pings = openPings({ pings: settings.pings, keepaliveMs: settings.timing.keepaliveMs, post, trouble: say })
  const asking =
    settings.splitPolicy === 'ask' && settings.nodes.length === 2 ? openAsking({ settings, post }) : undefined
  const rivals = openRivals({ groups: settings.groups, post })
  const dark = new Set<string>()
  const carrier = watchCarrier({
    groups: settings.groups,
    post(event) {
      const { device, up } = event
      if (up) dark.delete(device)
      else dark.add(device)
      post(event)
      say(up ? `${device} has its carrier again` : withoutCarrier(device))
    },
  })
  return {
    ask: (node, groups) => asking?.ask(node, groups),
    watch: groups => rivals.watch(groups),
    monitorLine: line => carrier.line(line),
    troubles: () => [...pings.troubles(), ...[...dark].map(withoutCarrier), ...(asking?.troubles() ?? [])],
    close() {
      carrier.close()
      pings.close()
      asking?.close()
      rivals.close()
    },
  }
}

const withoutCarrier = (device: string): string =>
  `${device} has no carrier: nobody can reach the service addresses on it`
