/**
 * What the service manager is told, over a socket that the launcher connected for us (`bin/notify`): ready, alive, leaving.
 * Node has no such sockets itself, and a program per word would fail when it matters.
 */
import { writeSync } from 'node:fs'
import { nowMs } from './clock.ts'

export interface Service {
  /** It runs, and answers. */
  ready(): void
  /**
   * From now on a quarter of the deadtime without a turn is the end of this process. `poke` is called when nothing else
   * happens, and has to lead to a turn.
   */
  watch(deadtimeMs: number, poke: () => void): void
  /** An event was judged and all that follows from it was done. */
  turned(): void
  /** What is stopped may take its time, as long as we turn. */
  leaving(): void
}

/** Below this a busy machine would end a healthy manager. */
const shortestMs = 1_000
const extensionS = 120

export const watchdogMs = (deadtimeMs: number): number => Math.max(shortestMs, deadtimeMs / 4)

/** `fd`: the connected socket; undefined or no number: nobody has to be told. */
export function openService(fd: string | undefined, write: (fd: number, text: string) => void = writeSync): Service {
  const socket = Number(fd || Number.NaN)
  if (!Number.isInteger(socket)) {
    const nothing = (): void => undefined
    return { ready: nothing, watch: nothing, turned: nothing, leaving: nothing }
  }
  let everyMs = Number.POSITIVE_INFINITY
  let toldAtMs = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let leaves = false

  function tell(...lines: readonly string[]): void {
    try {
      write(socket, lines.join('\n'))
    } catch {
      // It does not read at the moment: the next word will do.
    }
  }

  return {
    ready: () => tell('READY=1'),
    watch(deadtimeMs, poke) {
      const limitMs = watchdogMs(deadtimeMs)
      everyMs = limitMs / 4
      tell(`WATCHDOG_USEC=${Math.round(limitMs * 1_000)}`, 'WATCHDOG=1')
      clearInterval(timer)
      timer = setInterval(() => {
        if (nowMs() - toldAtMs >= everyMs) poke()
      }, everyMs)
      timer.unref()
    },
    turned() {
      if (nowMs() - toldAtMs < everyMs) return
      toldAtMs = nowMs()
      tell('WATCHDOG=1', ...(leaves ? [`EXTEND_TIMEOUT_USEC=${extensionS * 1_000_000}`] : []))
    },
    leaving() {
      leaves = true
      tell('STOPPING=1', `EXTEND_TIMEOUT_USEC=${extensionS * 1_000_000}`)
    },
  }
}
