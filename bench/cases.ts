/** The faults. Each case leaves a steady cluster behind and returns one flat record; times in ms. */
import { type Host, processesOf } from './host.ts'
import { crash, reboot } from './lab.ts'
import { changedAt, figures, note, type Scene, served, settled, tenths, type Watch, watch } from './scene.ts'
import { nowMs, signal, sleep, until, wake } from './shell.ts'

export type Row = Record<string, number | boolean | string>
export type Case = (scene: Scene) => Promise<Row>

/** Longer than any take-over may last. */
const patience = (scene: Scene): number => 2 * scene.timing.deadtimeMs + 10_000

/** Power loss of the active host. */
export async function powerLoss(scene: Scene): Promise<Row> {
  const seen = await watch(scene)
  const { active, standby } = seen
  scene.product.release(active)
  const faultMs = note(scene, `power loss of ${active.name}`, await crash(scene.lab, active))
  await served(scene, standby, patience(scene))
  await sleep(700)
  const { outage, overlapMs } = figures(scene, seen, faultMs)
  const { deadtimeMs, keepaliveMs } = scene.timing
  const { beats } = scene.lab.observer
  const last = beats.findLast(beat => beat.from === active.name && beat.to === standby.name && beat.atMs <= faultMs + 1)
  const captured = last !== undefined && faultMs - last.atMs < deadtimeMs
  const sinceBeatMs = captured ? Math.max(0, faultMs - last.atMs) : keepaliveMs / 2 // else its mean
  await bringBack(scene, active)
  return {
    outage_ms: tenths(outage.ms),
    deadtime_ms: deadtimeMs,
    overhead_ms: tenths(outage.ms - deadtimeMs + sinceBeatMs),
    since_heartbeat_ms: tenths(sinceBeatMs),
    heartbeat_captured: captured,
    address_after_deadtime_ms: tenths(
      (changedAt(scene, standby, true, faultMs) ?? 0) - faultMs + sinceBeatMs - deadtimeMs,
    ),
    overlap_ms: tenths(overlapMs),
  }
}

async function bringBack(scene: Scene, host: Host): Promise<void> {
  note(scene, `${host.name} is switched on again`)
  await reboot(scene.lab, host)
  scene.product.start(host)
  await settled(scene)
}

/** A user moves the service to the other host. */
export async function takeover(scene: Scene): Promise<Row> {
  const seen = await watch(scene)
  const { standby } = seen
  const orderMs = note(scene, `on ${standby.name}: tandem takeover all`)
  const said = await scene.product.takeover(standby)
  const typedMs = nowMs() - orderMs
  for (const line of said.trim().split('\n')) if (scene.live) scene.say(`  ${line}`)
  await served(scene, standby, 30_000)
  await sleep(700)
  const { outage, overlapMs } = figures(scene, seen, orderMs)
  await settled(scene)
  return { outage_ms: tenths(outage.ms), typed_ms: tenths(typedMs), overlap_ms: tenths(overlapMs) }
}

/** Manager, then beat, killed on the living active host; each is started again by whoever looks after it. */
export async function daemonKill(scene: Scene): Promise<Row> {
  const seen = await watch(scene)
  const { active, standby } = seen
  const restart: Record<string, number> = {}
  for (const part of ['manager', 'beat'] as const) {
    const old = needed(scene, part, active)
    const killedMs = note(scene, `kill -9 of the ${part} on ${active.name}`)
    signal(old, 'SIGKILL')
    await until(`a new ${part} on ${active.name}`, 10_000, () => {
      const pid = scene.product[part](active)
      return pid !== undefined && pid !== old
    })
    restart[part] = nowMs() - killedMs
    await sleep(scene.timing.deadtimeMs + 1000) // a peer that is misled shows it by then
  }
  const { outage, overlapMs, answeredByTwo } = figures(scene, seen, seen.fromMs)
  const moved = changedAt(scene, standby, true, seen.fromMs) !== undefined
  await settled(scene)
  return {
    outage_ms: tenths(outage.ms),
    duplicate: overlapMs > 0 || answeredByTwo > 0,
    moved,
    manager_back_ms: tenths(restart['manager'] ?? 0),
    beat_back_ms: tenths(restart['beat'] ?? 0),
  }
}

function needed(scene: Scene, part: 'manager' | 'beat', host: Host): number {
  const pid = scene.product[part](host)
  if (pid === undefined) throw new Error(`no ${part} runs on ${host.name}: ${list(host)}`)
  return pid
}

function list(host: Host): string {
  return processesOf(host)
    .map(one => `${one.pid} ${one.command}`)
    .join('; ')
}

/** Manager and beat killed at once and not started again: only the lease removes the address. */
export async function bothKilled(scene: Scene): Promise<Row> {
  const seen = await watch(scene)
  const { active } = seen
  const pids = [needed(scene, 'manager', active), needed(scene, 'beat', active)]
  scene.product.release(active)
  const faultMs = note(scene, `kill -9 of manager and beat on ${active.name}, which lives on`)
  for (const pid of pids) signal(pid, 'SIGKILL')
  return abandoned(scene, seen, faultMs, () => {
    note(scene, `the service is started again on ${active.name}`)
    scene.product.start(active)
  })
}

/** Manager and beat stopped (SIGSTOP) at once. */
export function bothStopped(scene: Scene): Promise<Row> {
  return stopped(scene, ['manager', 'beat'])
}

/** The beat alone stopped: the manager works on, and must not keep what its peer takes. */
export function beatStopped(scene: Scene): Promise<Row> {
  return stopped(scene, ['beat'])
}

async function stopped(scene: Scene, parts: readonly ('manager' | 'beat')[]): Promise<Row> {
  const seen = await watch(scene)
  const { active } = seen
  const pids = parts.map(part => needed(scene, part, active))
  const faultMs = note(scene, `SIGSTOP of ${parts.join(' and ')} on ${active.name}, which lives on`)
  try {
    for (const pid of pids) signal(pid, 'SIGSTOP')
    return await abandoned(scene, seen, faultMs, () => {
      note(scene, `SIGCONT on ${active.name}`)
      pids.forEach(wake)
    })
  } finally {
    pids.forEach(wake)
  }
}

/** The common rest: the other host takes over, the fault is mended, and at no time do both hold the address. */
async function abandoned(scene: Scene, seen: Watch, faultMs: number, mend: () => void): Promise<Row> {
  const { active, standby } = seen
  await served(scene, standby, patience(scene))
  await sleep(700)
  const letGoMs = changedAt(scene, active, false, faultMs)
  const takenMs = changedAt(scene, standby, true, faultMs)
  const { outage } = figures(scene, seen, faultMs)
  mend()
  await settled(scene)
  await sleep(1000)
  const { overlapMs, answeredByTwo } = figures(scene, seen, faultMs)
  return {
    outage_ms: tenths(outage.ms),
    overlap_ms: tenths(overlapMs),
    answered_by_both: answeredByTwo,
    let_go_ms: tenths((letGoMs ?? Number.NaN) - faultMs),
    taken_ms: tenths((takenMs ?? Number.NaN) - faultMs),
  }
}
