/** What `tandem status` tells of this node's right to act: ping nodes, isolation, peers that are silent and may live. Pure. */
import { mustAsk } from '../cluster/arbitration.ts'
import { doubtText, isolatedText } from '../cluster/doubt.ts'
import { isDark, pingsSeenBy } from '../cluster/sight.ts'
import type { Cluster } from '../cluster.ts'
import type { PingStatus, StatusProblem } from './protocol.ts'

/** A ping node is up while it has answered a probe within warntime, which is what counts for letting go and for taking. */
export function pingStatus(c: Cluster, nowMs: number): readonly PingStatus[] {
  return c.config.pings.map(name => {
    const atMs = c.outside.pings.get(name)
    if (atMs === undefined) return { name, state: 'unseen' }
    const silentMs = nowMs - atMs
    return {
      name,
      state: silentMs < c.config.timing.warntimeMs ? 'up' : 'dead',
      lastS: Math.round(silentMs / 100) / 10,
    }
  })
}

const rivalText = (name: string): string =>
  `another host answers for an address of ${name}, which runs here too: stop it on one of them, then mend the links`

export function standingProblems(c: Cluster, nowMs: number): readonly StatusProblem[] {
  const problem = (code: string, text: string): StatusProblem => ({ level: 'error', code, text })
  const isolated = c.standing.isolated ? [problem('ISOLATED', isolatedText(c))] : []
  const silences = [...c.standing.silences].flatMap(([node, silence]) => {
    // Where nothing hangs on it, nobody is asked.
    const idle = silence === 'free' || (silence === 'asking' && !mustAsk(c, c.members.peers.get(node)!))
    const text = idle ? undefined : doubtText(c, { code: silence, node })
    return text === undefined ? [] : [problem('SILENT', text)]
  })
  const pings = pingStatus(c, nowMs).filter(({ state }) => state !== 'up')
  const dark = pings.map(({ name, lastS }) =>
    problem('PING', `ping node ${name} ${lastS === undefined ? 'has not answered yet' : `is silent for ${lastS} s`}`),
  )
  const rivals = [...c.rivals].map(name => problem('RIVAL', rivalText(name)))
  return [...isolated, ...silences, ...rivals, ...dark, ...unequal(c)]
}

/** Who can serve less than another: what a hand-over would be made of, also where none is due. */
function unequal(c: Cluster): readonly StatusProblem[] {
  const problem = (code: string, text: string): StatusProblem => ({ level: 'warning', code, text })
  const { self, pings, nodes, configDigest } = c.config
  const told = nodes.filter(node => {
    const peer = c.members.peers.get(node)
    return node === self || (peer?.health === 'up' && peer.report?.configDigest === configDigest)
  })
  const counts = told.map(node => pingsSeenBy(c, node))
  const seen = told.map(
    (node, at) => `${node} ${at === 0 ? `sees ${counts[0]} of ${pings.length} ping nodes` : counts[at]}`,
  )
  const differ = pings.length > 0 && counts.some(count => count !== counts[0])
  const dark = told.flatMap(node => {
    const groups = c.config.groups.filter(group => node !== self && isDark(c, group, node)).map(({ name }) => name)
    return groups.length === 0 ? [] : [`${node} has no carrier on an interface with addresses of ${groups.join(', ')}`]
  })
  return [...(differ ? [problem('PINGS', seen.join(', '))] : []), ...dark.map(text => problem('CARRIER', text))]
}
