// Plays many seeds of the simulator on all cores: npm run sim -- --seeds 10000 --first 1 [--workers 2] [--json]
// Exit code 1: a rule was broken (the seed is shrunk and told in test/stories/failing-SEED.txt), or the weather was too kind.
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { build } from 'esbuild'
import { bundling } from './bundling.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const batch = 50

if (isMainThread) await main()
else await work()

async function work() {
  const { nothing, playSeed } = await import(workerData.bundle)
  parentPort.on('message', ([first, count]) => {
    const sum = nothing()
    for (let seed = first; seed < first + count; seed++) playSeed(seed, sum)
    parentPort.postMessage(sum)
  })
}

async function main() {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '2000' },
      first: { type: 'string', default: '1' },
      workers: { type: 'string', default: String(Math.min(availableParallelism(), 8)) },
      json: { type: 'boolean', default: false },
    },
  })
  const [seeds, first, workers] = [values.seeds, values.first, values.workers].map(Number)
  const bundle = `${root}dist/sim.mjs`
  await build({ ...bundling(root, 'test/sim/main.ts'), outfile: bundle })
  const sim = await import(bundle)
  const startedMs = Date.now()
  const sum = await onAllCores(sim, bundle, first, seeds, workers, values.json)
  const minutes = (Date.now() - startedMs) / 60_000
  const unseen = sim.everyKind.filter(kind => !sum.kinds[kind])
  const report = {
    seeds: sum.seeds,
    first,
    violations: sum.violations.length,
    faultsPerSeed: round(sum.faults / sum.seeds),
    fewestFaults: sum.fewestFaults,
    movesPerSeed: round(sum.tally.moves / sum.seeds),
    ...sum.tally,
    simulatedHours: round(sum.simulatedMs / 3_600_000),
    seedsPerMinute: Math.round(sum.seeds / minutes),
    hoursPerMinute: round(sum.simulatedMs / 3_600_000 / minutes),
    steps: sum.steps,
    hash: (sum.hash >>> 0).toString(16),
    kinds: sum.kinds,
    unseen,
  }
  const stories = sum.violations.slice(0, 3).map(({ seed, text }) => {
    const file = `test/stories/failing-${seed}.txt`
    mkdirSync(`${root}test/stories`, { recursive: true })
    writeFileSync(`${root}${file}`, sim.tellFailing(seed))
    return { seed, text, file }
  })
  if (values.json) console.log(JSON.stringify({ ...report, broken: sum.violations, stories }))
  else print(report, stories)
  const kind = unseen.length > 0 || report.movesPerSeed < 1 || report.faultsPerSeed < 3
  if (kind && seeds >= 1000 && !values.json)
    console.log('\nThe weather was too kind: see "never happened", moves and faults a seed.')
  process.exitCode = sum.violations.length > 0 || (kind && seeds >= 1000) ? 1 : 0
}

function onAllCores(sim, bundle, first, seeds, workers, quiet) {
  const sum = sim.nothing()
  let next = first
  let told = Date.now()
  const end = first + seeds
  return new Promise((resolve, reject) => {
    let running = 0
    const start = () => {
      const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { bundle } })
      running++
      const feed = () => {
        if (next >= end) return worker.terminate().then(() => --running === 0 && resolve(sum))
        const count = Math.min(batch, end - next)
        worker.postMessage([next, count])
        next += count
      }
      worker.on('error', reject)
      worker.on('message', more => {
        sim.add(sum, more)
        if (!quiet) for (const { seed, text } of more.violations) console.log(`VIOLATION seed ${seed}: ${text}`)
        if (!quiet && Date.now() - told > 10_000) {
          told = Date.now()
          console.log(`${sum.seeds} of ${seeds} seeds, ${sum.violations.length} violations`)
        }
        feed()
      })
      feed()
    }
    for (let n = 0; n < workers; n++) start()
  })
}

function round(value) {
  return Math.round(value * 100) / 100
}

function print({ kinds, unseen, ...report }, stories) {
  for (const [name, value] of Object.entries(report)) console.log(`${name.padEnd(18)} ${value}`)
  console.log('\nmisfortunes')
  for (const kind of Object.keys(kinds).sort()) console.log(`  ${kind.padEnd(26)} ${kinds[kind]}`)
  if (unseen.length > 0) console.log(`\nnever happened: ${unseen.join(', ')}`)
  for (const { file } of stories) console.log(`told in ${file}`)
}
