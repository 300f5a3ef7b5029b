/** What `tandem status` tells, made from the state of the core and what the shell knows of its processes. Pure. */

import { differing } from '../cluster/absorb.ts'
import { holders, type Obstacle, obstacles } from '../cluster/clearance.ts'
import { whyUnable } from '../cluster/obey.ts'
import { outlookFor } from '../cluster/settle.ts'
import type { Cluster } from '../cluster.ts'
import type { Peer } from '../membership/membership.ts'
import { becauseOf, differsText } from '../noteText.ts'
import { bestHome } from '../resources/assignment.ts'
import { leaseSeconds } from '../resources/lease.ts'
import { claimState } from '../resources/run.ts'
import type { Claim, Group, NodeId } from '../types.ts'
import type { GroupStatus, LinkStatus, NodeStatus, ResourceStatus, Status, StatusProblem } from './protocol.ts'

export interface Surroundings {
  readonly version: string
  readonly clusterName: string
  readonly time: Date
  readonly nowMs: number
  readonly beat: Status['beat']
  readonly links: (peer: NodeId) => readonly LinkStatus[]
  /** Seconds of lease left of an address resource; undefined = none. */
  readonly leaseS: (resource: string) => number | undefined
  readonly lowestLeaseS: number | undefined
  /** Since when a group is where it is, monotonic. */
  readonly sinceMs: (group: string) => number | undefined
  readonly standing: readonly StatusProblem[]
  readonly diskWhy: string | undefined
}

export function statusOf(c: Cluster, around: Surroundings): Status {
  const nodes = [selfStatus(c, around), ...[...c.members.peers.values()].map(peer => peerStatus(c, peer, around))]
  nodes.sort((a, b) => (a.name < b.name ? -1 : 1))
  const groups = c.config.groups.map(group => groupStatus(c, group, around))
  const problems = [...liveProblems(c, around), ...around.standing]
  const { keepaliveMs, warntimeMs, deadtimeMs, initdeadMs } = c.config.timing
  const down = groups.filter(group => group.on.length === 0 || group.state === 'failed' || group.state === 'blocked')
  const state =
    down.length > 0
      ? 'down'
      : nodes.some(isTroubled) || groups.some(isGroupTroubled) || problems.some(p => p.level === 'error')
        ? 'degraded'
        : 'ok'
  const s = (ms: number): number => ms / 1000
  return {
    schema: 'tandem/status/v1',
    version: around.version,
    cluster: around.clusterName,
    node: c.config.self,
    time: around.time.toISOString(),
    state,
    headline: headlineOf(state, nodes, groups, problems),
    problems,
    timing: {
      keepaliveS: s(keepaliveMs),
      warntimeS: s(warntimeMs),
      deadtimeS: s(deadtimeMs),
      initdeadS: s(initdeadMs),
    },
    autoFailback: c.config.autoFailback,
    nodes,
    groups,
    beat: around.beat,
    lease: {
      seconds: leaseSeconds(c.config.timing),
      ...(around.lowestLeaseS === undefined ? {} : { remainingS: around.lowestLeaseS }),
    },
  }
}

const isTroubled = (node: NodeStatus): boolean => node.state !== 'up' || node.standby || node.leaving
const isGroupTroubled = (group: GroupStatus): boolean => group.state !== 'running'

function headlineOf(
  state: Status['state'],
  nodes: readonly NodeStatus[],
  groups: readonly GroupStatus[],
  problems: readonly StatusProblem[],
): string {
  if (state === 'ok') return 'all well'
  const worst =
    groups.find(group => group.state === 'blocked' || group.state === 'failed') ??
    groups.find(group => group.on.length === 0)
  if (worst !== undefined) return `DOWN: ${worst.name} is ${worst.state}`
  const node = nodes.find(isTroubled)
  if (node !== undefined)
    return `DEGRADED: ${node.name} is ${node.state !== 'up' ? node.state : node.standby ? 'in standby' : 'leaving'}`
  const group = groups.find(isGroupTroubled)
  if (group !== undefined) return `DEGRADED: ${group.name} is ${group.state}`
  return `DEGRADED: ${problems.find(problem => problem.level === 'error')?.text ?? 'see below'}`
}

function selfStatus(c: Cluster, around: Surroundings): NodeStatus {
  return {
    name: c.config.self,
    state: c.disk.writable ? 'up' : 'sick',
    here: true,
    ...(c.disk.writable
      ? {}
      : {
          why: `the state folder cannot be written (${around.diskWhy ?? 'unknown'}): takes nothing over until that is mended`,
        }),
    standby: c.standby,
    leaving: c.leaving !== undefined,
    realtime: around.beat.realtime,
    links: [],
  }
}

