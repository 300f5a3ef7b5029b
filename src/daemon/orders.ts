/** Orders wait for their result: what was asked for has happened, has failed, or takes too long. */

import { holders } from '../cluster/clearance.ts'
import { isHalted } from '../cluster/halts.ts'
import { groupOf } from '../cluster/state.ts'
import { isTruceOrder } from '../cluster/truceOrders.ts'
import type { Cluster } from '../cluster.ts'
import type { Answer, Order } from '../events.ts'
import type { Note } from '../note.ts'
import { textOf } from '../noteText.ts'
import { holds } from '../resources/run.ts'
import type { GroupName, NodeId } from '../types.ts'
import { truceSummary, unconfirmedLiving } from './truceResult.ts'

export interface Result {
  /** 0 done, 1 failed, 4 refused, 5 still in progress. */
  readonly code: 0 | 1 | 4 | 5
  readonly text: string
  readonly moved: readonly { readonly group: string; readonly owner: string; readonly ms: number }[]
}

interface Waiting {
  readonly order: Order
  readonly sinceMs: number
  readonly wait: boolean
  readonly tell: (line: object) => void
  readonly end: (result: Result) => void
  groups: readonly GroupName[] | undefined
  /** What the core says where nothing moves. */
  text: string | undefined
  readonly arrivedMs: Map<GroupName, number>
  /** Of an order that all must confirm: who has not. */
  lacks?: string
}

const shown: readonly Note['code'][] = [
  'assigned',
  'group-running',
  'group-stopped',
  'job-failed',
  'group-failed',
  'group-blocked',
]

export class Orders {
  private readonly waiting = new Map<number, Waiting>()
  private lastId = 0
  private readonly now: () => number

  constructor(now: () => number) {
    this.now = now
  }

  /** Registers an order; post it to the core under the id returned, then `answered` and `look` bring the result. */
  open(
    order: Order,
    wait: boolean,
    timeoutMs: number,
    tell: (line: object) => void,
  ): { id: number; result: Promise<Result> } {
    const id = ++this.lastId
    const sinceMs = this.now()
    const result = new Promise<Result>(resolve => {
      let limit: NodeJS.Timeout | undefined
      const end = (value: Result): void => {
        clearTimeout(limit)
        if (this.waiting.delete(id)) resolve(value)
      }
      this.waiting.set(id, {
        order,
        sinceMs,
        wait,
        tell,
        end,
        groups: undefined,
        text: undefined,
        arrivedMs: new Map(),
      })
      if (wait)
        limit = setTimeout(
          () =>
            end({
              code: 5,
              text: `${this.waiting.get(id)?.lacks ?? 'still in progress'} after ${timeoutMs / 1000} s; tandem status shows how far it is`,
              moved: [],
            }),
          timeoutMs,
        ).unref()
    })
    return { id, result }
  }

  answered(id: number, answer: Answer): void {
    const waiting = this.waiting.get(id)
    if (waiting === undefined) return
    if (!answer.ok) return waiting.end({ code: 4, text: answer.why, moved: [] })
    waiting.groups = answer.groups
    waiting.text = answer.text
    if (!waiting.wait) waiting.end({ code: 0, text: answer.text ?? 'ordered', moved: [] })
  }

  noted(note: Note): void {
    if (this.waiting.size === 0 || !shown.includes(note.code)) return
    for (const { tell } of this.waiting.values()) tell({ note: textOf(note).text })
  }

  /** After each round of the core: is anything ordered now done? */
  look(c: Cluster): void {
    for (const waiting of this.waiting.values()) {
      if (waiting.groups !== undefined) this.judge(c, waiting, waiting.groups)
    }
  }

  /** Nobody will look any more: the configuration was replaced, or this process ends. */
  abandon(text: string): void {
    for (const waiting of this.waiting.values()) waiting.end({ code: 5, text, moved: [] })
  }

  private judge(c: Cluster, waiting: Waiting, groups: readonly GroupName[]): void {
    if (isTruceOrder(waiting.order)) {
      const open = unconfirmedLiving(c)
      waiting.lacks = `not confirmed yet by ${open.join(', ')}`
      if (open.length === 0) waiting.end({ code: 0, text: truceSummary(c, waiting.order), moved: [] })
      return
    }
    const nowMs = this.now()
    for (const name of groups) {
      const wrong = troubleOf(c, name, waiting.order)
      if (wrong !== undefined) return waiting.end({ code: 1, text: wrong, moved: [] })
      if (!waiting.arrivedMs.has(name) && arrived(c, name, waiting.order))
        waiting.arrivedMs.set(name, nowMs - waiting.sinceMs)
    }
    if (waiting.arrivedMs.size < groups.length) return
    if (waiting.order.verb === 'standby') {
      const held = [...c.groups].find(([, { run }]) => holds(run))
      const wrong = held && troubleOf(c, held[0], waiting.order)
      if (wrong !== undefined) return waiting.end({ code: 1, text: wrong, moved: [] })
      if (held !== undefined) return
    }
    const halted = groups.filter(group => isHalted(c, group))
    const text = halted.length > 0 ? halted.map(group => haltedSummary(c, group)).join('\n') : undefined
    const moved = groups
      .filter(group => !halted.includes(group))
      .map(group => ({
        group,
        owner: ownerOf(c, group),
        ms: Math.round(waiting.arrivedMs.get(group)!),
      }))
    waiting.end({ code: 0, text: waiting.text ?? text ?? summary(c, waiting.order, moved), moved })
  }
}

