/** What an operator orders. An order is answered at once: either with the groups that will move, or with the reason why not. */
import type { Answer, Effect, Order, Scope, TruceOrder } from '../events.ts'
import type { Note } from '../note.ts'
import { bestHome } from '../resources/assignment.ts'
import { forgetFailures, forgive, holds } from '../resources/run.ts'
import type { Group, GroupName, Next, NodeId, Reason } from '../types.ts'
import { peerAble } from './able.ts'
import { movesBetween } from './decision.ts'
import { accepting, doubtAbout, isolatedText } from './doubt.ts'
import { start, stop } from './halts.ts'
import { firstHereText, isFirstHere } from './lastMan.ts'
import { move, noGroup } from './move.ts'
import { isDark } from './sight.ts'
import { type Cluster, nextCounter, pardonOf, withGroup } from './state.ts'
import { maintainedText } from './truceOrders.ts'
import { isUnready, unreadyText } from './unready.ts'

export function obey(c: Cluster, id: number, order: Exclude<Order, TruceOrder>): Next<Cluster, Effect> {
  const words = wordsOf(order)
  const [next, answer] =
    c.leaving === undefined
      ? carryOut(c, order)
      : [c, refuse('this node is shutting down; give the order on another node')]
  const note: Note = answer.ok
    ? { code: 'ordered', words, groups: answer.groups, moves: movesBetween(c, next) }
    : { code: 'refused', words, why: answer.why }
  return [
    next,
    [
      { type: 'note', note },
      { type: 'answer', id, answer },
    ],
  ]
}

function wordsOf(order: Exclude<Order, TruceOrder>): string {
  const accepting = 'accept' in order ? ` --accept-${order.accept}` : ''
  const reason = 'reason' in order ? ` (${order.reason})` : ''
  if (order.verb === 'move') return `move ${order.group} --to ${order.to}${accepting}${reason}`
  if (order.verb === 'stop' || order.verb === 'start') return `${order.verb} ${order.group}${reason}`
  return 'scope' in order ? `${order.verb} ${order.scope}${accepting}${reason}` : order.verb
}

export type Verdict = readonly [Cluster, Answer]
export const refuse = (why: string): Answer => ({ ok: false, why })

function carryOut(c: Cluster, order: Exclude<Order, TruceOrder>): Verdict {
  const suspended = maintainedText(c, groupsOf(c, order))
  if (suspended !== undefined) return [c, refuse(suspended)]
  switch (order.verb) {
    case 'takeover':
      return takeover(c, order)
    case 'move':
      return move(c, order)
    case 'give-away':
      return giveAway(c, order.scope)
    case 'standby':
      return standby(c)
    case 'unstandby':
      return [
        { ...c, standby: false },
        { ok: true, groups: [] },
      ]
    case 'clear':
      return clear(c, order.group)
    case 'stop':
      return stop(c, order)
    case 'start':
      return start(c, order)
  }
}

/** Those that it would change. */
function groupsOf(c: Cluster, order: Exclude<Order, TruceOrder>): readonly GroupName[] {
  const isMine = ({ name }: Group): boolean => c.groups.get(name)!.assignment.owner === c.config.self
  const affected = (group: Group): boolean => {
    switch (order.verb) {
      case 'takeover':
        return !isMine(group) && inScope(c, group, order.scope === 'failback' ? 'local' : order.scope)
      case 'give-away':
        return isMine(group) && inScope(c, group, order.scope)
      case 'standby':
        return isMine(group)
      case 'unstandby':
        return false
      case 'clear':
      case 'move':
      case 'stop':
      case 'start':
        return order.group === group.name
    }
  }
  return c.config.groups.filter(affected).map(({ name }) => name)
}

function inScope(c: Cluster, group: Group, scope: Scope): boolean {
  const athome = group.homes[0] === c.config.self
  return scope === 'all' || (scope === 'local' ? athome : !athome)
}