function peerStatus(c: Cluster, peer: Peer, around: Surroundings): NodeStatus {
  const trace = c.members.traces.get(peer.node)!
  const silentS = round((around.nowMs - trace.heardAtMs) / 1000)
  const sick = peer.health === 'up' && (peer.sick || peer.report?.unwritable === true)
  const why = whyOf(c, peer, silentS)
  return {
    name: peer.node,
    state: sick ? 'sick' : peer.health,
    here: false,
    ...(why === undefined ? {} : { why }),
    standby: peer.report?.standby ?? false,
    leaving: peer.report?.leaving ?? false,
    ...(peer.gen > 0 ? { generation: peer.gen } : {}),
    silentS,
    managerAgeS: round((around.nowMs - trace.managerSeenAtMs) / 1000),
    realtime: peer.realtime,
    links: around.links(peer.node),
  }
}

function whyOf(c: Cluster, peer: Peer, silentS: number): string | undefined {
  const { timing } = c.config
  if (peer.left) return 'shut down in good order; it had stopped everything'
  if (peer.health === 'dead' && peer.gen === 0) return `never heard; initdead (${timing.initdeadMs / 1000} s) is over`
  if (peer.health === 'dead')
    return `silent for ${silentS} s, longer than deadtime (${timing.deadtimeMs / 1000} s)${peer.fenced ? '; fenced' : ''}`
  if (peer.health === 'late')
    return `silent for ${silentS} s, longer than warntime; dead at ${timing.deadtimeMs / 1000} s`
  if (peer.health === 'unseen')
    return `not heard since this daemon started; dead after initdead (${timing.initdeadMs / 1000} s)`
  if (peer.sick) return 'its heartbeat comes, but its manager does not move'
  if (peer.report?.unwritable === true) return 'cannot write its state folder: takes nothing over'
  return undefined
}

const round = (value: number): number => Math.round(value * 10) / 10

function liveProblems(c: Cluster, around: Surroundings): StatusProblem[] {
  const found: StatusProblem[] = []
  if (around.beat.state === 'down')
    found.push({
      level: 'error',
      code: 'BEAT',
      text: 'the heartbeat process does not run: the others will call this node dead',
    })
  for (const peer of c.members.peers.values()) {
    const what = peer.health === 'up' || peer.health === 'late' ? differing(c, peer.report) : undefined
    if (what !== undefined) found.push({ level: 'error', code: 'DIFFERS', text: differsText(peer.node, what) })
  }
  return found
}

function claimOf(c: Cluster, group: Group, node: NodeId): Claim | undefined {
  const { assignment, run } = c.groups.get(group.name)!
  if (node === c.config.self)
    return { assignment, state: claimState(run, group.resources.length), failed: run.failed !== undefined }
  return c.members.peers.get(node)?.report?.claims.get(group.name)
}

function groupStatus(c: Cluster, group: Group, around: Surroundings): GroupStatus {
  const { assignment, run } = c.groups.get(group.name)!
  const { owner, epoch, by, because } = assignment
  const on = holders(c, group)
  const failedOn = group.homes.filter(node => claimOf(c, group, node)?.failed === true)
  const heir = bestHome(group, outlookFor(c, group, around.nowMs), on[0] ?? owner)
  const state = stateOf(c, group, on, failedOn, heir)
  const why = whyGroup(c, group, state, on)
  const fix = fixOf(
    state,
    group,
    run.blocked !== undefined ? c.config.self : on.find(node => claimOf(c, group, node)?.state === 'blocked'),
  )
  const since = around.sinceMs(group.name)
  return {
    name: group.name,
    home: group.homes[0]!,
    owner,
    state,
    on,
    epoch,
    by,
    because: becauseOf(because, owner, undefined),
    ...(why === undefined ? {} : { why }),
    ...(fix === undefined ? {} : { fix }),
    ...(since === undefined ? {} : { sinceS: round((around.nowMs - since) / 1000) }),
    failedOn,
    resources: on.includes(c.config.self) ? resourcesOf(c, group, around) : [],
    ifDies: ifDies(c, group, on, heir),
  }
}

