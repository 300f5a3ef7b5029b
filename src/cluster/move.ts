/** `move GROUP --to NODE`: one group, to a node by name, ordered on any node. */
import { nearest } from '../config/suggest.ts'
import type { Order } from '../events.ts'
import { claimState } from '../resources/run.ts'
import type { Group, NodeId } from '../types.ts'
import { peerAble } from './able.ts'
import { accepting, doubtAbout, isolatedText } from './doubt.ts'
import { firstHereText, isFirstHere } from './lastMan.ts'
import { give, noEpoch, refuse, type Verdict, whyBlocked, whyUnable, whyUnread } from './obey.ts'
import type { Cluster } from './state.ts'
import { unreadyText } from './unready.ts'

/**
 * Whoever is told makes the move and no more: the present owner lets go and the new one judges for itself when it may
 * start, as with every other move. So only a living node can be named.
 */
export function move(c: Cluster, order: Extract<Order, { verb: 'move' }>): Verdict {
  const group = c.config.groups.find(({ name }) => name === order.group)
  if (group === undefined) return [c, refuse(noGroup(c, order.group))]
  const to = c.config.nodes.find(node => node === order.to)
  if (to === undefined) return [c, refuse(noNode(c, order.to))]
  const { assignment } = c.groups.get(group.name)!
  const words = `move ${group.name} --to ${to}`
  const isThere = assignment.owner === to && stateOn(c, group, to) === 'running'
  const against =
    whyBlocked(c, group) ??
    whyNever(group, to) ??
    (c.standing.isolated ? isolatedText(c) : undefined) ??
    whyNotNow(c, group, to) ??
    (isFirstHere(c, group) && to !== c.config.self ? firstHereText(c, group, to) : undefined) ??
    (isThere
      ? undefined
      : (doubtAbout(c, group, order.accept, words) ?? whyUnread(c, group) ?? unreadyText(c, group, to, order.accept)))
  if (against !== undefined) return [c, refuse(against)]
  const informed = to === c.config.self && !isThere ? { ...c, accepted: accepting(c, [group], order.accept) } : c
  const sticks = assignment.owner === to && assignment.by === 'operator'
  const given = sticks ? informed : give(informed, group, to, 'moved')
  if (given === undefined) return [c, refuse(noEpoch)]
  if (!isThere) return [given, { ok: true, groups: [group.name] }]
  const text = `${group.name} is on ${to} already; it stays there until ${to} dies or an operator moves it`
  return [given, { ok: true, groups: [], text }]
}

function stateOn(c: Cluster, group: Group, node: NodeId): string | undefined {
  if (node === c.config.self) return claimState(c.groups.get(group.name)!.run, group.resources.length)
  return c.members.peers.get(node)?.report?.claims.get(group.name)?.state
}

/** It is not on the line of the group, and no order changes that. */
function whyNever({ name, homes }: Group, to: NodeId): string | undefined {
  if (homes.includes(to)) return undefined
  return `${to} may not run ${name}, only ${listed(homes)} may; write "spare ${to}" in ha.cf on all nodes, then type there: tandem reload`
}

/** What keeps that node from taking it, and what to do about it. */
function whyNotNow(c: Cluster, group: Group, to: NodeId): string | undefined {
  if (to === c.config.self) return whyNotHere(c, group)
  const peer = c.members.peers.get(to)
  if (peerAble(peer, group)) {
    const deaf = peer!.health === 'up' && !peer!.hearsUs
    return deaf ? `${to} does not hear this node; give the order on ${to}` : undefined
  }
  const failed = peer?.report?.claims.get(group.name)?.failed === true
  return `${to} ${whyUnable(c, group, to)}${wayOut(group, to, peer?.report?.standby === true, failed)}`
}

function whyNotHere(c: Cluster, group: Group): string | undefined {
  const { self } = c.config
  const { failed } = c.groups.get(group.name)!.run
  if (c.standby) return `${self} is in standby${wayOut(group, self, true, false)}`
  if (!c.disk.writable) return `${self} cannot write its state folder; mend that first`
  return failed === undefined ? undefined : `${self} failed to run it: ${failed}${wayOut(group, self, false, true)}`
}

function wayOut({ name }: Group, node: NodeId, standby: boolean, failed: boolean): string {
  if (standby) return '; type there: tandem unstandby'
  return failed ? `; mend the cause, then type on ${node}: tandem clear ${name}` : ''
}

/** Names are as written in haresources: the nearest, or all of them. */
export function noGroup({ config }: Cluster, name: string): string {
  const names = config.groups.map(group => group.name)
  const meant = nearest(name, names)
  return `no group ${name}; ${meant === undefined ? `haresources has ${names.join(', ')}` : `did you mean ${meant}?`}`
}

function noNode({ config }: Cluster, name: string): string {
  const meant = nearest(name, config.nodes)
  return `no node ${name}; ${meant === undefined ? `ha.cf lists ${config.nodes.join(', ')}` : `did you mean ${meant}?`}`
}

const listed = (nodes: readonly NodeId[]): string =>
  nodes.length < 2 ? nodes.join('') : `${nodes.slice(0, -1).join(', ')} and ${nodes.at(-1)}`
