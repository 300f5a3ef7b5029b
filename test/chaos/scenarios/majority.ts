/** Three nodes: whoever is not counted by most of them lets go, before the others take what it had. */
import { nowMs, sleep, until } from '../../../bench/shell.ts'
import type { TestNode } from '../../integration/nodeLab.ts'
import { between, chance, pick } from '../../sim/dice.ts'
import { addressed, nowhere, quiet, unmoved } from '../check.ts'
import {
  anyHolder,
  anyNode,
  groupsOn,
  othersThan,
  plugIn,
  recovery,
  type Scenario,
  slackMs,
  takenAfter,
  unplug,
} from '../scenario.ts'
import type { Stage } from '../stage.ts'
import { openWeather } from '../weather.ts'

const on = ['majority'] as const

/** Silence between this node and these; how it ends. */
async function cutOff(stage: Stage, node: TestNode, from: readonly TestNode[]): Promise<() => Promise<void>> {
  const weather = await openWeather(stage)
  for (const other of from) await weather.between(node, other, { loss: 1 })
  return weather.clear
}

export const majority: readonly Scenario[] = [
  {
    name: 'MinorityCut',
    on,
    async play(stage) {
      const node = anyHolder(stage)
      const had = groupsOn(stage, node)
      const others = othersThan(stage, node)
      const { deadtimeMs, keepaliveMs } = stage.timing
      const pulled = chance(stage.roll, 0.5)
      stage.say(pulled ? `cables of ${node.name} pulled` : `${node.name} reaches the client only`)
      const sinceMs = nowMs()
      if (pulled) await stage.lab.cut(node.name)
      const heal = pulled ? () => stage.lab.heal(node.name) : await cutOff(stage, node, others)
      const cutMs = nowMs()
      try {
        await until(`the others to have what ${node.name} had`, deadtimeMs + 10_000, () =>
          had.every(one => addressed(stage, one).some(name => name !== node.name)),
        )
        const outcome = recovery(stage, sinceMs)
        const latestMs = cutMs - sinceMs + deadtimeMs + 4 * keepaliveMs + slackMs // the votes travel as well
        takenAfter(outcome, deadtimeMs - keepaliveMs - slackMs, latestMs)
        await quiet(stage, others)
        await sleep(between(stage.roll, 0, deadtimeMs))
        return outcome
      } finally {
        await heal()
      }
    },
  },
  {
    name: 'NoMajority',
    on,
    async play(stage) {
      const [a, b, c] = stage.nodes as [TestNode, TestNode, TestNode]
      const weather = await openWeather(stage)
      try {
        for (const [one, other] of [
          [a, b],
          [b, c],
          [a, c],
        ] as const)
          await weather.between(one, other, { loss: 1 })
        await until('everybody to let go', stage.timing.deadtimeMs + 5_000, () => nowhere(stage))
        const sinceMs = nowMs()
        await sleep(between(stage.roll, 1.2, 2) * stage.timing.deadtimeMs)
        unmoved(stage, sinceMs)
      } finally {
        await weather.clear()
      }
      const healMs = nowMs()
      await quiet(stage)
      return recovery(stage, healMs)
    },
  },
  {
    name: 'OneOfThreeCables',
    on,
    async play(stage) {
      // Two do not hear each other and the third hears both: no majority calls anybody dead.
      const node = anyNode(stage)
      const other = pick(stage.roll, othersThan(stage, node))
      stage.say(`${node.name} and ${other.name} do not hear each other`)
      const sinceMs = nowMs()
      const heal = await cutOff(stage, node, [other])
      try {
        await sleep(2.5 * stage.timing.deadtimeMs)
        unmoved(stage, sinceMs)
      } finally {
        await heal()
      }
      await quiet(stage)
      unmoved(stage, sinceMs)
      return {}
    },
  },
  {
    name: 'LastOfThree',
    on,
    async play(stage) {
      const left = anyNode(stage)
      const [first, second] = othersThan(stage, left) as [TestNode, TestNode]
      await Promise.all([unplug(stage, first), unplug(stage, second)])
      await until(`${left.name} to let go`, stage.timing.deadtimeMs + 5_000, () => nowhere(stage))
      const sinceMs = nowMs()
      await sleep(between(stage.roll, 1.2, 2) * stage.timing.deadtimeMs)
      unmoved(stage, sinceMs)
      const backMs = nowMs()
      await plugIn(stage, first)
      await quiet(stage, [left, first])
      const outcome = recovery(stage, backMs)
      await plugIn(stage, second)
      await quiet(stage)
      return outcome
    },
  },
]
