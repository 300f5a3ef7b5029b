/** Let the event change what we know. No decisions here. */
import type { Effect, Event } from '../events.ts'
import { hasWaited, turn } from '../membership/judgement.ts'
import { bury, type Change, type Heard, hear, type Peer } from '../membership/membership.ts'
import { sameReport } from '../membership/sameReport.ts'
import type { Note } from '../note.ts'
import { ail, patienceOf } from '../resources/ailment.ts'
import { newer } from '../resources/epoch.ts'
import { claimState, finish, holds } from '../resources/run.ts'
import type { Claim, GroupName, Job, Next, NodeId, Outcome, Report } from '../types.ts'
import { neverAsked, type Outside } from './arbitration.ts'
import { decisionOf } from './decision.ts'
import { heardHalt, isHalted } from './halts.ts'
import { obey } from './obey.ts'
import { rivalled } from './rivals.ts'
import { type Cluster, groupOf, withGroup } from './state.ts'
import { heardTruce, isUntouched, learnTruce } from './truce.ts'
import { isTruceOrder, obeyTruce } from './truceOrders.ts'
import { heirOfWorn } from './worn.ts'

const note = (note: Note): Effect => ({ type: 'note', note })
const notes = (changes: readonly Change[]): readonly Effect[] => changes.map(note)

export function absorb(c: Cluster, event: Event, nowMs: number): Next<Cluster, Effect> {
  switch (event.type) {
    case 'tick':
      return [c, []]
    case 'turn': {
      const [members, changes] = turn(c.members, event.atMs, event.lateMs, nowMs)
      return [
        members === c.members ? c : { ...c, members, behind: hasWaited(members, event.atMs, nowMs) },
        notes(changes),
      ]
    }
    case 'heard': {
      const before = c.members.peers.get(event.heard.from)
      const report = keptReport(before?.report, reportHeard(before, event.heard))
      const [members, changes] = hear(
        c.members,
        report === event.heard.report ? event.heard : { ...event.heard, report },
      )
      if (members === c.members) return [c, []]
      const after = members.peers.get(event.heard.from)
      if (after === before) return [learnTruce({ ...c, members }, event.heard), notes(changes)]
      const [merged, more] =
        report === undefined || report === before?.report
          ? [c, []]
          : merge({ ...c, members }, event.heard.from, before, report)
      const differs = configNotes(c, event.heard.from, before?.report, report, before?.gen === 0)
      return [learnTruce({ ...merged, members }, event.heard), [...notes(changes), ...differs, ...more]]
    }
    case 'link':
      return [c, [note({ code: event.up ? 'link-up' : 'link-dead', node: event.peer, link: event.link })]]
    case 'done':
      return finished(c, event.job, event.outcome)
    case 'saved': {
      const disk = { ...c.disk, saved: event.saved, asked: undefined, writable: true }
      return [{ ...c, disk }, c.disk.writable ? [] : [note({ code: 'saved-again' })]]
    }
    case 'not-saved':
      return [
        { ...c, disk: { ...c.disk, asked: undefined, writable: false } },
        c.disk.writable ? [note({ code: 'not-saved', why: event.why })] : [],
      ]
    case 'fenced': {
      const fencing = new Map(c.fencing)
      fencing.delete(event.node)
      // It may have started anew since we asked: only the one that we meant is off for certain.
      const meant = c.fencing.get(event.node)?.boot === c.members.peers.get(event.node)?.boot
      const members = meant ? bury(c.members, event.node) : c.members
      return [{ ...c, members, fencing }, members === c.members ? [] : [note({ code: 'fenced', node: event.node })]]
    }
    case 'ping':
      return [{ ...c, outside: pinged(c.outside, event.name, event.atMs) }, []]
    case 'carrier':
      return [{ ...c, outside: seenCarrier(c.outside, event) }, []]
    case 'asked':
      return [{ ...c, outside: asked(c.outside, event, nowMs) }, []]
    case 'ailing':
      return ailing(c, event, nowMs)
    case 'unready':
    case 'outdated':
      return [marked(c, event), []]
    case 'rival':
      return rivalled(c, event)
    case 'order':
      return isTruceOrder(event.order) ? obeyTruce(c, event.id, event.order, nowMs) : obey(c, event.id, event.order)
    case 'leave': {
      if (c.leaving !== undefined) return [c, []]
      return [{ ...c, leaving: { leftAtMs: undefined, giveUpAtMs: nowMs } }, [note({ code: 'leaving' })]]
    }
  }
}

