/**
 * How well this node can serve, and how its peers compare: ping nodes that answer, carrier under the service addresses.
 *
 * Two nodes that lose the same router do not notice it in the same instant, and what a peer says is some time old. So a
 * difference counts for nothing until the peer has said so again a while after we saw it begin: by then it has noticed
 * whatever we had noticed, and what is left is a difference.
 */
import type { Peer } from '../membership/membership.ts'
import type { Better } from '../resources/assignment.ts'
import { sameEpoch } from '../resources/epoch.ts'
import type { Epoch, Group, GroupName, NodeId, Report, Timing } from '../types.ts'
import type { Cluster } from './state.ts'

export interface Sight {
  /** Ping nodes that answer this node. */
  readonly pings: number
  /** Those, and the ones that have not had a deadping yet to answer since this node started or woke up. */
  readonly hoped: number
  /** Groups of which an interface has no carrier here. */
  readonly dark: ReadonlySet<GroupName>
  /** Where a peer differs, or differed lately: by `node` for ping nodes, by `group/node` for carrier. */
  readonly contrasts: ReadonlyMap<string, Contrast>
  /** Since when this node has had what operators have ordered to it, by group. */
  readonly ordered: ReadonlyMap<GroupName, { readonly epoch: Epoch; readonly hereSinceMs: number }>
}

/** A peer against this node. */
export interface Contrast {
  readonly is: 'better' | 'worse' | 'level'
  readonly changedAtMs: number
  /** new: one of the two may not have noticed yet. sure: both have. old: and it has been so for a deadtime. */
  readonly age: Better['is']
}
const ages: readonly Better['is'][] = ['new', 'sure', 'old']

const alike: Contrast = { is: 'level', changedAtMs: Number.NEGATIVE_INFINITY, age: 'old' }

export const noSight: Sight = { pings: 0, hoped: 0, dark: new Set(), contrasts: new Map(), ordered: new Map() }

/** ping grants nobody more than five probes a second. */
const probeEveryMs = ({ keepaliveMs }: Timing): number => Math.max(keepaliveMs, 200)

/**
 * How much later than this node a peer may notice that a ping node has fallen silent: its probe was answered up to one
 * interval later, one more of ours was lost, and its beat takes a turn at each keepalive.
 */
export const pingWaitMs = (timing: Timing): number => 2 * probeEveryMs(timing) + timing.keepaliveMs

/** The same of a carrier. A port that negotiates anew, or whose switch restarts, is no reason to move: the other's may be next. */
export const carrierWaitMs = (timing: Timing): number => Math.max(3_000, pingWaitMs(timing))

/**
 * A deadtime; and never before the word of every peer that lives is sure. One word is fresh, as it came with news, and another
 * one is of a heartbeat and of a turn ago, and one of each may be lost.
 */
const oldAfterMs = (waitMs: number, { keepaliveMs, deadtimeMs }: Timing): number =>
  Math.max(deadtimeMs, waitMs + 4 * keepaliveMs)

/** What this node sees now. The same object as long as nothing that a decision looks at has changed. */
export function look(c: Cluster, before: Cluster, nowMs: number): Cluster {
  if (c.members === before.members && c.outside === before.outside && c.groups === before.groups) return c
  const sight = sightOf(c, before, nowMs)
  return sight === c.sight ? c : { ...c, sight }
}

function sightOf(c: Cluster, before: Cluster, nowMs: number): Sight {
  const { sight } = c
  const counted = count(c)
  const dark = c.outside.dark === before.outside.dark ? sight.dark : new Set([...c.outside.dark.values()].flat())
  const ordered = c.groups === before.groups ? sight.ordered : orderedTo(c, nowMs)
  const same = counted.pings === sight.pings && counted.hoped === sight.hoped && dark === sight.dark
  const idle = same && sight.contrasts.size === 0 && sameViews(before, c)
  const contrasts = idle ? sight.contrasts : contrastsOf(c, counted, dark, nowMs)
  if (same && contrasts === sight.contrasts && ordered === sight.ordered) return sight
  return { ...counted, dark, contrasts, ordered }
}

/** Nothing that contrasts are made of has changed, of any peer. */
function sameViews({ members: was }: Cluster, { members: now }: Cluster): boolean {
  if (was.peers === now.peers) return true
  return [...now.peers.values()].every(({ node, health, report }) => {
    const before = was.peers.get(node)!
    if (before.report === report || before.report === undefined || report === undefined)
      return before.report === report && before.health === health
    const { claims, pings, configDigest } = before.report
    const sameReport = pings === report.pings && configDigest === report.configDigest
    return sameReport && before.health === health && sameDark(claims, report.claims)
  })
}

function sameDark(was: Report['claims'], now: Report['claims']): boolean {
  if (was === now) return true
  for (const [group, claim] of now) {
    const before = was.get(group)
    if (before !== claim && before?.dark !== claim.dark) return false
  }
  return true
}

/** By the beat's last turn, as peers are judged; one that waited for us judges nothing. */
function count(c: Cluster): Pick<Sight, 'pings' | 'hoped'> {
  const { pings, deadpingMs } = c.config
  const { turnAtMs, bornAtMs, wokeAtMs } = c.members
  if (c.behind) return { pings: c.sight.pings, hoped: c.sight.hoped }
  const answering = pings.filter(
    name => turnAtMs - (c.outside.pings.get(name) ?? Number.NEGATIVE_INFINITY) < deadpingMs,
  )
  const listening = turnAtMs - Math.max(bornAtMs, wokeAtMs) >= deadpingMs
  return { pings: answering.length, hoped: listening ? answering.length : pings.length }
}

