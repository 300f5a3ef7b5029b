/** What `tandem status` tells, made from the state of the core and what the shell knows of its processes. Pure. */

import type { Told } from '../agents/agent.ts'
import { differing } from '../cluster/absorb.ts'
import { haltedText } from '../cluster/halts.ts'
import { disarmText } from '../cluster/truceOrders.ts'
import type { Cluster } from '../cluster.ts'
import { leaseSeconds } from '../lease.ts'
import type { Hearing } from '../membership/hearing.ts'
import type { Peer } from '../membership/membership.ts'
import { differsText } from '../noteText.ts'
import type { GroupName, NodeId } from '../types.ts'
import type { ClosedLink } from './beatLink.ts'
import { type GroupSurroundings, groupStatus } from './groupStatus.ts'
import { hearingOf } from './hearing.ts'
import type { GroupStatus, HearingStatus, LinkStatus, NodeStatus, Status, StatusProblem } from './protocol.ts'
import { type Ears, nobodyHeard } from './silence.ts'
import { pingStatus, standingProblems } from './standing.ts'
import { suspendedStatus, suspensionProblems } from './suspended.ts'

export interface Surroundings extends GroupSurroundings {
  readonly version: string
  readonly clusterName: string
  readonly time: Date
  readonly beat: Status['beat']
  readonly links: (peer: NodeId) => readonly LinkStatus[]
  /** Whom the peers hear; undefined: the beat gave no answer. */
  readonly hearing: Hearing | undefined
  readonly closedLinks: readonly ClosedLink[]
  readonly ears: Ears
  /** What somebody should mend in a file, as sentences. */
  readonly troubles: readonly string[]
  /** The same of the network of the service: ping nodes that cannot be asked, interfaces without carrier. */
  readonly outside: readonly string[]
  readonly lowestLeaseS: number | undefined
  readonly drbd?: Status['drbd']
  readonly drbdProblems?: readonly StatusProblem[]
  readonly standing: readonly StatusProblem[]
  readonly diskWhy: string | undefined
  /** What resources with data of their own have told last, by resource. */
  readonly told?: ReadonlyMap<string, Told & { readonly group: GroupName }>
}

export function statusOf(c: Cluster, around: Surroundings): Status {
  const nodes = [selfStatus(c, around), ...[...c.members.peers.values()].map(peer => peerStatus(c, peer, around))]
  nodes.sort((a, b) => (a.name < b.name ? -1 : 1))
  const groups = c.config.groups.map(group => withData(groupStatus(c, group, around), around))
  const hearing = around.hearing && heard(c, around, around.hearing)
  const problems = [
    ...suspensionProblems(c),
    ...standingProblems(c, around.nowMs),
    ...liveProblems(c, around),
    ...cutProblems(hearing),
    ...(around.drbdProblems ?? []),
    ...dataProblems(around),
    ...around.standing,
  ]
  const { keepaliveMs, warntimeMs, deadtimeMs, initdeadMs } = c.config.timing
  const down = groups.filter(isDown)
  const state =
    down.length > 0
      ? 'down'
      : nodes.some(isTroubled) || groups.some(isGroupTroubled) || problems.some(p => p.level === 'error')
        ? 'degraded'
        : 'ok'
  const s = (ms: number): number => ms / 1000
  const suspended = suspendedStatus(c, around.nowMs, around.time)
  return {
    schema: 'tandem/status/v1',
    version: around.version,
    cluster: around.clusterName,
    node: c.config.self,
    time: around.time.toISOString(),
    state,
    headline: headlineOf(c, state, nodes, groups, problems),
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
    ...(suspended && { suspended }),
    pings: pingStatus(c, around.nowMs),
    ...(hearing && { hearing }),
    ...(around.drbd && around.drbd.length > 0 && { drbd: around.drbd }),
    beat: around.beat,
    lease: {
      seconds: leaseSeconds(c.config.timing),
      ...(around.lowestLeaseS === undefined ? {} : { remainingS: around.lowestLeaseS }),
    },
  }
}

function withData(status: GroupStatus, { told = new Map() }: Surroundings): GroupStatus {
  const own = [...told.values()].filter(({ group }) => group === status.name)
  if (own.length === 0) return status
  const fates = own.flatMap(({ ifDies }) => ifDies ?? [])
  const ifDies = status.on.length > 0 ? [status.ifDies, ...fates].join('; data: ') : status.ifDies
  return { ...status, ifDies, data: own.flatMap(({ lines }) => lines) }
}

const dataProblems = ({ told = new Map() }: Surroundings): StatusProblem[] =>
  [...told].flatMap(([resource, { problems }]) =>
    problems.map((text: string) => ({ level: 'error' as const, code: 'DATA', text: `${resource}: ${text}` })),
  )

function heard({ config, members }: Cluster, { nowMs, ears }: Surroundings, hearing: Hearing): HearingStatus {
  const { self, nodes, timing } = config
  return hearingOf({ self, nodes, timing, forMs: nowMs - members.bornAtMs, hearing, ears })
}

const cutProblems = (hearing: HearingStatus | undefined): readonly StatusProblem[] =>
  (hearing?.cuts ?? []).map(({ kind, text, fix }) => ({
    level: 'error',
    code: kind === 'one-way' ? 'ONE-WAY' : 'CUT',
    text,
    fix,
  }))

