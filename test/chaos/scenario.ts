/** What a scenario is, and the steps that many of them share. */
import { type Process, processesOf } from '../../bench/host.ts'
import { nowMs, signal, sleep, until, wake } from '../../bench/shell.ts'
import { pidOf, powerLoss, powerOn, type Said, status, type TestNode, type } from '../integration/nodeLab.ts'
import { pick } from '../sim/dice.ts'
import { addressed, quiet } from './check.ts'
import type { Playable } from './plan.ts'
import { inTime } from './service.ts'
import type { Stage } from './stage.ts'

export interface Scenario extends Playable {
  /** Why it cannot be played here. */
  readonly skip?: string
  /** Begins with a quiet cluster of all nodes; may leave nodes off and cables cut: `restore` mends that. */
  play(stage: Stage): Promise<Outcome>
}

export interface Outcome {
  /** From the fault until the last address that moved was there. */
  readonly recoveryMs?: number
  /** When two nodes could be active at once, because neither could know. Outside of it: never. */
  readonly permit?: { readonly fromMs: number; readonly toMs: number }
}

/** What a loaded machine may add to any bound. */
export const slackMs = 700

export const anyNode = (stage: Stage): TestNode => pick(stage.roll, stage.nodes)
export const othersThan = (stage: Stage, node: TestNode): TestNode[] => stage.nodes.filter(one => one !== node)

/** A node that runs at least one group. */
export function anyHolder(stage: Stage): TestNode {
  const holders = new Set(stage.groups.flatMap(one => addressed(stage, one)))
  return pick(
    stage.roll,
    stage.nodes.filter(node => holders.has(node.name)),
  )
}

export const groupsOn = (stage: Stage, node: TestNode) =>
  stage.groups.filter(one => addressed(stage, one).includes(node.name))

/** Time from an instant until the last address came to a node; undefined when none did. */
export function movedMs(stage: Stage, sinceMs: number): number | undefined {
  const last = stage.addressChanges().findLast(({ on, atMs }) => on && atMs > sinceMs)
  return last === undefined ? undefined : last.atMs - sinceMs
}

export const recovery = (stage: Stage, sinceMs: number): Outcome => {
  const recoveryMs = movedMs(stage, sinceMs)
  return recoveryMs === undefined ? {} : { recoveryMs }
}

/** A command of the user, which must end as expected. */
export async function order(node: TestNode, words: string, codes: readonly number[] = [0]): Promise<Said> {
  const said = await inTime(`tandem ${words} on ${node.name}`, type(node, ...words.split(' ')), 60_000)
  if (codes.includes(said.code)) return said
  throw new Error(`on ${node.name}: tandem ${words}: code ${said.code}, ${said.err || said.out}`)
}

/** Power loss; the instant of it. */
export async function unplug(stage: Stage, node: TestNode): Promise<number> {
  stage.service.off(node)
  const atMs = nowMs()
  await powerLoss(stage.lab, node)
  stage.dark(node)
  return atMs
}

export async function plugIn(stage: Stage, node: TestNode): Promise<void> {
  await powerOn(node)
  await stage.lab.heal(node.name)
  stage.service.on(node)
}

/** Whatever a scenario has left undone. */
export async function restore(stage: Stage): Promise<void> {
  for (const node of stage.nodes) {
    if (node.host.power === undefined) await powerOn(node)
    await stage.lab.heal(node.name)
    stage.service.on(node)
  }
  await quiet(stage)
}

export type Component = 'tandemd' | 'beat'

/** SIGKILL of one program of a node, and the wait until another one runs. */
export async function killed(node: TestNode, components: readonly Component[]): Promise<void> {
  const old = components.map(name => needed(node, name))
  for (const pid of old) signal(pid, 'SIGKILL')
  await until(`new ${components.join(' and ')} on ${node.name}`, 10_000, () =>
    components.every((name, i) => ![undefined, old[i]].includes(pidOf(node, name))),
  )
}

function needed(node: TestNode, component: Component): number {
  const pid = pidOf(node, component)
  if (pid === undefined) throw new Error(`no ${component} runs on ${node.name}`)
  return pid
}

/**
 * A lease of 2 s that is renewed each second outlives its manager by a second. A new one that takes longer to look at
 * what runs, and to hear from its peer, comes too late on a loaded machine: the address goes, and comes back.
 */
export async function leaseMayEnd(stage: Stage, killedMs: number): Promise<boolean> {
  const answers = async (node: TestNode) => (await status(node))?.beat.state === 'up'
  await until('managers to answer', 10_000, async () => (await Promise.all(stage.nodes.map(answers))).every(Boolean))
  const awayMs = nowMs() - killedMs
  const lapsed = stage.leased && awayMs + stage.timing.keepaliveMs > 900
  if (lapsed) stage.say(`its manager was away for ${Math.round(awayMs)} ms: leases may have ended`)
  return lapsed
}

/** Everything that runs on a host except what keeps the host itself. */
function stoppable(node: TestNode): readonly Process[] {
  return processesOf(node.host).filter(({ pid, command }) => pid !== node.host.power?.init && command !== 'cat')
}

/** Its programs do not run for that long, nothing of it where none are named; its kernel does. */
export async function paused(
  node: TestNode,
  ms: number,
  components?: readonly Component[],
): Promise<{ fromMs: number; toMs: number }> {
  const pids = components?.map(name => needed(node, name)) ?? stoppable(node).map(({ pid }) => pid)
  const fromMs = nowMs()
  try {
    for (const pid of pids) signal(pid, 'SIGSTOP')
    await sleep(ms)
  } finally {
    for (const pid of pids) wake(pid)
  }
  return { fromMs, toMs: nowMs() }
}

/** Fails when the takeover came earlier or later, in ms after the fault. */
export function takenAfter({ recoveryMs = 0 }: Outcome, leastMs: number, mostMs: number): void {
  if (recoveryMs < leastMs || recoveryMs > mostMs)
    throw new Error(
      `taken ${Math.round(recoveryMs)} ms after the fault, not within ${leastMs} to ${Math.round(mostMs)}`,
    )
}
