/** Turn what we know into what we do. Same knowledge, same doings: the event that brought us here is not seen. */
import type { Effect, Saved } from '../events.ts'
import { leaseSeconds } from '../lease.ts'
import type { Peer } from '../membership/membership.ts'
import type { Note } from '../note.ts'
import { moveDue, type Outlook } from '../resources/assignment.ts'
import { begin, holds, nextJob, type Want } from '../resources/run.ts'
import type { Assignment, Group, GroupName, Job, Next, NodeId, Reason } from '../types.ts'
import { peerAble, selfAble } from './able.ts'
import { namesOf } from './absorb.ts'
import {
  byMajority,
  isFree,
  majorityOf,
  mightStart,
  neverAsked,
  nextAskMs,
  silence,
  votesAgainst,
} from './arbitration.ts'
import { obstacles } from './clearance.ts'
import { decisionOf } from './decision.ts'
import { haltsOf, isHalted, isLetGo } from './halts.ts'
import { countNewest, isFirstHere, isHeir, lastManOf } from './lastMan.ts'
import { watch, yielding } from './rivals.ts'
import { betterThere, isAsGood, isDark, pingsSeenBy } from './sight.ts'
import {
  acceptanceOf,
  type Cluster,
  epochReserve,
  fenceAgainMs,
  heldUntilMs,
  highestCounter,
  isStale,
  isUnmoved,
  nextCounter,
  nextSaveMs,
  withGroup,
} from './state.ts'
import { isBound, isUntouched } from './truce.ts'
import { isUnready } from './unready.ts'
import { wearOf } from './wear.ts'
import { forget, heirOfWorn } from './worn.ts'

const note = (note: Note): Effect => ({ type: 'note', note })

export function settle(c: Cluster, nowMs: number): Next<Cluster, Effect> {
  const effects: Effect[] = []
  let next: Cluster = { ...c, settledAtMs: nowMs, stale: isStale(c, nowMs), awaitsSign: false }
  next = countNewest(next)
  for (const group of c.config.groups) {
    next = forget(next, group, nowMs)
    next = assign(next, group, nowMs, effects)
    next = advance(next, group, nowMs, effects)
  }
  next = ask(next, nowMs, effects)
  next = watch(next, nowMs, effects)
  next = fence(next, nowMs, effects)
  next = save(next, nowMs, effects)
  return [next, effects]
}

/** Make the move that is due, if its epoch is reserved on disk. */
function assign(c: Cluster, group: Group, nowMs: number, effects: Effect[]): Cluster {
  if (c.stale || isUntouched(c, group.name) || (c.standing.isolated && c.leaving === undefined)) return c
  const state = c.groups.get(group.name)!
  const outlook = outlookFor(c, group, nowMs)
  const gift =
    adoption(c, group) ??
    inheritance(c, group, outlook) ??
    yielding(c, group) ??
    moveDue(group, state.assignment, outlook)
  if (gift === undefined) return c
  const counter = nextCounter(c, state.assignment)
  // A folder that cannot be written takes nothing new; what it has it may still give away.
  if (counter === undefined || (gift.to === c.config.self && !c.disk.writable && gift.because !== 'adopted')) return c
  const now: Assignment = {
    owner: gift.to,
    epoch: { counter, minter: c.config.self },
    by: 'policy',
    because: gift.because,
  }
  const decision = decisionOf(c, group, now)
  effects.push(note({ code: 'assigned', group: group.name, was: state.assignment, now, mintedHere: true, decision }))
  return withGroup(c, group.name, { ...state, assignment: now })
}

/** Found running here, and nobody knows of any move of it: it is ours, whatever haresources prefers. */
function adoption(c: Cluster, group: Group): { to: NodeId; because: Reason } | undefined {
  const { run, assignment } = c.groups.get(group.name)!
  if (!run.known || run.live === 0 || assignment.owner === c.config.self || !isUnmoved(c, group) || someUnseen(c))
    return undefined
  const elsewhere = [...c.members.peers.values()].some(peer => {
    const state = peer.report?.claims.get(group.name)?.state
    return peer.health !== 'dead' && state !== undefined && state !== 'stopped' && state !== 'unknown'
  })
  return elsewhere ? undefined : { to: c.config.self, because: 'adopted' }
}

/** Both were off, and this node ran last: its data come first. */
function inheritance(c: Cluster, group: Group, outlook: Outlook): { to: NodeId; because: Reason } | undefined {
  const { self } = c.config
  if (c.groups.get(group.name)!.assignment.owner === self || !isHeir(c, group)) return undefined
  return group.homes.includes(self) && outlook.able(self) ? { to: self, because: 'last-man' } : undefined
}

