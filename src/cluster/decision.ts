/** Why a group goes where it goes, put down at the moment of the decision: afterwards nobody knows what was known. */
import type { Decision, Move, NodeView, Rejected } from '../decision.ts'
import { eventId } from '../decision.ts'
import type { Peer } from '../membership/membership.ts'
import { claimState } from '../resources/run.ts'
import type { Assignment, Group, NodeId } from '../types.ts'
import { peerAble } from './able.ts'
import { byMajority, pingedAtMs, silence, votesAgainst } from './arbitration.ts'
import { whyUnable } from './obey.ts'
import { isDark, pingsSeenBy } from './sight.ts'
import { type Cluster, groupOf } from './state.ts'

/** @param c as it was before the move. @param toldBy who told us of it; undefined = it is our own. */
export function decisionOf(c: Cluster, group: Group, now: Assignment, toldBy?: NodeId): Decision {
  const { timing, autoFailback, fencing, splitPolicy } = c.config
  return {
    event: eventId(group.name, now.epoch),
    rule: now.because,
    settings: { deadtimeMs: timing.deadtimeMs, autoFailback, fencing, splitPolicy },
    inputs: c.config.nodes.map(node => viewOf(c, group, node)),
    rejected: toldBy === undefined ? rejectedFor(c, group, now) : [],
    ...(toldBy === undefined ? {} : { toldBy }),
  }
}

/** What an order has moved. */
export function movesBetween(before: Cluster, after: Cluster): readonly Move[] {
  if (before.groups === after.groups) return []
  return [...after.groups].flatMap(([name, { assignment: now }]) => {
    const was = before.groups.get(name)!.assignment
    if (was === now) return []
    return [{ group: name, was, now, decision: decisionOf(before, groupOf(before, name), now) }]
  })
}

function viewOf(c: Cluster, group: Group, node: NodeId): NodeView {
  const peer = c.members.peers.get(node)
  if (peer !== undefined) return peerView(c, group, peer)
  const { run } = c.groups.get(group.name)!
  return {
    node,
    here: true,
    ...(c.config.pings.length === 0 ? {} : { ...pingView(c), pings: c.sight.pings }),
    claim: claimState(run, group.resources.length),
    ...flags({
      failed: run.failed !== undefined,
      standby: c.standby,
      leaving: c.leaving !== undefined,
      unwritable: !c.disk.writable,
      dark: c.sight.dark.has(group.name),
    }),
  }
}

function peerView(c: Cluster, group: Group, peer: Peer): NodeView {
  const { node, health, report } = peer
  const claim = report?.claims.get(group.name)
  const silentMs = Math.max(0, Math.round(c.members.turnAtMs - c.members.traces.get(node)!.heardAtMs))
  return {
    node,
    health,
    silentMs,
    ...(health === 'dead' && !peer.left ? { silence: silence(c, peer) } : {}),
    ...(health === 'dead' && byMajority(c) ? { votes: votesAgainst(c, node, c.settledAtMs) } : {}),
    ...(report === undefined || c.config.pings.length === 0 ? {} : { pings: report.pings }),
    ...(claim === undefined ? {} : { claim: claim.state }),
    ...flags({
      failed: claim?.failed === true,
      standby: report?.standby === true,
      leaving: report?.leaving === true,
      left: peer.left,
      fenced: peer.fenced,
      sick: peer.sick,
      doubtful: peer.doubtful,
      deaf: health === 'up' && !peer.hearsUs,
      unwritable: report?.unwritable === true,
      dark: claim?.dark === true,
    }),
  }
}

/** Missing: none has ever answered. */
function pingView(c: Cluster): Pick<NodeView, 'pingMs'> {
  const ms = c.members.turnAtMs - pingedAtMs(c)
  return Number.isFinite(ms) ? { pingMs: Math.max(0, Math.round(ms)) } : {}
}

type Flags = Pick<
  NodeView,
  'failed' | 'standby' | 'leaving' | 'left' | 'fenced' | 'sick' | 'doubtful' | 'deaf' | 'unwritable' | 'dark'
>
const flags = (all: Readonly<Partial<Record<keyof Flags, boolean>>>): Flags =>
  Object.fromEntries(Object.entries(all).flatMap(([name, set]) => (set ? [[name, true]] : [])))

/** Staying first, then every other node of the line in its order. */
function rejectedFor(c: Cluster, group: Group, now: Assignment): readonly Rejected[] {
  const was = c.groups.get(group.name)!.assignment.owner
  const others = group.homes.filter(node => node !== was && node !== now.owner)
  return [
    ...(was === now.owner ? [] : [{ choice: 'stay', node: was, why: whyNotStay(c, group, was, now) } as const]),
    ...others.map(node => ({ choice: 'go', node, why: whyNotThere(c, group, node, now) }) as const),
  ]
}

function whyNotStay(c: Cluster, group: Group, was: NodeId, { owner, because }: Assignment): string {
  const { run } = c.groups.get(group.name)!
  switch (because) {
    case 'owner-dead':
      return whyDead(c, was)
    case 'owner-left':
      return 'was shut down and has stopped everything'
    case 'adopted':
      return `is its home, but it was found running on ${owner}, and nobody knows of a move`
    case 'standby':
      return 'is in standby'
    case 'leaving':
      return 'is shutting down'
    case 'start-failed':
      return run.failed === undefined ? 'failed to start it' : `failed to start it: ${run.failed}`
    case 'resource-failed':
      return run.failed ?? 'had a resource of it fail too often'
    case 'rival':
      return `is not its home, and ${owner} answers for its address as well`
    case 'failback':
      return `is not its home; auto_failback is on, and ${owner} has been up for a deadtime`
    case 'ping-lost':
      return `sees ${seenOf(c, was)}; ${owner} sees ${pingsSeenBy(c, owner)}`
    case 'carrier-lost':
      return `${noCarrier}, and ${owner} has`
    case 'takeover':
    case 'give-away':
    case 'failback-order':
    case 'moved':
      return 'had it, and an operator ordered otherwise'
    case 'last-man':
      return `is its home, but ${owner} was running when it was not, and may have newer data`
    case 'home':
      return 'is not its home'
  }
}

function whyDead({ config, members }: Cluster, node: NodeId): string {
  const peer = members.peers.get(node)!
  const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`
  const { initdeadMs, deadtimeMs } = config.timing
  const silent = `silent for ${seconds(members.turnAtMs - members.traces.get(node)!.heardAtMs)}`
  const limit = peer.gen === 0 ? `initdead (${seconds(initdeadMs)})` : `deadtime (${seconds(deadtimeMs)})`
  return `is dead: ${silent}, and ${limit} is over${peer.fenced ? '; it has been fenced' : ''}`
}

const noCarrier = 'has no carrier on an interface of its addresses'
const seenOf = (c: Cluster, node: NodeId): string => `${pingsSeenBy(c, node)} of ${c.config.pings.length} ping nodes`

/** Another node of the line: this one is always either the giver or the taker. */
function whyNotThere(c: Cluster, group: Group, node: NodeId, { owner, because }: Assignment): string {
  if (!peerAble(c.members.peers.get(node), group)) return whyUnable(c, group, node)
  if (because === 'takeover' || because === 'moved') return `could take it, but the order was for ${owner}`
  if (because === 'adopted') return `could take it, but it runs on ${owner}`
  if (isDark(c, group, node) && !isDark(c, group, owner)) return noCarrier
  if (because === 'ping-lost' && pingsSeenBy(c, node) < pingsSeenBy(c, owner)) return `sees ${seenOf(c, node)}`
  return `could take it, but stands behind ${owner} on its line`
}
