/** Small things that every part of the laboratory needs: time, waiting, running a program. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** CLOCK_MONOTONIC in ms: the same clock as the observer's and the product's. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

export function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

/** Waits until the condition holds; an error that names what was awaited when it does not within `limitMs`. */
export async function until(
  what: string,
  limitMs: number,
  condition: () => boolean | Promise<boolean>,
  everyMs = 20,
): Promise<void> {
  const end = nowMs() + limitMs
  while (!(await condition())) {
    if (nowMs() > end) throw new Error(`waited ${(limitMs / 1000).toFixed(1)} s in vain: ${what}`)
    await sleep(everyMs)
  }
}

/** Runs a program to its end; its standard output. A failure is an error with the command and what it said. */
export function run(argv: readonly string[], input = '', limitMs = 20_000): Promise<string> {
  const [file = '', ...args] = argv
  return new Promise((resolve, reject) => {
    const child = execFile(file, args, { timeout: limitMs, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`${argv.join(' ')}: ${stderr.trim() || stdout.trim() || error.message}`))
    })
    child.stdin?.on('error', () => {}) // it ended without reading: its exit code tells
    child.stdin?.end(input)
  })
}

/** Text of a file that may vanish while we look, as those in /proc do. */
export function peek(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** Signals one process; that it is gone already is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** SIGCONT to a stopped process, and to its parent: nsenter stops itself along with its child. */
export function wake(pid: number): void {
  const parent = Number(peek(`/proc/${pid}/stat`)?.split(') ')[1]?.split(' ')[1] ?? 0)
  signal(pid, 'SIGCONT')
  if (parent > 1) signal(parent, 'SIGCONT')
}
