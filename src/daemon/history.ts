/** What has become of each group while this process looked on: the core keeps no past. */
import { holders, holdersChanged } from '../cluster/clearance.ts'
import type { Cluster } from '../cluster.ts'
import type { NodeId } from '../types.ts'
import { claimOf } from './groupStatus.ts'

export interface History {
  /** After each round of the core. */
  look(c: Cluster, nowMs: number): void
  /** Since when a group is where it is and as it is; undefined = since before we looked. */
  sinceMs(group: string): number | undefined
  formerOwner(group: string): NodeId | undefined
}

interface Trail {
  readonly owner: NodeId
  readonly former: NodeId | undefined
  /** Who holds it, and in which state. */
  readonly where: string
  readonly sinceMs: number | undefined
  /** Nothing about it was still to be found out, so the next change is really one. */
  readonly sure: boolean
}

export function newHistory(): History {
  const trails = new Map<string, Trail>()
  let seen: Cluster | undefined
  return {
    look(c, nowMs) {
      const hasChanged = seen === undefined ? () => true : holdersChanged(seen, c)
      if (hasChanged === undefined) return
      seen = c
      for (const group of c.config.groups) {
        if (!hasChanged(group.name)) continue
        const { assignment, run } = c.groups.get(group.name)!
        const before = trails.get(group.name)
        const where = holders(c, group)
          .map(node => `${node} ${claimOf(c, group, node)?.state}`)
          .join(', ')
        const changed = before !== undefined && before.where !== where
        const moved = before !== undefined && before.owner !== assignment.owner
        trails.set(group.name, {
          owner: assignment.owner,
          former: moved ? before.owner : before?.former,
          where,
          sinceMs: changed ? (before.sure ? nowMs : undefined) : before?.sinceMs,
          sure: run.known && [...c.members.peers.values()].every(peer => peer.health !== 'unseen'),
        })
      }
    },
    sinceMs: group => trails.get(group)?.sinceMs,
    formerOwner: group => (seen?.config.nodes.length === 2 ? otherThan(seen, group) : trails.get(group)?.former),
  }
}

/** Of two nodes it can only have been the other one. */
function otherThan(c: Cluster, name: string): NodeId | undefined {
  const owner = [...c.groups].find(([group]) => group === name)?.[1].assignment.owner
  return c.config.nodes.find(node => node !== owner)
}
