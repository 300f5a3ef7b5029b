/** Two nodes, a ping node and `split_policy ask`: whoever is cut off gives way, and nobody takes from one that may live. */
import { inNetwork } from '../../../bench/place.ts'
import { nowMs, run, sleep, until } from '../../../bench/shell.ts'
import { status, type TestNode } from '../../integration/nodeLab.ts'
import { between } from '../../sim/dice.ts'
import { addressed, nowhere, quiet, unmoved } from '../check.ts'
import {
  anyHolder,
  anyNode,
  groupsOn,
  type Outcome,
  othersThan,
  paused,
  plugIn,
  recovery,
  type Scenario,
  slackMs,
  takenAfter,
  unplug,
} from '../scenario.ts'
import type { Stage } from '../stage.ts'
import { openWeather } from '../weather.ts'

const on = ['ask'] as const
const heartbeatPort = 694

/** The client's cable, which is the ping node's: out of the switch, or back in it. */
const pingNode = (stage: Stage, state: 'nomaster' | 'master'): Promise<unknown> =>
  run(inNetwork(stage.lab.lan, ['ip', 'link', 'set', stage.clientPort, state, ...(state === 'master' ? ['br0'] : [])]))

/** Without it the scenario would show nothing. */
async function seesPing(stage: Stage, node: TestNode, state: 'up' | 'dead'): Promise<void> {
  await until(`${node.name} to find the ping node ${state}`, 2 * stage.timing.deadtimeMs + 5_000, async () => {
    const seen = (await status(node))?.pings
    return seen !== undefined && seen.length > 0 && seen.every(one => one.state === state)
  })
}

async function seesDead(stage: Stage, node: TestNode, peer: TestNode): Promise<void> {
  await until(`${node.name} to find ${peer.name} dead`, stage.timing.deadtimeMs + 5_000, async () => {
    return (await status(node))?.nodes.some(one => one.name === peer.name && one.state === 'dead') === true
  })
}

/** This node ends with everything, in time; what the other had is gone before, as `exclusive` checks. */
async function takes(stage: Stage, taker: TestNode, sinceMs: number, cutMs: number): Promise<Outcome> {
  const { deadtimeMs, keepaliveMs } = stage.timing
  await until(`${taker.name} to have everything`, deadtimeMs + 10_000, () =>
    stage.groups.every(one => addressed(stage, one).join() === taker.name),
  )
  const outcome = recovery(stage, sinceMs)
  takenAfter(outcome, deadtimeMs - keepaliveMs - slackMs, cutMs - sinceMs + deadtimeMs + 2 * keepaliveMs + slackMs)
  return outcome
}

