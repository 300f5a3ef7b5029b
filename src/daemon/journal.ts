/** Log lines as an administrator of Heartbeat knows them: `logfile`, `debugfile`, `logfacility`, and standard output. */

import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import type { Logging } from '../config/settings.ts'
import type { Level, Line } from '../noteText.ts'

const priorities: Readonly<Record<Level, number>> = { debug: 7, info: 6, WARN: 4, ERROR: 3, CRIT: 2 }

export interface Journal {
  write(line: Line): void
  say(level: Level, text: string): void
  use(logging: Logging): void
  /** The newest lines, oldest first: for those who wait for the result of an order. */
  close(): void
}

/** Standard output carries `<N>` priorities when it is systemd's journal, a date otherwise. */
export function openJournal(node: string, pid: number, now: () => Date, out: (text: string) => void): Journal {
  let logging: Logging = { logfile: undefined, debugfile: undefined, facility: undefined }
  let syslog: ReturnType<typeof spawn> | undefined
  const toJournal = process.env['JOURNAL_STREAM'] !== undefined
  const complained = new Set<string>()

  const append = (file: string | undefined, text: string): void => {
    if (file === undefined) return
    try {
      appendFileSync(file, text)
      complained.delete(file)
    } catch (error) {
      if (complained.has(file)) return
      complained.add(file)
      out(`${prefix(now(), node, pid)} ERROR: ${file} cannot be written: ${(error as Error).message}\n`)
    }
  }

  const write = ({ level, text }: Line): void => {
    const line = `${prefix(now(), node, pid)} ${level}: ${text.replace(/\n/g, ' | ')}\n`
    out(toJournal ? `<${priorities[level]}>${text}\n` : line)
    append(logging.debugfile, line)
    if (level === 'debug') return
    append(logging.logfile, line)
    if (logging.facility !== undefined) {
      syslog ??= startLogger()
      syslog?.stdin?.write(`<${priorities[level]}>${level}: ${text.replace(/\n/g, ' | ')}\n`)
    }
  }

  /** One long-lived logger(1); it reads the priority from the line. */
  function startLogger(): ReturnType<typeof spawn> {
    const child = spawn('logger', ['-t', `heartbeat[${pid}]`, '-p', `${logging.facility}.info`, '--prio-prefix'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    child.on('error', () =>
      out(`${prefix(now(), node, pid)} WARN: logger(1) is not installed: nothing goes to syslog\n`),
    )
    child.stdin?.on('error', () => undefined) // told by the line above, or it ended with us
    child.on('exit', () => {
      syslog = undefined
    })
    return child
  }

  return {
    write,
    say: (level, text) => write({ level, text }),
    use(next) {
      logging = next
    },
    close() {
      syslog?.stdin?.end()
    },
  }
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `Nov 20 08:46:10 alice heartbeat: [20]:` as Heartbeat's syslogmsgfmt, with milliseconds. */
function prefix(date: Date, node: string, pid: number): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`
  return `${months[date.getMonth()]} ${two(date.getDate())} ${clock} ${node} heartbeat: [${pid}]:`
}
