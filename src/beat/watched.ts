/**
 * What the service manager is told of the beat, over the socket that `bin/notify` connected for us: ready, and each turn that
 * was taken. A beat that stands still, or turns without end, is ended and another one started: long before the deadtime.
 */
import { writeSync } from 'node:fs'
import type { Timing } from '../types.ts'

export interface Watched {
  ready(): void
  turned(timing: Pick<Timing, 'keepaliveMs' | 'deadtimeMs'>): void
}

/** Below this a busy machine would end a healthy beat. */
const shortestMs = 1_000

/** `fd`: the connected socket; undefined or no number: nobody watches. */
export function watchedBy(fd: string | undefined, write: (fd: number, text: string) => void = writeSync): Watched {
  const socket = Number(fd || Number.NaN)
  let limitMs: number | undefined
  function tell(text: string): void {
    if (!Number.isInteger(socket)) return
    try {
      write(socket, text)
    } catch {
      // It does not read at the moment: the next turn will do.
    }
  }
  return {
    ready: () => tell('READY=1'),
    turned({ keepaliveMs, deadtimeMs }) {
      // A quarter of the deadtime, but never less than there are turns.
      const nextMs = Math.max(shortestMs, deadtimeMs / 4, 2.5 * keepaliveMs)
      tell(nextMs === limitMs ? 'WATCHDOG=1' : `WATCHDOG_USEC=${Math.round(nextMs * 1_000)}\nWATCHDOG=1`)
      limitMs = nextMs
    },
  }
}
