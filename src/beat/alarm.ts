/**
 * One timer for one instant. Node's timers know whole milliseconds and may fire a little early: never act before the
 * instant. And libuv runs timers before it reads sockets, so both are drained first: silence is not judged by what lies
 * unread.
 */
export interface Alarm {
  /** Another instant than before; infinity for none. */
  set(atMs: number): void
  stop(): void
}

/** Node cannot wait longer than this in one go. */
const longestWaitMs = 2 ** 31 - 1

export function startAlarm(nowMs: () => number, ring: () => void): Alarm {
  let atMs = Number.POSITIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let draining = false

  function arm(): void {
    clearTimeout(timer)
    timer = undefined
    if (atMs === Number.POSITIVE_INFINITY || draining) return
    timer = setTimeout(fire, Math.min(longestWaitMs, Math.max(0, Math.ceil(atMs - nowMs()))))
  }

  function fire(): void {
    draining = true
    // Each turn of the loop reads the sockets once.
    setImmediate(() => setImmediate(drained))
  }

  function drained(): void {
    draining = false
    if (nowMs() >= atMs) ring()
    arm()
  }

  return {
    set(nextMs) {
      if (nextMs === atMs) return
      atMs = nextMs
      arm()
    },
    stop() {
      atMs = Number.POSITIVE_INFINITY
      arm()
    },
  }
}
