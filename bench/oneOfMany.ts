/**
 * One real node among up to fifteen that are hosted together in another process (`peers/`): what one machine of a large
 * cluster does, where `scale.ts` shows what one machine does that plays all of them.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import type { HistoryRecord } from '../src/daemon/records/record.ts'
import { type Answer, answerOf } from './answers.ts'
import type { Host } from './host.ts'
import type { Guest } from './observer.ts'
import { type Loss, stepsOf } from './oneOfManyReport.ts'
import { history } from './product.ts'
import { cost, type Homes, nameOf, timing } from './scale.ts'
import type { Cost } from './scaleReport.ts'
import { nowMs, peek, sleep, until } from './shell.ts'
import { comeBack, onStage, real, rest, type Stage } from './stage.ts'
import { secondsOf } from './usage.ts'

/**
 * cost: clusters at rest. shared, one: losses in the largest cluster, of a node that has its share or all groups.
 * answer: the same losses where a hosted peer takes over and the real node is one of those that have to agree.
 */
export const parts = ['cost', 'shared', 'one', 'answer'] as const
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

export type Row =
  | { readonly part: 'cost'; readonly cost: LoneCost }
  | { readonly part: Homes; readonly loss: Loss }
  | { readonly part: 'answer'; readonly answer: Answer }

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
      await onStage(plan.root, { nodes: n, groups: g, homes: 'shared', heir: real }, async stage =>
        add({ part: 'cost', cost: await costOf(stage, g, plan.seconds) }),
      )
  for (const homes of ['shared', 'one'] as const) {
    if (!plan.parts.includes(homes)) continue
    await onStage(plan.root, { nodes: mostNodes, groups: mostGroups, homes, heir: real }, async stage => {
      for (let i = 0; i < plan.losses; i++) {
        const victim = stage.guests[homes === 'one' ? 0 : i % stage.guests.length]!
        add({ part: homes, loss: await lose(stage, victim, mostGroups, i + 1) })
      }
    })
  }
  for (const homes of plan.parts.includes('answer') ? (['shared', 'one'] as const) : []) {
    // Of `one` the second is home of all; the heir comes first among the others.
    const [heir, victim] = homes === 'one' ? [1, 0] : [0, 1]
    const cast = { nodes: mostNodes, groups: mostGroups, homes, heir: nameOf(heir + 1) }
    await onStage(plan.root, cast, async stage => {
      for (let i = 0; i < plan.losses; i++)
        add({ part: 'answer', answer: await answerOf(stage, stage.guests[victim]!, cast.heir, mostGroups) })
    })
  }
  return rows
}

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
async function lose(stage: Stage, victim: Guest, groups: number, nth: number): Promise<Loss> {
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
  const { lateMaxMs, votes, agreed } = await peers.tell({ verb: 'report' })
  const loss: Loss = {
    nodes: stage.guests.length + 1,
    groups,
    moved: moving,
    nth,
    peersLateMs: lateMaxMs,
    loadAverage: Number((peek('/proc/loadavg') ?? '').split(' ')[0]),
    steps: stepsOf({
      dueMs: last.atMs + timing.deadtimeMs,
      nodes: stage.guests.length + 1,
      votesMs: votes.filter(({ by, dead }) => by !== real && dead === victim.name).map(({ atMs }) => atMs),
      agreedMs: agreed.filter(({ by }) => by !== real).map(({ atMs }) => atMs),
      addressesMs: taken().map(({ atMs }) => atMs),
      announcedMs: taken().map(({ address }) => {
        const first = lab.observer.announcements.find(one => one.address === address && one.atMs > faultMs)
        return first?.atMs ?? Number.POSITIVE_INFINITY
      }),
      records: records.filter(({ code, peer }) => code !== 'node-dead' || peer === victim.name),
    }),
  }
  await comeBack(stage, victim, moving)
  return loss
}

async function recordsOf(host: Host, sinceMs: number): Promise<readonly HistoryRecord[]> {
  const all = await history(host, ['node-dead', 'assigned', 'job-done', 'group-running'])
  return all.filter(({ atMs }) => atMs > sinceMs)
}