export const asking: readonly Scenario[] = [
  {
    name: 'HolderCutOff',
    on,
    async play(stage) {
      const node = anyHolder(stage)
      const had = groupsOn(stage, node)
      const other = othersThan(stage, node)[0]!
      const sinceMs = nowMs()
      await stage.lab.cut(node.name)
      const outcome = await takes(stage, other, sinceMs, nowMs())
      for (const { address } of had) {
        const changes = stage.addressChanges().filter(one => one.what === address && one.atMs > sinceMs)
        const goneMs = changes.find(one => one.node === node.name && !one.on)!.atMs
        const takenMs = changes.find(one => one.node === other.name && one.on)!.atMs
        stage.say(`gone ${Math.round(takenMs - goneMs)} ms before it is taken`)
      }
      await quiet(stage, [other])
      await sleep(between(stage.roll, 0, stage.timing.deadtimeMs))
      await stage.lab.heal(node.name)
      await quiet(stage)
      return outcome
    },
  },
  {
    name: 'HeartbeatsLost',
    on,
    async play(stage) {
      const [a, b] = stage.nodes as [TestNode, TestNode]
      const sinceMs = nowMs()
      const weather = await openWeather(stage)
      try {
        await weather.between(a, b, { loss: 1, udpPort: heartbeatPort })
        await Promise.all([seesDead(stage, a, b), seesDead(stage, b, a)])
        await sleep(between(stage.roll, 1, 2) * stage.timing.deadtimeMs)
        unmoved(stage, sinceMs)
      } finally {
        await weather.clear()
      }
      await quiet(stage)
      await sleep(stage.timing.deadtimeMs)
      unmoved(stage, sinceMs)
      return {}
    },
  },
  {
    name: 'PingOneSided',
    on,
    async play(stage) {
      // They hear each other, so nobody is cut off; a node that sees less hands over only where ipfail is written.
      const node = anyNode(stage)
      const sinceMs = nowMs()
      const weather = await openWeather(stage)
      try {
        stage.say(`the ping node does not answer ${node.name}`)
        await weather.toClient(node, { loss: 1 })
        await seesPing(stage, node, 'dead')
        await seesPing(stage, othersThan(stage, node)[0]!, 'up')
        await sleep(stage.timing.deadtimeMs)
      } finally {
        await weather.clear()
      }
      await seesPing(stage, node, 'up')
      await quiet(stage)
      unmoved(stage, sinceMs)
      return {}
    },
  },
  {
    name: 'PingDead',
    on,
    async play(stage) {
      const sinceMs = nowMs()
      await pingNode(stage, 'nomaster')
      try {
        for (const node of stage.nodes) await seesPing(stage, node, 'dead')
        await sleep(stage.timing.deadtimeMs)
        unmoved(stage, sinceMs)
      } finally {
        await pingNode(stage, 'master')
      }
      for (const node of stage.nodes) await seesPing(stage, node, 'up')
      await quiet(stage)
      unmoved(stage, sinceMs)
      return {}
    },
  },
  {
    name: 'PingDecides',
    on,
    async play(stage) {
      const blind = anyNode(stage)
      const other = othersThan(stage, blind)[0]!
      const weather = await openWeather(stage)
      try {
        stage.say(`the nodes are cut off from each other, ${blind.name} from the ping node too`)
        const sinceMs = nowMs()
        await weather.toClient(blind, { loss: 1 })
        await weather.between(blind, other, { loss: 1 })
        const cutMs = nowMs()
        const lost = groupsOn(stage, blind).length
        const outcome = lost > 0 ? await takes(stage, other, sinceMs, cutMs) : {}
        await sleep(stage.timing.deadtimeMs)
        await quiet(stage, [other])
        return outcome
      } finally {
        await weather.clear()
      }
    },
  },
  {
    name: 'NobodyToAsk',
    on,
    async play(stage) {
      // With the ping node dead, the one that is left cannot know that it is not the one cut off: it gives way.
      const node = anyNode(stage)
      const left = othersThan(stage, node)[0]!
      await pingNode(stage, 'nomaster')
      let backMs = 0
      try {
        await seesPing(stage, left, 'dead')
        await unplug(stage, node)
        await until('nothing to be active', stage.timing.deadtimeMs + 5_000, () => nowhere(stage))
        const sinceMs = nowMs()
        await sleep(between(stage.roll, 1.2, 2) * stage.timing.deadtimeMs)
        unmoved(stage, sinceMs)
      } finally {
        await pingNode(stage, 'master')
        backMs = nowMs()
      }
      await quiet(stage, [left])
      const outcome = recovery(stage, backMs)
      await plugIn(stage, node)
      await quiet(stage)
      return outcome
    },
  },
  {
    name: 'PauseAsked',
    on,
    async play(stage) {
      // Its programs stand still, its kernel answers: nobody can see what is left running there, and nobody takes it.
      const node = anyHolder(stage)
      const ms = between(stage.roll, 1.3, 2.5) * stage.timing.deadtimeMs
      stage.say(`${node.name} pauses for ${Math.round(ms)} ms`)
      const { fromMs } = await paused(node, ms)
      await quiet(stage)
      await sleep(stage.timing.deadtimeMs)
      // The lease ends meanwhile: its address goes, and comes back to the same node.
      const strange = stage.addressChanges().find(one => one.atMs > fromMs && one.on && one.node !== node.name)
      if (strange !== undefined) throw new Error(`${strange.node} took ${strange.what} from a node that was paused`)
      unmoved(stage, fromMs, stage.leased)
      return {}
    },
  },
]
