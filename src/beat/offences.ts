/** Datagrams that were refused before they meant anything: counted, and told where a person can mend it. */
import type { RefusedPacket } from '../membership/packet.ts'
import { wire } from '../membership/wire.ts'
import type { Unsigned } from './keys.ts'
import type { Trouble } from './lines.ts'

type Refusal = RefusedPacket | Unsigned
type Offence = Extract<Trouble, 'wrong-key' | 'wrong-cluster' | 'unknown-node' | 'version'>

const readVersions = wire.oldest === wire.newest ? wire.newest : `${wire.oldest} to ${wire.newest}`
const tellEveryMs = 60_000
/** Anybody can make up sources: beyond this many they are counted only. */
const mostSources = 64

/** What may be somebody's mistake, and not just noise. */
const offenceOf: Readonly<Partial<Record<Refusal, Offence>>> = {
  'wrong-key': 'wrong-key',
  'unknown-key': 'wrong-key',
  'wrong-cluster': 'wrong-cluster',
  'unknown-node': 'unknown-node',
  version: 'version',
}

export interface Offences {
  /** Counts it; the trouble to tell now, at most once a minute for each source. */
  note(refused: Refusal, source: string): Offence | undefined
  counts(): Readonly<Record<string, number>>
}

export function newOffences(nowMs: () => number): Offences {
  const counts = new Map<string, number>()
  const toldMs = new Map<string, number>()
  return {
    note(refused, source) {
      counts.set(refused, (counts.get(refused) ?? 0) + 1)
      const offence = offenceOf[refused]
      if (offence === undefined) return undefined
      const key = `${offence} ${source}`
      const before = toldMs.get(key)
      if (before !== undefined && nowMs() - before < tellEveryMs) return undefined
      if (before === undefined && toldMs.size >= mostSources && !forget(toldMs, nowMs())) return undefined
      toldMs.set(key, nowMs())
      return offence
    },
    counts: () => Object.fromEntries(counts),
  }
}

/** Makes room where a minute has passed. */
function forget(toldMs: Map<string, number>, nowMs: number): boolean {
  for (const [key, atMs] of toldMs) if (nowMs - atMs >= tellEveryMs) toldMs.delete(key)
  return toldMs.size < mostSources
}

export interface Said {
  readonly keyId: number | undefined
  /** Of the protocol. */
  readonly version: number
}

export function offenceText(offence: Offence, source: string, link: string, { keyId, version }: Said): string {
  const from = `${source} (${link})`
  switch (offence) {
    case 'wrong-key':
      return `heartbeats from ${from} are not signed with a key of ours (they say key ${keyId}): compare authkeys on both nodes`
    case 'wrong-cluster':
      return `heartbeats from ${from} belong to another cluster: give each cluster its own port or its own key`
    case 'unknown-node':
      return `heartbeats from ${from} are of a node that no "node" line of ours names: compare ha.cf on both nodes`
    case 'version':
      return `heartbeats from ${from} are in version ${version} of the protocol, this node reads ${readVersions}: they are too far apart; upgrade the older node, one version after the other`
  }
}
