/** Two hosts that are only network namespaces, a cable between them, and a test that plays their managers. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { BeatSettings, BeatStats, FromBeat, ToBeat } from '../../src/beat/lines.ts'
import type { Link } from '../../src/config/settings.ts'
import type { LinkName, NodeId } from '../../src/types.ts'
import { quiet } from '../membership/beat-world.ts'

export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6
export const secret = '5a'.repeat(32)
export const timing = { keepaliveMs: 100, warntimeMs: 500, deadtimeMs: 2000, initdeadMs: 5000 }

export const names = ['alice', 'bob'] as const
export type Name = (typeof names)[number]
export const other = (name: Name): Name => (name === 'alice' ? 'bob' : 'alice')
const hosts: Record<Name, number> = { alice: 1, bob: 2 }

export interface Lab {
  readonly dir: string
  /** Runs a program in the namespace of that host; its output. */
  run(name: Name, file: string, ...args: string[]): string
  start(name: Name, runDir?: string): Promise<Beat>
  /** Takes the cable out, or puts it in again with all addresses (the kernel forgets IPv6 ones). */
  unplug(name: Name, index: number): void
  plug(name: Name, index: number): void
  remove(): void
}

export interface Beat {
  readonly process: ChildProcess
  readonly runDir: string
  readonly errors: () => string
  readonly ended: Promise<number | null>
}

export async function makeLab(): Promise<Lab> {
  const dir = mkdtempSync(join(tmpdir(), 'tandem-beat-'))
  const program = join(dir, 'tandem-beat.cjs')
  const space = (name: Name) => `tb${process.pid}${name}`
  const ip = (...args: string[]) => execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const run = (name: Name, file: string, ...args: string[]) => ip('netns', 'exec', space(name), file, ...args)
  const started: ChildProcess[] = []
  const plug = (name: Name, index: number) => {
    const device = `eth${index}`
    run(name, 'ip', 'link', 'set', device, 'up')
    for (const address of [`fd07:${index}::${hosts[name]}/64`, `fe80::7:${hosts[name]}/64`]) {
      run(name, 'ip', 'addr', 'replace', address, 'dev', device, 'nodad')
    }
  }
  const remove = () => {
    for (const child of started) child.kill('SIGKILL')
    for (const name of names) {
      try {
        ip('netns', 'delete', space(name))
      } catch {
        // Never made.
      }
    }
    rmSync(dir, { recursive: true, force: true })
  }
  try {
    await build({ entryPoints: ['src/beat/main.ts'], outfile: program, bundle: true, platform: 'node', format: 'cjs' })
    for (const name of names) {
      ip('netns', 'add', space(name))
      run(name, 'sh', '-c', 'for f in all default; do echo 0 >/proc/sys/net/ipv6/conf/$f/accept_dad; done')
      run(name, 'ip', 'link', 'set', 'lo', 'up')
    }
    for (const [index, device] of ['eth0', 'eth1'].entries()) {
      const end = ['peer', 'name', device, 'netns', space('bob')]
      ip('link', 'add', device, 'netns', space('alice'), 'type', 'veth', ...end)
      for (const name of names) {
        run(name, 'ip', 'addr', 'add', `10.7.${index}.${hosts[name]}/24`, 'brd', '+', 'dev', device)
        plug(name, index)
      }
    }
  } catch (error) {
    remove()
    throw error
  }
  return {
    dir,
    run,
    remove,
    plug,
    unplug: (name, index) => run(name, 'ip', 'link', 'set', `eth${index}`, 'down'),
    start: (name, runDir = mkdtempSync(join(dir, `${name}-`))) => {
      const args = ['netns', 'exec', space(name), process.execPath, program, '--run-dir', runDir]
      const child = spawn('ip', args, { stdio: ['ignore', 'inherit', 'pipe'] })
      started.push(child)
      let errors = ''
      child.stderr!.setEncoding('utf8').on('data', text => {
        errors += text
      })
      const ended = new Promise<number | null>(resolve => child.on('exit', resolve))
      return Promise.resolve({ process: child, runDir, errors: () => errors, ended })
    },
  }
}

export const addressOf = (name: Name, index = 0): string => `10.7.${index}.${hosts[name]}`