const ownerOf = (c: Cluster, name: GroupName): string => c.groups.get(name)!.assignment.owner

/** As it should be there: running on its owner and held by nobody else, or held by nobody where an operator has stopped it. */
function settledOn(c: Cluster, name: GroupName): boolean {
  const { assignment, run } = c.groups.get(name)!
  const group = groupOf(c, name)
  if (isHalted(c, name)) return holders(c, group).length === 0
  const running =
    assignment.owner === c.config.self
      ? run.job === undefined && run.up === group.resources.length
      : c.members.peers.get(assignment.owner)?.report?.claims.get(name)?.state === 'running'
  return running && holders(c, group).length === 1
}

function arrived(c: Cluster, name: GroupName, order: Order): boolean {
  const { assignment, run } = c.groups.get(name)!
  switch (order.verb) {
    case 'takeover':
      return assignment.owner === c.config.self && settledOn(c, name)
    case 'move':
      return assignment.owner === order.to && settledOn(c, name)
    case 'give-away':
    case 'standby':
      return assignment.owner !== c.config.self && settledOn(c, name)
    case 'unstandby':
    case 'disarm':
    case 'arm':
    case 'maintenance-on':
    case 'maintenance-off':
      return true
    case 'stop':
    case 'start':
      return settledOn(c, name)
    case 'clear':
      return (
        run.known &&
        run.job === undefined &&
        (assignment.owner !== c.config.self || settledOn(c, name) || run.live === 0)
      )
  }
}

/** The one node that was named by the order. */
function targetOf(c: Cluster, order: Order): NodeId | undefined {
  if (order.verb === 'move') return order.to
  return order.verb === 'takeover' ? c.config.self : undefined
}

function troubleOf(c: Cluster, name: GroupName, order: Order): string | undefined {
  const { assignment, run } = c.groups.get(name)!
  if (run.blocked !== undefined) return `${name} is blocked here, a stop failed: ${run.blocked}`
  const blockedOn = [...c.members.peers.values()].find(
    ({ health, report }) => health !== 'dead' && report?.claims.get(name)?.state === 'blocked',
  )
  if (blockedOn !== undefined && order.verb !== 'clear')
    return `${name} is blocked, a stop failed on ${blockedOn.node}; see to it there, then type there: tandem clear ${name}`
  const to = targetOf(c, order)
  if (to === c.config.self && run.failed !== undefined) return `${name} failed to start here: ${run.failed}`
  const node = to ?? assignment.owner
  const theirs = c.members.peers.get(node)?.report?.claims.get(name)
  if (theirs?.failed === true && order.verb !== 'clear') return `${name} failed to start on ${node}`
  return to !== undefined && assignment.owner !== to ? `${name} was given to ${assignment.owner} meanwhile` : undefined
}

const haltedSummary = (c: Cluster, group: GroupName): string =>
  `${group} is stopped everywhere${unheard(c)}, and belongs to ${ownerOf(c, group)}; to start it: tandem start ${group}`

/** Who has not been told is not stopped. */
function unheard({ members }: Cluster): string {
  const silent = [...members.peers.values()].filter(({ health, left }) => health === 'dead' && !left)
  const names = silent.map(({ node }) => node).join(', ')
  return names === '' ? '' : ` but perhaps on ${names}, which is not heard`
}

function summary(c: Cluster, order: Order, moved: Result['moved']): string {
  const { self } = c.config
  if (order.verb === 'unstandby') return `${self} takes part again`
  if (moved.length === 0) {
    if (order.verb === 'clear') return 'nothing was failed or blocked here'
    return order.verb === 'standby' ? `${self} is in standby` : 'nothing to move'
  }
  const list = moved.map(({ group, owner, ms }) =>
    order.verb === 'clear' ? `${group} cleared; its owner is ${owner}` : `${group} active on ${owner} after ${ms} ms`,
  )
  return list.join('\n')
}
