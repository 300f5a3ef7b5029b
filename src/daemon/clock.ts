/** The one monotonic clock: the same in all processes of a host, blind to date changes. */
import { readFileSync } from 'node:fs'
import type { LoopClock } from './loop.ts'
import type { Clocks } from './truceFile.ts'

/** CLOCK_MONOTONIC in milliseconds. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6

/** For what must be right after a restart too: the wall clock is only asked where the kernel has restarted. */
export const clocks = (): Clocks => ({
  boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
  monotonicMs: nowMs(),
  wallMs: Date.now(),
})

export const loopClock: LoopClock = {
  nowMs,
  wakeAt(atMs, wake) {
    const delayMs = Math.min(Math.max(0, Math.ceil(atMs - nowMs())), 60_000)
    const timer = setTimeout(wake, delayMs)
    return () => clearTimeout(timer)
  },
}
