/** What is worth a record and no note tells: what peers say of a group, and a group that waits. Seen from the state alone. */
import { holders, holdersChanged, obstacles } from '../../cluster/clearance.ts'
import type { Cluster } from '../../cluster.ts'
import { eventId } from '../../decision.ts'
import type { Group, GroupName, NodeId, Report } from '../../types.ts'
import { groupStatus } from '../groupStatus.ts'
import type { Draft } from './recorder.ts'

interface Wait {
  readonly sinceMs: number
  readonly told: string | undefined
}

/** What a peer says of a group is worth a record when it changes to one of these. */
const told: Readonly<Record<string, string>> = { running: 'is running', stopped: 'is stopped', blocked: 'is blocked' }

export function newWatch(): (c: Cluster, nowMs: number) => readonly Draft[] {
  const reports = new Map<NodeId, Report>()
  const waits = new Map<GroupName, Wait>()
  let peers: Cluster['members']['peers'] | undefined
  let lookAgainMs = Number.NEGATIVE_INFINITY
  let looked: Cluster | undefined
  return (c, nowMs) => {
    const drafts: Draft[] = []
    if (c.members.peers !== peers) {
      peers = c.members.peers
      for (const { node, health, report } of peers.values()) {
        const before = reports.get(node)
        if (report === undefined || report === before || health === 'dead') continue
        reports.set(node, report)
        if (before !== undefined) drafts.push(...claimDrafts(c, node, before, report))
      }
    }
    // Now and then is enough: a fail-over of a hundred groups makes hundreds of rounds, and has better things to do.
    if (nowMs < lookAgainMs) return drafts
    lookAgainMs = nowMs + c.config.timing.keepaliveMs / 2
    if (waits.size === 0 && looked !== undefined && holdersChanged(looked, c) === undefined) return drafts
    looked = c
    for (const group of c.config.groups) drafts.push(...waitDraft(c, group, waits, nowMs))
    return drafts
  }
}

function claimDrafts(c: Cluster, node: NodeId, was: Report, now: Report): readonly Draft[] {
  if (was.claims === now.claims) return []
  return [...now.claims].flatMap(([name, claim]) => {
    if (was.claims.get(name) === claim) return []
    const { state } = claim
    const before = was.claims.get(name)?.state
    const words = told[state]
    if (before === state || before === undefined || before === 'unknown' || words === undefined) return []
    const { assignment } = c.groups.get(name) ?? {}
    if (assignment === undefined) return []
    const text = `${name} ${words} on ${node}`
    const event = eventId(name, assignment.epoch)
    return [{ code: 'claim', level: 'info', text, group: name, peer: node, event, claim: state }]
  })
}

/** A wait is told once it has lasted for two keepalives, with its reason, and when it is over. */
function waitDraft(c: Cluster, group: Group, waits: Map<GroupName, Wait>, nowMs: number): readonly Draft[] {
  const { name } = group
  const why = whyWaiting(c, group, nowMs)
  const wait = waits.get(name)
  const event = eventId(name, c.groups.get(name)!.assignment.epoch)
  const draft = (text: string, level: Draft['level']): Draft => ({ code: 'waits', level, text, group: name, event })
  if (why === undefined) {
    waits.delete(name)
    if (wait?.told === undefined) return []
    const seconds = ((nowMs - wait.sinceMs) / 1000).toFixed(1)
    return [{ ...draft(`${name} waits no longer, after ${seconds} s`, 'info'), code: 'waits-no-longer' }]
  }
  const sinceMs = wait?.sinceMs ?? nowMs
  const isLong = nowMs - sinceMs >= 2 * c.config.timing.keepaliveMs
  waits.set(name, { sinceMs, told: isLong ? why : wait?.told })
  return isLong && why !== wait?.told ? [{ ...draft(`${name} is not started: ${why}`, 'WARN'), why }] : []
}

/** undefined: it runs somewhere, is on its way, or was given up, which is told elsewhere. */
function whyWaiting(c: Cluster, group: Group, nowMs: number): string | undefined {
  const { run, assignment } = c.groups.get(group.name)!
  if (c.leaving !== undefined || !run.known || run.job !== undefined || run.live > 0) return undefined
  if (run.failed !== undefined || run.blocked !== undefined) return undefined
  if (holders(c, group).length === 0)
    return groupStatus(c, group, { nowMs, leaseS: nothing, sinceMs: nothing, formerOwner: nothing }).why
  if (assignment.owner !== c.config.self || c.standby) return undefined
  const [first] = obstacles(c, group)
  if (first === undefined) return undefined
  const { code, node } = first
  return first.code === 'still-held'
    ? `waits until ${node} has let go of it (${first.state} there)`
    : (waitsFor[code]?.(node) ?? `waits for ${node} (${code})`)
}

const waitsFor: Readonly<Record<string, (node: NodeId) => string>> = {
  deaf: node => `waits until ${node} hears this node again`,
  doubtful: node => `this node was paused; waits for a word of ${node}`,
  'not-agreed': node => `waits for ${node} to agree`,
  'claims-unknown': node => `${node} does not say whether it holds it`,
}

const nothing = (): undefined => undefined
