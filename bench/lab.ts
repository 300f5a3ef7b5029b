/**
 * A laboratory on one Linux machine: hosts at a switch, a client, an observer. Needs root, or a user namespace.
 * Nothing has a name in the machine's own namespaces, so nothing can be left behind there.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { boot, closeHost, type Host, newHost, powerOff, waitUntilDark } from './host.ts'
import { type Cut, type Guest, type Observer, type Recorder, realtime, startObserver } from './observer.ts'
import { endInput, inNetwork, newPlace, type Place } from './place.ts'
import { nowMs, run } from './shell.ts'

export interface Lab {
  readonly dir: string
  readonly hosts: readonly Host[]
  readonly client: Place
  /** Of all guests together. */
  readonly guests: Place | undefined
  readonly observer: Observer
  /** When which host was off the wire, since the last `forget`. */
  readonly cuts: Cut[]
  readonly record: Recorder
  /** Orders to the switch take effect within a millisecond: a running `ip -batch` carries them out. */
  readonly lanOrders: ChildProcess
  /** Takes everything down. The folder stays when KEEP_LAB is set. */
  close(): Promise<void>
}

export interface LabOptions {
  readonly names: readonly string[]
  /** Of observer.pl. */
  readonly observerScript: string
  readonly heartbeatPort?: number
  readonly record?: Recorder
  /** Of the network 10.77.0.0: 24 bits, or 16 where there are more addresses. */
  readonly prefix?: number
  /** A second cable from each host to a switch of its own, for heartbeats: eth1, 10.78.0.N/24. */
  readonly backLink?: boolean
  /** Nodes that share one network and one cable; their addresses are configured there. */
  readonly guests?: readonly Guest[]
}

/** Builds switch, client and hosts; the hosts are switched on. What was built is taken down if that fails half way. */
export async function openLab(options: LabOptions): Promise<Lab> {
  const dir = mkdtempSync(`${tmpdir()}/tandem-lab-`)
  const closers: Closer[] = [async () => removeFolder(dir)]
  const closeLater = <T>(made: T, close: Closer): T => {
    closers.push(close)
    return made
  }
  try {
    const lan = await newPlace()
    closers.push(lan.close)
    const client = await newPlace()
    closers.push(client.close)
    const hosts: Host[] = []
    for (const [i, name] of options.names.entries()) {
      const host = await newHost(name, i + 1, dir, options.prefix)
      hosts.push(closeLater(host, () => closeHost(host)))
    }
    await layCables(lan, client, hosts, options.prefix ?? 24)
    if (options.backLink) await layBackLinks(lan, hosts)
    const guests = options.guests && (await newPlace())
    if (guests) closers.push(guests.close)
    if (guests) await layGuestCable(lan, guests, options.guests ?? [], options.prefix ?? 24)
    const record = options.record ?? (() => {})
    const port = options.heartbeatPort ?? 694
    const observer = await startObserver(options.observerScript, client, lan, hosts, port, record, options.guests)
    closers.push(observer.close)
    await Promise.all(hosts.map(boot))
    const [file = '', ...args] = [...(await realtime()), ...inNetwork(lan, ['ip', '-force', '-batch', '-'])]
    const lanOrders = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    closers.push(() => endInput(lanOrders))
    return { dir, hosts, client, guests, observer, cuts: [], record, lanOrders, close: () => closeAll(closers) }
  } catch (error) {
    await closeAll(closers)
    throw error
  }
}

type Closer = () => Promise<void>

async function closeAll(closers: Closer[]): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close().catch(error => console.error(String(error)))
}

function removeFolder(dir: string): void {
  if (process.env['KEEP_LAB'] === undefined) rmSync(dir, { recursive: true, force: true })
  else console.error(`kept ${dir}`)
}

async function layCables(lan: Place, client: Place, hosts: readonly Host[], prefix: number): Promise<void> {
  const cables = [
    ...hosts.map(host => ({ port: host.port, pid: host.place.pid, mac: host.mac })),
    { port: 'p-client', pid: client.pid, mac: '02:00:0a:4d:00:fa' },
  ]
  const orders = [
    'link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0',
    'link set br0 up',
    ...cables.flatMap(({ port, pid, mac }) => [
      `link add ${port} type veth peer name eth0 address ${mac} netns ${pid}`,
      `link set ${port} master br0 up`,
    ]),
  ]
  await run(inNetwork(lan, ['ip', '-batch', '-']), `${orders.join('\n')}\n`)
  for (const host of hosts) await run(inNetwork(host.place, ['ip', 'link', 'set', 'eth0', 'up']))
  const clientOrders = `addr add ${clientAddress}/${prefix} brd + dev eth0\nlink set eth0 up\n`
  await run(inNetwork(client, ['ip', '-batch', '-']), clientOrders)
}