/** A peer that has not been judged yet may know of a newer move. */
const someUnseen = (c: Cluster): boolean => [...c.members.peers.values()].some(peer => peer.health === 'unseen')

export function wanted(c: Cluster, group: Group): Want {
  const { run, assignment } = c.groups.get(group.name)!
  if (c.standby || c.leaving !== undefined || c.standing.isolated || isHalted(c, group.name)) return 'stop'
  if (assignment.owner === c.config.self && run.worn !== undefined)
    return !c.stale && heirOfWorn(c, group) ? 'stop' : 'stay'
  if (assignment.owner === c.config.self) {
    const against = c.stale ? undefined : obstacles(c, group)
    if (against?.length === 0) return isLetGo(c, group) ? 'run' : 'keep'
    // Somebody else comes first, and what could not be looked at here keeps him from it.
    return run.up === 0 && against?.some(({ code }) => code === 'last-man') === true ? 'stop' : 'keep'
  }
  // Found running after a restart of the manager: hands off until we know who should have it.
  return run.live > 0 && isUnmoved(c, group) && someUnseen(c) ? 'keep' : 'stop'
}

/** The kernel counts leases in whole seconds. */
const shortestLeaseMs = 1_000

/** Start, stop or look, one job at a time. */
function advance(c: Cluster, group: Group, nowMs: number, effects: Effect[]): Cluster {
  const state = c.groups.get(group.name)!
  const draft = nextJob(state.run, group, wanted(c, group))
  // Looking is allowed.
  if (draft !== undefined && draft.op !== 'probe' && isUntouched(c, group.name)) return c
  if (draft === undefined) return awaitsEcho(c, group) ? { ...c, awaitsSign: true } : c
  const leased = draft.op === 'start' && group.resources[draft.first]!.address && leaseSeconds(c.config.timing) > 0
  const holdUntilMs = leased ? heldUntilMs(c) : undefined
  // A peer that has just come has not echoed us yet: its next datagram brings the lease.
  if (holdUntilMs !== undefined && holdUntilMs - nowMs < shortestLeaseMs) return { ...c, awaitsSign: true }
  const job: Job = { ...draft, id: c.nextJob, group: group.name, holdUntilMs }
  const resources = namesOf(
    job,
    group.resources.map(resource => resource.name),
  )
  effects.push(note({ code: 'job-started', job, resources }), { type: 'run', job })
  return withGroup({ ...c, nextJob: c.nextJob + 1 }, group.name, { ...state, run: begin(state.run, job) })
}

/** Ask about silent peers at each keepalive, as long as the answer matters. */
function ask(c: Cluster, nowMs: number, effects: Effect[]): Cluster {
  let { outside } = c
  for (const peer of c.members.peers.values()) {
    if (nowMs < nextAskMs(c, peer)) continue
    const before = outside.inquiries.get(peer.node) ?? neverAsked
    outside = { ...outside, inquiries: new Map(outside.inquiries).set(peer.node, { ...before, askedAtMs: nowMs }) }
    effects.push({ type: 'ask', node: peer.node, groups: askedAbout(c, peer.node) })
  }
  return outside === c.outside ? c : { ...c, outside }
}

/** All of them, for ours may have ended while we slept; those first that are the peer's, and then what does not run here. */
function askedAbout(c: Cluster, node: NodeId): readonly GroupName[] {
  const urgency = (group: Group): number =>
    c.groups.get(group.name)!.assignment.owner === node ? 0 : mightStart(c, group, node) ? 1 : 2
  return [...c.config.groups].sort((a, b) => urgency(a) - urgency(b)).map(({ name }) => name)
}

/** It would start if a peer counted our datagrams: its next one may say so, and change nothing else. */
const awaitsEcho = (c: Cluster, group: Group): boolean => {
  const { run, assignment } = c.groups.get(group.name)!
  return (
    assignment.owner === c.config.self &&
    run.job === undefined &&
    run.up < group.resources.length &&
    obstacles(c, group).some(({ code }) => code === 'deaf')
  )
}

