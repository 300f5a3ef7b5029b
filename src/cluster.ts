/**
 * The whole node as one pure function: event and time in, state and effects out.
 *
 * A step has three phases. `absorb` takes in what happened and decides nothing; `settle` decides from what is known and
 * never sees the event, so a lost message delays us but cannot confuse us; `speak` tells the others what changed.
 */

import { absorb } from './cluster/absorb.ts'
import { byMajority, judge, nextAskMs, nothingKnown, type Silence, untroubled } from './cluster/arbitration.ts'
import { neverHalted } from './cluster/halts.ts'
import { newestAtStart } from './cluster/lastMan.ts'
import { followLent, lentAtStart } from './cluster/lent.ts'
import { nextWatchMs } from './cluster/rivals.ts'
import { settle } from './cluster/settle.ts'
import { look, noSight } from './cluster/sight.ts'
import { speak } from './cluster/speak.ts'
import { type Cluster, fenceAgainMs, initialAssignment, isStale, nextHoldAtMs, nextSaveMs } from './cluster/state.ts'
import { keepPromises } from './cluster/truce.ts'
import { truceNotes } from './cluster/truceNotes.ts'
import { runAtStart } from './cluster/wear.ts'
import type { ClusterConfig, Effect, Event, Saved } from './events.ts'
import { reawaken } from './membership/judgement.ts'
import { join, type Peer } from './membership/membership.ts'
import { sameReport } from './membership/sameReport.ts'
import type { Note } from './note.ts'
import { forgetAtMs } from './resources/ailment.ts'
import type { Next } from './types.ts'

export type { Cluster } from './cluster/state.ts'

/** A node that has just started: it knows nobody, and everything may be running. */
export function boot(config: ClusterConfig, saved: Saved, nowMs: number): Cluster {
  const others = config.nodes.filter(node => node !== config.self)
  const cluster: Cluster = {
    config,
    members: join(config.timing, others, nowMs),
    outside: nothingKnown,
    standing: untroubled,
    sight: noSight,
    accepted: new Set(),
    groups: new Map(
      config.groups.map(group => [
        group.name,
        {
          assignment: initialAssignment(group),
          run: runAtStart(group, saved),
          halt: saved.halts.get(group.name) ?? neverHalted,
        },
      ]),
    ),
    disk: {
      saved,
      asked: undefined,
      askedAtMs: Number.NEGATIVE_INFINITY,
      writable: true,
      epochFloor: saved.epochCeiling,
    },
    truce: saved.truce,
    lent: new Set(),
    standby: saved.standby,
    inherits: saved.lastMan.length > 0,
    newest: newestAtStart(config, saved),
    unready: new Set(),
    outdated: new Set(),
    leaving: undefined,
    spoken: undefined,
    nextJob: 1,
    heldAtMs: Number.NEGATIVE_INFINITY,
    fencing: new Map(),
    pardoned: new Set(),
    duels: new Set(),
    rivals: new Set(),
    watch: { atMs: Number.NEGATIVE_INFINITY, round: 0 },
    settledAtMs: Number.NEGATIVE_INFINITY,
    behind: false,
    stale: false,
    awaitsSign: false,
  }
  return { ...cluster, standing: judge(cluster, nowMs), lent: lentAtStart(cluster) }
}

export function step(before: Cluster, event: Event, nowMs: number): Next<Cluster, Effect> {
  const [told, noticed] = absorb(before, event, nowMs)
  const [judged, stances] = stand(keepPromises(before, told), before, nowMs)
  const informed = look(judged, before, nowMs)
  const quiet =
    event.type !== 'tick' &&
    informed.groups === before.groups &&
    sameKnowledge(before, informed) &&
    isStale(informed, nowMs) === informed.stale &&
    !(informed.awaitsSign && informed.members !== before.members)
  const [decided, doings] = quiet ? [informed, []] : settle(informed, nowMs)
  const settled = followLent(before, decided)
  const [spoken, sayings] = speak(before, settled, nowMs)
  return noticed.length + stances.length + doings.length + sayings.length === 0
    ? [spoken, noFurther]
    : [spoken, [...noticed, ...stances, ...doings, ...sayings]]
}

const noFurther: readonly Effect[] = []

