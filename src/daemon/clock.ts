/** The one monotonic clock: the same in all processes of a host, blind to date changes. */
import { readFileSync } from 'node:fs'
import type { Clocks } from './truceFile.ts'

/** CLOCK_MONOTONIC in milliseconds. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6

/** For what must be right after a restart too: the wall clock is only asked where the kernel has restarted. */
export const clocks = (): Clocks => ({
  boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
  monotonicMs: nowMs(),
  wallMs: Date.now(),
})
