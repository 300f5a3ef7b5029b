/** What a case stands on that the usual laboratory of two hosts and one cable does not have. */
import type { Host } from './host.ts'
import { type Lab, openLab } from './lab.ts'
import { type Files, type Status, type Timing, tandem, writeFiles } from './product.ts'
import type { Scene } from './scene.ts'
import { nowMs, sleep, until } from './shell.ts'

export interface Ground {
  readonly names: readonly string[]
  readonly timing: Timing
  readonly files: Files
  /** The address that the client probes. */
  readonly address: string
  /** Between two probes; 0 = none. */
  readonly probeMs: number
  readonly prefix?: number
  readonly backLink?: boolean
  /** One node after the other: sixteen at once would have to share the processor of one machine. */
  readonly inTurn?: boolean
}

/** For nodes that share one machine with many others. */
const restLimitMs = 600_000

/** The three times as lines of ha.cf. */
export const timesOf = ({ keepaliveMs, warntimeMs, deadtimeMs }: Timing): string =>
  `keepalive ${keepaliveMs}ms\nwarntime ${warntimeMs}ms\ndeadtime ${deadtimeMs}ms\n`

/** A laboratory with running daemons that have come to rest. The caller closes `scene.lab`, also when this throws. */
export async function raiseGround(root: string, ground: Ground, opened: (lab: Lab) => void): Promise<Scene> {
  const { names, timing, files, address, probeMs, prefix, backLink, inTurn } = ground
  const lab = await openLab({
    names,
    observerScript: `${root}/bench/observer.pl`,
    ...(prefix && { prefix }),
    ...(backLink && { backLink }),
  })
  opened(lab)
  for (const host of lab.hosts) writeFiles(host, `${root}/etc-examples/demo`, files)
  const scene: Scene = { lab, product: tandem(root), timing, address, say: () => {}, live: false }
  for (const host of lab.hosts) {
    scene.product.start(host)
    if (inTurn) await until(`${host.name} has looked around`, restLimitMs, () => hasLooked(scene, host), 200)
  }
  await quiet(scene, restLimitMs)
  if (probeMs > 0) lab.observer.probe(probeMs, address)
  return scene
}

async function hasLooked({ product }: Scene, host: Host): Promise<boolean> {
  const own = await product.status(host)
  return own?.groups.every(group => group.state !== 'unknown' || group.on.length === 0) ?? false
}

/** Is nothing left to be done, as this node sees it? What is missing, in words, if so. */
export function unrest(status: Status | undefined, nodes: number): string | undefined {
  if (status === undefined) return 'no answer'
  const up = status.nodes.filter(node => node.state === 'up').length
  if (up !== nodes) return `${up} of ${nodes} nodes up`
  const group = status.groups.find(one => one.state !== 'running' || one.on.length !== 1 || one.on[0] !== one.owner)
  if (group) return `${group.name} is ${group.state} on ${group.on.join(' and ') || 'no node'}`
  return status.pings?.every(ping => ping.state === 'up') === false ? 'a ping node does not answer' : undefined
}

/** Waits until no node has anything left to do, by its own word. */
export async function quiet({ lab, product }: Scene, limitMs = 120_000): Promise<void> {
  const end = nowMs() + limitMs
  for (const host of lab.hosts) {
    let why = unrest(await product.status(host), lab.hosts.length)
    while (why !== undefined) {
      if (nowMs() > end) throw new Error(`waited ${limitMs / 1000} s in vain for rest: ${host.name}: ${why}`)
      await sleep(100)
      why = unrest(await product.status(host), lab.hosts.length)
    }
  }
}
