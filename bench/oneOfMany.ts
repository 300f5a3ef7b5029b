/**
 * One real node among up to fifteen that are hosted together in another process (`peers/`): what one machine of a large
 * cluster does, where `scale.ts` shows what one machine does that plays all of them.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import type { HistoryRecord } from '../src/daemon/records/record.ts'
import { unrest } from './ground.ts'
import type { Host } from './host.ts'
import { type Lab, openLab } from './lab.ts'
import type { Guest } from './observer.ts'
import { type Loss, stepsOf } from './oneOfManyReport.ts'
import { type Peers, startPeers } from './peers/peers.ts'
import { history, type Status, tandem, writeFiles } from './product.ts'
import { clusterOf, cost, type Homes, nameOf, timing } from './scale.ts'
import type { Cost } from './scaleReport.ts'
import type { Scene } from './scene.ts'
import { closeOnSignal } from './setup.ts'
import { nowMs, peek, sleep, until } from './shell.ts'
import { secondsOf } from './usage.ts'

/** cost: clusters at rest. shared, one: losses in the largest cluster, of a node that has its share or all groups. */
export const parts = ['cost', 'shared', 'one'] as const
export type Part = (typeof parts)[number]

export interface OneOfManyPlan {
  readonly root: string
  readonly parts: readonly Part[]
  readonly nodes: readonly number[]
  readonly groups: readonly number[]
  /** Of each measurement of the processor. */
  readonly seconds: number
  /** Losses of a node, each way. */
  readonly losses: number
  /** Figures are added to this file, and those that are there already are told too. */
  readonly rows?: string
  say(text: string): void
}

/** What was measured in one cluster at rest. */
export interface LoneCost extends Cost {
  /** Processor of the process of the peers, in percent of a core. */
  readonly peersPercent: number
  readonly peersLateMs: number
}

export type Row = { readonly part: 'cost'; readonly cost: LoneCost } | { readonly part: Homes; readonly loss: Loss }

/** The node that is real: the first, and heir of all others. */
const real = nameOf(0)

interface Stage extends Scene {
  readonly host: Host
  readonly peers: Peers
  readonly guests: readonly Guest[]
}

export async function runOneOfMany(plan: OneOfManyPlan): Promise<readonly Row[]> {
  const { nodes, groups, rows: path, say } = plan
  const rows: Row[] = []
  const add = (row: Row): void => {
    rows.push(row)
    if (path !== undefined) appendFileSync(path, `${JSON.stringify(row)}\n`)
    say(`oneOfMany: ${JSON.stringify(row)}`)
  }
  if (path !== undefined && existsSync(path)) {
    const lines = readFileSync(path, 'utf8').trim().split('\n')
    rows.push(...lines.map(line => JSON.parse(line) as Row))
  }
  const [mostNodes, mostGroups] = [Math.max(...nodes), Math.max(...groups)]
  for (const n of plan.parts.includes('cost') ? nodes : [])
    for (const g of groups)
      await onStage(plan.root, n, g, 'shared', async stage =>
        add({ part: 'cost', cost: await costOf(stage, g, plan.seconds) }),
      )
  for (const homes of ['shared', 'one'] as const) {
    if (!plan.parts.includes(homes)) continue
    await onStage(plan.root, mostNodes, mostGroups, homes, async stage => {
      for (let i = 0; i < plan.losses; i++) {
        const victim = stage.guests[homes === 'one' ? 0 : i % stage.guests.length]!
        add({ part: homes, loss: await lose(stage, victim, mostGroups) })
      }
    })
  }
  return rows
}

type Work = (stage: Stage) => Promise<void>

