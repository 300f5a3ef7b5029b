/** `npm run pauses`: real processes that stand still for a while, and a wall clock that jumps, many times on several pairs. */
import { parseArgs } from 'node:util'
import { closeOnSignal } from '../../bench/setup.ts'
import { diceFor } from '../sim/dice.ts'
import type { TimingName } from './plan.ts'
import { restore } from './scenario.ts'
import { observerSees } from './selfTest.ts'
import { keepLogs, openStage, type Stage, timings } from './stage.ts'
import { clockStep, longPause, type Round, shortPause, tellRounds } from './stillness.ts'

const usage = `npm run pauses -- [--short N] [--long N] [--steps N] [--pairs N] [--seed S] [--own-clock]

  --short N     pauses of 0.1 to 0.9 deadtime: nothing may move (500)
  --long N      pauses of a holder of 1.2 to 3 deadtimes: one takeover, never two holders (50)
  --steps N     steps of the wall clock: nothing may move (200)
  --own-clock   this machine's clock may be set, and nobody else uses it: a virtual machine made for it. Without it no step is
                made
  --pairs N     clusters at a time (4)
  --seed S      who is paused, what of it and for how long; by chance when not given, and printed`

interface Task {
  readonly name: string
  readonly play: Round
  readonly count: number
  readonly timing: readonly TimingName[]
  /** There is one clock for all pairs. */
  readonly single?: boolean
}

/** 0 when all was well, 1 when anything was not, 2 when it was called wrongly. */
export async function pauses(root: string, args: string[]): Promise<number> {
  const options = readOptions(args)
  if (typeof options === 'string') {
    console.error(options)
    return 2
  }
  const { shorts, longs, steps, pairs, seed, ownClock } = options
  const begunMs = Date.now()
  const begun = performance.now()
  console.log(`seed ${seed}, ${new Date(begunMs).toISOString()}`)
  const tasks: Task[] = [
    { name: 'pauses of 0.1 to 0.9 deadtime', play: shortPause, count: shorts, timing: ['fine', 'fineLeased'] },
    { name: 'pauses of 1.2 to 3 deadtimes', play: longPause, count: longs, timing: ['fineLeased'] },
  ]
  if (ownClock) tasks.push({ name: 'clock steps', play: clockStep, count: steps, timing: ['fine'], single: true })
  else if (steps > 0) console.log(notRun(steps))
  const open = new Set<Stage>()
  closeOnSignal(async () => void (await Promise.all([...open].map(stage => stage.close()))))
  let failed = false
  for (const task of tasks.filter(one => one.count > 0)) {
    const rounds = await Promise.all(shares(task, pairs).map(share => series(root, task, share, seed, open)))
    console.log(`${task.name}: ${tellRounds(rounds.flat(), task.count)}`)
    failed ||= rounds.flat().filter(one => one.failure === undefined && !one.tooLong).length < task.count
  }
  console.log(
    `${failed ? 'FAILED' : 'all was well'} after ${((performance.now() - begun) / 60_000).toFixed(1)} min (seed ${seed})`,
  )
  return failed ? 1 : 0
}

const notRun = (steps: number): string =>
  `NOT RUN: ${steps} clock steps: they would set this machine's clock; in a virtual machine of your own: --own-clock`

interface Share {
  readonly pair: number
  readonly count: number
  readonly timing: TimingName
}

/** Half of the pairs with one timing, half with the other; each does its part. */
function shares({ count, timing, single }: Task, pairs: number): readonly Share[] {
  const many = Math.min(single ? 1 : pairs, count)
  return Array.from({ length: many }, (_, pair) => ({
    pair,
    count: Math.floor(count / many) + (pair < count % many ? 1 : 0),
    timing: timing[pair % timing.length]!,
  }))
}

/** The rounds of one pair; it ends with the first that failed. */
async function series(root: string, task: Task, share: Share, seed: number, open: Set<Stage>) {
  const { pair, count, timing } = share
  const { keepaliveMs, deadtimeMs } = timings[timing]
  const where = `pair ${pair + 1}, ${keepaliveMs} ms / ${deadtimeMs / 1000} s`
  const done: Awaited<ReturnType<Round>>[] = []
  const notes: string[] = []
  const stage = await openStage(root, { timing, policy: 'take', failback: false }, text => notes.push(text))
  open.add(stage)
  try {
    console.log(`${where}: ${await observerSees(stage)}`)
    await restore(stage)
    for (let i = 1, counted = 0; counted < count; i++) {
      stage.roll = diceFor(seed, `${task.name} ${pair} ${i}`)
      notes.length = 0
      try {
        const played = await task.play(stage)
        done.push(played)
        if (!played.tooLong) counted++
      } catch (error) {
        const failure = `${where}, round ${i}: ${[(error as Error).message, ...notes].join('; ')}`
        console.log(`FAILED ${task.name}, ${failure}\nlogs kept in ${keepLogs(stage)}`)
        return [...done, { failure }]
      }
      if (i % 25 === 0) console.log(`${where}: ${counted} of ${count} ${task.name}`)
    }
  } finally {
    open.delete(stage)
    await stage.close()
  }
  return done
}

function readOptions(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        short: { type: 'string', default: '500' },
        long: { type: 'string', default: '50' },
        steps: { type: 'string', default: '200' },
        pairs: { type: 'string', default: '4' },
        seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
        'own-clock': { type: 'boolean', default: false },
      },
    })
    const { short, long, steps, pairs, seed, 'own-clock': ownClock } = values
    for (const [word, text] of Object.entries({ short, long, steps, pairs, seed }))
      if (!/^\d{1,9}$/.test(text)) return `--${word} ${text} is not a whole number\n\n${usage}`
    if (Number(pairs) < 1 || Number(pairs) > 8) return `--pairs ${pairs}: 1 to 8\n\n${usage}`
    const [shorts, longs] = [Number(short), Number(long)]
    return { shorts, longs, steps: Number(steps), pairs: Number(pairs), seed: Number(seed), ownClock }
  } catch (error) {
    return `${(error as Error).message}\n\n${usage}`
  }
}