function orderedTo(c: Cluster, nowMs: number): Sight['ordered'] {
  const before = c.sight.ordered
  const ordered = new Map<GroupName, { readonly epoch: Epoch; readonly hereSinceMs: number }>()
  for (const [name, { assignment }] of c.groups) {
    const { by, owner, epoch } = assignment
    if (by !== 'operator' || owner !== c.config.self) continue
    const known = before.get(name)
    ordered.set(name, known !== undefined && sameEpoch(known.epoch, epoch) ? known : { epoch, hereSinceMs: nowMs })
  }
  return ordered.size === before.size && [...ordered].every(([name, one]) => before.get(name) === one)
    ? before
    : ordered
}

function contrastsOf(
  c: Cluster,
  mine: Pick<Sight, 'pings' | 'hoped'>,
  dark: Sight['dark'],
  nowMs: number,
): Sight['contrasts'] {
  const before = c.sight.contrasts
  const found = new Map<string, Contrast>()
  const { timing } = c.config
  for (const peer of c.members.peers.values()) {
    const { node, report, health } = peer
    if (report === undefined || (health !== 'up' && health !== 'late')) continue
    const saidAtMs = wordAtMs(c, peer)
    const put = (key: string, is: Contrast['is'], waitMs: number): void => {
      const contrast = aged(before.get(key), is, saidAtMs, waitMs, oldAfterMs(waitMs, timing), nowMs)
      if (contrast !== alike) found.set(key, contrast)
    }
    const comparable = c.config.ipfail && report.configDigest === c.config.configDigest
    put(node, comparable ? compare(report.pings, mine) : 'level', pingWaitMs(timing))
    for (const [name, claim] of report.claims) {
      const here = dark.has(name)
      const is = here === claim.dark ? 'level' : here ? 'better' : 'worse'
      if (is !== 'level' || before.has(keyOf(name, node))) put(keyOf(name, node), is, carrierWaitMs(timing))
    }
  }
  return same(before, found) ? before : found
}

const keyOf = (group: GroupName, node: NodeId): string => `${group}/${node}`

const compare = (theirs: number, { pings, hoped }: Pick<Sight, 'pings' | 'hoped'>): Contrast['is'] =>
  theirs > hoped ? 'better' : theirs < pings ? 'worse' : 'level'

const same = (a: Sight['contrasts'], b: Sight['contrasts']): boolean =>
  a.size === b.size && [...a].every(([key, contrast]) => b.get(key) === contrast)

/** What a peer last said was true at this instant, at the earliest: it had our heartbeat of then, and its manager had moved. */
function wordAtMs({ members }: Cluster, { node }: Peer): number {
  const { echoedSentAtMs = Number.NEGATIVE_INFINITY, wordAtMs, managerSeenAtMs } = members.traces.get(node)!
  return echoedSentAtMs - (wordAtMs - managerSeenAtMs)
}

/** The same object as long as it says the same. Whoever has been level for long is not kept. */
function aged(
  before: Contrast = alike,
  is: Contrast['is'],
  saidAtMs: number,
  waitMs: number,
  oldMs: number,
  nowMs: number,
): Contrast {
  if (before.is !== is) return { is, changedAtMs: nowMs, age: 'new' }
  if (before.age === 'old') return is === 'level' ? alike : before
  const saidMs = saidAtMs - before.changedAtMs
  const age = saidMs >= oldMs ? 'old' : saidMs >= waitMs ? 'sure' : before.age
  return age === 'old' && is === 'level' ? alike : age === before.age ? before : { ...before, age }
}

/** Carrier first: a node that nobody can reach serves nobody, whatever it sees itself. */
function contrastOf(
  { sight }: Cluster,
  group: Group,
  node: NodeId,
): Contrast & { readonly because: Better['because'] } {
  const carrier = sight.contrasts.get(keyOf(group.name, node)) ?? alike
  if (carrier.is !== 'level') return { ...carrier, because: 'carrier-lost' }
  const pings = sight.contrasts.get(node) ?? alike
  const younger = ages.indexOf(carrier.age) < ages.indexOf(pings.age) ? carrier : pings
  return { is: pings.is, age: younger.age, changedAtMs: younger.changedAtMs, because: 'ping-lost' }
}

/**
 * Why this node should hand over a group to that one, which can serve better; undefined = it should not. What came here
 * for the same reason goes on only after a deadtime, so that a router that answers now and then does not drive it about.
 * What an operator ordered here stays until something has changed since, and while fail-over is disarmed everything does.
 */
export function betterThere(c: Cluster, group: Group, node: NodeId): Better | undefined {
  const peer = c.members.peers.get(node)
  const { assignment, run } = c.groups.get(group.name)!
  if (peer?.health !== 'up' || run.blocked !== undefined || c.standing.disarmed) return undefined
  const { is, age, changedAtMs, because } = contrastOf(c, group, node)
  if (is !== 'better') return undefined
  if (assignment.by === 'operator' && changedAtMs <= (c.sight.ordered.get(group.name)?.hereSinceMs ?? nowhere))
    return undefined
  const again = assignment.because === because
  return { because, is: age === 'old' ? 'old' : age === 'sure' && !again ? 'sure' : 'new' }
}

const nowhere = Number.NEGATIVE_INFINITY

/** Has that node been able to serve no worse than this one, and for a deadtime? */
export function isAsGood(c: Cluster, group: Group, node: NodeId): boolean {
  const { is, age } = contrastOf(c, group, node)
  return is !== 'worse' && age === 'old'
}

export const isDark = (c: Cluster, group: Group, node: NodeId): boolean =>
  node === c.config.self
    ? c.sight.dark.has(group.name)
    : c.members.peers.get(node)?.report?.claims.get(group.name)?.dark === true

export const pingsSeenBy = (c: Cluster, node: NodeId): number =>
  node === c.config.self ? c.sight.pings : (c.members.peers.get(node)?.report?.pings ?? 0)
