/**
 * A machine of the laboratory: its own network, process numbers, mounts, host name and shared memory.
 * The network ("the cable, the card") outlives a power loss; the processes, /run and /dev/shm do not.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, closeSync, mkdirSync, openSync, readdirSync, readlinkSync } from 'node:fs'
import { endInput, inNetwork, newPlace, type Place, startReady } from './place.ts'
import { peek, run, signal, until } from './shell.ts'

export interface Host {
  readonly name: string
  readonly address: string
  /** Bits of its network's mask. */
  readonly prefix: number
  readonly mac: string
  /** Its port at the switch. */
  readonly port: string
  /** Its disk, seen from outside: configuration, state, logs. */
  readonly dir: string
  readonly place: Place
  /** Undefined while the power is off. */
  power: { readonly unshare: ChildProcess; readonly init: number; readonly pidns: string } | undefined
}

export async function newHost(name: string, number: number, labDir: string, prefix = 24): Promise<Host> {
  const dir = `${labDir}/${name}`
  mkdirSync(dir, { recursive: true })
  const mac = `02:00:0a:4d:00:${number.toString(16).padStart(2, '0')}`
  const place = await newPlace()
  return { name, address: `10.77.0.${number}`, prefix, mac, port: `p-${name}`, dir, place, power: undefined }
}

/** Power on, with the host's own address only: service addresses are not in any start-up file. */
export async function boot(host: Host): Promise<void> {
  const addresses = `addr flush dev eth0\naddr add ${host.address}/${host.prefix} brd + dev eth0\nneigh flush dev eth0\n`
  await run(inNetwork(host.place, ['ip', '-force', '-batch', '-']), addresses)
  const init = [
    'set -e',
    'mount -t proc proc /proc',
    'mount -t tmpfs -o mode=755 tmpfs /run',
    'mount -t tmpfs -o mode=1777 tmpfs /dev/shm',
    'mkdir -p /run/lock',
    `hostname ${host.name}`,
    'echo ready',
    'cat >/dev/null', // not exec: the shell reaps orphans
  ].join('\n')
  const unshare = ['unshare', '--mount', '--uts', '--ipc', '--pid', '--fork', '--kill-child', 'sh', '-c', init]
  const started = await startReady(inNetwork(host.place, unshare))
  const pid = started.process.pid ?? 0
  const children = peek(`/proc/${pid}/task/${pid}/children`) ?? ''
  const first = Number(children.trim().split(' ')[0])
  host.power = { unshare: started.process, init: first, pidns: readlinkSync(`/proc/${first}/ns/pid`) }
}

/** The kernel ends every process of the host at once. Addresses stay on the interface. */
export function powerOff(host: Host): void {
  if (host.power) signal(host.power.init, 'SIGKILL')
  host.power = undefined
}

export async function closeHost(host: Host): Promise<void> {
  const unshare = host.power?.unshare
  powerOff(host)
  if (unshare) await endInput(unshare)
  await host.place.close()
}

function inHost(host: Host, argv: readonly string[]): string[] {
  if (!host.power) throw new Error(`${host.name} is switched off`)
  return ['nsenter', '-t', String(host.power.init), '-m', '-u', '-i', '-n', '-p', '--', ...argv]
}

/** Runs a program inside the host to its end; its standard output. */
export function runIn(host: Host, argv: readonly string[], limitMs = 20_000): Promise<string> {
  return run(inHost(host, argv), '', limitMs)
}

/** Starts a program inside the host; what it writes goes to `log` in the host's folder. */
export function spawnIn(host: Host, argv: readonly string[], log: string): ChildProcess {
  const path = `${host.dir}/${log}`
  appendFileSync(path, '')
  const out = openSync(path, 'a')
  const [file = '', ...args] = inHost(host, argv)
  const child = spawn(file, args, { stdio: ['ignore', out, out] })
  closeSync(out)
  return child
}

export interface Process {
  readonly pid: number
  readonly command: string
}

/** The host's living processes, its pid 1 and its helpers included, numbered as seen from outside. */
export function processesOf(host: Host): Process[] {
  const found: Process[] = []
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry) || !host.power) continue
    try {
      if (readlinkSync(`/proc/${entry}/ns/pid`) !== host.power.pidns) continue
    } catch {
      continue // ended while we looked
    }
    const command = (peek(`/proc/${entry}/cmdline`) ?? '').replaceAll('\0', ' ').trim()
    if (command !== '') found.push({ pid: Number(entry), command }) // a zombie has no command line
  }
  return found
}

/** Waits until a power loss has ended every process. */
export async function waitUntilDark(host: Host, init: number): Promise<void> {
  await until(`end of all processes of ${host.name}`, 10_000, () => peek(`/proc/${init}/stat`) === undefined)
}
