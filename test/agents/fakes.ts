/** Time that stands until it is told to go on, and children made of functions. */
import type { Clock } from '../../src/agents/clock.ts'
import type { ChildEvents, SpawnChild } from '../../src/agents/longLived.ts'

export interface FakeClock extends Clock {
  /** Runs every timer that falls due, in order, and what follows from each. */
  advance(delayMs: number): Promise<void>
}

export function fakeClock(startMs = 1_000_000): FakeClock {
  let nowMs = startMs
  let timers: { atMs: number; call: () => void }[] = []
  return {
    nowMs: () => nowMs,
    after(delayMs, call) {
      const timer = { atMs: nowMs + delayMs, call }
      timers.push(timer)
      return () => {
        timers = timers.filter(one => one !== timer)
      }
    },
    async advance(delayMs) {
      const untilMs = nowMs + delayMs
      await settled()
      for (;;) {
        const next = timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0]
        if (!next) break
        timers = timers.filter(one => one !== next)
        nowMs = Math.max(nowMs, next.atMs)
        next.call()
        await settled()
      }
      nowMs = untilMs
      await settled()
    },
  }
}

/** All that promises still have to do. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 5; i += 1) await new Promise<void>(resolve => setImmediate(resolve))
}

export interface FakeChildren {
  readonly spawn: SpawnChild
  starts: number
  kills: number
  /** What the newest child can say. */
  events: ChildEvents | undefined
  /** All that was written, in order. */
  readonly written: string[]
}

/** Children that answer as `respond` says; undefined = they stay silent. */
export function fakeChildren(respond: (text: string, events: ChildEvents) => void): FakeChildren {
  const children: FakeChildren = {
    starts: 0,
    kills: 0,
    events: undefined,
    written: [],
    spawn(_file, _args, events) {
      children.starts += 1
      children.events = events
      return {
        write(text) {
          children.written.push(text)
          queueMicrotask(() => respond(text, events))
        },
        kill() {
          children.kills += 1
          queueMicrotask(() => events.ended('was killed by SIGKILL', false))
        },
      }
    },
  }
  return children
}
