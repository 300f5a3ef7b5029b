// Takes one safety rule out at a time and looks whether stories or seeds notice: npm run mutants -- [--sample 6] [--seeds 10000] [--only TEXT] [--workers 2]
// The working tree is not touched: the change is made while bundling. Without --sample every mutant is also given to the seeds alone.
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { build } from 'esbuild'
import { bundling, passingFolder } from './bundling.mjs'
import { mutation } from './mutate.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const batch = 20
const silentMs = 60_000
const folder = isMainThread ? passingFolder(root) : ''

if (isMainThread) await main()
else await work()

/** Stories first, then seeds; what happened is told at once, so that a mutant that hangs is noticed. */
async function work() {
  const { bundle, stories, seeds, first, storiesOnly } = workerData
  const sim = await import(bundle)
  for (const { name, text } of stories) {
    let told
    try {
      told = sim.retell(text)
    } catch (error) {
      told = String(error)
    }
    if (told !== text) {
      parentPort.postMessage({ story: name })
      break
    }
  }
  parentPort.postMessage({ storiesDone: true })
  if (storiesOnly) return
  for (let done = 0; done < seeds; done += batch) {
    const sum = sim.nothing()
    for (let seed = first + done; seed < first + done + batch; seed++) {
      try {
        sim.playSeed(seed, sum)
      } catch (error) {
        sum.violations.push({ seed, text: `crash: ${error.message}` })
      }
      const [broken] = sum.violations
      if (broken !== undefined)
        return parentPort.postMessage({ seed: broken.seed, after: seed - first + 1, text: broken.text })
    }
    parentPort.postMessage({ seeds: done + batch })
  }
}

async function main() {
  const { values } = parseArgs({
    options: {
      sample: { type: 'string' },
      seeds: { type: 'string', default: '10000' },
      first: { type: 'string', default: '1' },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      workers: { type: 'string', default: String(Math.min(availableParallelism(), 4)) },
    },
  })
  const [seeds, first, workers] = [values.seeds, values.first, values.workers].map(Number)
  const { mutants } = await load('test/mutants/list.ts')
  const stories = readdirSync(`${root}test/stories`)
    .filter(name => name.endsWith('.txt') && !name.startsWith('failing-'))
    .map(name => ({ name: name.replace('.txt', ''), text: readFileSync(`${root}test/stories/${name}`, 'utf8') }))
  const chosen = sample(
    mutants.filter(({ name, file }) => `${name} ${file}`.includes(values.only ?? '')),
    values.sample,
  )
  const stopAtStory = values.sample !== undefined
  const results = []
  const queue = [undefined, ...chosen] // the unmutated tree must pass the same
  await Promise.all(
    Array.from({ length: workers }, async (_, index) => {
      while (queue.length > 0) {
        const mutant = queue.shift()
        const startedMs = Date.now()
        const result = {
          mutant,
          ...(await judge(mutant, {
            stories,
            seeds: mutant === undefined ? Math.min(seeds, 1_000) : seeds,
            first,
            stopAtStory,
            index,
          })),
        }
        results.push(result)
        console.log(line(result, Date.now() - startedMs))
      }
    }),
  )
  finish(results, stopAtStory, values.json)
}

async function judge(mutant, { stories, seeds, first, stopAtStory, index }) {
  const bundle = `${folder}mutant-${index}-${Date.now()}.mjs`
  const { plugin, isApplied } = mutation(root, mutant)
  try {
    await build({ ...bundling(root, 'test/sim/main.ts', 'silent'), outfile: bundle, plugins: [plugin] })
  } catch (error) {
    return { trouble: `does not compile: ${error.message.split('\n')[0]}` }
  }
  if (!isApplied()) return { trouble: `not applied: its text does not stand exactly once in ${mutant.file}` }
  return new Promise(resolve => {
    const worker = new Worker(fileURLToPath(import.meta.url), {
      workerData: { bundle, stories, seeds, first, storiesOnly: false },
    })
    const result = {}
    let timer
    const end = () => {
      clearTimeout(timer)
      void worker.terminate()
      resolve(result)
    }
    const watch = () => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        result.seed ??= { seed: '-', after: '-', text: `no progress for ${silentMs / 1000} s` }
        end()
      }, silentMs)
    }
    watch()
    worker.on('error', error => {
      result.trouble = String(error)
      end()
    })
    worker.on('exit', end)
    worker.on('message', message => {
      watch()
      if (message.story !== undefined) {
        result.story = message.story
        if (stopAtStory) end()
      }
      if (message.seed !== undefined) {
        result.seed = message
        end()
      }
    })
  })
}

function line({ mutant, story, seed, trouble }, tookMs) {
  const how =
    trouble ??
    ([story && `story ${story}`, seed && `seed ${seed.seed} after ${seed.after}: ${seed.text.slice(0, 90)}`]
      .filter(Boolean)
      .join('; ') ||
      'SURVIVED')
  const verdict = mutant === undefined ? (how === 'SURVIVED' ? 'passes' : `FAILS: ${how}`) : how
  return `${(mutant?.name ?? 'the unmutated tree').padEnd(66)} ${verdict} (${(tookMs / 1000).toFixed(1)} s)`
}

function finish(results, sampled, json) {
  const own = results.find(({ mutant }) => mutant === undefined)
  const mutants = results.filter(({ mutant }) => mutant !== undefined)
  const bad = mutants.filter(
    ({ story, seed, trouble }) => trouble !== undefined || (story === undefined && seed === undefined),
  )
  const bySeeds = mutants.filter(({ seed }) => seed !== undefined).length
  const ownFails = own.story !== undefined || own.seed !== undefined || own.trouble !== undefined
  console.log(
    `\n${mutants.length} mutants, ${mutants.length - bad.length} killed${sampled ? '' : `, ${bySeeds} by seeds alone`}; the unmutated tree ${ownFails ? 'FAILS' : 'passes'}`,
  )
  for (const { mutant, trouble } of bad) console.log(`  ${mutant.name}: ${trouble ?? 'SURVIVED'}`)
  if (json) {
    // The unmutated tree counts as one that must be found whole.
    const whole = ownFails ? 0 : 1
    console.log(JSON.stringify({ mutants: mutants.length + 1, killed: mutants.length - bad.length + whole, bySeeds }))
  }
  process.exitCode = bad.length > 0 || ownFails || (!sampled && bySeeds * 2 < mutants.length) ? 1 : 0
}

function sample(all, count) {
  if (count === undefined) return all
  const rest = [...all]
  return Array.from(
    { length: Math.min(Number(count), rest.length) },
    () => rest.splice(Math.floor(Math.random() * rest.length), 1)[0],
  )
}

async function load(entry) {
  const outfile = `${folder}${entry.split('/').pop().replace('.ts', '')}.mjs`
  await build({ ...bundling(root, entry, 'silent'), outfile })
  return import(outfile)
}
