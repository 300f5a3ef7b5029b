/** Cases that have to succeed every time: one round each, and the rule by which it counts. Times in ms. */
import type { HistoryRecord } from '../src/daemon/records/record.ts'
import type { Row } from './cases.ts'
import { type Ground, quiet, timesOf } from './ground.ts'
import type { Host } from './host.ts'
import { clientAddress, crash, cut, cutBack, forget, heal, healBack, otherThan, reboot } from './lab.ts'
import { answeredByTwo, longestGap, overlapMs } from './observer.ts'
import { history, type Timing } from './product.ts'
import { changedAt, note, roles, type Scene, tenths } from './scene.ts'
import { nowMs, sleep, until } from './shell.ts'

export interface Round {
  readonly ground: Ground
  run(scene: Scene): Promise<Row>
  /** Why it does not count as a success; undefined when it does. */
  wrong(row: Row): string | undefined
}

const leased: Timing = { keepaliveMs: 200, warntimeMs: 1000, deadtimeMs: 4000 }
const quick: Timing = { keepaliveMs: 100, warntimeMs: 500, deadtimeMs: 1000 }
const address = '10.77.0.100'

/**
 * Two nodes; the service, and the ping node if there is one, on eth0. Heartbeats by ucast: who asks about a silent host
 * must know its address, and bcast does not tell it.
 */
function pair(timing: Timing, link: 'eth0' | 'eth1', pinged: boolean): Ground {
  const net = link === 'eth0' ? '10.77.0' : '10.78.0'
  const links = `ucast ${link} ${net}.1\nucast ${link} ${net}.2\n`
  const ping = pinged ? `ping ${clientAddress}\nsplit_policy ask\n` : 'split_policy take\n'
  const haCf = `${timesOf(timing)}initdead 10\n${links}auto_failback off\nnode alpha beta\n${ping}`
  return {
    names: ['alpha', 'beta'],
    timing,
    files: { haCf, haresources: `alpha IPaddr2::${address}/24/eth0\n` },
    address,
    probeMs: 20,
    ...(link === 'eth0' ? {} : { backLink: true }),
  }
}

/** At rest, and at any part of a heartbeat. */
async function begin(scene: Scene): Promise<{ active: Host; standby: Host; fromMs: number }> {
  await quiet(scene)
  await until('one holder', 5000, () => scene.lab.observer.holders(scene.address).length === 1)
  forget(scene.lab)
  const fromMs = nowMs()
  await sleep(300 + Math.random() * scene.timing.keepaliveMs)
  return { ...roles(scene), fromMs }
}

/** The holder hears neither its peer nor the ping node, and nobody does anything about it. */
const cutOff: Round = {
  ground: pair(leased, 'eth0', true),
  async run(scene) {
    const { active, standby, fromMs } = await begin(scene)
    const { lab } = scene
    const cutMs = note(scene, `${active.name} is cut off, silently`, await cut(lab, active))
    const limitMs = 2 * scene.timing.deadtimeMs + 5000
    await until(`the address on ${standby.name}`, limitMs, () => changedAt(scene, standby, true, cutMs) !== undefined)
    await sleep(500)
    const takenMs = changedAt(scene, standby, true, cutMs)!
    const letGoMs = changedAt(scene, active, false, cutMs)
    // Who is cut off counts here: nobody may hold the address beside another, on the wire or not.
    const bothMs = overlapMs([active.name], lab.observer.holdings, [], fromMs, nowMs())
    const { ms: outageMs } = longestGap(lab.observer.answers, cutMs)
    await heal(lab, active)
    const healMs = nowMs()
    await quiet(scene)
    await sleep(500)
    return {
      let_go_ms: tenths((letGoMs ?? Number.POSITIVE_INFINITY) - cutMs),
      taken_ms: tenths(takenMs - cutMs),
      margin_ms: tenths(takenMs - (letGoMs ?? Number.POSITIVE_INFINITY)),
      both_ms: tenths(bothMs),
      outage_ms: tenths(outageMs),
      moves_after_heal: lab.observer.holdings.filter(({ atMs }) => atMs > healMs).length,
      answered_by_both: answeredByTwo(lab.observer.whoHas),
    }
  },
  wrong({ margin_ms, both_ms, moves_after_heal, answered_by_both }) {
    if (!(Number(margin_ms) > 0)) return `let go ${margin_ms} ms before the other took it`
    if (both_ms !== 0 || answered_by_both !== 0) return `held by both for ${both_ms} ms`
    return moves_after_heal === 0 ? undefined : `${moves_after_heal} changes after the cut was mended`
  },
}

