/** `respawn USER PROGRAM ARGS` of ha.cf: started with the daemon, started again a second after any end but exit 100. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startTimeOf } from '../agents/processStat.ts'
import type { Respawn } from '../config/settings.ts'
import type { Journal } from './journal.ts'

const pauseMs = 1_000
/** Heartbeat's word for "do not start me again". */
const enoughCode = 100

export interface Respawned {
  /** These lines hold now: what they have in common with those before runs on. */
  use(lines: readonly Respawn[]): void
  stop(): void
}

/** Ends first what a daemon that was killed has left running: each program runs once. */
export function keepRespawning(runDir: string, journal: Pick<Journal, 'say'>): Respawned {
  const word = join(runDir, 'respawn.pids')
  const children = new Map<string, ChildProcess>()
  let wanted: ReadonlyMap<string, Respawn> = new Map()
  endLeftOver(word)

  function start(name: string): void {
    const line = wanted.get(name)
    if (line === undefined || children.has(name)) return
    const { user, program, args } = line
    // runuser(1) sets uid, gid and groups as a login would; root needs none of it.
    const words = user === 'root' ? [program, ...args] : ['runuser', '-u', user, '--', program, ...args]
    const child = spawn(words[0]!, words.slice(1), {
      stdio: 'ignore',
      detached: true,
      cwd: '/',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    })
    children.set(name, child)
    leaveWord()
    journal.say('info', `Starting "${[program, ...args].join(' ')}" as ${user}`)
    const end = (what: string, again: boolean): void => {
      if (children.get(name) !== child) return
      children.delete(name)
      leaveWord()
      journal.say('WARN', `Managed ${program} ${what}.`)
      if (again) setTimeout(() => start(name), pauseMs)
    }
    child.on('error', error => end(`could not be started: ${error.message}`, true))
    child.on('exit', (code, signal) => end(`exited with ${signal ?? `return code ${code}`}`, code !== enoughCode))
  }

  function leaveWord(): void {
    const pids = [...children.values()].flatMap(({ pid }) => (pid === undefined ? [] : `${pid} ${startTimeOf(pid)}\n`))
    try {
      writeFileSync(word, pids.join(''), { mode: 0o600 })
    } catch {
      // The run folder is full: only a daemon that is killed now will leave something running.
    }
  }

  function use(lines: readonly Respawn[]): void {
    wanted = new Map(lines.map(line => [JSON.stringify(line), line]))
    for (const [name, { pid }] of [...children].reverse()) {
      if (wanted.has(name)) continue
      children.delete(name)
      if (pid !== undefined) endGroup(pid)
    }
    leaveWord()
    for (const name of wanted.keys()) start(name)
  }

  return { use, stop: () => use([]) }
}

function endLeftOver(word: string): void {
  try {
    for (const line of readFileSync(word, 'utf8').split('\n')) {
      const [pid = '', time = ''] = line.split(' ')
      if (Number(pid) > 1 && time !== '' && startTimeOf(Number(pid)) === time) endGroup(Number(pid))
    }
  } catch {
    // There was no daemon before us.
  }
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGTERM')
  } catch {
    // It ended in this moment.
  }
}
