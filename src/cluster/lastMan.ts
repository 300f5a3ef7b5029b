/**
 * Two nodes, and both were off: whose data are the newest?
 *
 * Whoever has outlived the other has that on disk, and says so when both are back. What it says counts for a group with
 * data until that has run: it goes to that node first, and the other one does not start it. Where both say so, neither is
 * believed above the other. Three and more nodes act by majority, where no single one can have run on alone.
 */
import type { ClusterConfig, Saved } from '../events.ts'
import type { Peer } from '../membership/membership.ts'
import { safetyClass } from '../resources/safetyClass.ts'
import type { Group, GroupName, NodeId } from '../types.ts'
import { silence } from './arbitration.ts'
import { acceptanceOf, type Cluster, isUnmoved } from './state.ts'

const withData = ({ nodes, groups }: ClusterConfig): readonly Group[] =>
  nodes.length === 2 ? groups.filter(group => safetyClass(group) === 'at-most-one') : []

/** At the start of a manager: what the disk says. */
export const newestAtStart = (config: ClusterConfig, saved: Saved): ReadonlySet<GroupName> =>
  new Set(saved.lastMan ? withData(config).map(({ name }) => name) : [])

/**
 * What this node would say to one that comes now. A group that has run here, or runs there, is nothing to wait for.
 * Whoever has outlived the other in this life says it too, or one that is back would take its own word for the last;
 * beside one that says nothing it is dropped: its groups are where they are.
 */
export function countNewest(c: Cluster): Cluster {
  const peers = [...c.members.peers.values()].filter(({ gen, health }) => gen > 0 && health !== 'dead')
  const another = peers.some(({ report }) => report?.lastMan)
  const counts =
    peers.length === 0
      ? (group: Group) => c.disk.saved.lastMan || (c.inherits && c.newest.has(group.name))
      : (group: Group) => (c.inherits || another) && c.newest.has(group.name) && !hasStarted(c, group)
  const newest = withData(c.config).filter(counts)
  const inherits = c.inherits && (peers.length === 0 || newest.length > 0)
  if (inherits === c.inherits && newest.length === c.newest.size) return c
  return { ...c, inherits, newest: new Set(newest.map(({ name }) => name)) }
}

function hasStarted(c: Cluster, { name, resources }: Group): boolean {
  if (c.groups.get(name)!.run.up === resources.length) return true
  return [...c.members.peers.values()].some(({ health, report }) => {
    const state = report?.claims.get(name)?.state
    // Anything less may only be what could not be looked at after its start.
    return health !== 'dead' && state === 'running'
  })
}

/** Is it this node that is to start the group before anybody else does? */
export const isFirstHere = (c: Cluster, { name }: Group): boolean =>
  c.inherits && c.newest.has(name) && ![...c.members.peers.values()].some(({ report }) => report?.lastMan)

/** It may be another node's since this one was dead: as long as it has not run there, that has moved no data. */
const isOrdered = (c: Cluster, group: Group): boolean => c.groups.get(group.name)!.assignment.by === 'operator'

/** Nobody runs it and nobody has ordered it anywhere: this node takes it, as soon as all others have spoken. */
export function isHeir(c: Cluster, group: Group): boolean {
  const { run } = c.groups.get(group.name)!
  if (!isFirstHere(c, group) || isOrdered(c, group) || !run.known || run.live > 0) return false
  return [...c.members.peers.values()].every(
    ({ health, doubtful, report }) =>
      (health === 'up' || health === 'late') && !doubtful && report?.claims.get(group.name)?.state === 'stopped',
  )
}

/** Is that living peer to start the group before this node does? An order for another owner ends that. */
export function isFirstThere(c: Cluster, group: Group, { node, report }: Peer): boolean {
  if (report?.lastMan !== true || c.newest.size > 0 || !withData(c.config).includes(group)) return false
  const { assignment, run } = c.groups.get(group.name)!
  const given = isOrdered(c, group) || (assignment.epoch.minter === node && !isUnmoved(c, group))
  return (assignment.owner === node || !given) && run.up === 0 && report.claims.get(group.name)?.state !== 'running'
}

/**
 * Has this node outlived all others? Unchanged as long as one of them has not been met since it started, unless data
 * have been written here without it. What was read from disk stays there until a group with data has started: the power
 * may fail again before that.
 */
export function isLastMan(c: Cluster): boolean {
  const peers = [...c.members.peers.values()]
  if (c.newest.size > 0 && c.newest.size === withData(c.config).length) return true
  if (peers.some(peer => peer.gen > 0 && peer.health !== 'dead')) return false
  return (peers.length > 0 && peers.every(peer => isOutlived(c, peer))) || c.disk.saved.lastMan
}

function isOutlived(c: Cluster, peer: Peer): boolean {
  if (peer.health !== 'dead') return false
  const free = peer.left || silence(c, peer) === 'free'
  if (free && peer.gen > 0) return true
  const running = withData(c.config).filter(({ name }) => c.groups.get(name)!.run.live > 0)
  return running.some(({ name }) => free || c.accepted.has(acceptanceOf('two-holders', name, peer)))
}

/** Why an order to start it elsewhere is refused here. */
export const firstHereText = ({ config }: Cluster, { name }: Group, to: NodeId): string =>
  `${config.self} was running when ${to} was not, and may have newer data of ${name}, so it starts here first; once you have seen that ${config.self} has nothing newer, type on ${to}: tandem move ${name} --to ${to} --accept-stale-disk --reason WHY`
