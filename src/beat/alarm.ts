/**
 * One timer for one instant. Node's timers know whole milliseconds and may fire a little early: never act before the
 * instant. One that must be exact is set a millisecond early and waits out the rest turning the loop. And libuv runs timers before it reads sockets, so both are drained first: silence is not judged by what lies
 * unread.
 */
export interface Alarm {
  /** Another instant than before; infinity for none. `exact`: a verdict hangs on it, a millisecond of work is well spent. */
  set(atMs: number, exact?: boolean): void
  stop(): void
}

/** Node cannot wait longer than this in one go. */
const longestWaitMs = 2 ** 31 - 1

/** Longer than this the loop is not kept turning. */
const turningMs = 3

export function startAlarm(nowMs: () => number, ring: () => void): Alarm {
  let atMs = Number.POSITIVE_INFINITY
  let isExact = false
  let timer: NodeJS.Timeout | undefined
  let draining = false

  function arm(): void {
    clearTimeout(timer)
    timer = undefined
    if (atMs === Number.POSITIVE_INFINITY || draining) return
    const waitMs = isExact ? Math.floor(atMs - nowMs()) - 1 : Math.ceil(atMs - nowMs())
    timer = setTimeout(fire, Math.min(longestWaitMs, Math.max(0, waitMs)))
  }

  function fire(): void {
    draining = true
    // Each turn of the loop reads the sockets once.
    setImmediate(() => setImmediate(drained))
  }

  function drained(): void {
    const leftMs = atMs - nowMs()
    if (isExact && leftMs > 0 && leftMs < turningMs) {
      setImmediate(drained)
      return
    }
    draining = false
    if (leftMs <= 0) ring()
    arm()
  }

  return {
    set(nextMs, exact = false) {
      if (nextMs === atMs && exact === isExact) return
      atMs = nextMs
      isExact = exact
      arm()
    },
    stop() {
      atMs = Number.POSITIVE_INFINITY
      arm()
    },
  }
}