/** `takeover failback` brings home what is at home here. */
function takeover(c: Cluster, { scope, accept }: Extract<Order, { verb: 'takeover' }>): Verdict {
  if (c.standing.isolated) return [c, refuse(isolatedText(c))]
  if (!c.disk.writable) return [c, refuse('the state folder of this node cannot be written; mend that first')]
  const wanted = c.config.groups.filter(group => inScope(c, group, scope === 'failback' ? 'local' : scope))
  for (const group of wanted) {
    const comes = c.groups.get(group.name)!.assignment.owner !== c.config.self
    const against =
      whyBlocked(c, group) ??
      doubtAbout(c, group, accept) ??
      whyUnread(c, group) ??
      (comes ? unreadyText(c, group, c.config.self, accept) : undefined)
    if (against !== undefined) return [c, refuse(against)]
  }
  let next: Cluster = { ...c, standby: false, accepted: accepting(c, wanted, accept) }
  const moved: GroupName[] = []
  for (const group of wanted) {
    const state = next.groups.get(group.name)!
    const run = forgetFailures(state.run)
    next = run === state.run ? next : withGroup(next, group.name, { ...state, run })
    if (state.assignment.owner === c.config.self) continue
    const given = give(next, group, c.config.self, scope === 'failback' ? 'failback-order' : 'takeover')
    if (given === undefined) return [c, refuse(noEpoch)]
    next = given
    moved.push(group.name)
  }
  return [next, { ok: true, groups: moved }]
}

export const noEpoch = 'the next epoch is not on disk yet; try again in a second'

/** `give-away failback` sends home what is at home elsewhere. */
function giveAway(c: Cluster, scope: Scope): Verdict {
  const mine = c.config.groups.filter(
    group => c.groups.get(group.name)!.assignment.owner === c.config.self && inScope(c, group, scope),
  )
  let next = c
  for (const group of mine) {
    const home = group.homes[0]!
    const heir = scope === 'failback' && peerAble(c.members.peers.get(home), group) ? home : heirOf(c, group)
    if (heir === undefined) return [c, refuse(noHeir(c, group))]
    const against = isFirstHere(c, group) ? firstHereText(c, group, heir) : unreadyText(c, group, heir, undefined)
    if (against !== undefined) return [c, refuse(against)]
    const given = give(next, group, heir, scope === 'failback' ? 'failback-order' : 'give-away')
    if (given === undefined) return [c, refuse(noEpoch)]
    next = given
  }
  return [next, { ok: true, groups: mine.map(group => group.name) }]
}

function standby(c: Cluster): Verdict {
  const mine = c.config.groups.filter(group => c.groups.get(group.name)!.assignment.owner === c.config.self)
  const stuck = mine.find(group => holds(c.groups.get(group.name)!.run) && heirOf(c, group) === undefined)
  if (stuck !== undefined) return [c, refuse(noHeir(c, stuck))]
  const [first] = mine.filter(group => isFirstHere(c, group) && heirOf(c, group) !== undefined)
  if (first !== undefined) return [c, refuse(firstHereText(c, first, heirOf(c, first)!))]
  for (const group of mine) {
    const heir = heirOf(c, group)
    const against = heir && unreadyText(c, group, heir, undefined)
    if (against !== undefined) return [c, refuse(against)]
  }
  if (mine.some(group => nextCounter(c, c.groups.get(group.name)!.assignment) === undefined))
    return [c, refuse(noEpoch)]
  return [
    { ...c, standby: true },
    { ok: true, groups: mine.map(group => group.name) },
  ]
}