/** What our peers and the ping nodes let us do may change with all that is heard, and with time. */
function stand(c: Cluster, before: Cluster, nowMs: number): Next<Cluster, Effect> {
  const same = c.members === before.members && c.outside === before.outside && !truceChanged(before, c)
  if (same && !(byMajority(c) && c.standing.silences.size > 0)) return [c, noFurther] // votes grow old by themselves
  const standing = judge(c, nowMs)
  if (standing === c.standing) return [c, truceNotes(before, c)]
  // Whoever comes back from isolation is as one who wakes up: the others may have taken what was his.
  const back = c.standing.isolated && !standing.isolated
  const awake = back ? { ...c, members: reawaken(c.members) } : c
  const next = { ...awake, standing: back ? judge(awake, nowMs) : standing }
  return [next, [...truceNotes(before, next), ...stancesOf(c, next)]]
}

const truceChanged = (a: Cluster, b: Cluster): boolean =>
  a.truce !== b.truce || a.disk.saved.truce !== b.disk.saved.truce

const lives = (silence: Silence | undefined): boolean =>
  silence === 'answers' || silence === 'alive' || silence === 'deserted'

function stancesOf(was: Cluster, now: Cluster): readonly Effect[] {
  const notes: Note[] = []
  if (was.standing.isolated !== now.standing.isolated) {
    const majority = byMajority(now)
    notes.push(now.standing.isolated ? { code: 'isolated', majority } : { code: 'isolated-over', majority })
  }
  for (const [node, silence] of now.standing.silences) {
    if (silence === was.standing.silences.get(node)) continue
    if (lives(silence) && !lives(was.standing.silences.get(node)))
      notes.push({ code: 'split', node, by: now.outside.inquiries.get(node)?.by ?? 'something answers' })
    if (silence === 'unable-to-ask')
      notes.push({ code: 'unable-to-ask', node, why: now.outside.inquiries.get(node)?.by ?? 'nothing could be asked' })
  }
  return notes.map(note => ({ type: 'note', note }))
}

/** Nothing that a decision looks at has changed. */
const sameKnowledge = (a: Cluster, b: Cluster): boolean =>
  (a.members.peers === b.members.peers || (countsVotesInStanding(b) && samePeersButVotes(a, b))) &&
  a.standing === b.standing &&
  a.sight === b.sight &&
  a.accepted === b.accepted &&
  a.truce === b.truce &&
  a.standby === b.standby &&
  a.leaving === b.leaving &&
  a.disk === b.disk &&
  a.rivals === b.rivals &&
  a.unready === b.unready &&
  a.outdated === b.outdated &&
  a.pardoned === b.pardoned

/** Whom a peer calls dead matters as the standing says, and as nothing else. Of sixteen nodes fourteen say so at once. */
const countsVotesInStanding = ({ config, standing }: Cluster): boolean => !config.fencing && !standing.disarmed

const samePeersButVotes = (a: Cluster, b: Cluster): boolean =>
  [...b.members.peers.values()].every(peer => sameButVotes(a.members.peers.get(peer.node)!, peer))

function sameButVotes(a: Peer, b: Peer): boolean {
  if (a === b) return true
  if (a.report === undefined || b.report === undefined || a.report.claims !== b.report.claims) return false
  const { report, ...rest } = b
  return (
    sameReport(a.report, { ...report, dead: a.report.dead }) &&
    Object.entries(rest).every(([key, value]) => a[key as keyof Peer] === value)
  )
}

/** When the next tick is due; an earlier one does no harm. */
export function nextStepMs(c: Cluster): number {
  let atMs = Math.min(nextHoldAtMs(c), nextSaveMs(c), nextWatchMs(c))
  for (const { askedAtMs } of c.fencing.values()) {
    const againAtMs = askedAtMs + fenceAgainMs
    if (againAtMs > c.settledAtMs) atMs = Math.min(atMs, againAtMs)
  }
  for (const peer of c.members.peers.values()) atMs = Math.min(atMs, nextAskMs(c, peer))
  if (c.config.autoFailback) {
    for (const peer of c.members.peers.values()) {
      const welcomeAtMs = peer.upSinceMs + c.config.timing.deadtimeMs
      if (peer.health === 'up' && welcomeAtMs > c.settledAtMs) atMs = Math.min(atMs, welcomeAtMs)
    }
  }
  for (const group of c.config.groups) {
    const forgetMs = forgetAtMs(c.groups.get(group.name)!.run, group)
    if (forgetMs !== undefined && forgetMs > c.settledAtMs) atMs = Math.min(atMs, forgetMs)
  }
  if (c.leaving?.leftAtMs !== undefined) atMs = Math.min(atMs, c.leaving.giveUpAtMs)
  return atMs
}
