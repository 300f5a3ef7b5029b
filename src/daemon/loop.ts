/** The shell's heart: one queue, one state, one timer. */
import { type Cluster, nextStepMs, step } from '../cluster.ts'
import type { Effect, Event } from '../events.ts'

export interface LoopClock {
  nowMs(): number
  /** Calls back at that instant or soon after; returns how to cancel. */
  wakeAt(atMs: number, wake: () => void): () => void
}

export interface Loop {
  post(event: Event): void
  state(): Cluster
  /** Replace the state between two events: a new configuration. */
  replace(change: (state: Cluster) => Cluster): void
  stop(): void
}

/** Feeds every event to the core, in order, and performs what it asks for. `settled` is told after each round. */
export function startLoop(
  first: Cluster,
  clock: LoopClock,
  perform: (effect: Effect) => void,
  settled: (state: Cluster) => void,
): Loop {
  let state = first
  let cancel = (): void => {}
  let wakesAtMs = Number.POSITIVE_INFINITY
  let stopped = false
  const queue: Event[] = []

  function drain(): void {
    for (const event of queue) {
      const [after, effects] = step(state, event, clock.nowMs())
      state = after
      for (const effect of effects) perform(effect)
    }
    queue.length = 0
    settled(state)
    if (!stopped) plan()
  }

  /** A timer that comes too early is left as it is: it then looks again, and a hundred heartbeats need not move it. */
  function plan(): void {
    const atMs = nextStepMs(state)
    if (atMs >= wakesAtMs) return
    cancel()
    wakesAtMs = atMs
    cancel = clock.wakeAt(atMs, wake)
  }

  function wake(): void {
    wakesAtMs = Number.POSITIVE_INFINITY
    if (nextStepMs(state) <= clock.nowMs()) post({ type: 'tick' })
    else plan()
  }

  function post(event: Event): void {
    if (stopped) return
    if (queue.push(event) === 1) drain() // otherwise the loop above will reach it
  }

  return {
    post,
    state: () => state,
    replace(change) {
      state = change(state)
      post({ type: 'tick' })
    },
    stop() {
      stopped = true
      cancel()
    },
  }
}
