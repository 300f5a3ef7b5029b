/** The `node` lines of ha.cf: who belongs to the cluster, and which of them this machine is. */
import type { NodeId } from '../types.ts'
import { allOf, type Entry } from './entries.ts'
import type { Word } from './lines.ts'
import { type Complaints, wholeFile } from './problem.ts'
import { nearest } from './suggest.ts'

/** A datagram has room for so many. */
export const mostNodes = 16

export interface Nodes {
  /** Sorted by code point. */
  readonly nodes: readonly NodeId[]
  readonly self: NodeId
}

export function readNodes(entries: readonly Entry[], nodeName: string, complain: Complaints): Nodes {
  const written = new Map<string, Word>()
  for (const word of allOf(entries, 'node')) {
    const name = word.text.toLowerCase()
    const first = written.get(name)
    if (!isNodeName(name)) sayBadName(word, complain)
    else if (first) sayTwice(word, first, complain)
    else written.set(name, word)
  }
  const nodes = [...written.keys()].sort() as NodeId[]
  const someAreBad = complain.problems.some(({ code }) => code === 'HA133' || code === 'HA107')
  if (!someAreBad || nodes.length > mostNodes) sayCount([...written.values()], complain)
  return { nodes, self: findSelf(nodes, [...written.values()], nodeName, complain) }
}

/** A node of the list by its name in any case, with or without its domain where that is unique. */
export function findNode(name: string, nodes: readonly NodeId[]): { node: NodeId; exact: boolean } | undefined {
  const wanted = name.toLowerCase()
  const exact = nodes.find(node => node === wanted)
  if (exact) return { node: exact, exact: true }
  const alike = nodes.filter(
    node => shortName(node) === shortName(wanted) && (node === shortName(node) || wanted === shortName(wanted)),
  )
  return alike.length === 1 ? { node: alike[0]!, exact: false } : undefined
}

const shortName = (name: string): string => name.split('.')[0]!
const isNodeName = (name: string): boolean => /^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$/.test(name)

function findSelf(nodes: readonly NodeId[], words: readonly Word[], nodeName: string, complain: Complaints): NodeId {
  const own = nodeName.toLowerCase()
  if (nodes.length === 0) return own as NodeId
  const found = findNode(own, nodes)
  if (found?.exact) return found.node
  if (found) {
    const at = words.find(word => word.text.toLowerCase() === found.node)!
    const why = `taken for this node, which calls itself ${own}`
    complain.warning('HA134', at, { text: `"${at.text}" is not what uname -n says`, why, fix: `write node ${own}` })
    return found.node
  }
  const meant = nearest(own, nodes)
  const fix = `write node ${own}${meant ? ` (did you mean it by "${meant}"?)` : ''}, or put the name that ha.cf uses into the file nodeinfo beside it`
  complain.error('HA131', words[0]!, {
    text: `this node, "${own}", is not in ha.cf`,
    why: `uname -n says "${own}", no node line does`,
    fix,
  })
  return own as NodeId
}

function sayCount(words: readonly Word[], complain: Complaints): void {
  const surplus = words[mostNodes]
  if (words.length === 0) {
    const fix = 'write node with the names that uname -n prints on each of them'
    complain.error('HA130', wholeFile, { text: 'no nodes', why: 'a cluster needs node lines', fix })
  }
  if (words.length === 1) {
    const why = 'nobody is there to take over'
    complain.warning('HA136', words[0]!, { text: 'the only node', why, fix: 'name the other one too: node NAME NAME' })
  }
  if (surplus) {
    const text = `${words.length} nodes; Tandem takes ${mostNodes}`
    complain.error('HA135', surplus, { text, why: 'one heartbeat has room for no more', fix: 'make two clusters' })
  }
}

function sayTwice(word: Word, first: Word, complain: Complaints): void {
  const why = `already in line ${first.line}`
  complain.warning('HA132', word, { text: `node "${word.text}" is named twice`, why, fix: 'remove one of them' })
}

function sayBadName(word: Word, complain: Complaints): void {
  const fix = 'write what uname -n prints on that node: letters, digits, dots, dashes, at most 64'
  complain.error('HA133', word, { text: `"${word.text}" is not a node name`, why: 'no host can be called this', fix })
}
