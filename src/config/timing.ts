/** keepalive < warntime < deadtime <= initdead, with Heartbeat's defaults for what is not written. */
import type { Timing } from '../types.ts'
import { sayDuration as say, writeDuration as write } from './durations.ts'
import { type Entry, lastOf } from './entries.ts'
import { checkLetGo } from './isolation.ts'
import type { Word } from './lines.ts'
import { type Complaints, type Place, wholeFile } from './problem.ts'
import { time } from './values.ts'

const names = ['keepalive', 'warntime', 'deadtime', 'initdead'] as const
type Name = (typeof names)[number]
const isTime = (directive: string): boolean => (names as readonly string[]).includes(directive)

interface Written {
  readonly ms: number
  readonly at: Word | undefined
}

/** The lateness of the kernel in removing an expired address, and the shortest lease there is. */
const leaseNeedsMs = 2_600

/** `alone`: an isolated node has to let go by itself, see isolation.ts. */
export function readTiming(entries: readonly Entry[], alone: boolean, complain: Complaints): Timing {
  const read = (name: Name, otherwiseMs: number): Written => {
    const at = lastOf(entries, name)
    const parsed = at && time(at.text)
    return parsed && 'value' in parsed ? { ms: parsed.value, at } : { ms: otherwiseMs, at: undefined }
  }
  const keepalive = read('keepalive', 1_000)
  const deadtime = read('deadtime', 30_000)
  const warntime = read('warntime', Math.ceil(deadtime.ms / 2))
  const initdead = read('initdead', defaultInitdeadMs(deadtime.ms))
  const timing = {
    keepaliveMs: keepalive.ms,
    warntimeMs: warntime.ms,
    deadtimeMs: deadtime.ms,
    initdeadMs: initdead.ms,
  }
  if (entries.some(entry => !entry.sound && isTime(entry.directive))) return timing // compared with what was meant, not with a default
  checkDeadtime(keepalive, deadtime, alone, complain)
  if (warntime.at) checkWarntime(keepalive, warntime, deadtime, complain)
  if (initdead.at) checkInitdead(initdead, deadtime, complain)
  if (alone)
    checkLetGo(timing, { written: warntime.at !== undefined, at: warntime.at ?? deadtime.at ?? keepalive.at }, complain)
  return timing
}

/** Heartbeat's rule: the deadtime above 10 s, twice that from 6 to 10 s, else 12 s. */
export function defaultInitdeadMs(deadtimeMs: number): number {
  if (deadtimeMs > 10_000) return deadtimeMs
  return deadtimeMs >= 6_000 ? 2 * deadtimeMs : 12_000
}

function checkDeadtime(keepalive: Written, deadtime: Written, alone: boolean, complain: Complaints): void {
  const at: Place = deadtime.at ?? keepalive.at ?? wholeFile
  const [k, d] = [keepalive.ms, deadtime.ms]
  if (d <= 2 * k) {
    const text = `deadtime ${say(d)} is not longer than two keepalives of ${say(k)}`
    complain.error('HA120', at, {
      text,
      why: 'one lost heartbeat would be a death',
      fix: `write deadtime ${write(5 * k)}`,
    })
    return
  }
  if (d < 5 * k) {
    const text = `deadtime ${say(d)} is less than five keepalives of ${say(k)}`
    complain.warning('HA124', at, {
      text,
      why: 'a few lost heartbeats in a row are a death',
      fix: `write deadtime ${write(5 * k)} or more`,
    })
  }
  if (d < 1_000) {
    const why = 'a busy machine can pause for longer than this'
    complain.warning('HA123', at, { text: `deadtime ${say(d)} is very short`, why, fix: 'write deadtime 1 or more' })
  }
  if (d < 4 * k + leaseNeedsMs) {
    const text = `no room for a lease on addresses in a deadtime of ${say(d)}`
    const why = alone
      ? 'if tandemd is killed, or hangs on a node that is cut off, its addresses stay, and another node takes them too'
      : 'if tandemd is killed its addresses stay, and the peer takes them too'
    complain.warning('HA125', at, {
      text,
      why,
      fix: `write deadtime ${Math.ceil((4 * k + leaseNeedsMs) / 1_000)} or more (4 keepalives + 2.6 s)`,
    })
  }
}

function checkWarntime(keepalive: Written, warntime: Written, deadtime: Written, complain: Complaints): void {
  const [k, w, d] = [keepalive.ms, warntime.ms, deadtime.ms]
  if (d <= 2 * k) return
  const fix = `write warntime ${write(Math.ceil(d / 2))}, or leave the line out`
  if (w >= d) {
    const text = `warntime ${say(w)} is not shorter than deadtime ${say(d)}`
    complain.error('HA121', warntime.at!, { text, why: 'a node would be dead before it is late', fix })
  } else if (w <= k) {
    const text = `warntime ${say(w)} is not longer than keepalive ${say(k)}`
    complain.error('HA121', warntime.at!, { text, why: 'every heartbeat would be late', fix })
  }
}

function checkInitdead(initdead: Written, deadtime: Written, complain: Complaints): void {
  const at = initdead.at!
  if (initdead.ms < deadtime.ms) {
    const text = `initdead ${say(initdead.ms)} is shorter than deadtime ${say(deadtime.ms)}`
    const fix = `write initdead ${write(Math.max(60_000, 2 * deadtime.ms))}, or leave the line out`
    complain.error('HA122', at, { text, why: 'a peer that boots as well would be dead before it could speak', fix })
  } else if (initdead.ms < 10_000) {
    const why = 'switches and interfaces may need longer after a boot'
    complain.warning('HA126', at, {
      text: `initdead ${say(initdead.ms)} is short`,
      why,
      fix: 'write initdead 10 or more; 60 is usual',
    })
  }
}
