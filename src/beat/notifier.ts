/**
 * Words for the service manager, sd_notify(3), over the socket that `bin/notify` connected for us. Node has no such sockets
 * itself, and a program per word would fail when it matters.
 */
import { writeSync } from 'node:fs'

export type Write = (fd: number, text: string) => void

/** Below this a busy machine would end a healthy process. */
const shortestWatchdogMs = 1_000

/** Tells these lines as one word. `fd`: the connected socket; undefined or no number: returns undefined, as nobody listens. */
export function notifier(
  fd: string | undefined,
  write: Write = writeSync,
): ((...lines: readonly string[]) => void) | undefined {
  const socket = Number(fd || Number.NaN)
  if (!Number.isInteger(socket)) return undefined
  return (...lines) => {
    try {
      write(socket, lines.join('\n'))
    } catch {
      // It does not read at the moment: the next word will do.
    }
  }
}

/** How long a process may stand still: a quarter of the deadtime, long before it would be missed. */
export const watchdogMs = (deadtimeMs: number): number => Math.max(shortestWatchdogMs, deadtimeMs / 4)

export const watchdogLine = (limitMs: number): string => `WATCHDOG_USEC=${Math.round(limitMs * 1_000)}`