/** Shoot whom we must be sure of: a dead node that owns or may hold something. One action per target. */
function fence(c: Cluster, nowMs: number, effects: Effect[]): Cluster {
  if (!c.config.fencing || c.standby || c.leaving !== undefined || c.stale || c.standing.isolated) return c
  const asked = (peer: Peer): boolean => {
    const before = c.fencing.get(peer.node)
    return before !== undefined && before.boot === peer.boot && nowMs < before.askedAtMs + fenceAgainMs
  }
  const targets = [...c.members.peers.values()].filter(
    peer =>
      peer.health === 'dead' &&
      !peer.left &&
      !peer.fenced &&
      !asked(peer) &&
      !isBound(c, peer) &&
      !mayRunMaintained(c, peer) &&
      isAgreedDead(c, peer, nowMs),
  )
  const fencing = new Map([...c.fencing].filter(([node]) => c.members.peers.get(node)?.health === 'dead'))
  if (targets.length === 0) return fencing.size === c.fencing.size ? c : { ...c, fencing }
  for (const { node, boot } of targets) {
    fencing.set(node, { boot, askedAtMs: nowMs })
    const groups = c.config.groups
      .filter(({ name }) => c.groups.get(name)!.assignment.owner === node)
      .map(({ name }) => name)
    effects.push(note({ code: 'fence', node, groups }), { type: 'fence', node })
  }
  return { ...c, fencing }
}

/** Shooting it would stop what nobody may touch. */
const mayRunMaintained = (c: Cluster, { node, report }: Peer): boolean =>
  c.config.groups.some(({ name }) => {
    const state = report?.claims.get(name)?.state
    const held = c.groups.get(name)!.assignment.owner === node || (state !== undefined && state !== 'stopped')
    return held && c.standing.maintained.has(name)
  })

const isAgreedDead = (c: Cluster, { node }: Peer, nowMs: number): boolean =>
  !byMajority(c) || votesAgainst(c, node, nowMs) >= majorityOf(c.config.nodes.length)

/** Reserve epochs ahead of need, keep the standby flag, and look now and then whether the folder can still be written. */
function save(c: Cluster, nowMs: number, effects: Effect[]): Cluster {
  const { disk } = c
  const due = nowMs >= nextSaveMs(c)
  if (disk.asked !== undefined && !due) return c
  const highest = highestCounter(c)
  const short = disk.saved.epochCeiling < highest + epochReserve / 2
  const want: Saved = {
    epochCeiling: short ? highest + epochReserve : disk.saved.epochCeiling,
    standby: c.standby,
    lastMan: lastManOf(c),
    halts: haltsOf(c),
    wear: wearOf(c),
    ...(c.truce === undefined ? {} : { truce: c.truce }),
  }
  const changed =
    want.epochCeiling !== disk.saved.epochCeiling ||
    want.standby !== disk.saved.standby ||
    want.lastMan !== disk.saved.lastMan ||
    want.halts !== disk.saved.halts ||
    want.wear !== disk.saved.wear ||
    want.truce !== disk.saved.truce
  if (!due && !(changed && disk.writable)) return c
  effects.push({ type: 'save', saved: want })
  return { ...c, disk: { ...disk, asked: want, askedAtMs: nowMs } }
}

export function outlookFor(c: Cluster, group: Group, nowMs: number): Outlook {
  const { self } = c.config
  const { run } = c.groups.get(group.name)!
  const peerOf = (node: NodeId): Peer | undefined => c.members.peers.get(node)
  return {
    self,
    able: node => (node === self ? selfAble(c, group) : peerAble(peerOf(node), group)),
    gone: node => {
      const peer = peerOf(node)
      if (peer === undefined || peer.health !== 'dead') return false
      if (silence(c, peer) === 'disarmed') return false
      return isFree(c, group, peer) || c.accepted.has(acceptanceOf('two-holders', group.name, peer))
    },
    left: node => peerOf(node)?.left ?? false,
    // The newest data are here: nobody else has them before they have run.
    unable: isFirstHere(c, group)
      ? undefined
      : c.leaving !== undefined
        ? 'leaving'
        : c.standby
          ? 'standby'
          : run.failed !== undefined && !holds(run)
            ? run.worn === undefined
              ? 'start-failed'
              : heirOfWorn(c, group) && 'resource-failed'
            : undefined,
    welcome: node =>
      c.config.autoFailback &&
      !isFirstHere(c, group) &&
      nowMs >= (peerOf(node)?.upSinceMs ?? nowMs) + c.config.timing.deadtimeMs,
    dark: node => isDark(c, group, node),
    unready: node => isUnready(c, group, node),
    pings: node => pingsSeenBy(c, node),
    better: node => (isFirstHere(c, group) ? undefined : betterThere(c, group, node)),
    asGood: node => isAsGood(c, group, node),
  }
}
