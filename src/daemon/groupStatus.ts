/** What `tandem status` tells of one group: where it is, why, what it waits for, and what would become of it. Pure. */
import { isFree } from '../cluster/arbitration.ts'
import { holders, type Obstacle, obstacles } from '../cluster/clearance.ts'
import { doubtAbout, doubtText, isolatedText } from '../cluster/doubt.ts'
import { haltedText, isHalted, isLetGo } from '../cluster/halts.ts'
import { whyUnable } from '../cluster/obey.ts'
import { outlookFor } from '../cluster/settle.ts'
import { claimHere } from '../cluster/speak.ts'
import { disarmText, maintenanceText } from '../cluster/truceOrders.ts'
import type { Cluster } from '../cluster.ts'
import { bestHome } from '../resources/assignment.ts'
import type { Claim, Group, GroupName, NodeId, Reason } from '../types.ts'
import type { GroupStatus, ResourceStatus } from './protocol.ts'

export interface GroupSurroundings {
  readonly nowMs: number
  /** Seconds of lease left of an address resource; undefined = none. */
  readonly leaseS: (resource: string) => number | undefined
  /** Why no other node could start it with what is on its disk; left out: nothing is known against it. */
  readonly lacking?: (group: GroupName) => string | undefined
  /** What there is to know of a resource, in a few words. */
  readonly noteOf?: (resource: string) => string | undefined
  /** Since when a group is as it is, monotonic; undefined = since before we looked. */
  readonly sinceMs: (group: string) => number | undefined
  /** Who had it before its owner; undefined = not known. */
  readonly formerOwner: (group: string) => NodeId | undefined
}

export function groupStatus(c: Cluster, group: Group, around: GroupSurroundings): GroupStatus {
  const { owner, epoch, by, because } = c.groups.get(group.name)!.assignment
  const on = holders(c, group)
  const failedOn = group.homes.filter(node => claimOf(c, group, node)?.failed === true)
  const still = stillText(c, group)
  const able = still !== undefined ? undefined : bestHome(group, outlookFor(c, group, around.nowMs), on[0] ?? owner)
  // What is on its disk matters only where there is somebody to take it.
  const lacking =
    able !== undefined && on.length > 0 ? (whyNot(c, group, able) ?? around.lacking?.(group.name)) : undefined
  const heir = lacking === undefined ? able : undefined
  const state = stateOf(c, group, on, failedOn, heir)
  const why = whyGroup(c, group, state, on, heir, lacking)
  const fix = fixOf(c, group, on, failedOn)
  const since = around.sinceMs(group.name)
  return {
    name: group.name,
    home: group.homes[0]!,
    owner,
    state,
    on,
    epoch,
    by,
    because: becameSo(because, owner, around.formerOwner(group.name)),
    ...(why === undefined ? {} : { why }),
    ...(fix === undefined ? {} : { fix }),
    ...(since === undefined ? {} : { sinceS: Math.round((around.nowMs - since) / 100) / 10 }),
    failedOn,
    outdatedOn: group.homes.filter(node => claimOf(c, group, node)?.outdated === true),
    resources: on.includes(c.config.self) ? resourcesOf(c, group, around) : [],
    ifDies: ifDies(c, group, on, heir, lacking),
  }
}

/** What a node says of a group, this one included; undefined = nothing that we could read. */
export function claimOf(c: Cluster, group: Group, node: NodeId): Claim | undefined {
  if (node === c.config.self) return claimHere(c, group)
  return c.members.peers.get(node)?.report?.claims.get(group.name)
}

/** By its own last look at what it would need; it is tried all the same when it has to be. */
function whyNot(c: Cluster, group: Group, node: NodeId): string | undefined {
  const claim = claimOf(c, group, node)
  if (claim?.outdated === true) return `the copy of its data on ${node} is outdated`
  return claim?.unready === true ? `${node} could not start it: tandem status there tells what is missing` : undefined
}

