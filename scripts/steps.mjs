/** Runs other programs as named steps: each with a time limit, each reported with its time, none left running. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
/** Machine-readable results of the last run: what `.ci/run` counts. */
export const results = 'dist/results'

/** A program of node_modules or of ours, run by the Node that runs this script. */
export const node = (script, ...args) => [process.execPath, script, ...args]
export const vitest = (...args) => node('node_modules/vitest/vitest.mjs', 'run', ...args)
export const biome = (...args) => node('node_modules/@biomejs/biome/bin/biome', ...args)
export const tsc = (...args) => node('node_modules/typescript/bin/tsc', ...args)
export const knip = (...args) => node('node_modules/knip/bin/knip.js', ...args)

const keptOutput = 200_000

/**
 * @typedef {{ name: string, command: string[], limitSeconds: number, env?: Record<string, string> }} Step
 * @typedef {Step & { ok: boolean, seconds: number, output: string, why: string }} Done
 */

/**
 * Runs one step. Its output is kept for whoever explains a failure, unless it goes straight to the terminal; `both`
 * does both.
 * @param {Step} step
 * @param {'keep' | 'terminal' | 'both'} output
 * @returns {Promise<Done>}
 */
export function runStep(step, output = 'keep') {
  const begun = performance.now()
  const [file = '', ...args] = step.command
  const child = spawn(file, args, {
    cwd: root,
    env: { ...process.env, ...step.env },
    detached: true, // its own process group, so that a time limit ends its children too
    stdio: ['ignore', ...(output === 'terminal' ? ['inherit', 'inherit'] : ['pipe', 'pipe'])],
  })
  running.add(child)
  let kept = ''
  const keep = chunk => {
    kept = (kept + chunk).slice(-keptOutput)
    if (output === 'both') process.stdout.write(chunk)
  }
  child.stdout?.setEncoding('utf8').on('data', keep)
  child.stderr?.setEncoding('utf8').on('data', keep)

  return new Promise(resolve => {
    let overdue = false
    const timer = setTimeout(() => {
      overdue = true
      endGroup(child)
    }, step.limitSeconds * 1000)
    const finish = why => {
      clearTimeout(timer)
      running.delete(child)
      child.stdout?.destroy()
      child.stderr?.destroy()
      resolve({ ...step, ok: why === '', seconds: (performance.now() - begun) / 1000, output: kept, why })
    }
    child.on('error', error => finish(error.message))
    const ended = (code, signal) => {
      if (overdue) finish(`still running after ${step.limitSeconds} s, ended`)
      else finish(code === 0 ? '' : `ended with ${signal ?? `exit code ${code}`}`)
    }
    child.on('close', ended)
    // Something it left behind may hold its output open: that is not waited for.
    child.on('exit', (...how) => setTimeout(ended, 2000, ...how).unref())
  })
}

/**
 * Runs all steps, `width` at a time, in the order given; a step that fails stops no other.
 * @param {Step[]} steps
 * @param {number} width
 * @param {(done: Done) => void} report
 */
export async function runAll(steps, width, report) {
  const waiting = [...steps]
  const done = []
  const worker = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const result = await runStep(step)
      report(result)
      done.push(result)
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  return steps.map(step => done.find(result => result.name === step.name))
}

/** @param {Done} done */
export const line = done =>
  `${done.ok ? 'ok    ' : 'FAILED'} ${done.name.padEnd(24)} ${done.seconds.toFixed(1).padStart(6)} s${done.ok ? '' : `   ${done.why}`}`

const running = new Set()

/** Asks first, so that whoever made namespaces can take them down again, and steps of its own with them. */
function endGroup(child) {
  signalGroup(child, 'SIGTERM')
  setTimeout(() => signalGroup(child, 'SIGKILL'), 3000).unref()
}

function signalGroup(child, signal) {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error // already gone is what we wanted
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    for (const child of running) {
      child.once('close', () => process.exit(1)) // before the next step can start
      endGroup(child)
    }
    if (running.size === 0) process.exit(1)
  })
}
