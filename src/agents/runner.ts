/** Runs one-shot programs so that none can hang, flood, or take us or its own children down. */
import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type { RunRequest } from './agent.ts'
import type { Clock } from './clock.ts'
import { fixedEnvironment, fixedPath } from './environment.ts'
import { longestLog } from './logs.ts'
import type { End, Ran } from './ran.ts'

const longestOutput = 64 * 1024
const defaultGraceMs = 5_000
/** How long a killed process may take to go; one in an uninterruptible sleep may never. */
const buryMs = 2_000
const pollMs = 50

export type Run = (request: RunRequest) => Promise<Ran>

/**
 * Output goes to a file of its own in `logDir`, never through a pipe: a child that stays behind keeps a pipe open, and
 * would die of SIGPIPE when we go.
 */
export function runner(logDir: string, clock: Clock): Run {
  mkdirSync(logDir, { recursive: true, mode: 0o700 })
  return async request => {
    const command = [request.file, ...request.args].join(' ')
    const file = findProgram(request.file)
    if (!file) return { command, ok: false, end: { by: 'missing', file: request.file }, output: '' }
    const log = openLog(join(logDir, logName(request.resource, request.action)))
    try {
      const end = await untilEnd(file, request, log, clock)
      return { command, ok: end.by === 'exit' && end.code === 0, end, output: readLog(log) }
    } finally {
      closeSync(log.fd)
    }
  }
}

interface Log {
  readonly fd: number
  /** Where this run's output begins. */
  readonly from: number
}

function openLog(path: string): Log {
  const fd = openSync(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
  return { fd, from: fstatSync(fd).size }
}

/** The last 64 KiB of what this run wrote; of a file truncated meanwhile, what is there. */
function readLog({ fd, from }: Log): string {
  const { size } = fstatSync(fd)
  const start = Math.max(size < from ? 0 : from, size - longestOutput)
  const buffer = Buffer.alloc(Math.min(longestOutput, size - start))
  return buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, start))
}

/** One file per resource and action, as in `IPaddr::10.0.0.9%2f24%2feth0.start.log`. */
export function logName(resource: string, action: string): string {
  const hex = (character: string): string => `%${character.codePointAt(0)!.toString(16)}`
  return `${resource.replace(/[^A-Za-z0-9._:@-]/gu, hex).slice(0, 180)}.${action}.log`
}

async function untilEnd(file: string, request: RunRequest, log: Log, clock: Clock): Promise<End> {
  const [program, args] = inherited(file, request.args)
  const child = execa(program, args, {
    detached: true,
    cwd: '/',
    env: fixedEnvironment(request.env),
    extendEnv: false,
    stdin: 'ignore',
    // Any descriptor works; the types know 1 and 2 only.
    stdout: log.fd as 1,
    stderr: log.fd as 1,
    reject: false,
    cleanup: false,
  })
  const { pid } = child
  if (pid === undefined) {
    const { shortMessage, code } = (await child) as unknown as { shortMessage?: string; code?: string }
    return { by: 'refused', why: code ?? shortMessage ?? 'no reason given' }
  }
  void child.catch(() => {})
  const exited = new Promise<End>(resolve => {
    child.once('exit', (code, signal) => resolve(signal ? { by: 'signal', signal } : { by: 'exit', code: code ?? -1 }))
  })
  const stopWatching = watch(log, clock)
  try {
    return await withLimit(pid, exited, request, clock)
  } finally {
    stopWatching()
  }
}

/** Exit, not close: what stays in the background keeps running, and is never signalled after a good exit. */
async function withLimit(pid: number, exited: Promise<End>, request: RunRequest, clock: Clock): Promise<End> {
  const end = await Promise.race([exited, late(request.timeoutMs, clock, exited)])
  if (end !== 'late') return end
  signalGroup(pid, 'SIGTERM')
  await groupGone(pid, request.graceMs ?? defaultGraceMs, clock)
  signalGroup(pid, 'SIGKILL')
  await Promise.race([exited, late(buryMs, clock, exited)])
  return { by: 'timeout', afterMs: request.timeoutMs }
}

function late(delayMs: number, clock: Clock, unless: Promise<unknown>): Promise<'late'> {
  return new Promise(resolve => {
    // An exit may have been reported while we ourselves were late: one more turn before accusing.
    const cancel = clock.after(delayMs, () => clock.after(1, () => resolve('late')))
    void unless.then(cancel)
  })
}

async function groupGone(pid: number, withinMs: number, clock: Clock): Promise<void> {
  const untilMs = clock.nowMs() + withinMs
  while (clock.nowMs() < untilMs && signalGroup(pid, 0)) {
    await new Promise<void>(resolve => void clock.after(pollMs, resolve))
  }
}

/** False when nobody is left in it. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal)
  } catch {
    return false
  }
}

/** A flood would fill the run directory, which is memory. */
function watch({ fd }: Log, clock: Clock): () => void {
  let cancel = (): void => {}
  const look = (): void => {
    if (fstatSync(fd).size > longestLog) ftruncateSync(fd)
    cancel = clock.after(pollMs, look)
  }
  look()
  return () => cancel()
}

function findProgram(file: string): string | undefined {
  const candidates = file.startsWith('/') ? [file] : fixedPath.split(':').map(folder => join(folder, file))
  return candidates.find(isExecutable)
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Undoes what a child would inherit from a manager that runs with other rights to the processor or memory. */
function inherited(file: string, args: readonly string[]): readonly [string, readonly string[]] {
  const reset = [...resets()]
  if (reset.length === 0) return [file, args]
  return ['/bin/sh', ['-c', `${reset.join('; ')}; exec "$@"`, 'sh', file, ...args]]
}

function* resets(): Generator<string> {
  if (!/^Umask:\s*0022$/m.test(readSelf('status'))) yield 'umask 022'
  if (readSelf('oom_score_adj') !== '0') yield 'echo 0 2>/dev/null >/proc/self/oom_score_adj'
  // Field 41 of stat is the scheduling policy; the name, field 2, may hold blanks.
  const policy = readSelf('stat').split(') ').at(-1)?.split(' ')[38]
  if (policy !== '0') yield 'chrt -o -p 0 $$ >/dev/null 2>&1'
  if (getPriority() !== 0) yield 'renice -n 0 -p $$ >/dev/null 2>&1'
}

function readSelf(name: string): string {
  try {
    return readFileSync(`/proc/self/${name}`, 'utf8').trim()
  } catch {
    return '0'
  }
}