/** What it said, with ends by our clock. */
function reportHeard(before: Peer | undefined, heard: Heard): Report | undefined {
  const { report } = heard
  return report?.truce === undefined ? report : { ...report, truce: heardTruce(before, heard) }
}

const pinged = (outside: Outside, name: string, atMs: number): Outside => ({
  ...outside,
  pings: new Map(outside.pings).set(name, Math.max(atMs, outside.pings.get(name) ?? Number.NEGATIVE_INFINITY)),
})

function seenCarrier(outside: Outside, { device, up, groups }: Extract<Event, { type: 'carrier' }>): Outside {
  const dark = new Map(outside.dark)
  if (up) dark.delete(device)
  else dark.set(device, groups)
  return { ...outside, dark }
}

function marked(c: Cluster, { type, group, is }: Extract<Event, { type: 'unready' | 'outdated' }>): Cluster {
  if (c[type].has(group) === is || !c.groups.has(group)) return c
  const names = new Set(c[type])
  if (is) names.add(group)
  else names.delete(group)
  return { ...c, [type]: names }
}

function asked(
  outside: Outside,
  { node, atMs, outcome, by }: Extract<Event, { type: 'asked' }>,
  nowMs: number,
): Outside {
  const before = outside.inquiries.get(node) ?? neverAsked
  const answeredAtMs = outcome === 'answered' ? nowMs : before.answeredAtMs
  const aliveAtMs = outcome === 'alive' ? nowMs : before.aliveAtMs
  const told = outcome === 'silent' ? before.by : by
  const inquiry = { ...before, sentAtMs: atMs, outcome, answeredAtMs, aliveAtMs, by: told }
  return { ...outside, inquiries: new Map(outside.inquiries).set(node, inquiry) }
}

/** Their registers are merged into ours: the newest assignment of each group holds everywhere. */
function merge(c: Cluster, from: NodeId, before: Peer | undefined, report: Report): Next<Cluster, Effect> {
  // What has been merged already; but what it said before a silence may stand against what has become of us since.
  const merged = before?.health === 'dead' ? undefined : before?.report?.claims
  const effects: Effect[] = []
  let next = c
  for (const [name, claim] of report.claims) {
    const state = next.groups.get(name)
    if (state === undefined || merged?.get(name) === claim) continue
    const assignment = newer(state.assignment, claim.assignment)
    if (assignment !== state.assignment) {
      const decision = decisionOf(next, groupOf(c, name), assignment, from)
      effects.push(
        note({ code: 'assigned', group: name, was: state.assignment, now: assignment, mintedHere: false, decision }),
      )
      next = withGroup(next, name, { ...state, assignment })
    }
    next = learnHalt(next, name, from, claim, effects)
    next = watchDuel(next, name, from, before?.report, report, effects)
  }
  return [next, effects]
}

/** Operators have stopped it, or let it start again, and this node has not heard of that. */
function learnHalt(c: Cluster, group: GroupName, node: NodeId, claim: Claim, effects: Effect[]): Cluster {
  const state = c.groups.get(group)!
  const halt = heardHalt(state.halt, claim)
  if (halt === state.halt) return c
  const next = withGroup(c, group, { ...state, halt })
  const is = isHalted(next, group)
  if (is !== isHalted(c, group)) effects.push(note({ code: is ? 'halted' : 'halt-over', group, node }))
  return next
}

/** Two holders at once: note it, and when the other has let go announce our addresses again, for theirs was the last word. */
function watchDuel(
  c: Cluster,
  name: GroupName,
  node: NodeId,
  was: Report | undefined,
  report: Report,
  effects: Effect[],
): Cluster {
  const key = `${name}/${node}`
  const { run } = c.groups.get(name)!
  const theirs = report.claims.get(name)?.state
  const both = run.live > 0 && theirs !== undefined && theirs !== 'stopped' && theirs !== 'unknown'
  if (both === c.duels.has(key)) return c
  const duels = new Set(c.duels)
  if (both) {
    duels.add(key)
    effects.push(note({ code: 'both-hold', group: name, node }))
  } else {
    duels.delete(key)
    effects.push(note({ code: 'both-hold-over', group: name, node }))
  }
  const { assignment } = c.groups.get(name)!
  const keeps = run.live > 0 && assignment.owner === c.config.self // who is about to let go must not have the last word
  if (keeps && was !== undefined) effects.push({ type: 'announce', group: name })
  return { ...c, duels }
}

