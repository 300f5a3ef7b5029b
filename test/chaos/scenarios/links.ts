/** Links that are lost, flap or are bad: as long as something gets through nothing moves. */
import { inNetwork } from '../../../bench/place.ts'
import { nowMs, run, sleep } from '../../../bench/shell.ts'
import { status, type TestNode } from '../../integration/nodeLab.ts'
import { between, pick } from '../../sim/dice.ts'
import { quiet, unmoved } from '../check.ts'
import { anyNode, type Scenario } from '../scenario.ts'
import { openWeather } from '../weather.ts'

const devices = ['eth0', 'eth1'] as const

/** Bytes that a node has sent over an interface. */
async function sentBytes(node: TestNode, device: string): Promise<number> {
  const told = await run(inNetwork(node.host.place, ['ip', '-s', '-j', 'link', 'show', device]))
  const [link] = JSON.parse(told) as { stats64: { tx: { bytes: number } } }[]
  return link!.stats64.tx.bytes
}

export const links: readonly Scenario[] = [
  {
    name: 'RedundantPath',
    async play(stage) {
      const node = anyNode(stage)
      const device = pick(stage.roll, devices)
      const sinceMs = nowMs()
      await stage.lab.cut(node.name, device)
      await sleep(stage.timing.deadtimeMs * 1.5)
      unmoved(stage, sinceMs)
      const said = await status(node)
      const dead = said?.nodes.flatMap(one => one.links).filter(one => one.state === 'dead').length
      if (!dead) throw new Error(`${device} of ${node.name} is cut and its status shows every link up`)
      await stage.lab.heal(node.name, device)
      await quiet(stage)
      unmoved(stage, sinceMs)
      return {}
    },
  },
  {
    name: 'LinkFlap',
    async play(stage) {
      const node = anyNode(stage)
      const sinceMs = nowMs()
      const untilMs = sinceMs + 2 * stage.timing.deadtimeMs
      while (nowMs() < untilMs) {
        const device = pick(stage.roll, [...devices, undefined])
        await stage.lab.cut(node.name, device)
        await sleep(between(stage.roll, 0, stage.timing.deadtimeMs / 3))
        await stage.lab.heal(node.name, device)
        await sleep(between(stage.roll, stage.timing.keepaliveMs, 3 * stage.timing.keepaliveMs))
      }
      await quiet(stage)
      await sleep(stage.timing.deadtimeMs)
      unmoved(stage, sinceMs)
      return {}
    },
  },
  {
    name: 'BadWeather',
    async play(stage) {
      const loss = between(stage.roll, 0.05, 0.3)
      const twice = between(stage.roll, 0, 0.5)
      const most = between(stage.roll, 5, stage.timing.keepaliveMs)
      stage.say(
        `loss ${(loss * 100).toFixed(0)} %, delay to ${most.toFixed(0)} ms, twice ${(twice * 100).toFixed(0)} %`,
      )
      const sinceMs = nowMs()
      const weather = await openWeather(stage)
      try {
        for (const [i, a] of stage.nodes.entries())
          for (const b of stage.nodes.slice(i + 1)) await weather.between(a, b, { loss, twice, delayMs: [0, most] })
        await sleep(2 * stage.timing.deadtimeMs)
      } finally {
        await weather.clear()
      }
      await quiet(stage)
      unmoved(stage, sinceMs)
      return {}
    },
  },
  {
    name: 'Bandwidth',
    async play(stage) {
      const { keepaliveMs } = stage.timing
      const peers = stage.nodes.length - 1
      const ms = Math.max(4_000, 10 * keepaliveMs)
      const fromMs = nowMs()
      const before = await Promise.all(stage.nodes.map(node => sentBytes(node, 'eth1')))
      await sleep(ms)
      const after = await Promise.all(stage.nodes.map(node => sentBytes(node, 'eth1')))
      const seconds = (nowMs() - fromMs) / 1000
      const rates = after.map((bytes, i) => (bytes - before[i]!) / seconds)
      stage.say(`bytes a second over eth1: ${rates.map(Math.round).join(', ')}`)
      // To each peer one unicast datagram a keepalive: 4 KiB/s at 200 ms, and in proportion.
      const limit = (4096 * 200 * peers) / keepaliveMs
      const [most, least] = [Math.max(...rates), Math.min(...rates)]
      if (most > limit) throw new Error(`${Math.round(most)} bytes a second over eth1, more than ${limit}`)
      if (least < 100) throw new Error(`${Math.round(least)} bytes a second over eth1: those are no heartbeats`)
      return {}
    },
  },
]
