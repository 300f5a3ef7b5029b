/**
 * Which node should run a group. Whoever reads the rules below from top to bottom knows every move that nobody ordered.
 */
import type { Assignment, Group, NodeId, Reason } from '../types.ts'

/** What the rules look at, for one group. */
export interface Outlook {
  readonly self: NodeId
  /** Up, not in standby, not leaving, able to save its state, and no start failed there. */
  readonly able: (node: NodeId) => boolean
  /** Dead, and fenced where fencing is configured; or it said good-bye. */
  readonly gone: (node: NodeId) => boolean
  readonly left: (node: NodeId) => boolean
  /** Why this node cannot keep what it owns; undefined = it can. */
  readonly unable: Extract<Reason, 'standby' | 'leaving' | 'start-failed'> | undefined
  /** auto_failback is on and the node has been back long enough. */
  readonly welcome: (node: NodeId) => boolean
}

export interface Gift {
  readonly to: NodeId
  readonly because: Reason
}

/** The move that should be made now by this node, if any. Only the owner gives away what it owns; the dead own nothing. */
export function moveDue(group: Group, now: Assignment, outlook: Outlook): Gift | undefined {
  const { self } = outlook
  if (now.owner !== self) {
    if (!outlook.gone(now.owner) || bestHome(group, outlook) !== self) return undefined
    return { to: self, because: outlook.left(now.owner) ? 'owner-left' : 'owner-dead' }
  }
  if (outlook.unable !== undefined) {
    const heir = bestHome(group, outlook, self)
    return heir === undefined ? undefined : { to: heir, because: outlook.unable }
  }
  const home = group.homes[0]
  if (home === undefined || home === self || now.by === 'operator') return undefined
  return outlook.able(home) && outlook.welcome(home) ? { to: home, because: 'failback' } : undefined
}

/** The first home that is able, leaving one node out if told so. */
export const bestHome = (group: Group, outlook: Pick<Outlook, 'able'>, except?: NodeId): NodeId | undefined =>
  group.homes.find(node => node !== except && outlook.able(node))
