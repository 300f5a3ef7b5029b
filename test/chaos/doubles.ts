/** Double activity, from what the observer saw: marks of resource scripts, and addresses in the kernels. */

/** Something began or ended to be active on a node. */
export interface Change {
  readonly atMs: number
  readonly what: string
  readonly node: string
  readonly on: boolean
}

/** A stretch of time in which the same thing was active on more than one node. */
export interface Double {
  readonly what: string
  readonly nodes: readonly string[]
  readonly fromMs: number
  /** `untilMs` of the question when it has not ended. */
  readonly toMs: number
}

/** Everything that two had at once until that instant, in the order of its beginning. */
export function doubles(changes: readonly Change[], untilMs: number): readonly Double[] {
  const found: Double[] = []
  const active = new Map<string, Set<string>>()
  const since = new Map<string, { fromMs: number; nodes: Set<string> }>()
  const close = (what: string, toMs: number): void => {
    const open = since.get(what)
    since.delete(what)
    if (open !== undefined && toMs > open.fromMs)
      found.push({ what, nodes: [...open.nodes], fromMs: open.fromMs, toMs })
  }
  for (const { atMs, what, node, on } of changes.toSorted((a, b) => a.atMs - b.atMs)) {
    const nodes = active.get(what) ?? new Set()
    active.set(what, nodes)
    on ? nodes.add(node) : nodes.delete(node)
    if (nodes.size < 2) close(what, atMs)
    else if (!since.has(what)) since.set(what, { fromMs: atMs, nodes: new Set(nodes) })
    else for (const one of nodes) since.get(what)!.nodes.add(one)
  }
  for (const what of [...since.keys()]) close(what, untilMs)
  return found.sort((a, b) => a.fromMs - b.fromMs)
}

/** On which nodes it is active after all these changes. */
export function activeOn(changes: readonly Change[], what: string): readonly string[] {
  const nodes = new Set<string>()
  for (const change of changes.toSorted((a, b) => a.atMs - b.atMs)) {
    if (change.what === what) change.on ? nodes.add(change.node) : nodes.delete(change.node)
  }
  return [...nodes].sort()
}

/** How long anything was double, in whole microseconds; what overlaps counts once. `all` in the order of beginning. */
export function lengthUs(all: readonly Double[]): number {
  let totalMs = 0
  let untilMs = Number.NEGATIVE_INFINITY
  for (const { fromMs, toMs } of all) {
    totalMs += Math.max(0, toMs - Math.max(fromMs, untilMs))
    untilMs = Math.max(untilMs, toMs)
  }
  return Math.round(totalMs * 1000)
}

export const tellDouble = ({ what, nodes, fromMs, toMs }: Double): string =>
  `${what} active on ${nodes.join(' and ')} for ${Math.round((toMs - fromMs) * 1000)} us (from ${fromMs.toFixed(3)})`