/** The links of one host of each kind, written as on the other host but for the peer of `ucast`. */
export const linksOf: Readonly<Record<string, (name: Name) => Link>> = {
  bcast: () => ({ kind: 'bcast', name: 'bcast eth0' as LinkName, device: 'eth0', port: 694 }),
  ucast: name => ucast('eth0', addressOf(other(name))),
  mcast: () => mcast('225.0.0.7'),
  'ucast IPv6': name => ucast('eth0', `fd07::${hosts[other(name)]}`),
  'ucast link-local': name => ucast('eth0', `fe80::7:${hosts[other(name)]}`),
  'mcast IPv6': () => mcast('ff02::7:7'),
}

export function ucast(device: string, peer: string): Link {
  return { kind: 'ucast', name: `ucast ${device} ${peer}` as LinkName, device, peer, port: 694 }
}

export function mcast(group: string, device = 'eth0'): Link {
  const name = `mcast ${device} ${group} 694 1 0` as LinkName
  return { kind: 'mcast', name, device, group, port: 694, ttl: 1, loop: false }
}

export interface Manager {
  readonly lines: FromBeat[]
  send(line: ToBeat): void
  /** The first line, past or to come, that fits. */
  until<Line extends FromBeat>(what: string, fits: (line: FromBeat) => line is Line, fromIndex?: number): Promise<Line>
  stats(): Promise<BeatStats>
  close(): void
}

export type Told<Type extends FromBeat['type']> = Extract<FromBeat, { type: Type }>
export const is =
  <Type extends FromBeat['type']>(type: Type, fits: (line: Told<Type>) => boolean = () => true) =>
  (line: FromBeat): line is Told<Type> =>
    line.type === type && fits(line as Told<Type>)

const patienceMs = 8_000

/** Connects as the manager of that beat, waiting until it listens. */
export async function manage(beat: Beat): Promise<Manager> {
  const socket = await connected(join(beat.runDir, 'beat.sock'), nowMs() + patienceMs)
  const lines: FromBeat[] = []
  const waiting = new Set<() => void>()
  let rest = ''
  socket.setEncoding('utf8').on('data', (chunk: unknown) => {
    const parts = (rest + String(chunk)).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) lines.push(JSON.parse(part))
    for (const look of waiting) look()
  })
  socket.on('error', () => {})
  const manager: Manager = {
    lines,
    send: line => socket.write(`${JSON.stringify(line)}\n`),
    until: (what, fits, fromIndex = 0) =>
      new Promise((resolve, reject) => {
        const limit = setTimeout(() => {
          waiting.delete(look)
          const told = lines.slice(-5).map(line => JSON.stringify(line))
          reject(new Error(`no ${what} within ${patienceMs} ms; last: ${told.join(' ')}; stderr: ${beat.errors()}`))
        }, patienceMs)
        function look(): void {
          const found = lines.slice(fromIndex).find(fits)
          if (found === undefined) return
          clearTimeout(limit)
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
    async stats() {
      const from = lines.length
      manager.send({ type: 'stats?' })
      return (await manager.until('stats', is('stats'), from)).stats
    },
    close: () => socket.destroy(),
  }
  return manager
}

async function connected(path: string, untilMs: number): Promise<Socket> {
  for (;;) {
    const socket = connect(path)
    const ok = await new Promise<boolean>(resolve => {
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
    if (ok) return socket
    if (nowMs() > untilMs) throw new Error(`nobody listens on ${path}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

export function settingsOf(self: Name, links: readonly Link[], changes: Partial<BeatSettings> = {}): BeatSettings {
  return {
    clusterName: 'lab',
    self: self as string as NodeId,
    nodes: names.map(name => name as string as NodeId),
    timing,
    links,
    gen: 1,
    genGuessed: false,
    keys: { send: 1, secrets: { 1: secret } },
    groups: [],
    ...changes,
  }
}

/** Settings and a first report: from here on it beats. */
export function begin(manager: Manager, settings: BeatSettings): void {
  manager.send({ type: 'settings', settings })
  manager.send({ type: 'report', report: { ...quiet, dead: [], claims: [] }, turnMs: nowMs() })
}
