/** Orders of the administrator, sensible ones and others, and a key that changes. */
import { nowMs, sleep, until } from '../../../bench/shell.ts'
import { behave, configure, misbehave, status } from '../../integration/nodeLab.ts'
import { between, pick } from '../../sim/dice.ts'
import { addressed, marked, quiet, unmoved } from '../check.ts'
import { anyHolder, groupsOn, order, othersThan, recovery, type Scenario } from '../scenario.ts'
import { keys, type Stage } from '../stage.ts'

/** Datagrams that were not believed, by node and reason. */
const refused = async (stage: Stage): Promise<string> =>
  JSON.stringify(await Promise.all(stage.nodes.map(async node => (await status(node))?.beat.refused)))

export const orders: readonly Scenario[] = [
  {
    name: 'Standby',
    async play(stage) {
      const node = anyHolder(stage)
      const sinceMs = nowMs()
      await order(node, 'standby')
      const outcome = recovery(stage, sinceMs)
      if (groupsOn(stage, node).length > 0) throw new Error(`${node.name} is in standby and still runs a group`)
      await sleep(between(stage.roll, 0, stage.timing.deadtimeMs))
      await order(node, 'unstandby')
      await quiet(stage)
      return outcome
    },
  },
  {
    name: 'TakeoverOnBoth',
    async play(stage) {
      const sinceMs = nowMs()
      // Only one can have it: the other may be refused or fail, but must be told so.
      const codes = [0, 1, 4, 5]
      const said = await Promise.all(
        stage.nodes.map(async node => {
          await sleep(between(stage.roll, 0, 100))
          return order(node, 'takeover --timeout 20', codes)
        }),
      )
      const silent = said.find(one => one.code !== 0 && one.err === '')
      if (silent !== undefined) throw new Error(`a takeover ended with code ${silent.code} and not a word`)
      await quiet(stage)
      return recovery(stage, sinceMs)
    },
  },
  {
    name: 'StandbyOnBoth',
    async play(stage) {
      // One of them is the last: refused, or left with what nobody else may have.
      await Promise.all(stage.nodes.map(node => order(node, 'standby --timeout 4', [0, 1, 4, 5])))
      for (const node of stage.nodes) await order(node, 'unstandby', [0, 4])
      await quiet(stage)
      return {}
    },
  },
  {
    name: 'ResourceRecover',
    async play(stage) {
      const from = anyHolder(stage)
      const [group] = groupsOn(stage, from)
      const to = pick(stage.roll, othersThan(stage, from))
      misbehave(to, `${group!.mark}.start-fails`)
      const sinceMs = nowMs()
      const said = await order(to, 'takeover', [1])
      if (!said.err.includes(`${group!.name} failed to start here`)) throw new Error(`it was told: ${said.err}`)
      behave(to, `${group!.mark}.start-fails`)
      await until(`${group!.name} off ${to.name}, where it failed, and on another`, 5_000, () =>
        [marked(stage, group!), addressed(stage, group!)].every(on => on.length === 1 && on[0] !== to.name),
      )
      const outcome = recovery(stage, sinceMs)
      await order(to, 'clear')
      await quiet(stage)
      return outcome
    },
  },
  {
    name: 'KeyRotation',
    async play(stage) {
      const sinceMs = nowMs()
      const before = await refused(stage)
      for (const send of [2, 1]) {
        for (const node of stage.nodes) {
          configure(node, { authkeys: keys(send) })
          await order(node, 'reload')
          await sleep(between(stage.roll, 0, 2 * stage.timing.keepaliveMs))
        }
      }
      await sleep(stage.timing.deadtimeMs)
      await quiet(stage)
      unmoved(stage, sinceMs)
      const after = await refused(stage)
      if (after !== before) throw new Error(`datagrams were refused: before ${before}, now ${after}`)
      return {}
    },
  },
]
