/** The truth about one host, whatever its daemons believe: what really runs there, and what the kernel will remove when. */
import { leaseSeconds } from '../../src/lease.ts'
import type { Group, GroupName, NodeId, Timing } from '../../src/types.ts'
import { chance, type Dice } from './dice.ts'

/** The truth about one resource on one host. */
export interface Thing {
  /** It is there until then: minus infinity = not at all, infinity = until somebody stops it. */
  untilMs: number
  /** When it last came to be here. */
  sinceMs: number
  /** An agent has lied about it: no daemon can know, so it breaks no promise. */
  lied: boolean
  /** The agents of the running manager renew its lease. */
  kept: boolean
  /** Peers that its host could not hear when this lease was allowed: it outlives the manager that asked for it. */
  deafTo: ReadonlySet<NodeId>
}

export interface Machine {
  readonly node: NodeId
  readonly things: Map<GroupName, Thing[]>
  /** Addresses may be held until then, by the local clock of the world; what was allowed once stays allowed. */
  allowedMs: number
  /** Peers that this node could not hear when that was allowed. */
  deafTo: ReadonlySet<NodeId>
}

export function newMachine(node: NodeId, groups: readonly Group[]): Machine {
  const nothing = (): Thing => ({
    untilMs: Number.NEGATIVE_INFINITY,
    sinceMs: 0,
    lied: false,
    kept: false,
    deafTo: new Set(),
  })
  const things = new Map(groups.map(group => [group.name, group.resources.map(nothing)]))
  return { node, things, allowedMs: Number.NEGATIVE_INFINITY, deafTo: new Set() }
}

/** Power off: nothing is left. */
export function wipe(machine: Machine): void {
  for (const things of machine.things.values()) for (const thing of things) gone(thing)
  machine.allowedMs = Number.NEGATIVE_INFINITY
}

export function gone(thing: Thing): void {
  thing.untilMs = Number.NEGATIVE_INFINITY
  thing.lied = false
  thing.kept = false
}

export const isLive = (thing: Thing, nowMs: number): boolean => thing.untilMs > nowMs

/** Something else than an address has begun to start. */
export function appear(thing: Thing, nowMs: number): void {
  if (!isLive(thing, nowMs) || thing.lied) thing.sinceMs = nowMs
  thing.untilMs = Number.POSITIVE_INFINITY
  thing.lied = false
}

/**
 * `ip addr replace ... valid_lft`: whole seconds, and the kernel is late by up to 1.25 s and an eighth of them.
 * False: nothing could be granted. `longerMs`: its group may be held until then, whatever the others may.
 */
export function grant(
  machine: Machine,
  thing: Thing,
  timing: Timing,
  nowMs: number,
  roll: Dice,
  longerMs = Number.NEGATIVE_INFINITY,
): boolean {
  const longest = leaseSeconds(timing)
  if (longest === 0) {
    appear(thing, nowMs)
    return true
  }
  const seconds = Math.min(longest, Math.floor((Math.max(machine.allowedMs, longerMs) - nowMs) / 1_000))
  if (seconds < 1) return false
  const mostLateMs = 1_250 + (seconds * 1_000) / 8
  const lateMs = chance(roll, 0.3) ? mostLateMs : roll() * mostLateMs
  if (!isLive(thing, nowMs) || thing.lied) thing.sinceMs = nowMs
  thing.untilMs = nowMs + seconds * 1_000 + lateMs
  thing.lied = false
  thing.kept = true
  thing.deafTo = machine.deafTo
  return true
}