async function onStage(root: string, nodes: number, groups: number, homes: Homes, work: Work): Promise<void> {
  let lab: Lab | undefined
  let peers: Peers | undefined
  const close = async (): Promise<void> => {
    await peers?.close()
    await lab?.close()
  }
  closeOnSignal(close)
  try {
    const ground = clusterOf(nodes, groups, homes, real)
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
async function rest(stage: Stage): Promise<Status> {
  const endMs = nowMs() + 120_000
  for (;;) {
    const status = await stage.product.status(stage.host)
    const report = await stage.peers.tell({ verb: 'report' })
    const wrong = [...(status ? troublesOf(status) : []), ...report.troubles, ...refusals('the peers', report.refused)]
    if (wrong.length > 0) throw new Error(`not one cluster: ${wrong.join('; ')}`)
    const nodes = stage.guests.length + 1
    const [restless] = Object.entries(report.unrest)
    const [trouble] = status?.problems?.filter(({ code }) => !harmless.includes(code)) ?? []
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
const harmless = ['LATE']

const serious = ['DIFFERS', 'HEARTBEAT']

export const refusals = (who: string, refused: Readonly<Record<string, number>>): readonly string[] =>
  Object.entries(refused).map(([why, count]) => `${who} refused ${count} datagrams: ${why}`)

async function costOf(stage: Stage, groups: number, seconds: number): Promise<LoneCost> {
  await stage.peers.tell({ verb: 'forget' })
  const [fromMs, before] = [nowMs(), secondsOf(stage.peers.pid)]
  const own = await cost(stage, groups, seconds)
  const peersPercent = ((secondsOf(stage.peers.pid) - before) / (nowMs() - fromMs)) * 100_000
  const { lateMaxMs, longestBytes } = await stage.peers.tell({ verb: 'report' })
  await rest(stage)
  const datagramBytes = Math.max(own.datagramBytes, longestBytes)
  return { ...own, nodes: stage.guests.length + 1, datagramBytes, peersPercent, peersLateMs: lateMaxMs }
}

/** Power loss of a peer at any part of a heartbeat; then it is back, and has what it had. */
async function lose(stage: Stage, victim: Guest, groups: number): Promise<Loss> {
  const { lab, host, peers } = stage
  const moving = (await rest(stage)).groups.filter(({ owner }) => owner === victim.name).length
  if (moving === 0) throw new Error(`${victim.name} has no group to lose`)
  lab.observer.forget()
  await sleep(1500 + Math.random() * timing.keepaliveMs)
  await peers.tell({ verb: 'forget' })
  const { atMs: faultMs } = await peers.tell({ verb: 'crash', name: victim.name })
  const taken = () => lab.observer.holdings.filter(one => one.held && one.atMs > faultMs)
  await until(`${moving} addresses on ${host.name}`, 3 * timing.deadtimeMs, () => taken().length >= moving)
  await sleep(2000) // nobody is asked while there is work
  let records = await recordsOf(host, faultMs)
  await until(`${moving} groups that run on ${host.name}`, 30_000, async () => {
    records = await recordsOf(host, faultMs)
    return records.filter(({ code }) => code === 'group-running').length >= moving
  })
  const last = lab.observer.beats.findLast(beat => beat.from === victim.name && beat.to === host.name)
  if (last === undefined || last.atMs > faultMs + 50) throw new Error(`no last heartbeat of ${victim.name} was seen`)
  const { lateMaxMs, votes, agreedMs } = await peers.tell({ verb: 'report' })
  const loss: Loss = {
    nodes: stage.guests.length + 1,
    groups,
    moved: moving,
    peersLateMs: lateMaxMs,
    loadAverage: Number((peek('/proc/loadavg') ?? '').split(' ')[0]),
    steps: stepsOf({
      dueMs: last.atMs + timing.deadtimeMs,
      nodes: stage.guests.length + 1,
      votesMs: votes.filter(({ dead }) => dead === victim.name).map(({ atMs }) => atMs),
      agreedMs,
      addressesMs: taken().map(({ atMs }) => atMs),
      announcedMs: taken().map(({ address }) => {
        const first = lab.observer.announcements.find(one => one.address === address && one.atMs > faultMs)
        return first?.atMs ?? Number.POSITIVE_INFINITY
      }),
      records: records.filter(({ code, peer }) => code !== 'node-dead' || peer === victim.name),
    }),
  }
  await peers.tell({ verb: 'boot', name: victim.name })
  await rest(stage)
  await peers.tell({ verb: 'take-home', name: victim.name })
  await until(`${victim.name} has its groups again`, 60_000, async () => {
    const owned = (await stage.product.status(host))?.groups.filter(({ owner }) => owner === victim.name)
    return owned?.length === moving
  })
  await rest(stage)
  return loss
}

async function recordsOf(host: Host, sinceMs: number): Promise<readonly HistoryRecord[]> {
  const all = await history(host, ['node-dead', 'assigned', 'job-done', 'group-running'])
  return all.filter(({ atMs }) => atMs > sinceMs)
}
