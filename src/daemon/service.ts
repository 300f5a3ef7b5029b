/** What the service manager is told of the manager: ready, alive, leaving. */
import { notifier, type Write, watchdogLine, watchdogMs } from '../beat/notifier.ts'
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

const extensionS = 120

/** `fd`: the connected socket; undefined or no number: nobody has to be told. */
export function openService(fd: string | undefined, write?: Write): Service {
  const tell = notifier(fd, write)
  if (tell === undefined) {
    const nothing = (): void => undefined
    return { ready: nothing, watch: nothing, turned: nothing, leaving: nothing }
  }
  let everyMs = Number.POSITIVE_INFINITY
  let toldAtMs = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let leaves = false

  return {
    ready: () => tell('READY=1'),
    watch(deadtimeMs, poke) {
      const limitMs = watchdogMs(deadtimeMs)
      everyMs = limitMs / 4
      tell(watchdogLine(limitMs), 'WATCHDOG=1')
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