/** Why it has its owner, told afterwards: who died may be back by now. */
function becameSo(because: Reason, owner: NodeId, former: NodeId | undefined): string {
  const before = former ?? 'its former owner'
  const texts: Readonly<Record<Reason, string>> = {
    home: `${owner} is its home in haresources`,
    adopted: `it was found running on ${owner}`,
    'owner-dead': `taken over when ${before} died`,
    'owner-left': `taken over when ${before} was shut down`,
    takeover: `takeover ordered on ${owner}`,
    standby: `${before} went to standby`,
    'give-away': `hand-over ordered on ${before}`,
    leaving: `handed over when ${before} was shut down`,
    'start-failed': `${before} failed to start it`,
    failback: `auto_failback: ${owner} is its home and came back`,
    'failback-order': `failback ordered: ${owner} is its home`,
    rival: `${owner} was found holding it too, and is its home`,
    moved: `move to ${owner} ordered`,
    'last-man': `${owner} was the last one running, and has the newest data`,
    'ping-lost': `handed over when ${before} saw fewer ping nodes`,
    'carrier-lost': `handed over when ${before} had no carrier for it`,
    'resource-failed': `it failed on ${before}`,
  }
  return texts[because]
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
  if (on.length === 0 && isHalted(c, group.name)) return 'halted'
  if (on.length === 0) return failedOn.length > 0 ? 'failed' : mayRunUnheard(c, group) ? 'unknown' : 'stopped'
  if (states.includes('stuck')) return 'stuck'
  if (states.includes('running')) return heir === undefined && c.config.nodes.length > 1 ? 'alone' : 'running'
  if (states.includes('starting')) return 'starting'
  if (states.includes('stopping')) return 'stopping'
  return 'unknown'
}

/** Its owner is silent, and that does not mean that it is stopped there. */
function mayRunUnheard(c: Cluster, group: Group): boolean {
  const { owner } = c.groups.get(group.name)!.assignment
  const peer = c.members.peers.get(owner)
  return peer?.health === 'dead' && !peer.left && peer.gen > 0 && !isFree(c, group, peer)
}

/** What keeps it where it is, whoever dies: an operator's word. */
function stillText(c: Cluster, { name }: Group): string | undefined {
  if (c.standing.maintained.has(name)) return `${name} ${maintenanceText(c)}: nobody starts, stops or moves it`
  return c.standing.disarmed ? `fail-over ${disarmText(c)}: nobody takes over from a silent node` : undefined
}

function whyGroup(
  c: Cluster,
  group: Group,
  state: GroupStatus['state'],
  on: readonly NodeId[],
  heir: NodeId | undefined,
  lacking: string | undefined,
): string | undefined {
  const { run } = c.groups.get(group.name)!
  if (state === 'blocked')
    return run.blocked === undefined ? 'a stop failed there; it starts nowhere else' : `a stop failed: ${run.blocked}`
  if (isHalted(c, group.name)) return haltedText(c, group.name)
  const still = stillText(c, group)
  if (still !== undefined && (state === 'alone' || c.standing.maintained.has(group.name))) return still
  if (state === 'stuck')
    return run.failed === undefined ? `a resource failed too often on ${on.join(', ')}` : run.failed
  if (state === 'alone') return `no other node could take it: ${lacking ?? unableOnes(c, group, on)}`
  if (state === 'failed') return run.failed === undefined ? undefined : `here: ${run.failed}`
  return state === 'stopped' || (state === 'unknown' && on.length === 0) ? whyStopped(c, group, heir) : undefined
}

/** It is down: what it waits for. */
function whyStopped(c: Cluster, group: Group, heir: NodeId | undefined): string {
  const { self } = c.config
  const { run, assignment } = c.groups.get(group.name)!
  const { owner } = assignment
  const afterInitdead = `after initdead (${c.config.timing.initdeadMs / 1000} s)`
  if (owner !== self) {
    const peer = c.members.peers.get(owner)
    if (peer?.health === 'unseen')
      return `waits for its owner ${owner}, not heard yet; others may take it ${afterInitdead}`
    if (c.standing.isolated) return isolatedText(c)
    const doubt = peer?.health === 'dead' ? doubtAbout(c, group, undefined) : undefined
    if (doubt !== undefined) return doubt
    if (heir !== undefined) return `its owner ${owner} ${whyUnable(c, group, owner)}; ${heir} is about to take it`
    if (peer?.health === 'up' && !peer.report?.standby && !peer.report?.leaving) return `${owner} is about to start it`
    return `its owner ${owner} ${whyUnable(c, group, owner)}, and no other node can take it: ${unableOnes(c, group, [owner])}`
  }
  if (c.standby || c.leaving !== undefined)
    return `${self} ${selfUnable(c, run.failed === undefined ? undefined : '')} and no other node can take it: ${unableOnes(c, group, [self])}`
  if (c.standing.isolated) return isolatedText(c)
  const [first] = obstacles(c, group)
  if (first === undefined && !isLetGo(c, group))
    return 'waits until it is on disk here that an operator has let it start'
  return first === undefined ? 'about to be started' : obstacleText(c, first, group, afterInitdead)
}

