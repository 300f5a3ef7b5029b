/** Cuts between nodes that live: which pairs do not hear each other, those of one node together, in words. Pure. */
import type { NodeId } from '../types.ts'
import type { CutStatus, HearState } from './protocol.ts'
import type { Ears } from './silence.ts'

export type StateOf = (listener: NodeId, node: NodeId) => HearState

interface Pair {
  readonly deaf: NodeId
  readonly unheard: NodeId
}

/** Some that do not hear others: mostly one of the two sides is one node. */
interface Bundle {
  readonly deaf: readonly NodeId[]
  readonly unheard: readonly NodeId[]
}

/** `listeners`: the nodes of which is known whom they hear; `state` is asked of no other listener. */
export function cutsOf(
  listeners: readonly NodeId[],
  nodes: readonly NodeId[],
  state: StateOf,
  ears: Pick<Ears, 'device' | 'port'>,
): readonly CutStatus[] {
  const pairs = listeners.flatMap(deaf =>
    nodes
      .filter(unheard => unheard !== deaf && state(deaf, unheard) === 'deaf')
      .map((unheard): Pair => ({ deaf, unheard })),
  )
  const isKnown = (node: NodeId): boolean => listeners.includes(node)
  const back = ({ deaf, unheard }: Pair): HearState | undefined => (isKnown(unheard) ? state(unheard, deaf) : undefined)
  const oneWay = pairs.filter(pair => back(pair) === 'hears')
  const bothWays = pairs.filter(pair => back(pair) === 'deaf' && pair.deaf < pair.unheard)
  const untold = pairs.filter(pair => back(pair) === undefined)
  const look = `nft list ruleset; tcpdump -ni ${ears.device} udp port ${ears.port}`
  return [
    ...bundled(oneWay).map(bundle => oneWayCut(bundle, look)),
    ...bundled(bothWays).map(bundle => bothWaysCut(bundle, look)),
    ...[...new Set(untold.map(({ unheard }) => unheard))].map(node => {
      const witnesses = listeners.filter(listener => listener !== node && state(listener, node) === 'hears')
      return untoldCut(bundleOf(untold.filter(pair => pair.unheard === node)), node, witnesses)
    }),
  ]
}

function oneWayCut({ deaf, unheard }: Bundle, look: string): CutStatus {
  const [from, to] = [names(unheard), names(deaf)]
  const [they, them] = [unheard.length > 1 ? 'they' : from, deaf.length > 1 ? 'them' : to]
  const text = `${to} ${verb(deaf, 'does', 'do')} not hear ${from}, though ${they} ${verb(unheard, 'hears', 'hear')} ${them}: a one-way cut`
  const comes = `what reaches ${to} (tandem status there counts what it refuses; ${look})`
  const goes = `what leaves ${from} (${look})`
  // Many that one node does not hear: it is the ear. Many that do not hear one: it is the mouth.
  const fix =
    deaf.length > unheard.length
      ? `look at ${goes}`
      : unheard.length > deaf.length
        ? `look at ${comes}`
        : `look at what leaves ${from}, and at ${comes}`
  return { kind: 'one-way', deaf, unheard, text, fix }
}

function bothWaysCut({ deaf, unheard }: Bundle, look: string): CutStatus {
  const [some, others] = [names(deaf), names(unheard)]
  const text =
    deaf.length + unheard.length === 2
      ? `${some} and ${others} do not hear each other, though both live: a cut between them`
      : `${some} ${verb(deaf, 'does', 'do')} not hear ${others}, nor the other way, though all live: a cut between them`
  return {
    kind: 'both-ways',
    deaf,
    unheard,
    text,
    fix: `look at the network between them and compare their ucast lines (on both sides: ${look})`,
  }
}

function untoldCut({ deaf, unheard }: Bundle, node: NodeId, witnesses: readonly NodeId[]): CutStatus {
  const to = names(deaf)
  const seen = `${names(witnesses)} ${verb(witnesses, 'hears', 'hear')} it`
  const text = `${to} ${verb(deaf, 'does', 'do')} not hear ${node}, though it lives, for ${seen}: a cut; whether one way cannot be told from here`
  return { kind: 'untold', deaf, unheard, text, fix: `type on ${node}: tandem status --links` }
}

/** A cable that is out makes many pairs: the node that is in most of them is named once. */
function bundled(pairs: readonly Pair[]): readonly Bundle[] {
  const bundles: Bundle[] = []
  let rest = pairs
  while (rest.length > 0) {
    const sets = rest.flatMap(({ deaf, unheard }) => [
      rest.filter(pair => pair.deaf === deaf),
      rest.filter(pair => pair.unheard === unheard),
    ])
    const most = sets.reduce((best, set) => (set.length > best.length ? set : best))
    bundles.push(bundleOf(most))
    rest = rest.filter(pair => !most.includes(pair))
  }
  return bundles
}

const bundleOf = (pairs: readonly Pair[]): Bundle => ({
  deaf: [...new Set(pairs.map(pair => pair.deaf))].sort(),
  unheard: [...new Set(pairs.map(pair => pair.unheard))].sort(),
})

const verb = (nodes: readonly NodeId[], one: string, many: string): string => (nodes.length === 1 ? one : many)

const names = (nodes: readonly NodeId[]): string =>
  nodes.length < 2 ? nodes.join('') : `${nodes.slice(0, -1).join(', ')} and ${nodes.at(-1)}`
