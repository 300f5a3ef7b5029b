/** Tell the others what changed, renew the leases, and say good-bye when there is nothing left to hold. */
import type { Effect } from '../events.ts'
import { sameClaim, sameNodes } from '../membership/sameReport.ts'
import type { Note } from '../note.ts'
import { claimState, holds } from '../resources/run.ts'
import type { Claim, Group, GroupName, Next, NodeId, Report } from '../types.ts'
import { keptReport } from './absorb.ts'
import { wanted } from './settle.ts'
import { type Cluster, heldLonger, heldUntilMs, nextHoldAtMs } from './state.ts'
import { isUntouched } from './truce.ts'
import { isUnreadyHere } from './unready.ts'

export function speak(before: Cluster, c: Cluster, nowMs: number): Next<Cluster, Effect> {
  const effects: Effect[] = []
  let next = depart(c, nowMs, effects)
  next = publish(before, next, effects)
  next = hold(next, nowMs, effects)
  return [next, effects]
}

/** @param claims if it is known already what this node claims now */
export function reportOf(c: Cluster, claims = claimsOf(c)): Report {
  return {
    standby: c.standby,
    leaving: c.leaving !== undefined,
    left: c.leaving?.leftAtMs !== undefined && ![...c.groups.values()].some(group => holds(group.run)),
    unwritable: !c.disk.writable,
    configDigest: c.config.configDigest,
    groupsDigest: c.config.groupsDigest,
    dead: deadOf(c),
    truce: c.disk.saved.truce,
    pings: c.sight.pings,
    claims,
  }
}

function claimsOf(c: Cluster): Report['claims'] {
  const claims = new Map<GroupName, Claim>()
  for (const group of c.config.groups) {
    const claim = claimHere(c, group)
    const spoken = c.spoken?.claims.get(group.name)
    claims.set(group.name, spoken !== undefined && sameClaim(spoken, claim) ? spoken : claim)
  }
  return claims
}

/** What this node says of one group. */
export function claimHere(c: Cluster, { name, resources }: Group): Claim {
  const { assignment, run, halt } = c.groups.get(name)!
  return {
    assignment,
    state: claimState(run, resources.length),
    failed: run.failed !== undefined,
    dark: c.sight.dark.has(name),
    newest: c.newest.has(name),
    unready: isUnreadyHere(c, name),
    outdated: c.outdated.has(name),
    halts: halt.count,
  }
}

/** A node that said good-bye is away, not dead: nobody wonders what became of it. */
function deadOf({ members }: Cluster): ReadonlySet<NodeId> {
  const dead = new Set<NodeId>()
  for (const { node, health, left } of members.peers.values()) if (health === 'dead' && !left) dead.add(node)
  return dead
}

function publish(before: Cluster, c: Cluster, effects: Effect[]): Cluster {
  const { spoken } = c
  const same =
    c.groups === before.groups &&
    c.standby === before.standby &&
    c.leaving === before.leaving &&
    c.disk === before.disk &&
    c.newest === before.newest &&
    c.unready === before.unready &&
    c.outdated === before.outdated &&
    c.sight === before.sight
  // A peer is another object for whatever it says; only a change of the verdict on it is ours to tell.
  const sameDead = c.members.peers === before.members.peers || (spoken && sameNodes(deadOf(c), spoken.dead))
  if (spoken !== undefined && same && sameDead) return c
  const sameClaims =
    c.groups === before.groups &&
    c.sight.dark === before.sight.dark &&
    c.newest === before.newest &&
    c.unready === before.unready &&
    c.outdated === before.outdated
  const report = keptReport(spoken, reportOf(c, sameClaims ? spoken?.claims : undefined))!
  if (report === spoken) return c
  effects.push({ type: 'publish', report })
  return { ...c, spoken: report }
}

function hold(c: Cluster, nowMs: number, effects: Effect[]): Cluster {
  if (nowMs < nextHoldAtMs(c)) return c
  const restore = c.config.groups.filter(group => {
    const { run } = c.groups.get(group.name)!
    const want = wanted(c, group)
    // Stuck, what stands below the resource that fails goes on.
    const keeps = (want === 'run' && run.failed === undefined) || want === 'stay'
    return keeps && run.job?.op !== 'stop' && !isUntouched(c, group.name) // an address may have been taken away by hand
  })
  const longer = heldLonger(c)
  effects.push({
    type: 'hold',
    untilMs: heldUntilMs(c),
    restore: restore.map(group => group.name),
    ...(longer === undefined ? {} : { longer }),
  })
  return { ...c, heldAtMs: nowMs }
}

/** Orderly shutdown: once everything is stopped say so, and go when every living peer has heard it, or soon after. */
function depart(c: Cluster, nowMs: number, effects: Effect[]): Cluster {
  if (c.leaving === undefined) return c
  const note = (note: Note): Effect => ({ type: 'note', note })
  const { leftAtMs, giveUpAtMs } = c.leaving
  const all = [...c.groups]
  const stays = all.filter(([name, { run }]) => holds(run) && isUntouched(c, name)).map(([name]) => name)
  const waits = ([name, { run }]: (typeof all)[number]): boolean =>
    run.job !== undefined || (holds(run) && run.blocked === undefined && !stays.includes(name))
  // Also when we were about to go: what was left as it is may have to be stopped after all.
  if (all.some(waits)) return leftAtMs === undefined ? c : { ...c, leaving: { leftAtMs: undefined, giveUpAtMs } }
  if (leftAtMs === undefined) {
    // What is blocked or in maintenance stays claimed: then we go without a good-bye, but not before the others know.
    if (!all.some(([, { run }]) => holds(run))) effects.push(note({ code: 'left' }))
    if (stays.length > 0) effects.push(note({ code: 'left-running', groups: stays }))
    return { ...c, leaving: { leftAtMs: nowMs, giveUpAtMs: nowMs + 2 * c.config.timing.keepaliveMs + 1_000 } }
  }
  const heardByAll = [...c.members.peers.values()].every(
    ({ node, health }) =>
      health === 'dead' || health === 'unseen' || (c.members.traces.get(node)!.echoedSentAtMs ?? 0) >= leftAtMs,
  )
  if (heardByAll || nowMs >= giveUpAtMs) effects.push({ type: 'exit' })
  return c
}