/** The nodes that might take it and why they cannot. */
function unableOnes(c: Cluster, group: Group, except: readonly NodeId[], detailed = true): string {
  const { run } = c.groups.get(group.name)!
  const failed = run.failed === undefined ? undefined : detailed ? `: ${run.failed}` : ''
  const others = group.homes.filter(node => !except.includes(node))
  const why = (node: NodeId): string => (node === c.config.self ? selfUnable(c, failed) : whyUnable(c, group, node))
  return others.length === 0 ? 'there is none' : others.map(node => `${node} ${why(node)}`).join('; ')
}

const selfUnable = (c: Cluster, failed: string | undefined): string => {
  if (c.standby) return 'is in standby'
  if (c.leaving !== undefined) return 'is shutting down'
  return failed !== undefined ? `failed to run it${failed}` : 'cannot write its state folder'
}

function obstacleText(c: Cluster, obstacle: Obstacle, group: Group, afterInitdead: string): string {
  const { node } = obstacle
  switch (obstacle.code) {
    case 'unseen':
      return `waits for ${node}, not heard yet; without it this node starts it ${afterInitdead}`
    case 'deaf':
      return `waits until ${node} hears this node again: it may be about to take it`
    case 'doubtful':
      return `this node was paused; waits for a word of ${node}`
    case 'claims-unknown':
      return `${node} does not say whether it holds this group: make ha.cf and haresources equal`
    case 'still-held':
      return `waits until ${node} has let go of it (${obstacle.state} there)`
    case 'not-agreed':
      return `waits for ${node} to agree`
    case 'blocked':
      return `a stop failed on ${node}: it may still run there; see that it does not, then type here: tandem clear ${group.name}`
    default:
      return doubtAbout(c, group, undefined) ?? doubtText(c, obstacle) ?? `waits for ${node}`
  }
}

/** What to type, and where. */
function fixOf(c: Cluster, group: Group, on: readonly NodeId[], failedOn: readonly NodeId[]): string | undefined {
  if (c.standing.maintained.has(group.name)) return `to end that, type: tandem maintenance off ${group.name}`
  const blockedOn = on.find(node => claimOf(c, group, node)?.state === 'blocked')
  if (blockedOn !== undefined)
    return `see that it is stopped on ${blockedOn}, then type there: tandem clear ${group.name}`
  if (isHalted(c, group.name)) return `to start it, type: tandem start ${group.name}`
  if (failedOn.length === 0) return undefined
  return `mend the cause, then type on ${failedOn.join(' and on ')}: tandem clear ${group.name}`
}

function resourcesOf(c: Cluster, group: Group, around: GroupSurroundings): readonly ResourceStatus[] {
  const { run } = c.groups.get(group.name)!
  return group.resources.map(({ name, address }, index) => {
    const inJob = run.job !== undefined && index >= run.job.first && index <= run.job.last
    const moving = inJob && run.job!.op !== 'probe' ? (run.job!.op === 'start' ? 'starting' : 'stopping') : undefined
    const state = !run.known
      ? 'unknown'
      : (moving ?? (index < run.up ? 'running' : index < run.live ? 'unknown' : 'stopped'))
    const leaseS = address ? around.leaseS(name) : undefined
    const note = state === 'running' ? around.noteOf?.(name) : undefined
    return { name, state, ...(leaseS === undefined ? {} : { leaseS }), ...(note === undefined ? {} : { note }) }
  })
}

/** The sentence that every user wants: what happens if the node that runs it dies now. */
function ifDies(
  c: Cluster,
  group: Group,
  on: readonly NodeId[],
  heir: NodeId | undefined,
  lacking: string | undefined,
): string {
  if (isHalted(c, group.name)) return `${group.name} starts nowhere before somebody types: tandem start ${group.name}`
  const [active] = on
  if (active === undefined)
    return mayRunUnheard(c, group)
      ? `${group.name} may run on ${c.groups.get(group.name)!.assignment.owner}, which is not heard`
      : `${group.name} runs nowhere`
  if (claimOf(c, group, active)?.state === 'blocked')
    return `if ${active} dies now: ${group.name} would NOT start elsewhere (a stop failed on ${active})`
  const after = `about ${c.config.timing.deadtimeMs / 1000} s later`
  if (heir !== undefined) return `if ${active} dies now: ${group.name} starts on ${heir} ${after}`
  const still = stillText(c, group)
  if (still !== undefined) return `if ${active} dies now: ${group.name} would NOT start elsewhere (${still})`
  if (group.homes.length === 1) return `if ${active} dies now: ${group.name} is gone, there is no other node`
  const why = lacking ?? unableOnes(c, group, [active], false)
  return `if ${active} dies now: ${group.name} would NOT start elsewhere (${why})`
}
