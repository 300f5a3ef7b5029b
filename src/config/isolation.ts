/**
 * A node that hears nobody and may not go on deletes its addresses at warntime, before the others take them at deadtime.
 * Whether it is quick enough is arithmetic, and checked before anything starts.
 */
import type { NodeId, Timing } from '../types.ts'
import { sayDuration as say, writeDuration as write } from './durations.ts'
import { type Complaints, type Place, wholeFile } from './problem.ts'

/** To delete addresses, with what is started for it. */
const deletionMs = 200

/** Must an isolated node let go by itself? Of two, when it can ask ping nodes; of three and more, being outvoted. */
export function letsGoAlone(nodes: readonly NodeId[], pinged: boolean): boolean {
  return nodes.length > 2 || (nodes.length === 2 && pinged)
}

/** `written`: warntime stands in ha.cf and does not follow from the deadtime. */
export interface Warntime {
  readonly written: boolean
  readonly at: Place | undefined
}

/**
 * Its last heartbeat heard may be a keepalive younger than its own last one that the others heard, and it notices up to
 * a keepalive late: warntime + 2 keepalives + 200 ms have to be over before deadtime.
 */
export function checkLetGo(
  { keepaliveMs: k, warntimeMs: w, deadtimeMs: d }: Timing,
  warntime: Warntime,
  complain: Complaints,
): void {
  const sum = w + 2 * k + deletionMs
  if (sum < d || d <= 2 * k || w >= d || w <= k) return // or it has been said what is wrong
  const latest = roundDown(d - 2 * k - deletionMs - 1, k)
  const needed = warntime.written ? sum + 1 : Math.max(5 * k, 4 * k + 2 * deletionMs + 2)
  const deadtime = `deadtime ${write(roundUp(needed))}`
  complain.error('HA127', warntime.at ?? wholeFile, {
    text: `a node that is cut off would let go too late: warntime ${say(w)} + 2 * keepalive ${say(k)} + ${deletionMs} ms = ${say(sum)}, and deadtime is ${say(d)}`,
    why: 'the others take its addresses at deadtime',
    fix: `write ${latest === undefined ? deadtime : `warntime ${write(latest)}, or ${deadtime}`}`,
  })
}

/** The longest round time that is neither longer than this nor as short as a keepalive. */
function roundDown(ms: number, keepaliveMs: number): number | undefined {
  return [1_000, 100, 10, 1].map(step => Math.floor(ms / step) * step).find(time => time > keepaliveMs)
}

function roundUp(ms: number): number {
  const step = ms > 3_000 ? 1_000 : 100
  return Math.ceil(ms / step) * step
}
