/** The bench: each case many times at each timing; medians and spread. */
import { parseArgs } from 'node:util'
import { beatStopped, bothKilled, bothStopped, type Case, daemonKill, powerLoss, type Row, takeover } from './cases.ts'
import { coldStart, healedCut, idle, soak } from './extra.ts'
import { load } from './load.ts'
import type { Timing } from './product.ts'
import { raise, type Scene } from './scene.ts'
import { closeOnSignal, setUp } from './setup.ts'
import { nowMs } from './shell.ts'
import { type Count, cell, type Spread, summary } from './stats.ts'
import { type Study, studies, studyOptions, usageOfStudies } from './studies.ts'

interface Entry {
  readonly run: Case
  /** At most so many runs: it takes long, or its figure does not vary. */
  readonly most?: number
  /** Only where addresses are held on a lease. */
  readonly needsLease?: boolean
  /** Not part of the usual round. */
  readonly onRequest?: boolean
}

const cases: Readonly<Record<string, Entry>> = {
  crash: { run: powerLoss },
  takeover: { run: takeover },
  daemonKill: { run: daemonKill },
  bothKilled: { run: bothKilled, needsLease: true },
  bothStopped: { run: bothStopped, needsLease: true },
  beatStopped: { run: beatStopped, needsLease: true },
  heal: { run: healedCut },
  start: { run: coldStart },
  idle: { run: idle, most: 1 },
  soak: { run: soak, most: 1, onRequest: true },
  load: { run: load, most: 1, onRequest: true },
}

const usual = Object.keys(cases).filter(key => !cases[key]?.onRequest)

const timings: Readonly<Record<string, Timing>> = {
  '1s/10s': { keepaliveMs: 1000, warntimeMs: 5000, deadtimeMs: 10_000 },
  '500ms/5s': { keepaliveMs: 500, warntimeMs: 1500, deadtimeMs: 5000 },
  '200ms/2s': { keepaliveMs: 200, warntimeMs: 1000, deadtimeMs: 2000 },
  '100ms/500ms': { keepaliveMs: 100, warntimeMs: 250, deadtimeMs: 500 },
}

/** The kernel removes an address up to 1.25 s late and counts whole seconds: below this there is no lease. */
const hasLease = ({ keepaliveMs, deadtimeMs }: Timing): boolean => deadtimeMs >= 4 * keepaliveMs + 2600

const usage = `usage: npm run bench -- [--json] [--runs N] [--cases A,B] [--timing T,T] [--addresses N]
  cases:   ${Object.keys(cases).join(' ')}
  timings: ${Object.keys(timings).join(' ')} (default: 1s/10s and 100ms/500ms)
  addresses: of the one group, 1 to 100 (default 1); the client probes the first
${usageOfStudies}`

/** One group at home on alpha, of addresses only. */
const haresources = (addresses: number): string =>
  `alpha ${Array.from({ length: addresses }, (_, i) => `IPaddr2::10.77.0.${100 + i}/24/eth0`).join(' ')}\n`

type Table = Record<string, Record<string, Record<string, Spread | Count>>>

/** `root`: the checkout, built. The exit code: 1 if a run failed, 2 for wrong words. */
export async function bench(root: string, argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      json: { type: 'boolean' },
      runs: { type: 'string', default: '8' },
      cases: { type: 'string', default: usual.join(',') },
      addresses: { type: 'string', default: '1' },
      timing: { type: 'string', default: '1s/10s,100ms/500ms' },
      ...studyOptions,
    },
  })
  const runs = Number(values.runs)
  const addresses = Number(values.addresses)
  const badNumber = !(runs >= 1 && runs <= 1000 && addresses >= 1 && addresses <= 100)
  const named = values.cases.split(',')
  const wanted = named.filter(key => !studies[key])
  const chosen = values.timing.split(',')
  if (badNumber || wanted.some(key => !cases[key]) || chosen.some(key => !timings[key])) {
    console.error(usage)
    return 2
  }
  const table: Table = {}
  const failures: string[] = []
  const told: Record<string, Study> = {}
  for (const key of named.filter(one => studies[one])) {
    told[key] = await studies[key]!(root, values)
    failures.push(...told[key].failures)
  }
  for (const timing of wanted.length > 0 ? chosen : []) {
    const rows = await series({ root, name: timing, wanted, runs, resources: haresources(addresses) }, failures)
    table[timing] = Object.fromEntries(Object.entries(rows).map(([key, found]) => [key, summary(found)]))
  }
  const figures = Object.fromEntries(Object.entries(told).map(([key, study]) => [key, study.figures]))
  if (values.json) console.log(JSON.stringify({ timings: table, ...figures, failures }))
  else {
    for (const { text } of Object.values(told)) console.log(`${text}\n`)
    if (wanted.length > 0) print(table, failures)
  }
  return failures.length > 0 ? 1 : 0
}

interface Plan {
  readonly root: string
  /** Of the timing. */
  readonly name: string
  readonly wanted: readonly string[]
  readonly runs: number
  /** Text of haresources. */
  readonly resources: string
}

/** All cases at one timing, in one laboratory; a failed run gets a new one. */
async function series({ root, name, wanted, runs, resources }: Plan, failures: string[]) {
  const timing = timings[name]!
  const rows: Record<string, Row[]> = {}
  const say = (text: string) => console.error(`# ${name} ${text}`)
  const open = async (): Promise<Scene> => {
    const scene = await setUp({ root, timing, haresources: resources, live: false, say: () => {} })
    current = scene
    await raise(scene)
    return scene
  }
  let current: Scene | undefined
  let scene: Scene | undefined
  closeOnSignal(async () => current?.lab.close())
  try {
    for (const key of wanted) {
      const { run, most = runs, needsLease = false } = cases[key]!
      if (needsLease && !hasLease(timing)) {
        say(`${key}: skipped, no lease at this timing`)
        continue
      }
      for (let i = 1; i <= Math.min(runs, most); i++) {
        const fromMs = nowMs()
        try {
          scene ??= await open()
          const row = await run(scene)
          rows[key] = [...(rows[key] ?? []), row]
          say(
            `${key} ${i}/${Math.min(runs, most)} ${JSON.stringify(row)} (${((nowMs() - fromMs) / 1000).toFixed(0)} s)`,
          )
        } catch (error) {
          const what = `${name} ${key} run ${i}: ${(error as Error).message}`
          failures.push(what)
          console.error(`# FAILED ${what}`)
          await current?.lab.close()
          scene = undefined
          if (failures.length >= 10) return rows
        }
      }
    }
  } finally {
    await current?.lab.close()
  }
  return rows
}

function print(table: Table, failures: readonly string[]): void {
  const names = Object.keys(table)
  console.log(`Median [min..max]; ms where the name does not say otherwise; keepalive/deadtime above.\n`)
  console.log(`| | ${names.join(' | ')} |\n|---|${names.map(() => '---|').join('')}`)
  for (const key of Object.keys(cases)) {
    const figures = new Set(names.flatMap(name => Object.keys(table[name]?.[key] ?? {})))
    for (const figure of figures) {
      const cells = names.map(name => {
        const entry = table[name]?.[key]?.[figure]
        return entry ? cell(entry) : '–'
      })
      console.log(`| ${key}: ${figure.replaceAll('_', ' ')} | ${cells.join(' | ')} |`)
    }
  }
  for (const failure of failures) console.log(`FAILED ${failure}`)
}
