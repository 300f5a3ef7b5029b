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
  readonly unable: Extract<Reason, 'standby' | 'leaving' | 'start-failed' | 'resource-failed'> | undefined
  /** auto_failback is on and the node has been back long enough. */
  readonly welcome: (node: NodeId) => boolean
  /** An interface of its addresses has no carrier there. */
  readonly dark: (node: NodeId) => boolean
  /** It could not be started there, by that node's last look at it. */
  readonly unready: (node: NodeId) => boolean
  /** Ping nodes that answer there. */
  readonly pings: (node: NodeId) => number
  /** That node can serve better than this one; undefined = it cannot. */
  readonly better: (node: NodeId) => Better | undefined
  /** It has served no worse than this one would, for long enough. */
  readonly asGood: (node: NodeId) => boolean
}

export interface Better {
  readonly because: Extract<Reason, 'ping-lost' | 'carrier-lost'>
  /** new: one of the two may not have noticed yet. sure: both have. old: and it has been so for a deadtime. */
  readonly is: 'new' | 'sure' | 'old'
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
  const gift = betterHome(group, outlook)
  if (gift !== undefined) return gift
  const home = group.homes[0]
  if (home === undefined || home === self || now.by === 'operator') return undefined
  return outlook.able(home) && !outlook.unready(home) && outlook.welcome(home) && outlook.asGood(home)
    ? { to: home, because: 'failback' }
    : undefined
}

/**
 * Of the nodes that can serve better than this one the best: with carrier, with the most ping nodes, then by the line. It
 * is waited for until both are sure; if that takes a deadtime the next best will do.
 */
function betterHome(group: Group, { able, better, dark, pings, unready }: Outlook): Gift | undefined {
  const rank = (node: NodeId): number => (dark(node) ? -1 : pings(node))
  const candidates = group.homes.filter(node => able(node) && !unready(node) && better(node) !== undefined)
  const [best, ...others] = candidates.toSorted((a, b) => rank(b) - rank(a))
  if (best === undefined) return undefined
  const to = better(best)!.is !== 'new' ? best : others.find(node => better(node)!.is === 'old')
  return to === undefined ? undefined : { to, because: better(to)!.because }
}

/**
 * The first home that is able, leaving one node out if told so; one that could not start it, or without carrier, only if
 * all others are so too.
 */
export function bestHome(
  group: Group,
  { able, dark, unready }: Pick<Outlook, 'able' | 'dark' | 'unready'>,
  except?: NodeId,
): NodeId | undefined {
  const homes = group.homes.filter(node => node !== except && able(node))
  return homes.find(node => !dark(node) && !unready(node)) ?? homes.find(node => !unready(node)) ?? homes[0]
}
