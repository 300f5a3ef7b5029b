/** How one peer comes over one link: loss, copies, gaps. Counted for every datagram of its proven session. */
import type { LinkName } from '../types.ts'
import { arrive, openWindow, skipped, type Window } from './window.ts'

export interface Path {
  readonly link: LinkName
  readonly up: boolean
  readonly received: number
  /** Came more than once over this link: the network repeats, or somebody replays. */
  readonly copies: number
  /** Missing so far; one that comes late is taken off again. */
  readonly lost: number
  readonly longestGapMs: number
  readonly lastAtMs: number | undefined
  readonly window: Window | undefined
}

export const newPath = (link: LinkName): Path => ({
  link,
  up: false,
  received: 0,
  copies: 0,
  lost: 0,
  longestGapMs: 0,
  lastAtMs: undefined,
  window: undefined,
})

export function pass(path: Path, seq: number, nowMs: number): Path {
  const { link, received, longestGapMs, lastAtMs } = path
  const gapMs = lastAtMs === undefined ? 0 : nowMs - lastAtMs
  const [window, arrival] = path.window === undefined ? ([openWindow(seq), 'next'] as const) : arrive(path.window, seq)
  // A copy may be a recording that somebody replays: it proves nothing of the link.
  if (arrival === 'copy' || arrival === 'old') return { ...path, received: received + 1, copies: path.copies + 1 }
  const gone = path.window === undefined ? 0 : skipped(path.window, seq)
  return {
    link,
    up: true,
    received: received + 1,
    copies: path.copies,
    lost: path.lost + gone - (arrival === 'late' ? 1 : 0),
    longestGapMs: gapMs > longestGapMs ? gapMs : longestGapMs,
    lastAtMs: nowMs,
    window,
  }
}

/** Seqs start anew with a new start of the peer. */
export const forgetSeqs = (path: Path): Path => (path.window === undefined ? path : { ...path, window: undefined })

export const silentFor = (path: Path, deadtimeMs: number, nowMs: number): boolean =>
  path.up && path.lastAtMs !== undefined && nowMs - path.lastAtMs >= deadtimeMs
