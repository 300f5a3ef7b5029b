/** Two to sixteen nodes, one to a hundred groups: what a keepalive costs, and the loss of one node of many. */
import { type Ground, quiet, raiseGround, timesOf } from './ground.ts'
import type { Host } from './host.ts'
import { crash, hostNamed, type Lab, reboot } from './lab.ts'
import { history, type Timing } from './product.ts'
import type { Cost, FailOver } from './scaleReport.ts'
import { note, type Scene } from './scene.ts'
import { closeOnSignal } from './setup.ts'
import { nowMs, peek, sleep, until } from './shell.ts'
import { memoryOf, processorSeconds, secondsOf } from './usage.ts'

export const timing: Timing = { keepaliveMs: 1000, warntimeMs: 3000, deadtimeMs: 10_000 }

/** Of haresources: shared by all nodes in turn, or all at home on one, the second. */
export type Homes = 'shared' | 'one'

export const addressOf = (group: number): string => `10.77.${1 + Math.floor(group / 200)}.${1 + (group % 200)}`
export const nameOf = (node: number): string => `n${String(node + 1).padStart(2, '0')}`

/** A resource that costs nothing but its script: it runs while a file is there. */
const unit = `#!/bin/sh
file=/run/unit.$1
case $2 in
start) : >"$file" ;;
stop) rm -f "$file" ;;
status) if [ -e "$file" ]; then echo running; else echo stopped; fi ;;
esac
`

/**
 * Each group is an address and a script. Whoever is home of none is a spare, so that everyone may take over.
 * @param heir a spare too, the first of them: of three and more nodes all that is lost goes there
 */
export function clusterOf(nodes: number, groups: number, homes: Homes, heir?: string): Ground {
  const names = Array.from({ length: nodes }, (_, i) => nameOf(i))
  const homeOf = (group: number): string => (homes === 'one' ? names[1]! : names[group % nodes]!)
  const lines = Array.from({ length: groups }, (_, i) => `${homeOf(i)} IPaddr2::${addressOf(i)}/16/eth0 unit::${i}`)
  const used = new Set(Array.from({ length: groups }, (_, i) => homeOf(i)))
  const idle = [...(heir ? [heir] : []), ...names.filter(name => name !== heir && !used.has(name))]
  const spare = nodes > 2 && idle.length > 0 ? `spare ${idle.join(' ')}\n` : ''
  return {
    names,
    timing,
    files: {
      haCf: `${timesOf(timing)}initdead 600\nbcast eth0\nauto_failback off\nnode ${names.join(' ')}\n${spare}`,
      haresources: `${lines.join('\n')}\n`,
      scripts: { unit },
    },
    address: addressOf(0),
    probeMs: 0,
    prefix: 16,
    inTurn: true,
  }
}

export interface ScalePlan {
  readonly root: string
  readonly nodes: readonly number[]
  readonly groups: readonly number[]
  /** Of each measurement of the processor. */
  readonly seconds: number
  /** Losses of a node in the largest cluster, each way. */
  readonly losses: number
  say(text: string): void
}

export interface Scale {
  readonly costs: readonly Cost[]
  /** The groups shared by all nodes; all on the one that is lost. */
  readonly failOvers: readonly (readonly FailOver[])[]
}

export async function runScale({ root, nodes, groups, seconds, losses, say }: ScalePlan): Promise<Scale> {
  let lab: Lab | undefined
  closeOnSignal(async () => lab?.close())
  const within = async <T>(ground: Ground, work: (scene: Scene) => Promise<T>): Promise<T> => {
    try {
      const scene = await raiseGround(root, ground, opened => {
        lab = opened
      })
      return await work(scene)
    } finally {
      await lab?.close()
    }
  }
  const lost = async (scene: Scene, homes: Homes, count: number): Promise<FailOver[]> => {
    const found: FailOver[] = []
    for (let i = 0; i < Math.min(losses, scene.lab.hosts.length - 1); i++) {
      const one = await lose(scene, homes === 'one' ? fullest(scene) : scene.lab.hosts[i + 1]!, count)
      found.push(one)
      say(`scale: a node of ${scene.lab.hosts.length} is lost: ${JSON.stringify(one)}`)
    }
    return found
  }
  const [mostNodes, mostGroups] = [Math.max(...nodes), Math.max(...groups)]
  const costs: Cost[] = []
  let shared: FailOver[] = []
  for (const n of nodes) {
    for (const g of groups) {
      await within(clusterOf(n, g, 'shared'), async scene => {
        costs.push(await cost(scene, g, seconds))
        say(`scale: ${JSON.stringify(costs.at(-1))}`)
        if (n === mostNodes && g === mostGroups) shared = await lost(scene, 'shared', g)
      })
    }
  }
  const one = await within(clusterOf(mostNodes, mostGroups, 'one'), scene => lost(scene, 'one', mostGroups))
  return { costs, failOvers: [shared, one] }
}