async function layGuestCable(lan: Place, place: Place, guests: readonly Guest[], prefix: number): Promise<void> {
  const cable = `link add p-guests type veth peer name eth0 address 02:00:0a:4d:01:00 netns ${place.pid}`
  await run(inNetwork(lan, ['ip', '-batch', '-']), `${cable}\nlink set p-guests master br0 up\n`)
  const addresses = guests.map(({ address }) => `addr add ${address}/${prefix} brd + dev eth0\n`).join('')
  await run(inNetwork(place, ['ip', '-batch', '-']), `${addresses}link set eth0 up\n`)
}

/** It answers pings, as any host does. */
export const clientAddress = '10.77.0.250'

const backPort = (host: Host): string => `q-${host.name}`

async function layBackLinks(lan: Place, hosts: readonly Host[]): Promise<void> {
  const orders = [
    'link add br1 type bridge stp_state 0 forward_delay 0 mcast_snooping 0',
    'link set br1 up',
    ...hosts.flatMap(host => [
      `link add ${backPort(host)} type veth peer name eth1 netns ${host.place.pid}`,
      `link set ${backPort(host)} master br1 up`,
    ]),
  ]
  await run(inNetwork(lan, ['ip', '-batch', '-']), `${orders.join('\n')}\n`)
  for (const { place, address } of hosts) {
    const own = `addr add ${address.replace('10.77.', '10.78.')}/24 brd + dev eth1\nlink set eth1 up\n`
    await run(inNetwork(place, ['ip', '-batch', '-']), own)
  }
}

export function forget(lab: Lab): void {
  lab.observer.forget()
  const now = nowMs()
  lab.cuts.splice(0, lab.cuts.length, ...lab.cuts.filter(cut => cut.toMs > now))
}

/** An order to the switch and its acknowledgement; the instant at which it was given. */
async function orderLan(lab: Lab, order: string): Promise<number> {
  const acknowledged = once(lab.lanOrders.stdout!, 'data')
  const atMs = nowMs()
  lab.lanOrders.stdin!.write(`${order}\nlink show dev br0\n`)
  await acknowledged
  return atMs
}

/** Silent loss: the carrier stays, nothing passes. The instant of the cut. */
export async function cut(lab: Lab, host: Host): Promise<number> {
  const atMs = await orderLan(lab, `link set ${host.port} nomaster`)
  lab.cuts.push({ host: host.name, fromMs: atMs, toMs: Number.POSITIVE_INFINITY })
  return atMs
}

/** The cable works again; the instant at which it does. */
export async function heal(lab: Lab, host: Host): Promise<number> {
  const atMs = await orderLan(lab, `link set ${host.port} master br0`)
  for (const one of lab.cuts) if (one.host === host.name) one.toMs = Math.min(one.toMs, atMs)
  return atMs
}

/** The same of the second cable alone. */
export const cutBack = (lab: Lab, host: Host): Promise<number> => orderLan(lab, `link set ${backPort(host)} nomaster`)

export const healBack = (lab: Lab, host: Host): Promise<number> =>
  orderLan(lab, `link set ${backPort(host)} master br1`)

/** Power loss as the others see it: link dead and every process gone at once. The instant of it. */
export async function crash(lab: Lab, host: Host): Promise<number> {
  const init = host.power?.init ?? 0
  const cutting = cut(lab, host)
  powerOff(host)
  const atMs = await cutting
  await waitUntilDark(host, init)
  return atMs
}

/** Power on after a crash: addresses gone, cable in. */
export async function reboot(lab: Lab, host: Host): Promise<void> {
  await boot(host)
  await heal(lab, host)
}

export function hostNamed(lab: Lab, name: string | undefined): Host {
  const host = lab.hosts.find(one => one.name === name)
  if (!host) throw new Error(`the laboratory has no host ${name ?? 'at all'}`)
  return host
}

export function otherThan(lab: Lab, host: Host): Host {
  return lab.hosts.find(one => one !== host)!
}
