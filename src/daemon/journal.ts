/** Log lines as an administrator of Heartbeat knows them: `logfile`, `debugfile`, `logfacility`, and standard output. */

import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import type { Logging } from '../config/settings.ts'
import type { Level, Line } from '../noteText.ts'

const priorities: Readonly<Record<Level, number>> = { debug: 7, info: 6, WARN: 4, ERROR: 3, CRIT: 2 }

export interface Journal {
  write(line: Line): void
  say(level: Level, text: string): void
  /** Write now what waits to be written. */
  flush(): void
  /** Where lines go from now on. */
  use(logging: Logging): void
  close(): void
}

/** A logger(1) that ends at once (no syslog daemon) is not started again for every line. */
const loggerPauseMs = 10_000

interface Entry extends Line {
  readonly date: Date
}

/**
 * Standard output carries `<N>` priorities when it is systemd's journal, a date with milliseconds otherwise. `defer` may
 * put the writing off for a moment: what happened is dated now, but an address should not wait for a disk.
 */
export function openJournal(
  node: string,
  pid: number,
  now: () => Date,
  out: (text: string) => void,
  defer: (flush: () => void) => void = flush => flush(),
): Journal {
  const waiting: Entry[] = []
  let logging: Logging = { logfile: undefined, debugfile: undefined, facility: undefined }
  let syslog: ReturnType<typeof spawn> | undefined
  let syslogAtMs = Number.NEGATIVE_INFINITY
  const toJournal = process.env['JOURNAL_STREAM'] !== undefined
  const complained = new Set<string>()

  const show = (date: Date, level: Level, text: string): void =>
    out(toJournal ? `<${priorities[level]}>${text}\n` : `${lineOf(date, node, pid, level, text, true)}\n`)

  /** Once until it works again; to standard output only, for a log that fails cannot tell of it. */
  const complain = (about: string, text: string): void => {
    if (complained.has(about)) return
    complained.add(about)
    show(now(), 'ERROR', text)
  }

  const append = (file: string | undefined, line: string): void => {
    if (file === undefined) return
    try {
      appendFileSync(file, `${line}\n`, { mode: 0o640 })
      complained.delete(file)
    } catch (error) {
      complain(file, `${file} cannot be written: ${(error as Error).message}`)
    }
  }

  const write = ({ level, text }: Line): void => {
    if (waiting.push({ date: now(), level, text }) === 1) defer(flush)
  }

  const flush = (): void => {
    for (const entry of waiting.splice(0)) put(entry)
  }

  const put = ({ date, level, text: told }: Entry): void => {
    const text = told.trim().replace(/\s*\n\s*/g, ' | ')
    show(date, level, text)
    const line = lineOf(date, node, pid, level, text, false)
    append(logging.debugfile, line)
    if (level === 'debug') return
    append(logging.logfile, line)
    toSyslog(`<${priorities[level]}>[${pid}]: ${level}: ${text}\n`)
  }

  function toSyslog(line: string): void {
    if (logging.facility === undefined) return
    const atMs = now().getTime()
    if (syslog === undefined && atMs - syslogAtMs < loggerPauseMs && atMs >= syslogAtMs) return
    if (syslog === undefined) {
      syslogAtMs = atMs
      syslog = startLogger(logging.facility)
    }
    syslog.stdin?.write(line)
  }

  /** One long-lived logger(1); it reads the priority from the line, and its tag is Heartbeat's. */
  function startLogger(facility: string): ReturnType<typeof spawn> {
    const child = spawn('logger', ['-t', 'heartbeat', '-p', `${facility}.info`, '--prio-prefix'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    const gone = (why: string): void => {
      if (syslog !== child) return
      syslog = undefined
      complain('syslog', `nothing goes to syslog: logger(1) ${why}`)
    }
    child.on('error', error => gone(`cannot be started: ${error.message}`))
    child.stdin?.on('error', () => undefined) // its end follows and is told
    child.on('exit', (code, signal) => gone(`ended (${signal ?? `exit ${code}`})`))
    return child
  }

  const endLogger = (): void => {
    const old = syslog
    syslog = undefined
    old?.stdin?.end()
  }

  return {
    write,
    say: (level, text) => write({ level, text }),
    flush,
    use(next) {
      if (next.facility !== logging.facility) endLogger()
      syslogAtMs = Number.NEGATIVE_INFINITY
      complained.clear()
      logging = next
    },
    close() {
      flush()
      endLogger()
    },
  }
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `Nov 20 08:46:10 alice heartbeat: [20]: info: Link bob:eth0 up.` (logfile of Heartbeat 3.0.6). */
function lineOf(date: Date, node: string, pid: number, level: Level, text: string, millis: boolean): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
  const ms = millis ? `.${String(date.getMilliseconds()).padStart(3, '0')}` : ''
  return `${months[date.getMonth()]} ${two(date.getDate())} ${clock}${ms} ${node} heartbeat: [${pid}]: ${level}: ${text}`
}
