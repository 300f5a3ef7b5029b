/** What is due when; of equals the one that was planned first comes first. */
export interface Due {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

const before = (a: Due, b: Due): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)

export class Agenda {
  private readonly heap: Due[] = []
  private order = 0

  get next(): Due | undefined {
    return this.heap[0]
  }

  add(atMs: number, run: () => void): void {
    const { heap } = this
    const due = { atMs, order: this.order++, run }
    let at = heap.length
    heap.push(due)
    while (at > 0) {
      const up = (at - 1) >> 1
      if (!before(due, heap[up]!)) break
      heap[at] = heap[up]!
      at = up
    }
    heap[at] = due
  }

  take(): Due {
    const { heap } = this
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return first
    let at = 0
    for (;;) {
      let down = 2 * at + 1
      if (down >= heap.length) break
      if (down + 1 < heap.length && before(heap[down + 1]!, heap[down]!)) down++
      if (!before(heap[down]!, last)) break
      heap[at] = heap[down]!
      at = down
    }
    heap[at] = last
    return first
  }
}
