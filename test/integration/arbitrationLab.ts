/** Three hosts at a switch: here, where the driver runs, there, the other node, and a gateway. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'
import { endInput, inNetwork, newPlace, type Place } from '../../bench/place.ts'
import { peek, run, until } from '../../bench/shell.ts'
import type { PingNode } from '../../src/daemon/outside/pings.ts'

export type Order =
  | { readonly do: 'pings'; readonly pings: readonly PingNode[]; readonly keepaliveMs: number }
  | { readonly do: 'close-pings' }
  | {
      readonly do: 'asking'
      readonly keepaliveMs: number
      readonly node: string
      readonly addresses: readonly string[]
      /** Programs that are not installed. */
      readonly missing?: readonly string[]
      readonly knocks?: boolean
    }
  | { readonly do: 'ask'; readonly node: string; readonly addresses: readonly string[] }
  | { readonly do: 'carrier'; readonly runDir: string; readonly addresses: readonly string[] }

/** Any event of the driver; `nowMs` is when it was posted. */
export interface Told {
  readonly type: string
  readonly nowMs: number
  readonly atMs?: number
  readonly name?: string
  readonly outcome?: string
  readonly by?: string
  readonly text?: string
  readonly device?: string
  readonly up?: boolean
}

export interface Driver {
  readonly process: ChildProcess
  readonly told: Told[]
  order(order: Order): void
  /** Every process it has started and that still lives, by its command line. */
  children(): readonly { readonly pid: number; readonly command: string }[]
}

const hosts = ['here', 'there', 'gateway'] as const
export type HostName = (typeof hosts)[number]

export interface ArbitrationLab {
  readonly dir: string
  inside(host: HostName, command: string): Promise<string>
  /** The cable out of the switch: silence, but the carrier stays. */
  cut(host: HostName): Promise<void>
  heal(host: HostName): Promise<void>
  /** The port of the switch without power: no carrier. */
  port(host: HostName, state: 'up' | 'down'): Promise<void>
  start(): Promise<Driver>
  stopDrivers(): Promise<void>
  close(): Promise<void>
}

/** eth0 of each is 10.79.0.N/24 and fd79::N/64: here 1, there 2, gateway 3. */
export async function openArbitrationLab(): Promise<ArbitrationLab> {
  const dir = mkdtempSync(join(tmpdir(), 'tandem-arbitration-'))
  const closers: (() => Promise<unknown>)[] = [async () => rmSync(dir, { recursive: true, force: true })]
  const drivers: ChildProcess[] = []
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer().catch(error => console.error(String(error)))
  }
  try {
    const places = new Map<string, Place>()
    for (const name of ['switch', ...hosts]) {
      const place = await newPlace()
      closers.push(place.close)
      places.set(name, place)
    }
    const inside = (host: string, command: string): Promise<string> =>
      run(inNetwork(places.get(host)!, ['sh', '-c', command]))
    await inside(
      'switch',
      'ip link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0; ip link set br0 up',
    )
    for (const [i, name] of hosts.entries()) {
      const { pid } = places.get(name)!
      await inside(
        'switch',
        `ip link add p-${name} type veth peer name eth0 netns ${pid} && ip link set p-${name} master br0 up`,
      )
      const quick = 'for c in all default; do echo 0 >/proc/sys/net/ipv6/conf/$c/accept_dad; done'
      const addresses = `ip addr add 10.79.0.${i + 1}/24 dev eth0; ip addr add fd79::${i + 1}/64 dev eth0 nodad`
      await inside(name, `${quick}; ip link set eth0 up; ${addresses}`)
    }
    const program = join(dir, 'driver.cjs')
    await build({
      entryPoints: ['test/integration/arbitrationDriver.ts'],
      outfile: program,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      logLevel: 'error',
    })
    const stopDrivers = async (): Promise<void> => {
      for (const driver of drivers.splice(0)) await endInput(driver)
    }
    closers.push(stopDrivers)
    return {
      dir,
      inside,
      cut: async host => void (await inside('switch', `ip link set p-${host} nomaster`)),
      heal: async host => void (await inside('switch', `ip link set p-${host} master br0`)),
      port: async (host, state) => void (await inside('switch', `ip link set p-${host} ${state}`)),
      async start() {
        const [file = '', ...args] = inNetwork(places.get('here')!, [process.execPath, program])
        const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] })
        drivers.push(child)
        return driver(child)
      },
      stopDrivers,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function driver(child: ChildProcess): Promise<Driver> {
  const told: Told[] = []
  const lines = createInterface({ input: child.stdout! })
  child.stdin!.on('error', () => {})
  await once(lines, 'line')
  lines.on('line', line => told.push(JSON.parse(line) as Told))
  const { pid = 0 } = child
  return {
    process: child,
    told,
    order: order => void child.stdin!.write(`${JSON.stringify(order)}\n`),
    children: () => childrenOf(pid),
  }
}

function childrenOf(parent: number): { pid: number; command: string }[] {
  return readdirSync('/proc').flatMap(entry => {
    const fields = (peek(`/proc/${entry}/stat`) ?? '').split(') ')[1]?.split(' ') ?? []
    if (Number(fields[1]) !== parent || fields[0] === 'Z') return []
    return [{ pid: Number(entry), command: (peek(`/proc/${entry}/cmdline`) ?? '').replaceAll('\0', ' ').trim() }]
  })
}

export const gone = (pids: readonly number[]): Promise<void> =>
  until(`end of ${pids.join(' ')}`, 5_000, () =>
    pids.every(pid => (peek(`/proc/${pid}/stat`) ?? ') Z').split(') ')[1]?.[0] === 'Z'),
  )
