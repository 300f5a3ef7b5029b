/** Runs one-shot programs so that none can hang, flood, or take us or its own children down. */
import { closeSync, constants, fstatSync, ftruncateSync, mkdirSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import type { RunRequest } from './agent.ts'
import type { Clock } from './clock.ts'
import { leaveWord, waitForEarlier } from './earlier.ts'
import { fixedEnvironment } from './environment.ts'
import { longestLog } from './logs.ts'
import { findProgram, inherited } from './program.ts'
import type { End, Ran } from './ran.ts'

const longestOutput = 64 * 1024
const defaultGraceMs = 5_000
/** How long a killed process may take to go; one in an uninterruptible sleep may never. */
const buryMs = 2_000
/** How long those may take that only init can bury. */
const orphansMs = 500
const pollMs = 50

export type Run = (request: RunRequest) => Promise<Ran>

/**
 * Output goes to a file of its own in `logDir`, never through a pipe: a child that stays behind keeps a pipe open, and
 * would die of SIGPIPE when we go.
 */
export function runner(logDir: string, clock: Clock): Run {
  mkdirSync(logDir, { recursive: true, mode: 0o700 })
  /** Our own: those are kept apart by `Host.alone`. */
  const running = new Set<string>()
  return async request => {
    const command = [request.file, ...request.args].join(' ')
    const file = findProgram(request.file)
    if (!file) return { command, ok: false, end: { by: 'missing', file: request.file }, output: '' }
    const word = join(logDir, `${fileName(request.resource)}.running`)
    const busy = running.has(word)
      ? undefined
      : await waitForEarlier(word, request, clock, pid => endGroup(pid, request, clock))
    if (busy) return { command, ok: false, end: { by: 'refused', why: busy }, output: '' }
    const log = openLog(join(logDir, logName(request.resource, request.action)))
    running.add(word)
    try {
      const end = await untilEnd(file, request, log, clock, pid => leaveWord(word, pid, request.action))
      return { command, ok: end.by === 'exit' && end.code === 0, end, output: readLog(log) }
    } finally {
      running.delete(word)
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
  return `${fileName(resource)}.${action}.log`
}

function fileName(resource: string): string {
  const hex = (character: string): string => `%${character.codePointAt(0)!.toString(16)}`
  return resource.replace(/[^A-Za-z0-9._:@-]/gu, hex).slice(0, 180)
}

async function untilEnd(
  file: string,
  request: RunRequest,
  log: Log,
  clock: Clock,
  began: (pid: number) => () => void,
): Promise<End> {
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
  const ended = began(pid)
  const stopWatching = watch(log, clock)
  try {
    return await withLimit(pid, exited, request, clock)
  } finally {
    stopWatching()
    ended()
  }
}

/** Exit, not close: what stays in the background keeps running, and is never signalled after a good exit. */
async function withLimit(pid: number, exited: Promise<End>, request: RunRequest, clock: Clock): Promise<End> {
  const end = await Promise.race([exited, late(request.timeoutMs, clock, exited)])
  if (end !== 'late') return end
  await endGroup(pid, request, clock)
  await Promise.race([exited, late(buryMs, clock, exited)])
  return { by: 'timeout', afterMs: request.timeoutMs }
}

async function endGroup(pid: number, { graceMs = defaultGraceMs }: RunRequest, clock: Clock): Promise<void> {
  signalGroup(pid, 'SIGTERM')
  await groupGone(pid, graceMs, clock)
  if (signalGroup(pid, 'SIGKILL')) await groupGone(pid, orphansMs, clock)
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
