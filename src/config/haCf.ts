/** ha.cf as a whole: everything in it that is not a table of its own is put together here. */
import type { NodeId, Timing } from '../types.ts'
import { directives } from './directives.ts'
import { type Entry, lastOf, readEntries, readLast } from './entries.ts'
import type { HostFacts } from './host.ts'
import { readLinks } from './media.ts'
import { readNodes } from './nodes.ts'
import { type Complaints, type Place, wholeFile } from './problem.ts'
import { readRespawns } from './respawn.ts'
import type { Link, Logging, Respawn } from './settings.ts'
import { readTiming } from './timing.ts'
import { failback, oneOf, truth, word } from './values.ts'

export interface HaCf {
  readonly clusterName: string
  readonly self: NodeId
  readonly nodes: readonly NodeId[]
  readonly timing: Timing
  readonly links: readonly Link[]
  readonly autoFailback: boolean
  readonly splitPolicy: 'take'
  readonly allowInsecureAuth: boolean
  readonly logging: Logging
  readonly respawn: readonly Respawn[]
  readonly realtime: boolean
  readonly directives: ReadonlyMap<string, string>
}

export function readHaCf(text: string, host: HostFacts, complain: Complaints): HaCf {
  const entries = readEntries(text, complain)
  const { nodes, self } = readNodes(entries, host.nodeName, complain)
  return {
    clusterName: readLast(entries, 'cluster', word) ?? 'linux-ha',
    self,
    nodes,
    timing: readTiming(entries, complain),
    links: readLinks(entries, host.interfaces, complain),
    autoFailback: readFailback(entries, complain),
    splitPolicy: readSplitPolicy(entries, nodes, complain),
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

/** Until there is arbitration, a peer that is silent on all links is taken over from, as Heartbeat did. */
function readSplitPolicy(entries: readonly Entry[], nodes: readonly NodeId[], complain: Complaints): 'take' {
  const at = lastOf(entries, 'split_policy')
  const policy = readLast(entries, 'split_policy', oneOf(['take', 'ask', 'wait']))
  if (at && policy !== undefined && policy !== 'take') {
    const why = 'a silent peer is taken over from, whatever stands here'
    const fix = 'write split_policy take to accept that; Tandem does not start with another word yet'
    complain.error('HA110', at, { text: `split_policy ${policy} is not built yet`, why, fix })
  }
  if (nodes.length > 1 && policy === undefined && lastOf(entries, 'split_policy') === undefined) {
    const last = entries.filter(entry => entry.directive === 'node').at(-1)
    const where: Place = last?.word ?? wholeFile
    const text = 'a silent node is taken over from, even if only the network between them is cut'
    const why = 'then both run the service'
    complain.warning('HA160', where, {
      text,
      why,
      fix: 'give them two links that do not fail together; split_policy take says that you accept the rest',
    })
  }
  return 'take'
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