/** Start-up, the first announcements and the compilation of what is used are over by then. */
const settleMs = 15_000

/** At rest: processor, memory, heartbeats; the mean of all hosts of the laboratory. */
export async function cost({ lab, product }: Scene, groups: number, seconds: number): Promise<Cost> {
  await sleep(settleMs)
  const read = () =>
    lab.hosts.map(host => {
      const beat = secondsOf(product.beat(host)!)
      const manager = secondsOf(product.manager(host)!)
      return { beat, manager, all: processorSeconds(host) }
    })
  lab.observer.beats.length = 0
  const before = read()
  const fromMs = nowMs()
  await sleep(seconds * 1000)
  const after = read()
  const keepalives = (nowMs() - fromMs) / timing.keepaliveMs
  const bytes = lab.observer.beats.map(beat => beat.bytes)
  const used = after.map((now, i) => {
    const was = before[i]!
    const ms = (part: keyof typeof now) => ((now[part] - was[part]) * 1000) / keepalives
    return { beat: ms('beat'), manager: ms('manager'), all: ms('all') }
  })
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length
  const memory = lab.hosts.map(memoryOf)
  return {
    nodes: lab.hosts.length,
    groups,
    keepaliveMs: timing.keepaliveMs,
    beatMs: mean(used.map(({ beat }) => beat)),
    managerMs: mean(used.map(({ manager }) => manager)),
    helpersMs: mean(used.map(({ beat, manager, all }) => all - beat - manager)),
    worstPercent: (Math.max(...used.map(({ all }) => all)) / timing.keepaliveMs) * 100,
    datagramBytes: Math.max(...bytes),
    pssMib: mean(memory.map(({ pssKib }) => pssKib)) / 1024,
    dirtyMib: mean(memory.map(({ dirtyKib }) => dirtyKib)) / 1024,
    loadAverage: Number((peek('/proc/loadavg') ?? '').split(' ')[0]),
  }
}

const held = ({ lab }: Scene, groups: number, host: Host): string[] =>
  Array.from({ length: groups }, (_, i) => addressOf(i)).filter(address =>
    lab.observer.holders(address).includes(host.name),
  )

function fullest(scene: Scene): Host {
  const counts = scene.lab.hosts.map(host => held(scene, 1000, host).length)
  return scene.lab.hosts[counts.indexOf(Math.max(...counts))]!
}

async function lose(scene: Scene, victim: Host, groups: number): Promise<FailOver> {
  const { lab, product } = scene
  const moving = held(scene, groups, victim)
  lab.observer.forget()
  await sleep(1500 + Math.random() * timing.keepaliveMs) // a heartbeat of each, at any part of it
  product.release(victim)
  const faultMs = note(scene, `power loss of ${victim.name}`, await crash(lab, victim))
  const taken = () => lab.observer.holdings.filter(one => one.held && one.host !== victim.name && one.atMs > faultMs)
  await until(`${moving.length} addresses on other nodes`, 3 * timing.deadtimeMs, () => taken().length >= moving.length)
  await sleep(3000)
  const holdings = taken()
  const dueMs = (host: string): number => {
    const beats = lab.observer.beats.filter(one => one.from === victim.name && one.to === host)
    return beats.findLast(one => one.atMs <= faultMs + 1)!.atMs + timing.deadtimeMs
  }
  const after = holdings.map(one => one.atMs - dueMs(one.host)).sort((a, b) => a - b)
  const announced = holdings.map(({ host, address, atMs }) => {
    const all = lab.observer.announcements
    const told = all.find(one => one.host === host && one.address === address && one.atMs > faultMs)
    return (told?.atMs ?? atMs + 60_000) - dueMs(host)
  })
  const takers = [...new Set(holdings.map(({ host }) => host))]
  const running: number[] = []
  for (const name of takers) {
    const records = await history(hostNamed(lab, name), ['group-running'])
    running.push(...records.filter(({ atMs }) => atMs > faultMs).map(({ atMs }) => atMs - dueMs(name)))
  }
  await reboot(lab, victim)
  product.start(victim)
  await quiet(scene, 600_000)
  return {
    nodes: lab.hosts.length,
    groups,
    moved: moving.length,
    firstAddressMs: after[0]!,
    lastAddressMs: after.at(-1)!,
    announcedMs: Math.max(...announced),
    runningMs: Math.max(...running),
  }
}
