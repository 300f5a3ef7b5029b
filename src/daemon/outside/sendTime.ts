/** When a probe was sent, on the monotonic clock, from what ping says in time of day. */

/** Date.now() cuts off the rest of a millisecond. */
const dateStepMs = 1

export interface SendTimes {
  /**
   * Never later than the truth, however late the line is read and however long ping itself was asleep: a reply that
   * lay waiting must not look fresh.
   */
  sentAtMs(reply: { readonly printedAtMs: number; readonly tookMs: number }): number
}

/** @param dateMs the date, in milliseconds; it may jump. */
export function sendTimes(nowMs: () => number, dateMs: () => number): SendTimes {
  const offset = (): number => dateMs() + dateStepMs - nowMs()
  let offsetBeforeMs = offset()
  return {
    sentAtMs({ printedAtMs, tookMs }) {
      const offsetMs = offset()
      // The date may have been set between the last look and this one, before or after the line was printed.
      const readMs = printedAtMs - Math.max(offsetMs, offsetBeforeMs)
      offsetBeforeMs = offsetMs
      return Math.min(readMs, nowMs()) - tookMs
    },
  }
}
