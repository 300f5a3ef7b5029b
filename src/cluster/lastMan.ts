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
import { acceptanceOf, type Cluster } from './state.ts'

const withData = ({ nodes, groups }: ClusterConfig): readonly Group[] =>
  nodes.length === 2 ? groups.filter(group => safetyClass(group) === 'at-most-one') : []

/** At the start of a manager: what the disk says. */
export const newestAtStart = (config: ClusterConfig, saved: Saved): ReadonlySet<GroupName> =>
  new Set(namesOf(withData(config).filter(({ name }) => saved.lastMan.includes(name))))

const namesOf = (groups: readonly Group[]): readonly GroupName[] => groups.map(({ name }) => name)

/**
 * What this node would say to one that comes now. A group that has run here, or runs there, is nothing to wait for.
 * Whoever has outlived the other in this life says it too, or one that is back would take its own word for the last;
 * beside one that says nothing it is dropped: its groups are where they are.
 */
export function countNewest(c: Cluster): Cluster {
  const peers = [...c.members.peers.values()].filter(isMet)
  const { saved } = c.disk
  const counts =
    peers.length === 0
      ? ({ name }: Group) => saved.lastMan.includes(name) || (c.inherits && c.newest.has(name))
      : (group: Group) => (c.inherits || isNewestThere(c, group)) && c.newest.has(group.name) && !hasStarted(c, group)
  const newest = withData(c.config).filter(counts)
  const inherits = c.inherits && (peers.length === 0 || newest.length > 0)
  if (inherits === c.inherits && newest.length === c.newest.size) return c
  return { ...c, inherits, newest: new Set(namesOf(newest)) }
}

/** It lives, and has said so since this node was away itself: whoever was cut off knows nothing new of it. */
const isMet = ({ gen, health, doubtful }: Peer): boolean => gen > 0 && health !== 'dead' && !doubtful

/** Does another node say that it was the last man of the group? */
const isNewestThere = ({ members }: Cluster, { name }: Group): boolean =>
  [...members.peers.values()].some(({ report }) => report?.claims.get(name)?.newest)

function hasStarted(c: Cluster, { name, resources }: Group): boolean {
  if (c.groups.get(name)!.run.up === resources.length) return true
  return [...c.members.peers.values()].some(({ health, report }) => {
    const state = report?.claims.get(name)?.state
    // Anything less may only be what could not be looked at after its start.
    return health !== 'dead' && state === 'running'
  })
}

/** Is it this node that is to start the group before anybody else does? */
export const isFirstHere = (c: Cluster, group: Group): boolean =>
  c.inherits && c.newest.has(group.name) && !isNewestThere(c, group)

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
  const claim = report?.claims.get(group.name)
  if (claim?.newest !== true || c.newest.has(group.name) || !withData(c.config).includes(group)) return false
  const { assignment, run } = c.groups.get(group.name)!
  return (assignment.owner === node || !isOrdered(c, group)) && run.up === 0 && claim.state !== 'running'
}

/**
 * Of which groups has this node outlived all others? Unchanged as long as one of them has not been met since it started,
 * unless data of that group have been written here without it. What was read from disk stays there until the group has
 * started: the power may fail again before that.
 *
 * @returns what was saved before if it is the same.
 */
export function lastManOf(c: Cluster): readonly GroupName[] {
  const saved = c.disk.saved.lastMan
  const two = c.config.nodes.length === 2
  const names = namesOf(c.config.groups.filter(group => two && (c.newest.has(group.name) || isLastMan(c, group))))
  return names.length === saved.length && names.every((name, at) => name === saved[at]) ? saved : names
}

function isLastMan(c: Cluster, group: Group): boolean {
  const peers = [...c.members.peers.values()]
  if (peers.some(isMet)) return false
  return (
    (peers.length > 0 && peers.every(peer => isOutlived(c, group, peer))) || c.disk.saved.lastMan.includes(group.name)
  )
}

function isOutlived(c: Cluster, { name }: Group, peer: Peer): boolean {
  if (peer.health !== 'dead') return false
  const free = peer.left || silence(c, peer) === 'free'
  if (free && peer.gen > 0) return true
  const runs = c.groups.get(name)!.run.live > 0
  return runs && (free || c.accepted.has(acceptanceOf('two-holders', name, peer)))
}

/** Why an order to start it elsewhere is refused here. */
export const firstHereText = ({ config }: Cluster, { name }: Group, to: NodeId): string =>
  `${config.self} was running when ${to} was not, and may have newer data of ${name}, so it starts here first; once you have seen that ${config.self} has nothing newer, type on ${to}: tandem move ${name} --to ${to} --accept-stale-disk --reason WHY`
