/**
 * A network namespace without a name, kept by a process that does nothing but wait for the end of its input.
 * When this program ends, however it ends, its pipes close, the keepers end, and the kernel clears everything away.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface, type Interface } from 'node:readline'

export interface Place {
  /** Path of the network namespace, for setns and nsenter. */
  readonly netns: string
  /** Of its keeper: `ip link ... netns PID` moves a device here. */
  readonly pid: number
  close(): Promise<void>
}

export async function newPlace(): Promise<Place> {
  const keeper = await startReady(['unshare', '--net', 'sh', '-c', 'ip link set lo up; echo ready; exec cat'])
  const pid = keeper.process.pid ?? 0
  return { netns: `/proc/${pid}/ns/net`, pid, close: () => endInput(keeper.process) }
}

/** Command line that runs the given one in the network of a place. */
export function inNetwork(place: Place, argv: readonly string[]): string[] {
  return ['nsenter', `--net=${place.netns}`, ...argv]
}

export interface Started {
  readonly process: ChildProcess
  readonly lines: Interface
}

/** Starts a helper that says "ready" on its first line; what it says instead is the error. */
export async function startReady(argv: readonly string[]): Promise<Started> {
  const [file = '', ...args] = argv
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.on('error', () => {}) // it ended before us
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000)
  })
  const lines = createInterface({ input: child.stdout })
  const first = await Promise.race([
    once(lines, 'line').then(([line]) => String(line)),
    once(child, 'close').then(() => `ended: ${said.trim()}`),
  ])
  if (first !== 'ready') {
    child.kill('SIGKILL')
    throw new Error(`${argv.slice(0, 6).join(' ')} ...: ${first}`)
  }
  return { process: child, lines }
}

/** Closes the helper's input, which ends it; kills it when it does not obey within 2 s. */
export async function endInput(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.stdin?.end()
  const stubborn = setTimeout(() => child.kill('SIGKILL'), 2000)
  await ended
  clearTimeout(stubborn)
}