function clear(c: Cluster, name: GroupName | undefined): Verdict {
  const wanted = c.config.groups.filter(group => name === undefined || group.name === name)
  if (wanted.length === 0) return [c, refuse(noGroup(c, name ?? ''))]
  let next = c
  const cleared: GroupName[] = []
  const pardoned = new Set(c.pardoned)
  for (const group of wanted) {
    const state = next.groups.get(group.name)!
    const run = forgive(state.run)
    if (run !== state.run) {
      next = withGroup(next, group.name, { ...state, run })
      cleared.push(group.name)
    }
    for (const peer of c.members.peers.values()) {
      if (peer.health !== 'dead' || peer.report?.claims.get(group.name)?.state !== 'blocked') continue
      // It may still run there. Only who names the group has looked.
      if (name === undefined) return [c, refuse(blockedThere(group.name, peer.node))]
      pardoned.add(pardonOf(peer))
      if (!cleared.includes(group.name)) cleared.push(group.name)
    }
  }
  return [pardoned.size === c.pardoned.size ? next : { ...next, pardoned }, { ok: true, groups: cleared }]
}

const blockedThere = (group: GroupName, node: NodeId): string =>
  `${group} is blocked on ${node}, which is dead: once you have seen that it is stopped there, type: tandem clear ${group}`

/** A new epoch for the group; an order to bring it home is policy again, any other order sticks. */
export function give(c: Cluster, group: Group, to: NodeId, because: Reason): Cluster | undefined {
  const state = c.groups.get(group.name)!
  const counter = nextCounter(c, state.assignment)
  if (counter === undefined) return undefined
  const by = because === 'failback-order' ? 'policy' : 'operator'
  return withGroup(c, group.name, {
    ...state,
    assignment: { owner: to, epoch: { counter, minter: c.config.self }, by, because },
  })
}

const heirOf = (c: Cluster, group: Group): NodeId | undefined =>
  bestHome(group, {
    able: node => node !== c.config.self && peerAble(c.members.peers.get(node), group),
    dark: node => isDark(c, group, node),
    unready: node => isUnready(c, group, node),
  })

/** A stop failed, here or elsewhere: it can go nowhere. */
export function whyBlocked(c: Cluster, group: Group): string | undefined {
  const there = [...c.members.peers.values()].find(
    peer => peer.report?.claims.get(group.name)?.state === 'blocked' && !c.pardoned.has(pardonOf(peer)),
  )
  const node = c.groups.get(group.name)!.run.blocked === undefined ? there?.node : c.config.self
  if (node === undefined) return undefined
  return `${group.name} is blocked: a stop failed on ${node}; see to it there, then type: tandem clear ${group.name}`
}

/** Somebody who lives does not say what it has of the group. */
export function whyUnread({ members }: Cluster, { name }: Group): string | undefined {
  const unread = [...members.peers.values()].find(
    peer => peer.health === 'up' && peer.report?.claims.has(name) !== true,
  )
  return unread && `${unread.node} does not know the group ${name}; make haresources equal on both nodes`
}

function noHeir(c: Cluster, group: Group): string {
  const others = group.homes.filter(node => node !== c.config.self)
  return `no other node can take ${group.name}: ${others.map(node => `${node} ${whyUnable(c, group, node)}`).join(', ')}`
}

/** Why another node could not take a group now, as the end of a sentence that begins with its name. */
export function whyUnable(c: Cluster, group: Group, node: NodeId): string {
  const peer = c.members.peers.get(node)
  if (peer === undefined) return 'is not a node of this cluster'
  if (peer.left) return 'has been shut down'
  if (peer.health === 'unseen') return 'has not been seen yet'
  if (peer.health === 'dead') return 'is dead'
  if (peer.report === undefined) return 'lists other nodes in its ha.cf'
  if (peer.report.standby) return 'is in standby'
  if (peer.report.leaving) return 'is shutting down'
  if (peer.report.unwritable) return 'cannot write its state folder'
  if (peer.sick) return 'is sick: its manager does not answer'
  const claim = peer.report.claims.get(group.name)
  if (claim === undefined) return 'does not list this group in its haresources'
  if (claim.state === 'blocked') return 'is blocked: a stop failed there'
  if (claim.failed) return 'failed to run it'
  return 'can take it'
}
