/** Programs that die, stop and come back while their resources go on. */
import { nowMs, peek, sleep } from '../../../bench/shell.ts'
import { between, pick } from '../../sim/dice.ts'
import { doublesSince, quiet, unmoved } from '../check.ts'
import { tellDouble } from '../doubles.ts'
import {
  anyHolder,
  type Component,
  groupsOn,
  killed,
  leaseMayEnd,
  paused,
  recovery,
  type Scenario,
  slackMs,
  takenAfter,
} from '../scenario.ts'
import type { Stage } from '../stage.ts'

const kinds: readonly (readonly Component[])[] = [['tandemd'], ['beat'], ['tandemd', 'beat']]

/** Process numbers of the marks, inside their hosts. */
const marksOf = (stage: Stage): string =>
  stage.nodes
    .flatMap(({ name, host }) =>
      stage.groups.map(({ mark }) => `${name} ${mark} ${peek(`/proc/${host.power?.init}/root/run/mark-${mark}.pid`)}`),
    )
    .join()

export const processes: readonly Scenario[] = [
  {
    name: 'ComponentFail',
    async play(stage) {
      const node = anyHolder(stage)
      const kind = pick(stage.roll, kinds)
      stage.say(`kill -9 of ${kind.join(' and ')} on ${node.name}`)
      const sinceMs = nowMs()
      await killed(node, kind)
      const lapsed = await leaseMayEnd(stage, sinceMs)
      await quiet(stage)
      await sleep(stage.timing.deadtimeMs) // whoever is misled shows it by then
      unmoved(stage, sinceMs, lapsed)
      return {}
    },
  },
  {
    name: 'Reattach',
    async play(stage) {
      const marks = marksOf(stage)
      const sinceMs = nowMs()
      await Promise.all(stage.nodes.map(node => killed(node, ['tandemd'])))
      const lapsed = await leaseMayEnd(stage, sinceMs)
      await quiet(stage)
      await sleep(stage.timing.deadtimeMs)
      unmoved(stage, sinceMs, lapsed)
      if (marksOf(stage) !== marks)
        throw new Error(`resources have other processes: before ${marks}, now ${marksOf(stage)}`)
      return {}
    },
  },
  {
    name: 'PauseShort',
    async play(stage) {
      const node = anyHolder(stage)
      const { deadtimeMs, keepaliveMs } = stage.timing
      const ms = between(stage.roll, 0.1 * deadtimeMs, 0.8 * deadtimeMs - keepaliveMs)
      stage.say(`${node.name} pauses for ${Math.round(ms)} ms`)
      const { fromMs } = await paused(node, ms)
      await quiet(stage)
      await sleep(deadtimeMs)
      // A lease is shorter than deadtime: the address may go meanwhile, comes back, and nobody else may have had it.
      unmoved(stage, fromMs, stage.leased)
      return {}
    },
  },
  {
    name: 'PauseLong',
    on: ['take'],
    async play(stage) {
      const node = anyHolder(stage)
      const { deadtimeMs, keepaliveMs } = stage.timing
      const ms = between(stage.roll, 1.3 * deadtimeMs, 2.5 * deadtimeMs)
      stage.say(`${node.name} pauses for ${Math.round(ms)} ms`)
      const { fromMs, toMs } = await paused(node, ms)
      const taken = recovery(stage, fromMs)
      if (taken.recoveryMs === undefined) throw new Error(`${node.name} was paused, and nobody took what it had`)
      takenAfter(taken, deadtimeMs - keepaliveMs - slackMs, deadtimeMs + keepaliveMs + slackMs)
      await quiet(stage)
      const back = groupsOn(stage, node)
      if (!stage.setting.failback && back.length > 0) throw new Error(`${node.name} woke up and took ${back[0]!.name}`)
      if (stage.leased) {
        const both = doublesSince(stage, fromMs).find(({ what }) => what.includes('.'))
        if (both !== undefined) throw new Error(`a lease should have ended before: ${tellDouble(both)}`)
      }
      return { ...taken, permit: { fromMs, toMs: toMs + 2 * keepaliveMs + slackMs } }
    },
  },
]
