/** What one node knows: of itself, of the others, and of each group. */
import type { ClusterConfig, Damage, Halt, OwnTruce, Saved } from '../events.ts'
import { leaseSeconds } from '../lease.ts'
import type { Membership, Peer } from '../membership/membership.ts'
import { staleAfterMs } from '../membership/patience.ts'
import { compareEpochs } from '../resources/epoch.ts'
import { type Contact, holdUntil, holdWhileAwake, holdWhileSupported } from '../resources/hold.ts'
import type { Run } from '../resources/run.ts'
import type { Assignment, Group, GroupName, NodeId, Report } from '../types.ts'
import { byMajority, type Outside, pingedAtMs, type Standing, supportedAtMs } from './arbitration.ts'
import type { Sight } from './sight.ts'
import { isUntouched, mayHoldOnUntilMs, mayKeepUntilMs } from './truce.ts'

export interface GroupState {
  readonly assignment: Assignment
  readonly run: Run
  readonly halt: Halt
}

export interface Disk {
  /** What is known to be on disk. */
  readonly saved: Saved
  /** What has been asked for and not been confirmed. */
  readonly asked: Saved | undefined
  readonly askedAtMs: number
  readonly writable: boolean
  /** Every counter up to here may have been used by an earlier life of this manager. */
  readonly epochFloor: number
}

export interface Cluster {
  readonly config: ClusterConfig
  readonly members: Membership
  readonly outside: Outside
  readonly standing: Standing
  /** How well this node can serve, and how its peers compare. */
  readonly sight: Sight
  /** Silent nodes that an operator lets this node act without, as damage/group/node/boot. */
  readonly accepted: ReadonlySet<string>
  readonly groups: ReadonlyMap<GroupName, GroupState>
  readonly disk: Disk
  /** What operators have suspended; said to others once it is on disk. */
  readonly truce: OwnTruce | undefined
  /** Groups that others may have had since they last said that they have nothing of them, as group/node. */
  readonly lent: ReadonlySet<string>
  readonly standby: boolean
  /** Its disk said at the start that it was the last man; until its data have been started. */
  readonly inherits: boolean
  /** Groups of which this node has the newest data, as far as it knows, and which have not been started since. */
  readonly newest: ReadonlySet<GroupName>
  /** Groups that could not be started here, by the last look at them; they do not run here. */
  readonly unready: ReadonlySet<GroupName>
  /** Groups whose data here are known to be old. */
  readonly outdated: ReadonlySet<GroupName>
  /** Orderly shutdown: since when all is stopped that can be, and when we stop waiting for the others to know. */
  readonly leaving: { readonly leftAtMs: number | undefined; readonly giveUpAtMs: number } | undefined
  /** What the others were last told. */
  readonly spoken: Report | undefined
  readonly nextJob: number
  /** When the leases were last renewed. */
  readonly heldAtMs: number
  /** Fence actions asked for: which start of the target was meant, and when. One per target. */
  readonly fencing: ReadonlyMap<NodeId, { readonly boot: string; readonly askedAtMs: number }>
  /** Dead nodes whose blocked groups an operator has declared stopped, as node/boot. */
  readonly pardoned: ReadonlySet<string>
  /** Groups seen held by us and another node at once, as group/node. */
  readonly duels: ReadonlySet<string>
  /** Groups of ours for whose addresses somebody else answers, while the peer is dead. */
  readonly rivals: ReadonlySet<GroupName>
  /** When it was last looked for rivals; there may be more groups than are looked at in one round. */
  readonly watch: { readonly atMs: number; readonly round: number }
  readonly settledAtMs: number
  /** The last turn had waited for us: more of what was heard may be waiting behind it. */
  readonly behind: boolean
  /** The beat's last turn was too old to decide by when we settled last. */
  readonly stale: boolean
  /** A group could start but for a lease, or for an echo of ours: look again at every sign of life. */
  readonly awaitsSign: boolean
}

/** What a node has on disk that was never started. */
export const nothingSaved: Saved = {
  epochCeiling: 0,
  standby: false,
  lastMan: [],
  halts: new Map(),
  wear: new Map(),
}

/** How often the state folder is written although nothing changed: a full disk is to be known before the crash. */
const saveAgainMs = 30_000
const retrySaveMs = 5_000
/** A fence action that has not been confirmed by then is asked for again. */
export const fenceAgainMs = 30_000

export const nextSaveMs = ({ disk }: Cluster): number =>
  disk.askedAtMs + (disk.writable || disk.asked !== undefined ? saveAgainMs : retrySaveMs)
/** Epoch counters reserved on disk ahead of need, so that no write lies between verdict and address. */
export const epochReserve = 16

