/** One scenario on a quiet cluster, and everything that must be true afterwards whatever it was. */
import { type Gap, longestGap } from '../../bench/observer.ts'
import { nowMs, sleep } from '../../bench/shell.ts'
import { log } from '../integration/nodeLab.ts'
import { diceFor } from '../sim/dice.ts'
import { audit, doublesSince, quiet } from './check.ts'
import { type Double, lengthUs, tellDouble } from './doubles.ts'
import { type Outcome, restore, type Scenario } from './scenario.ts'
import { inTime } from './service.ts'
import type { Stage } from './stage.ts'

export interface Result {
  readonly scenario: string
  readonly seconds: number
  readonly recoveryMs?: number
  /** Longest time in which the client had no answer from the first group's address. */
  readonly outageMs: number
  /** Double activity, all of it where it cannot be helped. */
  readonly doubleUs: number
}

const limitMs = 240_000

export async function playOne(stage: Stage, scenario: Scenario, seed: number, iteration: number): Promise<Result> {
  await quiet(stage)
  stage.roll = diceFor(seed, `iteration ${iteration}`)
  const { observer } = stage
  for (const list of [observer.answers, observer.whoHas, observer.beats]) list.length = 0
  const logs = new Map(stage.nodes.map(node => [node.name, log(node).length]))
  const sinceMs = nowMs()
  await sleep(stage.roll() * stage.timing.keepaliveMs)
  const outcome = await inTime(scenario.name, scenario.play(stage), limitMs)
  await restore(stage)
  audit(stage, logs)
  const seen = doublesSince(stage, sinceMs)
  exclusive(stage, seen, sinceMs, outcome)
  const gap: Gap = longestGap(observer.answers, sinceMs)
  return {
    scenario: scenario.name,
    seconds: (nowMs() - sinceMs) / 1000,
    ...(outcome.recoveryMs !== undefined && { recoveryMs: outcome.recoveryMs }),
    outageMs: gap.ms,
    doubleUs: lengthUs(seen),
  }
}

/** Two at once only where and when the scenario says that nobody could know. */
function exclusive(stage: Stage, seen: readonly Double[], sinceMs: number, { permit }: Outcome): void {
  const permitted = (fromMs: number, toMs = fromMs): boolean =>
    permit !== undefined && fromMs >= permit.fromMs && toMs <= permit.toMs
  const bad = seen.find(one => !permitted(one.fromMs, one.toMs))
  if (bad !== undefined)
    throw new Error(tellDouble(bad) + (permit ? `, allowed from ${permit.fromMs} to ${permit.toMs}` : ''))
  const taken = stage.activity.traces().find(one => one.word === 'taken' && one.atMs > sinceMs && !permitted(one.atMs))
  if (taken !== undefined) throw new Error(`${taken.node} started ${taken.name} while ${taken.holder} had its token`)
}
