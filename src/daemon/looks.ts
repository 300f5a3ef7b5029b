/** All that looks at this node from time to time, beside the core: at what runs, at what could run, and at what it needs. */
import { monotonicClock } from '../agents/clock.ts'
import type { Cluster } from '../cluster.ts'
import type { Settings } from '../config/settings.ts'
import type { Event } from '../events.ts'
import type { BeatLink } from './beatLink.ts'
import { nowMs } from './clock.ts'
import type { Machine } from './machine.ts'
import { startMonitors } from './monitors.ts'
import { type ReadyLooks, startReadyLooks } from './readyLooks.ts'
import { startRoomLooks } from './room.ts'
import { nobodyHeard } from './silence.ts'
import { watchCopies } from './staleCopies.ts'
import { startTending, type Tendings } from './tending.ts'
import { keepTidy } from './tidy.ts'

export interface LooksOptions {
  readonly settings: Settings
  readonly machine: Machine
  readonly beat: BeatLink
  state(): Cluster
  post(event: Event): void
  /** For the log, as a warning. */
  say(text: string): void
}

export interface Looks extends Pick<ReadyLooks, 'problems' | 'now'>, Pick<Tendings, 'told' | 'lacking'> {
  end(): void
}

export function startLooks(options: LooksOptions): Looks {
  const { settings, machine, state, post, say } = options
  const { groups, operations } = settings
  const { copies, monitor, follow, ready } = machine
  const shared = { clock: monotonicClock, state, say }
  const room = startRoomLooks(monotonicClock, () => machine.room(), say)
  const readyLooks = startReadyLooks({ ...shared, groups, ready, follow, post })
  const tendings = startTending({ ...shared, tended: machine.tended() })
  const ends = [
    startMonitors({ ...shared, groups, operations, monitor, follow, post }),
    readyLooks.end,
    watchCopies({
      ...shared,
      groups: groups.filter(copies.isReplicated),
      copies: copies.of,
      outdate: copies.outdate,
      post,
    }),
    tendings.end,
    room.end,
    keepTidy(() => isQuiet(state())),
    tellOfSilence(options),
  ]
  return {
    problems: isTold => [...room.lacks().map(lack => ({ ...lack, code: 'ROOM' })), ...readyLooks.problems(isTold)],
    now: readyLooks.now,
    told: tendings.told,
    lacking: tendings.lacking,
    end() {
      for (const end of ends) end()
    },
  }
}

function isQuiet({ groups, members }: Cluster): boolean {
  const working = [...groups.values()].some(({ run }) => run.job !== undefined)
  return !working && [...members.peers.values()].every(({ health }) => health === 'up' || health === 'dead')
}

/** Once after the start, in the log: who hears nobody says where it listens. Returns how to end it. */
function tellOfSilence({ settings, beat, state, say }: LooksOptions): () => void {
  const timer = setTimeout(async () => {
    await beat.refresh()
    const silence = nobodyHeard(state(), nowMs(), beat.ears())
    if (silence !== undefined) say(`${silence.text}; ${silence.fix}`)
  }, 3.5 * settings.timing.keepaliveMs).unref()
  return () => clearTimeout(timer)
}
