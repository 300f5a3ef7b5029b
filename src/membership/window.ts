/** Which seqs of one start of a peer have come: the newest, and the holes below it. Mostly there are none. */

export const windowWidth = 1024
const mostHoles = 64

export interface Window {
  readonly newest: number
  /** Missing seqs as ranges, both ends included, oldest first. */
  readonly holes: readonly Hole[]
}
type Hole = readonly [first: number, last: number]

/** `next`: newer than all before. `late`: fills a hole. `copy`: had already. `old`: too far back to tell. */
export type Arrival = 'next' | 'late' | 'copy' | 'old'

export const openWindow = (seq: number): Window => ({ newest: seq, holes: [] })

/** How many seqs are missing between the newest and a newer one: lost, or still to come. */
export const skipped = (window: Window, seq: number): number => Math.max(0, seq - window.newest - 1)

export function arrive(window: Window, seq: number): readonly [Window, Arrival] {
  if (seq > window.newest) return [advance(window, seq), 'next']
  if (seq <= window.newest - windowWidth) return [window, 'old']
  const at = window.holes.findIndex(([first, last]) => first <= seq && seq <= last)
  const hole = window.holes[at]
  if (hole === undefined) return [window, 'copy']
  const holes = [...window.holes]
  holes.splice(at, 1, ...split(hole, seq))
  return [{ newest: window.newest, holes }, 'late']
}

function advance({ newest, holes }: Window, seq: number): Window {
  const oldest = holes[0]
  const passed = oldest !== undefined && (oldest[1] <= seq - windowWidth || holes.length >= mostHoles)
  const kept = passed ? holes.slice(1) : holes
  return { newest: seq, holes: seq === newest + 1 ? kept : [...kept, [newest + 1, seq - 1]] }
}

function split([first, last]: Hole, seq: number): readonly Hole[] {
  const before: readonly Hole[] = first < seq ? [[first, seq - 1]] : []
  return seq < last ? [...before, [seq + 1, last]] : before
}
