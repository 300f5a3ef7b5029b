/** The laboratory of one real node and its peers, raised and at rest. */
import { unrest } from './ground.ts'
import type { Host } from './host.ts'
import { type Lab, openLab } from './lab.ts'
import type { Guest } from './observer.ts'
import { type Peers, startPeers } from './peers/peers.ts'
import { type Status, tandem, writeFiles } from './product.ts'
import { clusterOf, type Homes, nameOf, timing } from './scale.ts'
import type { Scene } from './scene.ts'
import { closeOnSignal } from './setup.ts'
import { nowMs, sleep, until } from './shell.ts'

/** The node that is real. */
export const real = nameOf(0)

export interface Stage extends Scene {
  readonly host: Host
  readonly peers: Peers
  readonly guests: readonly Guest[]
}

/** The cluster that is asked for. */
export interface Cast {
  readonly nodes: number
  readonly groups: number
  readonly homes: Homes
  /** Whoever takes what is lost. */
  readonly heir: string
}

type Work = (stage: Stage) => Promise<void>

export async function onStage(root: string, { nodes, groups, homes, heir }: Cast, work: Work): Promise<void> {
  let lab: Lab | undefined
  let peers: Peers | undefined
  const close = async (): Promise<void> => {
    await peers?.close()
    await lab?.close()
  }
  closeOnSignal(close)
  try {
    const ground = clusterOf(nodes, groups, homes, heir)
    const guests = ground.names.slice(1).map((name, i) => ({ name, address: `10.77.0.${i + 2}` }))
    lab = await openLab({ names: [real], guests, observerScript: `${root}/bench/observer.pl`, prefix: 16 })
    const host = lab.hosts[0]!
    writeFiles(host, `${root}/etc-examples/demo`, ground.files)
    const product = tandem(root)
    product.start(host)
    peers = await startPeers(root, lab, { configDir: `${host.dir}/ha.d`, broadcast: '10.77.255.255', peers: guests })
    const scene = { lab, product, timing, address: ground.address, say: () => {}, live: false }
    const stage = { ...scene, host, peers, guests }
    await rest(stage)
    await work(stage)
  } finally {
    await close()
  }
}

/** Waits until nobody has anything left to do. Throws at once where somebody refuses what another says. */
export async function rest(stage: Stage): Promise<Status> {
  const endMs = nowMs() + 120_000
  for (;;) {
    const status = await stage.product.status(stage.host)
    const report = await stage.peers.tell({ verb: 'report' })
    const wrong = [...(status ? troublesOf(status) : []), ...report.troubles, ...refusals('the peers', report.refused)]
    if (wrong.length > 0) throw new Error(`not one cluster: ${wrong.join('; ')}`)
    const nodes = stage.guests.length + 1
    const [restless] = Object.entries(report.unrest)
    const [trouble] = status?.problems?.filter(({ code }) => !harmless.test(code)) ?? []
    const why = unrest(status, nodes) ?? trouble?.text ?? (restless && `${restless[0]} says: ${restless[1]}`)
    if (status && why === undefined) return status
    if (nowMs() > endMs) throw new Error(`waited in vain for rest: ${why}`)
    await sleep(200)
  }
}

/** What a real node may never say of its peers here: other files, other keys, heartbeats that do not count. */
export function troublesOf({ problems = [], beat }: Status): readonly string[] {
  const told = problems.filter(({ code }) => serious.includes(code)).map(({ code, text }) => `${code}: ${text}`)
  return [...told, ...refusals('the real node', beat.refused ?? {})]
}

/** Said of the machine or of the files, and true of every laboratory that shares its processors. */
const harmless = /^(LATE|HA\d+)$/

const serious = ['DIFFERS', 'HEARTBEAT']

export const refusals = (who: string, refused: Readonly<Record<string, number>>): readonly string[] =>
  Object.entries(refused).map(([why, count]) => `${who} refused ${count} datagrams: ${why}`)

/** Power on again, and it takes what is at home there, so many groups. */
export async function comeBack(stage: Stage, victim: Guest, groups: number): Promise<void> {
  const { host, peers, product } = stage
  await peers.tell({ verb: 'boot', name: victim.name })
  await rest(stage)
  await peers.tell({ verb: 'take-home', name: victim.name })
  await until(`${victim.name} has its groups again`, 60_000, async () => {
    const owned = (await product.status(host))?.groups.filter(({ owner }) => owner === victim.name)
    return owned?.length === groups
  })
  await rest(stage)
}
