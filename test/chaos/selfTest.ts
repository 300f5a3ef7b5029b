/** Can the observer see a double at all? Made by hand, before any daemon runs; what it does not see is an error. */
import { nowMs, sleep, until } from '../../bench/shell.ts'
import { ip, runIn } from '../integration/nodeLab.ts'
import { doublesSince, nowhere } from './check.ts'
import { lengthUs } from './doubles.ts'
import type { Stage } from './stage.ts'

const heldMs = 600

export async function observerSees(stage: Stage): Promise<string> {
  const [group] = stage.groups
  const [a, b] = stage.nodes
  if (group === undefined || a === undefined || b === undefined) throw new Error('no two nodes to try it on')
  const { mark, address } = group
  const act = (node: typeof a, word: string) => runIn(node.host, [`${node.configDir}/resource.d/mark`, mark, word])
  const sinceMs = nowMs()
  for (const node of [a, b]) {
    await ip(node, `addr add ${address}/32 dev eth0`)
    await act(node, 'start')
  }
  await sleep(heldMs)
  for (const node of [a, b]) {
    await ip(node, `addr del ${address}/32 dev eth0`)
    await act(node, 'stop')
  }
  await until('the observer to see the end of it', 5_000, () => nowhere(stage))
  const seen = doublesSince(stage, sinceMs)
  const parts = [mark, address].map(what => {
    const us = lengthUs(seen.filter(one => one.what === what))
    if (us < heldMs * 1000)
      throw new Error(`two nodes had ${what} for ${heldMs} ms, and the observer saw ${us} us of it`)
    return `${what} ${us} us`
  })
  if (!stage.activity.traces().some(one => one.word === 'taken' && one.node === b.name && one.holder === a.name))
    throw new Error(`${b.name} started ${mark} while ${a.name} had its token, and that was not noticed`)
  return `made by hand, seen by the observer: ${parts.join(', ')}, token refused`
}
