/**
 * What the service manager is told of the beat: ready, and each turn that was taken. A beat that stands still, or turns
 * without end, is ended and another one started: long before the deadtime.
 */
import type { Timing } from '../types.ts'
import { notifier, type Write, watchdogLine, watchdogMs } from './notifier.ts'

export interface Watched {
  ready(): void
  turned(timing: Pick<Timing, 'keepaliveMs' | 'deadtimeMs'>): void
}

/** `fd`: the connected socket; undefined or no number: nobody watches. */
export function watchedBy(fd: string | undefined, write?: Write): Watched {
  const tell = notifier(fd, write)
  let limitMs: number | undefined
  return {
    ready: () => tell?.('READY=1'),
    turned({ keepaliveMs, deadtimeMs }) {
      // Never less than there are turns.
      const nextMs = Math.max(watchdogMs(deadtimeMs), 2.5 * keepaliveMs)
      tell?.(...(nextMs === limitMs ? [] : [watchdogLine(nextMs)]), 'WATCHDOG=1')
      limitMs = nextMs
    },
  }
}
