/** `respawn USER PROGRAM ARGS` of ha.cf: started with the daemon, started again a second after any end but exit 100. */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Respawn } from '../config/settings.ts'
import type { Journal } from './journal.ts'

const pauseMs = 1_000
/** Heartbeat's word for "do not start me again". */
const enoughCode = 100

export function keepRespawning(lines: readonly Respawn[], journal: Journal): { stop(): void } {
  const children = new Map<Respawn, ChildProcess>()
  let stopped = false

  function start(line: Respawn): void {
    if (stopped) return
    const { user, program, args } = line
    // runuser(1) sets uid, gid and groups as a login would; root needs none of it.
    const words = user === 'root' ? [program, ...args] : ['runuser', '-u', user, '--', program, ...args]
    const child = spawn(words[0]!, words.slice(1), {
      stdio: 'ignore',
      detached: true,
      cwd: '/',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    })
    children.set(line, child)
    journal.say('info', `Starting "${[program, ...args].join(' ')}" as ${user}`)
    let ended = false
    const end = (what: string, again: boolean): void => {
      if (ended || stopped) return
      ended = true
      journal.say('WARN', `Managed ${program} ${what}.`)
      if (again) setTimeout(() => start(line), pauseMs)
    }
    child.on('error', error => end(`could not be started: ${error.message}`, true))
    child.on('exit', (code, signal) => end(`exited with ${signal ?? `return code ${code}`}`, code !== enoughCode))
  }

  for (const line of lines) start(line)
  return {
    stop() {
      stopped = true
      for (const child of [...children.values()].reverse()) {
        if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) endGroup(child.pid)
      }
    },
  }
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGTERM')
  } catch {
    // It ended in this moment.
  }
}
