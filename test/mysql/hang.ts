/** A database that stands still: noticed within its limit, by everybody who asks, and nobody else waits for it. */
import { begin } from './course.ts'

export interface Hang {
  readonly status: string
  readonly why: string
  readonly noticedMs: number
  /** The other node's look meanwhile, which asks it too. */
  readonly othersLookMs: number
  /** Of a timer that should fire each 20 ms in the process that asks: the latest. */
  readonly lateMs: number
  readonly stop: string
}

export async function hang(): Promise<Hang> {
  const course = await begin({ answer_within: 1_000 })
  const { primary, replica } = course
  try {
    primary.server.signal('SIGSTOP')
    let lateMs = 0
    let last = performance.now()
    const timer = setInterval(() => {
      lateMs = Math.max(lateMs, performance.now() - last - 20)
      last = performance.now()
    }, 20)
    const timed = async <T>(work: Promise<T>): Promise<readonly [T, number]> => {
      const began = performance.now()
      return [await work, performance.now() - began]
    }
    const [[seen, noticedMs], [, othersLookMs]] = await Promise.all([
      timed(primary.bound.monitor(primary.host)),
      timed(replica.tend()),
    ])
    clearInterval(timer)
    const stopped = await primary.stop()
    return {
      status: seen.status,
      why: seen.why ?? '',
      noticedMs: Math.round(noticedMs),
      othersLookMs: Math.round(othersLookMs),
      lateMs: Math.round(lateMs),
      stop: stopped.ok ? 'DONE' : stopped.why,
    }
  } finally {
    primary.server.signal('SIGCONT')
    await course.lab.close()
  }
}
