/** The beat as the manager sees it: found or started, spoken to in lines, started again when it dies. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { nowMs } from './clock.ts'
import { readLines, writeLine } from './jsonLines.ts'

export interface BeatProcess {
  send(line: object): void
  connected(): boolean
  /** Ends our side; the beat itself goes on unless told to end. */
  close(): void
}

export interface BeatListener {
  /** A beat answers: it may be one that outlived the last manager. Settings must be sent now. */
  onConnect(): void
  onLine(line: unknown): void
  onLost(why: string): void
  say(level: 'info' | 'WARN' | 'ERROR', text: string): void
}

const retryMs = 10
const lineBytesMax = 1 << 20
/** A beat that we started and that does not answer by then is ended, and another is started. */
const startLimitMs = 5_000
const longestPauseMs = 5_000

/**
 * Keeps one beat running and connected for as long as this manager lives. Without `program` it is somebody else who starts
 * it, and starts it again: the service manager.
 */
export function keepBeat(
  runDir: string,
  program: string | undefined,
  wantsRealtime: boolean,
  listener: BeatListener,
): BeatProcess {
  const path = join(runDir, 'beat.sock')
  let socket: Socket | undefined
  let child: ChildProcess | undefined
  let startedAtMs = Number.NEGATIVE_INFINITY
  /** Starts in a row that led to no connection. */
  let vain = 0
  let complained = false
  let closed = false
  let timer: NodeJS.Timeout | undefined

  const later = (call: () => void, ms: number): void => {
    if (!closed) timer = setTimeout(call, ms)
  }

  /** One may be there already: it outlives its manager. */
  function attach(): void {
    if (closed) return
    const candidate = connect(path)
    candidate.on('connect', () => {
      socket = candidate
      vain = 0
      listener.onConnect()
    })
    readLines(candidate, lineBytesMax, listener.onLine, what => listener.say('ERROR', `from the beat: ${what}`))
    candidate.on('error', () => undefined) // 'close' follows and decides
    candidate.on('close', () => {
      if (socket !== candidate) return absent()
      socket = undefined
      listener.onLost('the connection to the heartbeat process ended')
      later(attach, retryMs) // its exit is told to us in a moment, if it was ours
    })
  }

  /** Nobody answers: wait for the one that is starting, or start one. */
  function absent(): void {
    if (closed) return
    if (program === undefined) return awaited()
    const sinceMs = nowMs() - startedAtMs
    if (child !== undefined && sinceMs < startLimitMs) return later(attach, retryMs)
    const pauseMs = vain === 0 ? 0 : Math.min(longestPauseMs, 100 * 2 ** vain)
    if (sinceMs < pauseMs) return later(attach, Math.min(100, pauseMs - sinceMs))
    child?.kill('SIGKILL')
    startedAtMs = nowMs()
    vain++
    const started = launch(runDir, program, wantsRealtime, listener, () => {
      if (child === started) child = undefined
    })
    child = started
    later(attach, retryMs)
  }

  /** The service manager starts it: that is told when it takes too long. */
  function awaited(): void {
    if (vain++ === 0) startedAtMs = nowMs()
    const isLate = nowMs() - startedAtMs > startLimitMs
    if (isLate && !complained)
      listener.say('ERROR', `no heartbeat process answers on ${path}; systemctl status tandem-beat`)
    complained = isLate
    later(attach, isLate ? 100 : retryMs)
  }

  attach()
  return {
    send: line => {
      if (socket !== undefined) writeLine(socket, line)
    },
    connected: () => socket !== undefined,
    close() {
      closed = true
      clearTimeout(timer)
      socket?.end()
    },
  }
}

/** Detached, so that it outlives us; at real-time priority where ha.cf does not say `realtime off` and it is allowed. */
function launch(
  runDir: string,
  program: string,
  wantsRealtime: boolean,
  listener: BeatListener,
  ended: () => void,
): ChildProcess {
  const realtime = wantsRealtime && realtimeAllowed()
  const limits = ['--max-old-space-size=32', '--max-semi-space-size=1', '--heap-growing-percent=20']
  const memory = [...limits, '--v8-pool-size=0', '--single-threaded-gc', '--lite-mode', '--expose-gc']
  const words = [process.execPath, ...memory, program, '--run-dir', runDir, ...(realtime ? ['--realtime'] : [])]
  const [file, ...args] = realtime ? ['chrt', '-R', '-r', '20', ...words] : words
  const log = openLog(runDir)
  const env = { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', MALLOC_ARENA_MAX: '1' }
  const child = spawn(file!, args, {
    detached: true,
    stdio: ['ignore', log ?? 'ignore', log ?? 'ignore'],
    cwd: '/',
    env,
  })
  if (log !== undefined) closeSync(log)
  child.on('error', error => {
    ended()
    listener.say('ERROR', `the heartbeat process could not be started: ${error.message}`)
  })
  child.on('exit', (code, signal) => {
    ended()
    listener.say('ERROR', `the heartbeat process ended (${signal ?? `exit ${code}`}); see ${join(runDir, 'beat.log')}`)
  })
  child.unref()
  return child
}

/** undefined: the run folder is full or was removed; a beat without a log is better than none. */
function openLog(runDir: string): number | undefined {
  try {
    mkdirSync(runDir, { recursive: true, mode: 0o755 })
    return openSync(join(runDir, 'beat.log'), 'a', 0o640)
  } catch {
    return undefined
  }
}

let allowed: boolean | undefined
/** Asked once: may this process have SCHED_RR? Containers and cgroups without a real-time budget say no. */
export function realtimeAllowed(): boolean {
  allowed ??= spawnSync('chrt', ['-R', '-r', '20', 'true'], { stdio: 'ignore' }).status === 0
  return allowed
}

/** The bundle beside ours. */
export function beatProgram(): string {
  const path = join(dirname(process.argv[1] ?? '.'), 'tandem-beat.cjs')
  if (!existsSync(path)) throw new Error(`${path} is missing; run: npm run build`)
  return path
}
