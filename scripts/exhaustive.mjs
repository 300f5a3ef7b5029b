// Looks at every order of events in small worlds of two nodes and one group: npm run exhaustive -- [--states 1500000] [--only NAME] [--mutant NAME] [--workers 2] [--json]
// Exit code 1: a law was broken; the way there is told with the fewest misfortunes, and among those with the fewest steps.
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { build } from 'esbuild'
import { bundling, passingFolder } from './bundling.mjs'
import { mutation } from './mutate.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const tellEveryMs = 5_000
const folder = isMainThread ? passingFolder(root) : ''

if (isMainThread) await main()
else await work()

async function work() {
  const { bundle, name, states, calmEvery } = workerData
  const { searchFor } = await import(bundle)
  const startedMs = Date.now()
  let told = startedMs
  const result = searchFor(name, states, calmEvery, progress => {
    if (Date.now() - told < tellEveryMs) return
    told = Date.now()
    parentPort.postMessage({ progress, ms: told - startedMs })
  })
  parentPort.postMessage({ result, ms: Date.now() - startedMs })
}

async function main() {
  const { values } = parseArgs({
    options: {
      states: { type: 'string', default: '1500000' },
      only: { type: 'string' },
      mutant: { type: 'string' },
      'calm-every': { type: 'string', default: '200' },
      workers: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  })
  const [states, calmEvery, workers] = [values.states, values['calm-every'], values.workers].map(Number)
  const bundle = `${folder}exhaustive.mjs`
  const { plugin, isApplied } = mutation(root, await mutantOf(values.mutant))
  await build({ ...bundling(root, 'test/exhaustive/main.ts'), outfile: bundle, plugins: [plugin] })
  if (!isApplied()) throw new Error(`${values.mutant}: its text does not stand exactly once in its file`)
  const { searches } = await import(bundle)
  const chosen = searches.filter(({ name }) => values.only === undefined || name === values.only)
  if (chosen.length === 0)
    throw new Error(`--only ${values.only}: write one of ${searches.map(({ name }) => `"${name}"`).join(', ')}`)
  const shares = chosen.reduce((sum, { share }) => sum + share, 0)
  const startedMs = Date.now()
  const queue = chosen.map(({ name, share }) => ({ name, states: Math.ceil((states * share) / shares) }))
  const results = []
  await Promise.all(
    Array.from({ length: workers }, async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const result = await inWorker({ bundle, calmEvery, ...next }, values.json)
        results.push(result)
        if (result.text !== undefined) queue.length = 0
      }
    }),
  )
  finish(results, (Date.now() - startedMs) / 1000, values.json)
}

function inWorker(data, quiet) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url), {
      workerData: data,
      resourceLimits: { maxOldGenerationSizeMb: 6_000 },
    })
    worker.on('error', reject)
    worker.on('message', ({ progress, result, ms }) => {
      if (!quiet) console.log(line(data.name, progress ?? result, ms))
      if (result !== undefined) resolve(result)
    })
  })
}

function line(name, { states, misfortunes, depth, frontier, recovered, whole, text }, ms) {
  const done =
    text !== undefined ? 'VIOLATION' : whole ? 'nothing is left' : `${misfortunes + 1} misfortunes, step ${depth}`
  const memory = `${Math.round(process.memoryUsage().rss / 1e6)} MB`
  const pace = `${Math.round(states / (ms / 1000))} states/s`
  return `${name.padEnd(24)} ${String(states).padStart(8)} states  ${done.padEnd(24)} frontier ${frontier}  ${pace}  ${memory}  ${recovered} in good weather  ${(ms / 1000).toFixed(0)} s`
}

function finish(results, seconds, json) {
  const sum = key => results.reduce((total, result) => total + result[key], 0)
  const broken = results.filter(({ text }) => text !== undefined)
  for (const { name, story } of broken) if (!json) console.log(`\n${name}\n${story}`)
  const report = {
    states: sum('states'),
    violations: broken.length,
    transitions: sum('transitions'),
    recovered: sum('recovered'),
    splits: sum('splits'),
    deepest: Math.max(...results.map(({ deepest }) => deepest)),
    seconds: Math.round(seconds),
  }
  if (json) console.log(JSON.stringify({ ...report, results }))
  else
    console.log(
      `\n${report.states} distinct states, ${report.transitions} transitions, up to ${report.deepest} steps deep, ${report.recovered} tried in good weather, ${report.violations} violations, ${report.seconds} s`,
    )
  process.exitCode = broken.length > 0 ? 1 : 0
}

async function mutantOf(name) {
  if (name === undefined) return undefined
  const outfile = `${folder}mutants.mjs`
  await build({ ...bundling(root, 'test/mutants/list.ts'), outfile })
  const { mutants } = await import(outfile)
  const found = mutants.find(mutant => mutant.name === name)
  if (found === undefined) throw new Error(`--mutant ${name}: there is none of that name in test/mutants/list.ts`)
  return found
}