/** Heartbeats have a link of their own, and that alone is cut; service and ping node can be seen by both. */
const linkCut: Round = {
  ground: pair(leased, 'eth1', true),
  async run(scene) {
    const { active, standby } = await begin(scene)
    const { lab, timing } = scene
    const cutMs = note(scene, 'only the link of the heartbeats is cut', await cutBack(lab, active))
    const seen = async (host: Host): Promise<readonly HistoryRecord[]> =>
      (await history(host, ['node-dead', 'assigned', 'isolated'])).filter(({ atMs }) => atMs >= cutMs)
    const first = (records: readonly HistoryRecord[], code: string) => records.find(one => one.code === code)
    const dead: HistoryRecord[] = []
    for (const host of [active, standby]) {
      await until(`${host.name} calls the other dead`, 2 * timing.deadtimeMs, async () => {
        const record = first(await seen(host), 'node-dead')
        if (record) dead.push(record)
        return record !== undefined
      })
    }
    await sleep(timing.deadtimeMs) // whoever wants to move does it by now
    await healBack(lab, active)
    await quiet(scene)
    await sleep(500)
    const records = [...(await seen(active)), ...(await seen(standby))]
    const says = (code: string) => records.filter(one => one.code === code).length
    return {
      dead_ms: tenths(Math.max(...dead.map(({ atMs }) => atMs)) - cutMs),
      moves: says('assigned'),
      isolated: says('isolated'),
      changes: lab.observer.holdings.length,
      outage_ms: tenths(longestGap(lab.observer.answers, cutMs).ms),
      answered_by_both: answeredByTwo(lab.observer.whoHas),
    }
  },
  wrong({ moves, isolated, changes, answered_by_both }) {
    if (answered_by_both !== 0) return 'both answered for the address'
    if (moves !== 0) return `${moves} moves`
    if (isolated !== 0) return 'a node thought itself isolated'
    return changes === 0 ? undefined : `${changes} changes of the address`
  },
}

interface Death {
  /** From the last heartbeat that it received plus deadtime, by its own stamps, to the record of this code. */
  readonly byRecordMs: number
  /** From the last heartbeat that left the switch towards it, plus deadtime, to the same record. */
  readonly byWireMs: number
  /** What stood between the silence and the conclusion, as the history tells it. */
  readonly obstacle: string
}

const obstacles = ['split', 'unable-to-ask']

/** Power loss of `victim`; when the other one came to this conclusion. Leaves the cluster whole. */
async function death(scene: Scene, victim: Host, code: 'node-dead' | 'assigned'): Promise<Death> {
  const { lab, timing, product } = scene
  const survivor = otherThan(lab, victim)
  product.release(victim)
  const faultMs = note(scene, `power loss of ${victim.name}`, await crash(lab, victim))
  let found: readonly HistoryRecord[] = []
  await until(`${survivor.name} has found out`, 2 * timing.deadtimeMs + 5000, async () => {
    found = (await history(survivor, ['node-dead', ...obstacles, code])).filter(({ atMs }) => atMs > faultMs)
    return found.some(one => one.code === code)
  })
  const dead = found.find(one => one.code === 'node-dead')!
  const { atMs } = found.find(one => one.code === code)!
  const toSurvivor = lab.observer.beats.filter(one => one.from === victim.name && one.to === survivor.name)
  const last = toSurvivor.findLast(beat => beat.atMs <= faultMs + 1)
  await reboot(lab, victim)
  product.start(victim)
  await quiet(scene)
  return {
    byRecordMs: atMs - dead.lastHeardAtMs! - timing.deadtimeMs,
    byWireMs: atMs - (last?.atMs ?? Number.NaN) - timing.deadtimeMs,
    obstacle: found.find(one => obstacles.includes(one.code) && one.atMs <= atMs)?.text ?? 'none',
  }
}

/** The tap at the switch stamps a frame when its process gets to run: that much later than it passed. */
const tapMs = 2
const within = (ms: number, fromMs: number, toMs: number): boolean => ms >= fromMs && ms <= toMs

/** Of the dead peer only: any of the two, holder or not. */
const detection: Round = {
  ground: pair(quick, 'eth0', false),
  async run(scene) {
    const { active, standby } = await begin(scene)
    const { byRecordMs, byWireMs } = await death(scene, Math.random() < 0.5 ? active : standby, 'node-dead')
    return { after_deadtime_ms: tenths(byRecordMs), after_deadtime_by_wire_ms: tenths(byWireMs) }
  },
  wrong({ after_deadtime_ms, after_deadtime_by_wire_ms }) {
    if (!within(Number(after_deadtime_ms), 0, 50)) return `found ${after_deadtime_ms} ms after deadtime`
    if (within(Number(after_deadtime_by_wire_ms), -tapMs, 50)) return undefined
    return `found ${after_deadtime_by_wire_ms} ms after deadtime, as the wire has it`
  },
}

/** The holder loses power; its peer has asked in vain, and takes. */
const deadPeer: Round = {
  ground: pair(leased, 'eth0', true),
  async run(scene) {
    const { active } = await begin(scene)
    const { byRecordMs, byWireMs, obstacle } = await death(scene, active, 'assigned')
    return { after_deadtime_ms: tenths(byRecordMs), after_deadtime_by_wire_ms: tenths(byWireMs), obstacle }
  },
  wrong({ after_deadtime_ms, after_deadtime_by_wire_ms }) {
    const most = 2 * leased.keepaliveMs
    if (!within(Number(after_deadtime_ms), 0, most)) return `verdict ${after_deadtime_ms} ms after deadtime`
    if (within(Number(after_deadtime_by_wire_ms), -tapMs, most)) return undefined
    return `verdict ${after_deadtime_by_wire_ms} ms after deadtime, as the wire has it`
  },
}

export const rounds: Readonly<Record<string, Round>> = { cutOff, linkCut, deadPeer, detection }
