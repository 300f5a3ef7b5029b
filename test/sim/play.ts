/** Plays a schedule to its end: misfortune, then good weather in which everything must come right. */
import { act, plan } from './faults.ts'
import { Violation } from './law.ts'
import type { Tally } from './records.ts'
import { recovers } from './recovery.ts'
import { faultsEndMs, type Schedule } from './schedule.ts'
import { World } from './world.ts'

/** Ends of misfortunes. */
const mending: ReadonlySet<string> = new Set([
  'start',
  'resume',
  'mend',
  'plug',
  'service mend',
  'ping back',
  'carrier in',
  'tools there',
  'well',
])

export interface Played {
  readonly violation: string | undefined
  readonly hash: number
  readonly simulatedMs: number
  readonly steps: number
  readonly tally: Tally
  readonly kinds: ReadonlyMap<string, number>
  readonly faults: number
}

export function play({ setting, faults }: Schedule, transcript?: (line: string) => void): Played {
  const world = new World(setting)
  if (transcript !== undefined) world.transcript = transcript
  const kinds = new Map<string, number>()
  let struck = 0
  const happened = (kind: string): void => {
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    if (!mending.has(kind)) struck++
  }
  let violation: string | undefined
  try {
    plan(world, faults, happened)
    world.run(faultsEndMs - 20_000)
    // A quiet day gets three more.
    const [quiet] = setting.nodes
    for (const kill of ['kill manager', 'kill beat', 'crash']) {
      if (struck < 3 && act(world, `${kill} ${quiet}`)) happened(kill)
    }
    world.run(faultsEndMs)
    recovers(world)
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    violation = `${(world.nowMs / 1000).toFixed(3)} ${error.message}`
    world.say(`VIOLATION ${error.message}`)
  }
  for (const kind of ['lost', 'duplicated', 'replayed', 'slowed', 'cut'] as const) {
    const count = world.network.counts[kind]
    if (count > 0) kinds.set(`datagrams ${kind}`, count)
  }
  for (const [kind, count] of world.law.seen) kinds.set(kind, count)
  return {
    violation,
    hash: world.hash,
    simulatedMs: world.nowMs,
    steps: world.steps,
    tally: world.law.tally,
    kinds,
    faults: struck,
  }
}
