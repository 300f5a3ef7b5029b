/** Power that is lost, and disks that are full. */
import { nowMs, sleep, until } from '../../../bench/shell.ts'
import { pidOf, runIn, status } from '../../integration/nodeLab.ts'
import { between, chance, pick } from '../../sim/dice.ts'
import { addressed, quiet, unmoved } from '../check.ts'
import {
  anyHolder,
  groupsOn,
  killed,
  leaseMayEnd,
  order,
  othersThan,
  plugIn,
  recovery,
  type Scenario,
  slackMs,
  unplug,
} from '../scenario.ts'

export const power: readonly Scenario[] = [
  {
    name: 'FastDetection',
    async play(stage) {
      const node = anyHolder(stage)
      const lost = groupsOn(stage, node)
      const { deadtimeMs, keepaliveMs } = stage.timing
      await sleep(between(stage.roll, 0, keepaliveMs))
      const fromMs = await unplug(stage, node)
      const darkMs = nowMs()
      await until(`what ${node.name} had`, deadtimeMs + keepaliveMs + 10_000, () =>
        lost.every(one => addressed(stage, one).some(name => name !== node.name)),
      )
      const { recoveryMs = 0 } = recovery(stage, fromMs)
      const asked = stage.setting.policy === 'take' ? 1 : 2 // a keepalive more for an answer, or for the votes
      const latestMs = darkMs - fromMs + deadtimeMs + asked * keepaliveMs + slackMs
      if (recoveryMs > latestMs) throw new Error(`taken ${Math.round(recoveryMs)} ms after the power loss`)
      if (recoveryMs < deadtimeMs - keepaliveMs - slackMs)
        throw new Error(`taken ${Math.round(recoveryMs)} ms after the power loss already`)
      await quiet(stage, othersThan(stage, node))
      await sleep(between(stage.roll, 0, deadtimeMs))
      await plugIn(stage, node)
      await quiet(stage)
      return { recoveryMs }
    },
  },
  {
    name: 'QuickReboot',
    async play(stage) {
      // Back before anybody has missed it: it must not think that it still has what it had.
      const node = anyHolder(stage)
      await unplug(stage, node)
      await sleep(between(stage.roll, 0, stage.timing.deadtimeMs / 2))
      const sinceMs = nowMs()
      await plugIn(stage, node)
      await quiet(stage)
      return recovery(stage, sinceMs)
    },
  },
  {
    name: 'PowerLossBoth',
    async play(stage) {
      const staggered = chance(stage.roll, 0.5)
      const gap = () => sleep(staggered ? between(stage.roll, 0, 2 * stage.timing.deadtimeMs) : 0)
      stage.say(staggered ? 'one after the other' : 'all at once')
      if (staggered) for (const node of stage.nodes) await unplug(stage, node).then(gap)
      else await Promise.all(stage.nodes.map(node => unplug(stage, node)))
      const sinceMs = nowMs()
      const order = chance(stage.roll, 0.5) ? stage.nodes : stage.nodes.toReversed()
      if (staggered) for (const node of order) await plugIn(stage, node).then(gap)
      else await Promise.all(order.map(node => plugIn(stage, node)))
      await quiet(stage)
      return recovery(stage, sinceMs)
    },
  },
  {
    name: 'DiskFull',
    async play(stage) {
      const node = pick(stage.roll, stage.nodes)
      const inHost = (script: string) => runIn(node.host, ['sh', '-c', script])
      const dir = node.stateDir
      await stage.service.stop(node)
      await inHost(`mkdir -p /run/disk && mount -t tmpfs -o size=64k tmpfs /run/disk && cp -a ${dir}/. /run/disk`)
      await inHost(`mount --bind /run/disk ${dir}`)
      stage.service.on(node)
      await quiet(stage)
      const sinceMs = nowMs()
      await inHost(`dd if=/dev/zero of=${dir}/ballast bs=4096 2>&1 || true`)
      await killed(node, ['tandemd'])
      const lapsed = await leaseMayEnd(stage, sinceMs)
      const sick = async () => (await status(node))?.nodes.some(one => one.name === node.name && one.state === 'sick')
      await until(`${node.name} to be sick`, 10_000, async () => (await sick()) === true)
      // Refused, unless there is nothing to take.
      await order(node, 'takeover', groupsOn(stage, node).length === stage.groups.length ? [0, 4] : [4])
      await sleep(stage.timing.deadtimeMs)
      unmoved(stage, sinceMs, lapsed)
      await inHost(`rm ${dir}/ballast`)
      await quiet(stage)
      await stage.service.stop(node)
      await inHost(`umount ${dir} && cp -a /run/disk/. ${dir} && umount /run/disk`)
      if (pidOf(node, 'beat') !== undefined) throw new Error('a beat was left behind')
      stage.service.on(node)
      await quiet(stage)
      return {}
    },
  },
]
