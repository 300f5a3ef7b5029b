/** What a fence-peer handler answers DRBD, by what Tandem knows of the peer. Pure. */
import type { NodeStatus, Status } from '../daemon/protocol.ts'

/** DRBD's own table (drbd.conf(5), handlers). Whatever else a handler returns leaves I/O frozen and refuses promotion. */
export const fenceCodes = {
  inconsistent: 3,
  outdated: 4,
  dead: 5,
  active: 6,
  shot: 7,
  /** It cannot be told: DRBD takes that for a broken handler, and stays on the safe side. */
  unknown: 1,
} as const

export type FenceAnswer =
  /** Nothing more will be known of it. */
  | { readonly code: number; readonly why: string }
  /** It may be known in a moment; if not: `code`. */
  | { readonly later: number; readonly why: string }

/** A word of the peer that is so much younger than the question was made after a look at its disk since then. */
const lookedAgainMs = 1_000

/**
 * @param peer the name of the host, as DRBD has it.
 * @param resource of DRBD.
 * @param waitedMs how long ago DRBD has asked.
 */
export function fenceAnswer(status: Status, peer: string, resource: string, waitedMs: number): FenceAnswer {
  const node = nodeNamed(status, peer)
  if (node === undefined)
    return {
      code: fenceCodes.unknown,
      why: `${peer} is no node of the cluster: write its name in ha.cf as DRBD has it`,
    }
  if (node.here) return { code: fenceCodes.unknown, why: `${peer} is this node itself` }
  if (status.problems.some(({ code }) => code === 'ISOLATED'))
    return { later: fenceCodes.unknown, why: 'this node is cut off and may not go on' }
  switch (node.death) {
    case 'fenced':
      return { code: fenceCodes.shot, why: `${node.name} has been fenced` }
    case 'left':
      return { code: fenceCodes.dead, why: `${node.name} was shut down in good order` }
    case 'believed':
      return { code: fenceCodes.dead, why: `${node.name} is dead` }
    case 'doubted':
      return { later: fenceCodes.unknown, why: `${node.name} is silent, and may live` }
    default:
      if (isOutdated(status, node, resource, waitedMs))
        return { code: fenceCodes.outdated, why: `${node.name} lives, and says that its copy is outdated` }
      return node.state === 'up' || node.state === 'late'
        ? { later: fenceCodes.active, why: `${node.name} lives` }
        : { later: fenceCodes.unknown, why: `${node.name} is ${node.state}` }
  }
}

/** By a word of the peer's manager that it cannot have said before the connection was lost. */
function isOutdated({ drbd = [], groups }: Status, node: NodeStatus, resource: string, waitedMs: number): boolean {
  const group = drbd.find(one => one.resource === resource)?.group
  const says = groups.find(({ name }) => name === group)?.outdatedOn.includes(node.name) === true
  const ageMs = 1_000 * (node.managerAgeS ?? Number.POSITIVE_INFINITY)
  return says && node.state === 'up' && waitedMs - ageMs >= lookedAgainMs
}

/** With or without its domain, where that is unique. */
function nodeNamed({ nodes }: Status, peer: string): NodeStatus | undefined {
  const wanted = peer.toLowerCase()
  const short = (name: string): string => name.split('.')[0]!
  const alike = nodes.filter(({ name }) => short(name) === short(wanted))
  return nodes.find(({ name }) => name === wanted) ?? (alike.length === 1 ? alike[0] : undefined)
}

/** The peer that DRBD means: 8.4 names it, 9 gives the number of a node and the names of all. */
export function peerIn(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const id = env['DRBD_PEER_NODE_ID']
  const named = id === undefined ? undefined : env[`DRBD_NODE_ID_${id}`]
  const [only, ...more] = (env['DRBD_PEERS'] ?? '').split(/\s+/).filter(word => word !== '')
  return named ?? (env['DRBD_PEER'] || (more.length === 0 ? only : undefined))
}
