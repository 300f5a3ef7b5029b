/** Names and their numbers on the wire: nodes by index in the sorted list, groups and senders by a 4-byte hash. */
import type { GroupName, NodeId } from '../types.ts'
import type { Reader } from './bytes.ts'

export interface Codebook {
  readonly clusterId: number
  /** Sorted by code point; the index is the number on the wire. */
  readonly nodes: readonly NodeId[]
  readonly nodesDigest: number
  readonly indexOf: ReadonlyMap<NodeId, number>
  readonly nodeHash: ReadonlyMap<NodeId, number>
  readonly nodeOfHash: ReadonlyMap<number, NodeId>
  readonly groupHash: ReadonlyMap<GroupName, number>
  readonly groupOfHash: ReadonlyMap<number, GroupName>
}

export const mostNodes = 16
export const mostGroups = 100

type Hash = (text: string) => number

/**
 * The numbers for one cluster. Every node with the same lists gets the same ones, in whatever order they were written.
 * `hash` maps a text to 32 bits (FNV-1a).
 */
export function codebook(
  cluster: string,
  nodes: readonly NodeId[],
  groups: readonly GroupName[],
  hash: Hash,
): Codebook {
  const sorted = [...nodes].sort(byCodePoint)
  const nodeHash = hashAll(sorted, hash)
  const groupHash = hashAll([...groups].sort(byCodePoint), hash)
  return {
    clusterId: hash(cluster) >>> 0,
    nodes: sorted,
    nodesDigest: hash(sorted.join('\n')) >>> 0,
    indexOf: new Map(sorted.map((node, index) => [node, index])),
    nodeHash,
    nodeOfHash: inverse(nodeHash),
    groupHash,
    groupOfHash: inverse(groupHash),
  }
}

/** Two names with the same hash: the later one is hashed again with a mark, the same way on every node. */
function hashAll<Name extends string>(names: readonly Name[], hash: Hash): ReadonlyMap<Name, number> {
  const hashes = new Map<Name, number>()
  const taken = new Set<number>()
  for (const name of names) {
    let text: string = name
    while (taken.has(hash(text) >>> 0)) text += '\0'
    taken.add(hash(text) >>> 0)
    hashes.set(name, hash(text) >>> 0)
  }
  return hashes
}

function inverse<Name>(hashes: ReadonlyMap<Name, number>): ReadonlyMap<number, Name> {
  return new Map([...hashes].map(([name, number]) => [number, name]))
}

/** Not `localeCompare`: the order must not depend on the machine. Plain `<` differs only beyond the first plane. */
function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** For what must be in the lists: heartbeats are made from the same lists as the book. */
export function known<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`cannot encode a heartbeat: ${what} is not in the lists of this cluster`)
  return value
}

/** The node at an index of the wire; undefined without the sender's list, and a fault where there is none. */
export function nodeAt(from: Reader, nodes: readonly NodeId[] | undefined, index: number): NodeId | undefined {
  const node = nodes?.[index]
  if (node === undefined && nodes !== undefined) from.fault ??= 'malformed'
  return node
}
