/** A running cluster under observation, and the steps that all cases share. */
import type { Host } from './host.ts'
import { forget, hostNamed, type Lab, otherThan } from './lab.ts'
import { answeredByTwo, type Gap, longestGap, overlapMs, steady } from './observer.ts'
import type { Product, Timing } from './product.ts'
import { nowMs, sleep, until } from './shell.ts'

export interface Scene {
  readonly lab: Lab
  readonly product: Product
  readonly timing: Timing
  /** The service address that the client probes. */
  readonly address: string
  /** One line of the account, for people. */
  say(text: string): void
  /** Set when each change of a node's or group's state shall be told as it happens. */
  readonly live: boolean
}

/** Starts the probe and the cluster, and waits until it serves. */
export async function raise(scene: Scene): Promise<void> {
  scene.lab.observer.probe(5, scene.address)
  for (const host of scene.lab.hosts) scene.product.start(host)
  await settled(scene)
}

/** Waits until every node sees every node up, one host serves, and the client sees no hole. */
export async function settled(scene: Scene, limitMs = 60_000): Promise<void> {
  const { lab, product, address } = scene
  let last = 'no status'
  const well = async () => {
    const holders = lab.observer.holders(address)
    for (const host of lab.hosts) {
      const status = await product.status(host)
      last = status ? `${host.name} says "${status.headline}"` : `no status from ${host.name}`
      const up = status?.nodes.filter(node => node.state === 'up').length
      if (up !== lab.hosts.length) return false
      if (status?.groups.some(group => group.owner !== holders[0])) return false
    }
    last = `address on ${holders.join(' and ') || 'no host'}`
    return holders.length === 1 && steady(lab.observer.answers, 500, holders[0])
  }
  await until('a steady cluster', limitMs, well, 50).catch(error => {
    throw new Error(`${(error as Error).message} (${last})`)
  })
}

/** The host that serves, and the one that stands by. */
export function roles(scene: Scene): { active: Host; standby: Host } {
  const active = hostNamed(scene.lab, scene.lab.observer.holders(scene.address)[0])
  return { active, standby: otherThan(scene.lab, active) }
}

/** The start of a measurement. */
export interface Watch {
  readonly active: Host
  readonly standby: Host
  readonly fromMs: number
  readonly holders: readonly string[]
}

/** Waits for a steady cluster, then for a random part of a heartbeat, and begins to watch. */
export async function watch(scene: Scene): Promise<Watch> {
  await settled(scene)
  forget(scene.lab)
  const fromMs = nowMs()
  const holders = scene.lab.observer.holders(scene.address)
  await sleep(300 + Math.random() * scene.timing.keepaliveMs)
  return { ...roles(scene), fromMs, holders }
}

/** Notes an act of ours in the record and in the account. */
export function note(scene: Scene, text: string, atMs = nowMs()): number {
  scene.lab.record(`N ${atMs.toFixed(3)} ${text}`)
  scene.say(text)
  return atMs
}

/** Waits until the host alone has answered for 300 ms; tells what the nodes say meanwhile if the scene is live. */
export async function served(scene: Scene, by: Host, limitMs: number): Promise<void> {
  const teller = scene.live ? tell(scene, by) : undefined
  try {
    await until(`${by.name} to serve ${scene.address}`, limitMs, () => steady(scene.lab.observer.answers, 300, by.name))
  } finally {
    teller?.stop()
  }
}

/** Tells each change in what this host says of its peers. */
function tell(scene: Scene, host: Host): { stop(): void } {
  const known = new Map<string, string>()
  const timer = setInterval(async () => {
    const status = await scene.product.status(host)
    for (const node of status?.nodes ?? []) {
      const before = known.get(node.name)
      known.set(node.name, node.state)
      if (before !== undefined && before !== node.state) scene.say(`${host.name} says: ${node.name} is ${node.state}`)
    }
  }, 100)
  return { stop: () => clearInterval(timer) }
}

export interface Figures {
  readonly outage: Gap
  /** Time in which both hosts on the wire had the address, from the watch's start until now. */
  readonly overlapMs: number
  /** Questions "who has it" that both answered: the same from the wire's side. */
  readonly answeredByTwo: number
}

export function figures(scene: Scene, { holders, fromMs }: Watch, sinceMs: number): Figures {
  const { observer, cuts } = scene.lab
  const holdings = observer.holdings.filter(change => change.address === scene.address)
  return {
    outage: longestGap(observer.answers, sinceMs),
    overlapMs: overlapMs(holders, holdings, cuts, fromMs, nowMs()),
    answeredByTwo: answeredByTwo(observer.whoHas),
  }
}

/** When the address first came to or left the host after an instant. */
export function changedAt(scene: Scene, host: Host, held: boolean, sinceMs: number): number | undefined {
  const all = scene.lab.observer.holdings
  return all.find(
    one => one.host === host.name && one.address === scene.address && one.held === held && one.atMs >= sinceMs,
  )?.atMs
}

/** Ms with one decimal: the grain of all that is printed. */
export function tenths(ms: number): number {
  return Math.round(ms * 10) / 10
}
