/** Monotonic milliseconds and one kind of timer, so that tests can bring their own time. */
export interface Clock {
  nowMs(): number
  /** Calls once, not before the delay has passed; the returned function cancels. */
  after(delayMs: number, call: () => void): () => void
}

export const monotonicClock: Clock = {
  nowMs: () => Number(process.hrtime.bigint()) / 1e6,
  after(delayMs, call) {
    const timer = setTimeout(call, delayMs)
    return () => clearTimeout(timer)
  },
}
