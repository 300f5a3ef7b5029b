/** Cases of the bench that the demo does not show: a cut that heals, a cold start, an idle minute. */
import type { Row } from './cases.ts'
import { crash, cut, heal, reboot } from './lab.ts'
import { longestGap, overlapMs } from './observer.ts'
import { changedAt, figures, note, roles, type Scene, served, settled, tenths, watch } from './scene.ts'
import { nowMs, sleep, until } from './shell.ts'
import { memoryOf, processorSeconds } from './usage.ts'

/** The active host is cut off without losing carrier; the cable heals 2 s after the other has taken over. */
export async function healedCut(scene: Scene): Promise<Row> {
  const { lab, address, timing } = scene
  const seen = await watch(scene)
  const { active, standby } = seen
  const cutMs = note(scene, `${active.name} is cut off, silently`, await cut(lab, active))
  await served(scene, standby, 2 * timing.deadtimeMs + 10_000)
  await sleep(2000 + Math.random() * 2 * timing.keepaliveMs)
  const { outage } = figures(scene, seen, cutMs)
  const both = lab.observer.holders(address)
  const healMs = note(scene, 'the cable works again', await heal(lab, active))
  await settled(scene)
  const oneMs = lab.observer.holdings.findLast(one => one.address === address)?.atMs ?? healMs
  await sleep(Math.max(3000, timing.deadtimeMs)) // a late second move would come now
  const moves = lab.observer.holdings.filter(one => one.atMs > oneMs).length
  const dual = overlapMs(
    both,
    lab.observer.holdings.filter(one => one.atMs > healMs),
    [],
    healMs,
    nowMs(),
  )
  return {
    outage_ms: tenths(outage.ms),
    both_while_cut: both.length > 1,
    dual_after_heal_ms: tenths(dual),
    outage_at_heal_ms: tenths(longestGap(lab.observer.answers, healMs).ms),
    late_moves: moves,
    kept_by: lab.observer.holders(address).join('+') === standby.name ? 'new' : 'old',
  }
}

/** The second of two `tandemd` is started: how long until the client's first answer. */
export async function coldStart(scene: Scene): Promise<Row> {
  const { lab, product } = scene
  await settled(scene)
  for (const host of lab.hosts) {
    product.release(host)
    await crash(lab, host)
    await reboot(lab, host)
  }
  const [first, second] = [lab.hosts[0]!, lab.hosts[1]!]
  product.start(first)
  await until(`tandemd on ${first.name} to be up`, 20_000, async () => (await product.status(first)) !== undefined)
  await sleep(1500 + Math.random() * 500)
  const early = lab.observer.holders(scene.address).length
  lab.observer.forget()
  const startMs = note(scene, `start of the second tandemd, on ${second.name}`)
  product.start(second)
  await until('a first answer', 60_000, () => lab.observer.answers.length > 0, 5)
  const answerMs = lab.observer.answers[0]!.atMs
  const addressMs = lab.hosts.flatMap(host => changedAt(scene, host, true, startMs) ?? []).sort((a, b) => a - b)[0]
  await settled(scene)
  return {
    first_answer_ms: tenths(answerMs - startMs),
    address_ms: tenths((addressMs ?? Number.NaN) - startMs),
    served_before: early > 0,
  }
}

/** A minute in which nothing happens: processor time and memory of all our processes on each host. */
export async function idle(scene: Scene, seconds = 60): Promise<Row> {
  const seen = await watch(scene)
  scene.lab.observer.probe(0, scene.address)
  await sleep(1000)
  const hosts = [seen.active, seen.standby]
  const before = hosts.map(processorSeconds)
  const fromMs = nowMs()
  await sleep(seconds * 1000)
  const perMinute = 60_000 / (nowMs() - fromMs)
  const row: Row = {}
  for (const [i, role] of (['active', 'standby'] as const).entries()) {
    const host = hosts[i]!
    row[`${role}_cpu_s_per_minute`] = Math.round((processorSeconds(host) - before[i]!) * perMinute * 1000) / 1000
    const memory = memoryOf(host)
    row[`${role}_pss_mib`] = tenths(memory.pssKib / 1024)
    row[`${role}_private_dirty_mib`] = tenths(memory.dirtyKib / 1024)
    row[`${role}_processes`] = memory.processes
  }
  row['moves'] = scene.lab.observer.holdings.length
  scene.lab.observer.probe(5, scene.address)
  return row
}

/** Many moves there and back: what they add to the memory that is ours alone. */
export async function soak(scene: Scene, moves = 1000): Promise<Row> {
  await settled(scene)
  const dirty = () => scene.lab.hosts.map(host => memoryOf(host).dirtyKib / 1024)
  await move(scene, 20) // buffers and code paths that grow once
  const before = dirty()
  const fromMs = nowMs()
  await move(scene, moves)
  const after = dirty()
  return {
    moves,
    ms_per_move: tenths((nowMs() - fromMs) / moves),
    private_dirty_mib: tenths(Math.max(...after)),
    growth_mib: tenths(Math.max(...after.map((mib, i) => mib - before[i]!))),
  }
}

async function move(scene: Scene, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const { standby } = roles(scene)
    await scene.product.takeover(standby)
    const moved = () => scene.lab.observer.holders(scene.address).join() === standby.name
    await until(`move ${i + 1} to ${standby.name}`, 30_000, moved)
    scene.lab.observer.forget()
  }
}
