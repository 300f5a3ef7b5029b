/** `spare NODE ...`: nodes that take the groups of any other, and who may run a group because of it. */
import type { NodeId } from '../types.ts'
import { allOf, type Entry } from './entries.ts'
import type { Word } from './lines.ts'
import { findNode } from './nodes.ts'
import type { Complaints } from './problem.ts'
import { nearest } from './suggest.ts'

/** In the order written. */
export function readSpares(entries: readonly Entry[], nodes: readonly NodeId[], complain: Complaints): NodeId[] {
  const spares = new Map<NodeId, Word>()
  for (const word of allOf(entries, 'spare')) {
    const found = findNode(word.text, nodes)
    const first = found && spares.get(found.node)
    if (!found) sayUnknown(word, nodes, complain)
    else if (first) {
      const why = `already in line ${first.line}`
      complain.warning('HA138', word, { text: `spare "${word.text}" is named twice`, why, fix: 'remove one of them' })
    } else spares.set(found.node, word)
    if (found && !found.exact) {
      const says = { text: `"${word.text}" is not how the node line writes it`, why: `taken for ${found.node}` }
      complain.warning('HA134', word, { ...says, fix: `write spare ${found.node}` })
    }
  }
  const [first] = spares.values()
  if (first && nodes.length < 3)
    complain.note('HA112', first, 'spare: of two nodes each takes the groups of the other anyway')
  return [...spares.keys()]
}

function sayUnknown(word: Word, nodes: readonly NodeId[], complain: Complaints): void {
  if (nodes.length === 0) return
  const meant = nearest(word.text, nodes)
  const fix = meant ? `did you mean "${meant}"?` : `name one of them (${nodes.join(', ')}), or add it to the node line`
  complain.error('HA137', word, { text: `spare "${word.text}" is not a node`, why: 'no node line names it', fix })
}

/**
 * Who may take the groups of others, in the order in which they are asked: spares as written, then homes of other groups.
 * Of three and more nodes, one that is neither is a witness: it only votes. Of two, each may run everything, as with
 * Heartbeat.
 */
export function heirsOf(nodes: readonly NodeId[], homes: ReadonlySet<NodeId>, spares: readonly NodeId[]): NodeId[] {
  return [...spares, ...nodes.filter(node => !spares.includes(node) && (nodes.length < 3 || homes.has(node)))]
}
