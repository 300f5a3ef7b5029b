/** Nodes that come and go in good order: the scenarios of Linux-HA's CTS that start and stop. */
import { processesOf } from '../../../bench/host.ts'
import { nowMs, sleep } from '../../../bench/shell.ts'
import type { TestNode } from '../../integration/nodeLab.ts'
import { between, type Dice } from '../../sim/dice.ts'
import { nowhere, quiet, unmoved } from '../check.ts'
import { anyHolder, anyNode, type Outcome, othersThan, recovery, type Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'

async function stopOne(stage: Stage, node: TestNode): Promise<Outcome> {
  const sinceMs = nowMs()
  await stage.service.stop(node)
  await quiet(stage, othersThan(stage, node))
  return recovery(stage, sinceMs)
}

/** A node that joins moves nothing, unless auto_failback says so. */
async function startOne(stage: Stage, node: TestNode): Promise<void> {
  const sinceMs = nowMs()
  stage.service.on(node)
  await quiet(stage)
  if (!stage.setting.failback) unmoved(stage, sinceMs)
}

async function stopAll(stage: Stage): Promise<void> {
  await Promise.all(stage.nodes.map(stage.service.stop))
  empty(stage)
}

/** Nothing of the product or its resources is left anywhere. */
function empty(stage: Stage): void {
  if (!nowhere(stage)) throw new Error('all nodes are stopped, and something is still active')
  for (const node of stage.nodes) {
    const left = processesOf(node.host).find(({ command }) => /tandem|sleep/.test(command))
    if (left !== undefined) throw new Error(`${node.name} is stopped, and "${left.command}" still runs (${left.pid})`)
  }
}

const shuffled = <T>(roll: Dice, list: readonly T[]): T[] =>
  list
    .map(item => ({ item, at: roll() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)

export const life: readonly Scenario[] = [
  { name: 'Stop', play: stage => stopOne(stage, anyHolder(stage)) },
  {
    name: 'Start',
    async play(stage) {
      const node = anyNode(stage)
      await stopOne(stage, node)
      await sleep(between(stage.roll, 0, stage.timing.deadtimeMs))
      await startOne(stage, node)
      return {}
    },
  },
  {
    name: 'Flip',
    async play(stage) {
      for (const node of shuffled(stage.roll, stage.nodes).slice(0, 2)) {
        await stopOne(stage, node)
        await startOne(stage, node)
      }
      return {}
    },
  },
  {
    name: 'Restart',
    async play(stage) {
      const node = anyHolder(stage)
      const sinceMs = nowMs()
      await stage.service.stop(node)
      stage.service.on(node)
      await quiet(stage)
      return stage.setting.failback ? {} : recovery(stage, sinceMs)
    },
  },
  {
    name: 'StartOneByOne',
    on: ['take'], // alone and without a memory of the others, it waits for them wherever it could be the one cut off
    async play(stage) {
      await stopAll(stage)
      const [first, ...rest] = shuffled(stage.roll, stage.nodes)
      const sinceMs = nowMs()
      stage.service.on(first!)
      const up = [first!]
      await quiet(stage, up)
      const outcome = recovery(stage, sinceMs)
      for (const node of rest) {
        up.push(node)
        stage.service.on(node)
        await quiet(stage, up)
      }
      return outcome
    },
  },
  {
    name: 'SimulStart',
    async play(stage) {
      await stopAll(stage)
      const sinceMs = nowMs()
      for (const node of stage.nodes) stage.service.on(node)
      await quiet(stage)
      return recovery(stage, sinceMs)
    },
  },
  {
    name: 'SimulStop',
    async play(stage) {
      await stopAll(stage)
      await sleep(between(stage.roll, 0, 1000))
      empty(stage)
      return {}
    },
  },
  {
    name: 'StopOneByOne',
    async play(stage) {
      const all = shuffled(stage.roll, stage.nodes)
      for (const [i, node] of all.entries()) {
        await stage.service.stop(node)
        const left = all.slice(i + 1)
        if (left.length > 0) await quiet(stage, left)
      }
      empty(stage)
      return {}
    },
  },
  {
    name: 'RestartOneByOne',
    async play(stage) {
      for (const node of shuffled(stage.roll, stage.nodes)) {
        await stage.service.stop(node)
        stage.service.on(node)
        await quiet(stage)
      }
      return {}
    },
  },
  {
    name: 'PartialStart',
    async play(stage) {
      const node = anyNode(stage)
      await stopOne(stage, node)
      const sinceMs = nowMs()
      stage.service.on(node)
      await sleep(between(stage.roll, 0, 1200))
      await stage.service.stop(node)
      await quiet(stage, othersThan(stage, node))
      if (!stage.setting.failback) unmoved(stage, sinceMs)
      return {}
    },
  },
]
