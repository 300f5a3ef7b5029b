/** `npm run chaos`: real processes on hosts that are namespaces, one misfortune after the other, drawn from a seed. */
import { parseArgs } from 'node:util'
import { closeOnSignal } from '../../bench/setup.ts'
import { playOne, type Result } from './iteration.ts'
import { chapterLength, type Fixed, type Policy, plan, policies, type Setting, suits, type Turn } from './plan.ts'
import { restore } from './scenario.ts'
import { scenarios } from './scenarios.ts'
import { observerSees } from './selfTest.ts'
import { keepLogs, openStage, type Stage, timings } from './stage.ts'
import { summaryOf } from './summary.ts'

const usage = `npm run chaos -- [--iterations N] [--seed S] [--from N] [--only NAME,...] [--timing quick|leased] [--policy take|ask|majority]

  --iterations N   how many scenarios are played (10)
  --seed S         what is played when, and how; by chance when not given, and printed
  --from N         begins with that iteration of the seed
  --only NAME,...  these scenarios only: ${scenarios.map(({ name }) => name).join(', ')}
  --timing, --policy, --nodes   instead of what the seed says; two nodes take or ask, three are a majority`

interface Run {
  readonly root: string
  readonly seed: number
  readonly fixed: readonly string[]
  readonly results: Result[]
  stage: Stage | undefined
  notes: string[]
}

/** 0 when every iteration was well, 1 at the first that was not, 2 when it was called wrongly. */
export async function chaos(root: string, args: string[]): Promise<number> {
  const options = readOptions(args)
  if (typeof options === 'string') {
    console.error(options)
    return 2
  }
  const { seed, from, iterations, playable, fixed, words } = options
  const run: Run = { root, seed, fixed: words, results: [], stage: undefined, notes: [] }
  closeOnSignal(async () => run.stage?.close())
  const begunMs = Date.now()
  console.log(`seed ${seed}, iterations ${from} to ${from + iterations - 1}, ${playable.length} scenarios`)
  for (const { name, skip } of scenarios) if (skip !== undefined) console.log(`not played: ${name}: ${skip}`)
  try {
    for (const turn of plan(seed, from, iterations, playable, fixed)) if (!(await took(run, turn))) return 1
  } finally {
    await run.stage?.close()
    console.log(
      `\n${summaryOf(
        run.results,
        playable.map(one => one.name),
      )}`,
    )
    const minutes = ((Date.now() - begunMs) / 60_000).toFixed(1)
    console.log(`\n${run.results.length} of ${iterations} iterations passed in ${minutes} min (seed ${seed})`)
  }
  return 0
}

/** One turn, told in a line; false when it failed. */
async function took(run: Run, turn: Turn): Promise<boolean> {
  const { iteration, setting, scenario } = turn
  run.notes = []
  try {
    if (turn.first || run.stage === undefined) await newChapter(run, setting)
    const result = await playOne(run.stage!, scenarios.find(one => one.name === scenario)!, run.seed, iteration)
    run.results.push(result)
    const figures = [
      `${result.seconds.toFixed(1)} s`,
      ...(result.recoveryMs === undefined ? [] : [`recovery ${result.recoveryMs.toFixed(0)} ms`]),
      `outage ${result.outageMs.toFixed(0)} ms`,
      `double ${result.doubleUs} us`,
      ...run.notes,
    ]
    console.log(`${String(iteration).padStart(5)} ok     ${scenario.padEnd(16)} ${figures.join(', ')}`)
    return true
  } catch (error) {
    console.log(
      `${String(iteration).padStart(5)} FAILED ${scenario.padEnd(16)} ${[(error as Error).message, ...run.notes].join('; ')}`,
    )
    explain(run, turn, error as Error)
    return false
  }
}

function explain({ seed, stage, fixed }: Run, { iteration, scenario }: Turn, error: Error): void {
  const at = error.stack?.split('\n').slice(1, 4).join('\n')
  console.log(at)
  const again = (words: string) => ['npm run chaos --', `--seed ${seed}`, words, ...fixed].join(' ')
  const begin = iteration - ((iteration - 1) % chapterLength)
  console.log(`logs kept in ${stage === undefined ? 'no folder: the laboratory was not built' : keepLogs(stage)}`)
  console.log(`again, on a new cluster (${scenario}): ${again(`--from ${iteration} --iterations 1`)}`)
  if (begin < iteration)
    console.log(`with what was before it: ${again(`--from ${begin} --iterations ${iteration - begin + 1}`)}`)
}

const kinds: Readonly<Record<Policy, string>> = {
  take: '2 nodes that take',
  ask: '2 nodes that ask, a ping node',
  majority: '3 nodes',
}

async function newChapter(run: Run, setting: Setting): Promise<void> {
  await run.stage?.close()
  run.stage = undefined
  const { keepaliveMs, deadtimeMs } = timings[setting.timing]
  const text = `${kinds[setting.policy]}, ${keepaliveMs} ms / ${deadtimeMs / 1000} s, auto_failback ${setting.failback ? 'on' : 'off'}`
  const stage = await openStage(run.root, setting, note => run.notes.push(note))
  run.stage = stage
  console.log(`      new    ${text}; ${await observerSees(stage)}`)
  stage.observer.probe(10, stage.groups[0]!.address)
  await restore(stage)
}

function readOptions(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        iterations: { type: 'string', default: '10' },
        seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
        from: { type: 'string', default: '1' },
        only: { type: 'string', default: '' },
        timing: { type: 'string' },
        policy: { type: 'string' },
        nodes: { type: 'string' },
      },
    })
    const { iterations, seed, from, timing, policy, nodes } = values
    for (const [word, text] of Object.entries({ iterations, seed, from }))
      if (!/^\d{1,9}$/.test(text)) return `--${word} ${text} is not a whole number\n\n${usage}`
    if (timing !== undefined && !Object.hasOwn(timings, timing))
      return `--timing ${timing}: quick or leased\n\n${usage}`
    if (policy !== undefined && !policies.some(one => one === policy))
      return `--policy ${policy}: ${policies.join(', ')}\n\n${usage}`
    if (nodes !== undefined && !['2', '3'].includes(nodes)) return `--nodes ${nodes}: 2 or 3\n\n${usage}`
    const only = values.only.split(',').filter(Boolean)
    const unknown = only.find(name => !scenarios.some(one => one.name === name))
    if (unknown !== undefined) return `there is no scenario ${unknown}\n\n${usage}`
    const size = (one: Policy): string => (one === 'majority' ? '3' : '2')
    const among = policies.filter(one => one === (policy ?? one) && size(one) === (nodes ?? size(one)))
    const playable = scenarios.filter(one => one.skip === undefined && (only.length === 0 || only.includes(one.name)))
    if (!among.some(one => playable.some(scenario => suits(scenario, one))))
      return `none of these scenarios can be played on such a cluster\n\n${usage}`
    const fixed: Fixed = { ...(timing !== undefined && { timing: timing as Setting['timing'] }), among }
    const given = Object.entries({ only: only.join(), timing, policy, nodes }).filter(([, text]) => text)
    const words = given.map(([word, text]) => `--${word} ${text}`)
    return { iterations: Number(iterations), seed: Number(seed), from: Number(from), playable, fixed, words }
  } catch (error) {
    return `${(error as Error).message}\n\n${usage}`
  }
}
