/** A program that asks one question of the network: what it prints is looked at while it runs. */
import { spawn } from 'node:child_process'
import { fixedEnvironment } from '../../agents/environment.ts'

export interface Probe {
  /** SIGINT: it stops asking and says what it has found. */
  interrupt(): void
  kill(): void
}

export interface ProbeEvents {
  /** All it has printed so far, errors too. */
  printed(output: string): void
  /** Once: it has ended and everything is read. `missing` when it is not installed. */
  ended(output: string, missing: boolean): void
}

export type StartProbe = (file: string, args: readonly string[], events: ProbeEvents) => Probe

const longestOutput = 256 * 1024

export const realProbe: StartProbe = (file, args, events) => {
  try {
    return start(file, args, events)
  } catch (error) {
    // The system has no room for another process.
    setImmediate(() => events.ended(`${file}: ${(error as Error).message}\n`, false))
    return { interrupt: () => {}, kill: () => {} }
  }
}

const start: StartProbe = (file, args, events) => {
  // Detached: a Ctrl-C at the daemon's terminal must not reach it.
  const stdio = ['ignore', 'pipe', 'pipe'] as const
  const child = spawn(file, [...args], { stdio: [...stdio], cwd: '/', env: fixedEnvironment(), detached: true })
  let output = ''
  let over = false
  const end = (missing: boolean): void => {
    if (over) return
    over = true
    events.ended(output, missing)
  }
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8')
    stream?.on('error', () => {})
    stream?.on('data', (chunk: string) => {
      if (over) return
      output += chunk
      if (output.length > longestOutput) child.kill('SIGKILL')
      else events.printed(output)
    })
  }
  child.on('error', (error: NodeJS.ErrnoException) => {
    output += `${file}: ${error.message}\n`
    end(error.code === 'ENOENT')
  })
  child.on('close', () => end(false))
  return { interrupt: () => void child.kill('SIGINT'), kill: () => void child.kill('SIGKILL') }
}
