/** ha.cf as a whole: everything in it that is not a table of its own is put together here. */
import { directives } from './directives.ts'
import { type Entry, lastOf, readEntries, readLast } from './entries.ts'
import type { HostFacts } from './host.ts'
import { letsGoAlone } from './isolation.ts'
import { peersOf, readLinks } from './media.ts'
import { readNodes } from './nodes.ts'
import { hasPings, readDeadping, readPings } from './pings.ts'
import { type Complaints, wholeFile } from './problem.ts'
import { readIpfail, readRespawns } from './respawn.ts'
import type { Settings } from './settings.ts'
import { readSpares } from './spares.ts'
import { readSplitPolicy } from './splitPolicy.ts'
import { readTiming } from './timing.ts'
import { failback, truth, word } from './values.ts'

/** What of the settings stands in ha.cf, and what another file must know of it. */
export interface HaCf extends Omit<Settings, 'groups' | 'operations' | 'keys' | 'configDigest' | 'groupsDigest'> {
  readonly allowInsecureAuth: boolean
}

export function readHaCf(text: string, host: HostFacts, complain: Complaints): HaCf {
  const entries = readEntries(text, complain)
  const { nodes, self } = readNodes(entries, host.nodeName, complain)
  const timing = readTiming(entries, letsGoAlone(nodes, hasPings(entries)), complain)
  const links = readLinks(entries, host.interfaces, complain)
  return {
    clusterName: readLast(entries, 'cluster', word) ?? 'linux-ha',
    self,
    nodes,
    timing,
    links,
    pings: readPings(entries, { nodes, peers: peersOf(links) }, complain),
    deadpingMs: readDeadping(entries, timing, complain),
    ipfail: readIpfail(entries, complain),
    splitPolicy: readSplitPolicy(entries, nodes, complain),
    spares: readSpares(entries, nodes, complain),
    autoFailback: readFailback(entries, complain),
    allowInsecureAuth: readLast(entries, 'allow_insecure_auth', truth) ?? false,
    logging: {
      logfile: readLast(entries, 'logfile', word),
      debugfile: readLast(entries, 'debugfile', word),
      facility: readFacility(entries),
    },
    respawn: readRespawns(entries, complain),
    realtime: readLast(entries, 'realtime', truth) ?? true,
    directives: asWritten(entries),
  }
}

function readFailback(entries: readonly Entry[], complain: Complaints): boolean {
  const old = lastOf(entries, 'nice_failback')
  if (old) {
    const why = 'meant "stay where you are" long ago, and the opposite in later versions'
    const fix = 'write auto_failback off to stay after a fail-over, auto_failback on to return'
    complain.warning('HA152', old, {
      text: 'nice_failback is not used; auto_failback counts, off where it is missing',
      why,
      fix,
    })
  }
  const written = readLast(entries, 'auto_failback', failback)
  const at = lastOf(entries, 'auto_failback')
  if (at && written === 'legacy') {
    complain.warning('HA151', at, {
      text: 'auto_failback legacy is read as on',
      why: 'there is no other',
      fix: 'write auto_failback on',
    })
  }
  if (!old && !entries.some(entry => entry.directive === 'auto_failback')) {
    const why = 'Heartbeat would have gone back to the home node'
    const fix = 'write auto_failback off to stay after a fail-over, auto_failback on to return'
    complain.warning('HA150', wholeFile, { text: 'auto_failback is missing and is off', why, fix })
  }
  return written === true || written === 'legacy'
}

function readFacility(entries: readonly Entry[]): string | undefined {
  const facility = readLast(entries, 'logfacility', word)?.toLowerCase()
  return facility === 'none' ? undefined : facility
}

/** Directive -> last value, or the words of its last line where they belong together. */
function asWritten(entries: readonly Entry[]): Map<string, string> {
  const written = entries
    .filter(entry => entry.values.length > 0)
    .map(({ directive, values }): [string, string] => {
      const words = values.map(value => value.text)
      return [directive, directives[directive].takes === 'line' ? words.join(' ') : words.at(-1)!]
    })
  return new Map(written)
}
