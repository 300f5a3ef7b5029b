/** What an order would do: the core is asked, its answer is told, and the state it would come to is thrown away. Pure. */
import { holders } from '../cluster/clearance.ts'
import { movesBetween } from '../cluster/decision.ts'
import { isHalted } from '../cluster/halts.ts'
import { groupOf } from '../cluster/state.ts'
import { type Cluster, step } from '../cluster.ts'
import type { Order } from '../events.ts'
import { becauseOf } from '../noteText.ts'
import type { GroupName, NodeId } from '../types.ts'
import type { Result } from './orders.ts'
import { suspensionChanges } from './truceResult.ts'

/** @returns code 0 and the plan, or 4 and the reason for which the order would be refused; lines of text. */
export function planOf(c: Cluster, order: Order, nowMs: number): Result {
  const [after, effects] = step(c, { type: 'order', id: 0, order }, nowMs)
  const answer = effects.flatMap(effect => (effect.type === 'answer' ? [effect.answer] : []))[0]
  if (answer === undefined || !answer.ok)
    return { code: 4, text: `would be refused: ${answer?.why ?? 'no answer'}`, moved: [] }
  const moves = movesBetween(c, after).flatMap(({ group, was, now }) => [
    was.owner === now.owner
      ? `${group} stays on ${now.owner} until that node dies or an operator moves it`
      : `${group} goes from ${was.owner} to ${now.owner}: ${becauseOf(now.because, now.owner, was.owner)}`,
    ...stepsOf(c, group, now.owner),
  ])
  const lines = [
    ...moves,
    ...changesOf(c, after),
    ...(moves.length > 0 ? [] : [answer.text ?? whereNothingMoves(order)]),
  ]
  return { code: 0, text: [...lines, 'nothing has been changed'].join('\n'), moved: [] }
}

/** In the order in which they would be done: every holder lets go before the new owner starts. */
function stepsOf(c: Cluster, name: GroupName, owner: NodeId): readonly string[] {
  const group = groupOf(c, name)
  const resources = group.resources.map(resource => resource.name)
  const stops = holders(c, group).filter(node => node !== owner)
  const starts =
    holders(c, group).includes(owner) || isHalted(c, name) ? [] : [`  ${owner} starts ${resources.join(', ')}`]
  return [...stops.map(node => `  ${node} stops ${stopOrder(c, name)}`), ...starts]
}

/** What an order changes beside owners. */
function changesOf(before: Cluster, after: Cluster): readonly string[] {
  const { self } = before.config
  const standby = before.standby === after.standby ? [] : [standbyText(self, after.standby)]
  const cleared = before.config.groups.flatMap(({ name }) => {
    const [was, now] = [before.groups.get(name)!.run, after.groups.get(name)!.run]
    if (was.blocked !== undefined && now.blocked === undefined)
      return [`${name} is no longer blocked: ${self} looks again at what runs`]
    return was.failed !== undefined && now.failed === undefined ? [`${name} may be started on ${self} again`] : []
  })
  const pardoned = after.pardoned.size > before.pardoned.size ? ['what is blocked on dead nodes counts as stopped'] : []
  const halts = before.config.groups.flatMap(({ name }) => {
    const [was, now] = [isHalted(before, name), isHalted(after, name)]
    if (was === now) return []
    return now ? haltSteps(before, name) : [`${name} is started by ${after.groups.get(name)!.assignment.owner}`]
  })
  return [...standby, ...halts, ...cleared, ...pardoned, ...suspensionChanges(before, after)]
}

const haltSteps = (c: Cluster, name: GroupName): readonly string[] => [
  `${name} is stopped, and starts nowhere until: tandem start ${name}`,
  ...holders(c, groupOf(c, name)).map(node => `  ${node} stops ${stopOrder(c, name)}`),
]

const stopOrder = (c: Cluster, name: GroupName): string =>
  groupOf(c, name)
    .resources.map(resource => resource.name)
    .reverse()
    .join(', ')

const standbyText = (self: NodeId, on: boolean): string =>
  on ? `${self} starts nothing until: tandem unstandby` : `${self} may run groups again`

const whereNothingMoves = (order: Order): string =>
  order.verb === 'clear' || order.verb === 'unstandby' ? 'no group would move at once' : 'no group would move'