export const initialAssignment = (group: Group): Assignment => ({
  owner: group.homes[0]!,
  epoch: { counter: 0, minter: group.homes[0]! },
  by: 'policy',
  because: 'home',
})

export const withGroup = (c: Cluster, name: GroupName, state: GroupState): Cluster => ({
  ...c,
  groups: new Map(c.groups).set(name, state),
})

export const groupOf = (c: Cluster, name: GroupName): Group => c.config.groups.find(group => group.name === name)!

/** Is the beat's last word so old that nothing may be taken or started by it? */
export const isStale = (c: Cluster, nowMs: number): boolean =>
  c.behind || nowMs - c.members.turnAtMs > staleAfterMs(c.config.timing)

export const pardonOf = (peer: Peer): string => `${peer.node}/${peer.boot}`
/** Valid for this start of the peer: whoever comes back is asked again. */
export const acceptanceOf = (damage: Damage, group: GroupName, peer: Peer): string =>
  `${damage}/${group}/${pardonOf(peer)}`

/** The counter of the next move of a group; undefined while that number is not reserved on disk. */
export function nextCounter(c: Cluster, now: Assignment): number | undefined {
  const counter = Math.max(now.epoch.counter, c.disk.epochFloor) + 1
  return counter <= c.disk.saved.epochCeiling ? counter : undefined
}

/** The highest counter that any group has reached. */
export const highestCounter = (c: Cluster): number =>
  [...c.groups.values()].reduce((most, group) => Math.max(most, group.assignment.epoch.counter), c.disk.epochFloor)

/** Is this group's register still what haresources says, untouched by any move we know of? */
export const isUnmoved = (c: Cluster, group: Group): boolean =>
  compareEpochs(c.groups.get(group.name)!.assignment.epoch, initialAssignment(group).epoch) === 0

/** Until when all addresses of this node may be held. Never far ahead, whatever was promised: it may end any moment. */
export function heldUntilMs(c: Cluster): number {
  const awakeMs = holdWhileAwake(c.config.timing, c.members.beatAtMs)
  return Math.max(byContact(c), Math.min(mayHoldOnUntilMs(c), awakeMs))
}

/** Groups in maintenance whose addresses may be held longer than that. */
export function heldLonger(c: Cluster): { untilMs: number; groups: readonly GroupName[] } | undefined {
  const groups = [...c.standing.maintained].filter(group => c.groups.has(group) && isUntouched(c, group))
  const awakeMs = holdWhileAwake(c.config.timing, c.members.beatAtMs)
  const untilMs = Math.min(awakeMs, ...groups.map(group => mayKeepUntilMs(c, group)))
  return groups.length === 0 || untilMs <= heldUntilMs(c) ? undefined : { untilMs, groups }
}

/** As far as the others are heard, and count us. */
function byContact(c: Cluster): number {
  const { timing, pings } = c.config
  const { beatAtMs } = c.members
  if (byMajority(c)) return holdWhileSupported(supportedAtMs(c), timing, beatAtMs)
  const contacts: Contact[] = []
  for (const peer of c.members.peers.values()) {
    const { wordAtMs, echoedSentAtMs } = c.members.traces.get(peer.node)!
    const away = peer.boot === '' || (peer.left && !peer.doubtful) // never heard, or with nothing to take from us
    contacts.push({ node: peer.node, heardAtMs: away ? Number.NEGATIVE_INFINITY : wordAtMs, echoedSentAtMs })
  }
  return holdUntil(contacts, timing, beatAtMs, pings.length > 0 ? pingedAtMs(c) : undefined)
}

export function holdsAddress(c: Cluster): boolean {
  for (const group of c.config.groups) {
    const { live } = c.groups.get(group.name)!.run
    for (let i = 0; i < live; i++) if (group.resources[i]!.address) return true
  }
  return false
}

/** Leases are renewed at the keepalive or three times in their life, and not more than once a second unless they are shorter. */
export function renewEveryMs(c: Cluster): number {
  const thirdMs = (leaseSeconds(c.config.timing) * 1000) / 3
  return Math.max(Math.min(1_000, thirdMs), Math.min(c.config.timing.keepaliveMs, thirdMs))
}

/** Nothing can be promised before the beat has said a word: a renewal tried until then would cost the next one its turn. */
export const nextHoldAtMs = (c: Cluster): number =>
  leaseSeconds(c.config.timing) > 0 && holdsAddress(c) && Number.isFinite(c.members.beatAtMs)
    ? c.heldAtMs + renewEveryMs(c)
    : Number.POSITIVE_INFINITY