function finished(c: Cluster, id: number, outcome: Outcome): Next<Cluster, Effect> {
  const entry = [...c.groups].find(([, state]) => state.run.job?.id === id)
  if (entry === undefined) return [c, []] // of an earlier life, or never asked for
  const [name, state] = entry
  const job = state.run.job!
  const group = groupOf(c, name)
  const run = finish(state.run, group, outcome)
  const resources = namesOf(
    job,
    group.resources.map(resource => resource.name),
  )
  const told: Effect[] = [
    note(outcome.ok ? { code: 'job-done', job, resources } : { code: 'job-failed', job, resources, why: outcome.why }),
  ]
  if (run.failed !== undefined && state.run.failed === undefined)
    told.push(note({ code: 'group-failed', group: name, why: run.failed }))
  if (run.blocked !== undefined) told.push(note({ code: 'group-blocked', group: name, why: run.blocked }))
  if (job.op === 'start' && run.up === group.resources.length) told.push(note({ code: 'group-running', group: name }))
  let next = withGroup(c, name, { ...state, run })
  if (job.op === 'stop' && claimState(run, group.resources.length) === 'stuck' && heirOfWorn(next, group) === undefined)
    told.push(note({ code: 'group-stuck', group: name, resource: group.resources[run.worn!]!.name }))
  if (job.op === 'stop' && !holds(run)) told.push(note({ code: 'group-stopped', group: name }))
  for (const { node, report } of c.members.peers.values())
    if (report !== undefined && c.duels.has(`${name}/${node}`)) next = watchDuel(next, name, node, report, report, told)
  return [next, told]
}

/** What was seen before something else was begun is over; in maintenance nothing is judged. */
function ailing(
  c: Cluster,
  { group: name, at, why }: Extract<Event, { type: 'ailing' }>,
  nowMs: number,
): Next<Cluster, Effect> {
  const state = c.groups.get(name)
  if (state === undefined || isUntouched(c, name)) return [c, []]
  const { run } = state
  if (run.job !== undefined || at >= run.up || run.ailing !== undefined || run.failed !== undefined) return [c, []]
  const group = groupOf(c, name)
  const resource = group.resources[at]!
  const after = ail(run, group, at, why, nowMs)
  const again = after.failures.filter(failure => failure.at === at).length
  const told: Effect[] = [
    note({
      code: 'resource-failed',
      group: name,
      resource: resource.name,
      why,
      again,
      of: patienceOf(resource).retries,
    }),
  ]
  if (after.failed !== undefined) told.push(note({ code: 'group-failed', group: name, why: after.failed }))
  return [withGroup(c, name, { ...state, run: after }), told]
}

export const namesOf = (job: Pick<Job, 'first' | 'last'>, names: readonly string[]): readonly string[] =>
  names.slice(job.first, job.last + 1)

function configNotes(
  c: Cluster,
  node: NodeId,
  was: Report | undefined,
  now: Report | undefined,
  first: boolean,
): readonly Effect[] {
  const before = first ? undefined : differing(c, was)
  const after = differing(c, now)
  if (before === after) return []
  if (after !== undefined) return [note({ code: 'config-differs', node, what: after })]
  return first ? [] : [note({ code: 'config-agrees', node })]
}

/** In what a peer's configuration differs from ours; undefined = in nothing that must agree. */
export function differing(c: Cluster, report: Report | undefined): 'settings' | 'groups' | 'nodes' | undefined {
  if (report === undefined) return 'nodes'
  if (report.groupsDigest !== c.config.groupsDigest) return 'groups'
  return report.configDigest !== c.config.configDigest ? 'settings' : undefined
}

/** The old object if the new one says the same: nothing changed is then `===`. */
export const keptReport = (was: Report | undefined, now: Report | undefined): Report | undefined =>
  was !== undefined && now !== undefined && sameReport(was, now) ? was : now
