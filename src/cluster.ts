/**
 * The whole node as one pure function: event and time in, state and effects out.
 *
 * A step has three phases. `absorb` takes in what happened and decides nothing; `settle` decides from what is known and
 * never sees the event, so a lost message delays us but cannot confuse us; `speak` tells the others what changed.
 */

import { absorb } from './cluster/absorb.ts'
import { settle } from './cluster/settle.ts'
import { speak } from './cluster/speak.ts'
import { type Cluster, fenceAgainMs, initialAssignment, isStale, nextHoldAtMs, nextSaveMs } from './cluster/state.ts'
import type { ClusterConfig, Effect, Event, Saved } from './events.ts'
import { join } from './membership/membership.ts'
import * as run from './resources/run.ts'
import type { Next } from './types.ts'

export type { Cluster } from './cluster/state.ts'

/** A node that has just started: it knows nobody, and everything may be running. */
export function boot(config: ClusterConfig, saved: Saved, nowMs: number): Cluster {
  const others = config.nodes.filter(node => node !== config.self)
  return {
    config,
    members: join(config.timing, others, nowMs),
    groups: new Map(
      config.groups.map(group => [group.name, { assignment: initialAssignment(group), run: run.unknown }]),
    ),
    disk: {
      saved,
      asked: undefined,
      askedAtMs: Number.NEGATIVE_INFINITY,
      writable: true,
      epochFloor: saved.epochCeiling,
    },
    standby: saved.standby,
    leaving: undefined,
    spoken: undefined,
    nextJob: 1,
    heldAtMs: Number.NEGATIVE_INFINITY,
    fencing: new Map(),
    pardoned: new Set(),
    duels: new Set(),
    settledAtMs: Number.NEGATIVE_INFINITY,
    behind: false,
    stale: false,
    awaitsLease: false,
  }
}

export function step(before: Cluster, event: Event, nowMs: number): Next<Cluster, Effect> {
  const [informed, noticed] = absorb(before, event, nowMs)
  const quiet =
    event.type !== 'tick' &&
    informed.groups === before.groups &&
    sameKnowledge(before, informed) &&
    isStale(informed, nowMs) === informed.stale &&
    !(informed.awaitsLease && informed.members !== before.members)
  const [settled, doings] = quiet ? [informed, []] : settle(informed, nowMs)
  const [spoken, sayings] = speak(before, settled, nowMs)
  return noticed.length + doings.length + sayings.length === 0
    ? [spoken, noFurther]
    : [spoken, [...noticed, ...doings, ...sayings]]
}

const noFurther: readonly Effect[] = []

/** Nothing that a decision looks at has changed. */
const sameKnowledge = (a: Cluster, b: Cluster): boolean =>
  a.members.peers === b.members.peers &&
  a.standby === b.standby &&
  a.leaving === b.leaving &&
  a.disk === b.disk &&
  a.pardoned === b.pardoned

/** When the next tick is due; an earlier one does no harm. */
export function nextStepMs(c: Cluster): number {
  let atMs = Math.min(nextHoldAtMs(c), nextSaveMs(c))
  for (const { askedAtMs } of c.fencing.values()) {
    const againAtMs = askedAtMs + fenceAgainMs
    if (againAtMs > c.settledAtMs) atMs = Math.min(atMs, againAtMs)
  }
  if (c.config.autoFailback) {
    for (const peer of c.members.peers.values()) {
      const welcomeAtMs = peer.upSinceMs + c.config.timing.deadtimeMs
      if (peer.health === 'up' && welcomeAtMs > c.settledAtMs) atMs = Math.min(atMs, welcomeAtMs)
    }
  }
  if (c.leaving?.leftAtMs !== undefined) atMs = Math.min(atMs, c.leaving.giveUpAtMs)
  return atMs
}
