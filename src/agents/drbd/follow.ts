/** What DRBD tells of itself, as it happens: one child for all resources, `drbdsetup events2`. */
import type { Clock } from '../clock.ts'
import { longLived, type SpawnChild } from '../longLived.ts'
import { logSaysSplit } from './splitLog.ts'
import { absorbLine, type DrbdStates, isConnected, isSnapshotEnd } from './state.ts'

export interface DrbdFollower {
  /** As last told; what is not there is not up, or was not told yet. */
  states(): DrbdStates
  /** Whether what it says is how it is now: the child runs, and has told everything once. */
  readonly following: boolean
  /** Calls at each change of that resource (or `everything`) until the returned function is called. Begins to follow. */
  follow(name: string, changed: (name: string) => void): () => void
  close(): void
}

/** Not the name of a resource. */
export const everything = '*'

export interface FollowerOptions {
  readonly clock: Clock
  readonly spawnChild: SpawnChild
  /** The module is loaded: without it the child would end at once. */
  readonly isLoaded: () => boolean
  /** The log of the kernel; it alone remembers a split brain that was there before us. */
  readonly readLog: () => Promise<string>
}

/** From an end of the child, or a look for the module, to the next try. */
const againMs = 2_000

export function drbdFollower({ clock, spawnChild, isLoaded, readLog }: FollowerOptions): DrbdFollower {
  let states: DrbdStates = new Map()
  let snapshot: DrbdStates | undefined
  let following = false
  let closed = false
  let begun = false
  let cancel = (): void => {}
  const followers = new Map<string, Set<(name: string) => void>>()

  const child = longLived({
    file: 'drbdsetup',
    args: ['events2'],
    clock,
    spawnChild,
    onLine: line => heard(line),
    onEnd() {
      following = false
      snapshot = undefined
      tell(states.keys()) // whoever relies on it looks for himself
      cancel = clock.after(againMs, begin)
    },
  })

  function begin(): void {
    if (closed) return
    begun = true
    cancel()
    if (!isLoaded()) {
      cancel = clock.after(againMs, begin)
      return
    }
    child.wake()
  }

  function heard(line: string): void {
    if (following) {
      const [next, name] = absorbLine(states, line)
      states = next
      if (name !== undefined) tell([name])
      return
    }
    snapshot = absorbLine(snapshot ?? new Map(), line)[0]
    if (!isSnapshotEnd(line)) return
    const before = states
    states = rememberSplits(before, snapshot)
    snapshot = undefined
    following = true
    tell(new Set([...before.keys(), ...states.keys()]))
    if ([...states.values()].some(state => !isConnected(state))) void recall()
  }

  /** Before the first snapshot nobody heard what DRBD told. */
  async function recall(): Promise<void> {
    const log = await readLog()
    for (const [name, state] of states) {
      const minors = [...state.volumes.values()].map(({ minor }) => minor)
      if (closed || state.splitBrain || isConnected(state) || !logSaysSplit(log, name, minors)) continue
      states = new Map(states).set(name, { ...state, splitBrain: true })
      tell([name])
    }
  }

  function tell(names: Iterable<string>): void {
    for (const name of names)
      for (const whose of [name, everything]) for (const call of [...(followers.get(whose) ?? [])]) call(name)
  }

  return {
    states: () => states,
    get following() {
      return following
    },
    follow(name, changed) {
      const set = followers.get(name) ?? new Set()
      followers.set(name, set.add(changed))
      if (!begun) begin()
      return () => {
        set.delete(changed)
      }
    },
    close() {
      closed = true
      cancel()
      child.close()
    },
  }
}

/** A snapshot does not tell it. */
function rememberSplits(before: DrbdStates, now: DrbdStates): DrbdStates {
  return new Map(
    [...now].map(([name, state]) => [
      name,
      { ...state, splitBrain: before.get(name)?.splitBrain === true && !isConnected(state) },
    ]),
  )
}
