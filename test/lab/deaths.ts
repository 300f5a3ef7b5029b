/** The active node dies under load, by power loss or by an orderly reboot, and everything acknowledged is still there. */
import { nowMs, type Writer } from './client.ts'
import { deadtimeMs } from './files.ts'
import { type GuestName, other } from './laboratory.ts'
import { checkJournal, type Pair, sleep, until, well } from './pair.ts'

export interface Death {
  readonly what: 'power loss' | 'reboot'
  readonly of: GuestName
  /** Acknowledged before, in all. */
  readonly acknowledged: number
  readonly records: number
  /** From the death to DRBD of the survivor missing its peer. Milliseconds, like all of these. */
  readonly missedMs: number | undefined
  /** From the death to the first acknowledgement of a record that was sent after it. */
  readonly answerMs: number
  /** deadtime, what DRBD took, 2 s. */
  readonly boundMs: number | undefined
  /** Until both were well again. */
  readonly wellMs: number
}

/** For starting disk, file system and services once both have noticed. */
const startMs = 2_000

export async function powerLoss(pair: Pair, writer: Writer): Promise<Death> {
  const { lab } = pair
  const of = await well(pair)
  const survivor = other(of)
  const missed = watchPeer(pair, survivor)
  await underLoad(writer)
  const diedMs = nowMs()
  await lab.control('crash', of)
  const acknowledged = [...writer.acknowledged].filter(([, ms]) => ms < diedMs).length
  const answerAtMs = await until('an answer of the survivor', 60_000, async () => writer.firstAfter(diedMs + 50))
  const missedAtMs = missed.atMs()
  missed.stop()
  await sleep(1_000)
  const records = await checkJournal(pair, survivor, [...writer.acknowledged.keys()])
  await lab.control('start', of)
  const active = await well(pair)
  if (active !== survivor) throw new Error(`the group went back to ${active} by itself`)
  const missedMs = missedAtMs === undefined ? undefined : missedAtMs - diedMs
  return {
    what: 'power loss',
    of,
    acknowledged,
    records,
    missedMs,
    answerMs: answerAtMs - diedMs,
    boundMs: missedMs === undefined ? undefined : deadtimeMs + missedMs + startMs,
    wellMs: nowMs() - diedMs,
  }
}

export async function orderlyReboot(pair: Pair, writer: Writer): Promise<Death> {
  const { lab } = pair
  const of = await well(pair)
  await underLoad(writer)
  const diedMs = nowMs()
  const rebooted = lab.reboot(of)
  // The first answer after the longest gap is that of the other node.
  await rebooted
  const active = await well(pair)
  if (active === of) throw new Error(`the group went back to ${of} by itself`)
  const records = await checkJournal(pair, active, [...writer.acknowledged.keys()])
  return {
    what: 'reboot',
    of,
    acknowledged: [...writer.acknowledged].filter(([, ms]) => ms < diedMs).length,
    records,
    missedMs: undefined,
    answerMs: longestGapMs([...writer.acknowledged.values()], diedMs),
    boundMs: undefined,
    wellMs: nowMs() - diedMs,
  }
}

/** Some seconds of it, as the buffers have to be full of what may be lost. */
async function underLoad(writer: Writer): Promise<void> {
  const before = writer.acknowledged.size
  await until('records are being acknowledged', 30_000, async () => writer.acknowledged.size > before + 100)
  await sleep(500 * Math.random())
}

function longestGapMs(times: readonly number[], fromMs: number): number {
  const after = times.filter(ms => ms >= fromMs - 500).sort((a, b) => a - b)
  return Math.max(...after.slice(1).map((ms, nth) => ms - after[nth]!))
}

/** When DRBD of that guest says that it does not hear its peer any more. */
function watchPeer({ lab }: Pair, guest: GuestName): { atMs(): number | undefined; stop(): void } {
  const ended = new AbortController()
  let at: number | undefined
  const onStdout = (data: Buffer): void => {
    if (at === undefined && /^change connection .*connection:(?!Connected)\w/m.test(data.toString())) at = nowMs()
  }
  lab
    .exec(guest, ['drbdsetup', 'events2', 'r0'], { timeout: 600_000, onStdout, signal: ended.signal })
    .catch(() => undefined)
  return { atMs: () => at, stop: () => ended.abort() }
}