const isTroubled = (node: NodeStatus): boolean => node.state !== 'up' || node.standby || node.leaving
const isFailed = (state: GroupStatus['state']): boolean => ['failed', 'blocked', 'stuck'].includes(state)
const isDown = ({ state, on }: GroupStatus): boolean =>
  isFailed(state) || (on.length === 0 && state !== 'unknown' && state !== 'halted')
const isGroupTroubled = (group: GroupStatus): boolean => group.state !== 'running'

function headlineOf(
  c: Cluster,
  state: Status['state'],
  nodes: readonly NodeStatus[],
  groups: readonly GroupStatus[],
  problems: readonly StatusProblem[],
): string {
  if (state === 'ok') return 'all well'
  const worst = groups.find(({ state }) => isFailed(state)) ?? groups.find(isDown)
  if (worst !== undefined) return `DOWN: ${worst.name} is ${worst.state}`
  const node = nodes.find(isTroubled)
  if (node !== undefined) return `DEGRADED: ${node.name} is ${conditionOf(c, node)}`
  if (c.standing.disarmed) return `DEGRADED: fail-over ${disarmText(c)}`
  const group = groups.find(isGroupTroubled)
  if (group?.state === 'alone') return `DEGRADED: ${group.name} runs, but no other node could take it`
  if (group?.state === 'halted') return `DEGRADED: ${haltedText(c, group.name as GroupName)}`
  if (group !== undefined) return `DEGRADED: ${group.name} is ${group.state}`
  return `DEGRADED: ${problems.find(problem => problem.level === 'error')?.text ?? 'see below'}`
}

function conditionOf(c: Cluster, node: NodeStatus): string {
  if (c.members.peers.get(node.name as NodeId)?.left === true) return 'shut down'
  if (node.state === 'unseen') return 'not heard yet'
  if (node.state !== 'up') return node.state
  return node.standby ? 'in standby' : 'shutting down'
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
    ...(peer.health === 'dead' && { death: deathOf(c, peer) }),
    standby: peer.report?.standby ?? false,
    leaving: peer.health !== 'dead' && (peer.report?.leaving ?? false),
    ...(peer.gen > 0 ? { generation: peer.gen } : {}),
    silentS,
    managerAgeS: round((around.nowMs - trace.managerSeenAtMs) / 1000),
    realtime: peer.realtime,
    links: peer.left ? [] : around.links(peer.node),
  }
}

function deathOf(c: Cluster, peer: Peer): NonNullable<NodeStatus['death']> {
  if (peer.left) return 'left'
  if (peer.fenced) return 'fenced'
  return (c.standing.silences.get(peer.node) ?? 'free') === 'free' ? 'believed' : 'doubted'
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

/** A deadtime that this machine cannot keep: five times the worst lateness of the heartbeat process, and a keepalive. */
function lateness(c: Cluster, { lateMaxMs, realtime }: Status['beat']): StatusProblem | undefined {
  const { keepaliveMs, deadtimeMs } = c.config.timing
  const needMs = 5 * lateMaxMs + keepaliveMs
  if (needMs <= deadtimeMs) return undefined
  const text = `the heartbeat process woke up to ${lateMaxMs} ms late: a deadtime of ${deadtimeMs / 1000} s is unsupported here`
  const fix = `write deadtime ${Math.ceil(needMs / 1000)} or more in ha.cf${realtime ? '' : ', or let the daemon have real-time priority'}`
  return { level: 'warning', code: 'LATE', text, fix }
}

function liveProblems(c: Cluster, around: Surroundings): StatusProblem[] {
  const found: StatusProblem[] = []
  if (around.beat.state === 'down')
    found.push({
      level: 'error',
      code: 'BEAT',
      text: 'the heartbeat process does not answer: the others will call this node dead',
    })
  for (const peer of c.members.peers.values()) {
    const what = peer.health === 'up' || peer.health === 'late' ? differing(c, peer.report) : undefined
    if (what !== undefined) found.push({ level: 'error', code: 'DIFFERS', text: differsText(peer.node, what) })
  }
  const silence = around.beat.state === 'up' ? nobodyHeard(c, around.nowMs, around.ears) : undefined
  if (silence !== undefined) found.push({ level: 'error', code: 'SILENCE', ...silence })
  const late = lateness(c, around.beat)
  if (late !== undefined) found.push(late)
  for (const text of around.troubles) found.push({ level: 'warning', code: 'HEARTBEAT', text })
  for (const text of around.outside) found.push({ level: 'warning', code: 'NETWORK', text })
  for (const { name, why } of around.closedLinks)
    found.push({ level: 'error', code: 'LINK', text: `no heartbeats over ${name}: ${why}` })
  for (const peer of c.members.peers.values()) {
    if (peer.health !== 'up') continue
    const settled = around.nowMs - peer.upSinceMs > c.config.timing.deadtimeMs
    for (const { name, state } of around.links(peer.node)) {
      if (state === 'up' || (state === 'unseen' && !settled)) continue
      if (around.closedLinks.some(closed => closed.name === name)) continue
      found.push({ level: 'error', code: 'LINK', text: `no heartbeats of ${peer.node} over ${name}` })
    }
  }
  return found
}