function stateOf(
  c: Cluster,
  group: Group,
  on: readonly NodeId[],
  failedOn: readonly NodeId[],
  heir: NodeId | undefined,
): GroupStatus['state'] {
  const states = on.map(node => claimOf(c, group, node)!.state)
  if (states.includes('blocked')) return 'blocked'
  if (on.length === 0) return failedOn.length > 0 ? 'failed' : 'stopped'
  if (states.includes('running')) return heir === undefined && c.config.nodes.length > 1 ? 'alone' : 'running'
  if (states.includes('starting')) return 'starting'
  if (states.includes('stopping')) return 'stopping'
  return 'unknown'
}

function whyGroup(c: Cluster, group: Group, state: GroupStatus['state'], on: readonly NodeId[]): string | undefined {
  const { run, assignment } = c.groups.get(group.name)!
  if (state === 'blocked')
    return run.blocked === undefined ? 'a stop failed there; it starts nowhere else' : `a stop failed: ${run.blocked}`
  if (state === 'running') return undefined
  if (state === 'alone') {
    const others = group.homes.filter(node => !on.includes(node))
    return `no other node could take it: ${others.map(node => `${node} ${node === c.config.self ? selfUnable(c, run.failed) : whyUnable(c, group, node)}`).join('; ')}`
  }
  if (state === 'failed') return run.failed ?? 'a start failed there'
  if (on.length > 0) return undefined
  if (assignment.owner !== c.config.self) return `${assignment.owner} should run it and does not`
  if (c.standby) return 'this node is in standby and no other can take it'
  const [first] = obstacles(c, group)
  return first === undefined ? 'about to be started' : obstacleText(first)
}

const selfUnable = (c: Cluster, failed: string | undefined): string =>
  c.standby
    ? 'is in standby'
    : c.leaving !== undefined
      ? 'is shutting down'
      : failed !== undefined
        ? `failed to start it: ${failed}`
        : 'cannot write its state folder'

export function obstacleText(obstacle: Obstacle): string {
  const { node } = obstacle
  switch (obstacle.code) {
    case 'unseen':
      return `waits for ${node}, not heard yet; without it this node starts after initdead`
    case 'not-fenced':
      return `${node} is dead and has not been fenced yet`
    case 'claims-unknown':
      return `${node} does not say whether it holds this group: make ha.cf and haresources equal`
    case 'still-held':
      return `waits until ${node} has let go of it (${obstacle.state} there)`
    case 'not-agreed':
      return `waits for ${node} to agree`
    case 'blocked':
      return `a stop failed on ${node}: it may still run there`
  }
}

function fixOf(state: GroupStatus['state'], group: Group, blockedOn: NodeId | undefined): string | undefined {
  if (state === 'blocked') return `see that it is stopped on ${blockedOn}, then type there: tandem clear ${group.name}`
  if (state === 'failed') return `mend the cause, then type: tandem clear ${group.name}`
  return undefined
}

function resourcesOf(c: Cluster, group: Group, around: Surroundings): readonly ResourceStatus[] {
  const { run } = c.groups.get(group.name)!
  return group.resources.map(({ name, address }, index) => {
    const inJob = run.job !== undefined && index >= run.job.first && index <= run.job.last
    const moving = inJob && run.job!.op !== 'probe' ? (run.job!.op === 'start' ? 'starting' : 'stopping') : undefined
    const state = !run.known
      ? 'unknown'
      : (moving ?? (index < run.up ? 'running' : index < run.live ? 'unknown' : 'stopped'))
    const leaseS = address ? around.leaseS(name) : undefined
    return { name, state, ...(leaseS === undefined ? {} : { leaseS }) }
  })
}

/** The sentence that every user wants: what happens if the node that runs it dies now. */
function ifDies(c: Cluster, group: Group, on: readonly NodeId[], heir: NodeId | undefined): string {
  const [active] = on
  if (active === undefined) return `${group.name} runs nowhere`
  const after = `about ${c.config.timing.deadtimeMs / 1000} s later`
  if (heir !== undefined) return `if ${active} dies now: ${group.name} starts on ${heir} ${after}`
  const others = group.homes.filter(node => node !== active)
  if (others.length === 0) return `if ${active} dies now: ${group.name} is gone, there is no other node`
  const { run } = c.groups.get(group.name)!
  const reasons = others.map(
    node => `${node} ${node === c.config.self ? selfUnable(c, run.failed) : whyUnable(c, group, node)}`,
  )
  return `if ${active} dies now: ${group.name} would NOT start elsewhere (${reasons.join('; ')})`
}
