/** What must never happen, judged by the world's truth after every event, not by the nodes' opinion. */

import type { Cluster } from '../../src/cluster.ts'
import type { Answer, Event } from '../../src/events.ts'
import { leaseSeconds } from '../../src/lease.ts'
import { bootTag, type Datagram } from '../../src/membership/datagram.ts'
import { judgeWithinMs, managerGraceMs } from '../../src/membership/membership.ts'
import type { Note } from '../../src/note.ts'
import { compareEpochs } from '../../src/resources/epoch.ts'
import type { GroupName, Job, NodeId } from '../../src/types.ts'
import type { Host } from './host.ts'
import { isLive, type Thing } from './machine.ts'
import type { World } from './world.ts'

export class Violation extends Error {}

interface Word {
  readonly boot: string
  readonly gen: number
  readonly seq: number
}

/** What the world knows of one host for its judgement. */
interface Record_ {
  sent: Word | undefined
  /** The last datagram of each peer that its beat passed on. */
  readonly accepted: Map<NodeId, Word & { readonly atMs: number }>
  /** The same, of this start of its beat. */
  readonly newest: Map<NodeId, Word>
  /** The last sign of life of each peer: accepted, and the peer's manager had taken a turn. */
  readonly proofMs: Map<NodeId, number>
  /** Since when its beat has been listening without a long break; when it stopped. */
  listeningMs: number
  deafSinceMs: number | undefined
  /** Peers it had not heard for a deadtime when a job began, by group. */
  readonly silentAt: Map<GroupName, ReadonlySet<NodeId>>
  /** `node/group` that it has been told to be blocked. */
  readonly knowsBlocked: Set<string>
  readonly blocked: Set<GroupName>
  readonly stopFailures: Map<GroupName, number>
  /** Peers that it had declared dead although they were sending: cut from it. */
  readonly cutFrom: Set<NodeId>
  standbyOrdered: boolean
  highestGen: number
  disksLost: number
}

export interface Tally {
  moves: number
  jobs: number
  blocked: number
  failed: number
  rejected: number
  deaths: number
  splits: number
  fenced: number
  troubles: number
}

export class Law {
  readonly tally: Tally = {
    moves: 0,
    jobs: 0,
    blocked: 0,
    failed: 0,
    rejected: 0,
    deaths: 0,
    splits: 0,
    fenced: 0,
    troubles: 0,
  }
  private readonly world: World
  private readonly records = new Map<NodeId, Record_>()
  /** Which start of a beat came before which. */
  private readonly boots = new Map<string, number>()
  /** Where each group ran last. */
  private readonly lastHome = new Map<GroupName, NodeId>()
  /** Who has activated which move of a group. */
  private readonly activated = new Map<string, NodeId>()
  /** The last order given at each node, answered at once. */
  ordered: { readonly host: Host; readonly verb: string; readonly group?: string | undefined } | undefined

  constructor(world: World) {
    this.world = world
    for (const node of world.nodes) {
      this.records.set(node, {
        sent: undefined,
        accepted: new Map(),
        newest: new Map(),
        proofMs: new Map(),
        listeningMs: 0,
        deafSinceMs: undefined,
        silentAt: new Map(),
        knowsBlocked: new Set(),
        blocked: new Set(),
        stopFailures: new Map(),
        cutFrom: new Set(),
        standbyOrdered: false,
        highestGen: 0,
        disksLost: 0,
      })
    }
  }

  private of(host: Host): Record_ {
    return this.records.get(host.node)!
  }

  broken(rule: string, text: string): never {
    throw new Violation(`${rule}: ${text}`)
  }

  private check(holds: boolean, rule: string, text: () => string): void {
    if (!holds) this.broken(rule, text())
  }

  // --- processes ------------------------------------------------------------------------------------------------------

  poweredOff(host: Host): void {
    const record = this.of(host)
    record.knowsBlocked.clear()
    record.blocked.clear()
    record.stopFailures.clear()
    record.deafSinceMs ??= this.world.nowMs
  }

  managerStarted(host: Host): void {
    this.of(host).stopFailures.clear()
    // Whoever has just started has not been told yet.
    if (host.beat === undefined) this.of(host).knowsBlocked.clear()
    this.of(host).blocked.clear()
    this.of(host).standbyOrdered = host.disk.saved?.standby ?? false
  }

  beatStarted(host: Host): void {
    this.listens(host, true)
    const record = this.of(host)
    record.newest.clear()
    const { gen, boot } = host.beat!.state
    this.boots.set(boot, this.boots.size)
    this.check(
      record.disksLost > 0 || !host.disk.writable || gen > record.highestGen,
      'S9',
      () => `${host.node} started with generation ${gen} after ${record.highestGen}`,
    )
    if (host.disk.gen >= gen) record.highestGen = Math.max(record.highestGen, gen)
  }

  /** The beat stopped or started to listen. */
  listens(host: Host, on: boolean): void {
    const record = this.of(host)
    const { nowMs, timing } = this.world
    if (!on) record.deafSinceMs ??= nowMs
    else if (record.deafSinceMs !== undefined) {
      if (nowMs - record.deafSinceMs > timing.deadtimeMs / 4 + timing.keepaliveMs) record.listeningMs = nowMs
      record.deafSinceMs = undefined
    }
  }

  diskLost(host: Host): void {
    this.of(host).disksLost++
  }

  // --- heartbeats -----------------------------------------------------------------------------------------------------

  sent(host: Host, { boot, gen, seq }: Datagram): void {
    this.of(host).sent = { boot, gen, seq }
  }

  /** S8: only what is proven, newer than all before, and never seen. */
  accepted(host: Host, datagram: Datagram): void {
    const { nowMs, timing } = this.world
    const record = this.of(host)
    const { from, boot, gen, seq } = datagram
    const tag = bootTag(host.beat!.state.boot)
    this.check(
      datagram.echoes.some(echo => echo.boot === tag),
      'S8',
      () => `${host.node} believed a heartbeat of ${from} that is not proven`,
    )
    const last = record.newest.get(from)
    if (last !== undefined) {
      const newer = last.boot === boot ? seq > last.seq : this.boots.get(boot)! > this.boots.get(last.boot)!
      this.check(newer, 'S8', () => `${host.node} believed ${from} ${gen}/${seq} after ${last.gen}/${last.seq}`)
    }
    record.newest.set(from, { boot, gen, seq })
    record.accepted.set(from, { boot, gen, seq, atMs: nowMs })
    if (datagram.managerAgeMs < managerGraceMs(timing)) record.proofMs.set(from, nowMs)
    for (const [group, claim] of datagram.report?.claims ?? []) {
      const key = `${from}/${group}`
      if (claim.state === 'blocked') record.knowsBlocked.add(key)
      else if (record.knowsBlocked.size > 0) record.knowsBlocked.delete(key)
    }
  }

  /** Peers that this node has not heard for so long that its leases no longer ask for their echo. */
  deafTo(host: Host): ReadonlySet<NodeId> {
    const { nowMs, timing, nodes } = this.world
    const record = this.of(host)
    const silentMs = Math.min(timing.warntimeMs, timing.deadtimeMs / 2) - 1
    return new Set(
      nodes.filter(
        node => node !== host.node && nowMs - (record.accepted.get(node)?.atMs ?? Number.NEGATIVE_INFINITY) >= silentMs,
      ),
    )
  }

  /** Something that this node sent has not arrived there. */
  private unheard(loser: Host, winner: Host): boolean {
    if (this.of(winner).cutFrom.has(loser.node)) return true
    const sent = this.of(loser).sent
    const got = this.of(winner).accepted.get(loser.node)
    return sent === undefined || got === undefined || got.boot !== sent.boot || got.seq < sent.seq
  }

  trouble(host: Host, code: string): void {
    this.world.say(`${host.node}: trouble ${code}`)
    this.tally.troubles++
  }

  // --- S1: one holder ---------------------------------------------------------------------------------------------------

  live(host: Host, name: GroupName): void {
    const { nowMs } = this.world
    const here = host.machine.things.get(name)!
    for (const other of this.world.hosts) {
      if (other === host) continue
      const there = other.machine.things.get(name)!
      here.forEach((thing, at) => {
        const twin = there[at]!
        if (isLive(thing, nowMs) && isLive(twin, nowMs) && !thing.lied && !twin.lied)
          this.twice(name, at, host, thing, other, twin)
      })
    }
  }

  private twice(name: GroupName, at: number, a: Host, thing: Thing, b: Host, twin: Thing): void {
    const { timing, fencing } = this.world
    const resource = this.world.groupOf(name).resources[at]!
    const [loser, winner] = thing.sinceMs < twin.sinceMs ? [a, b] : [b, a]
    const what = `${resource.name} is live on ${loser.node} and ${winner.node}`
    this.check(!fencing, 'S1', () => `${what}, with fencing`)
    this.tally.splits++
    if (resource.address && leaseSeconds(timing) > 0) {
      // After a heal the loser hears again, and renews what it is about to stop.
      const losing =
        loser.manager !== undefined && loser.manager.cluster.groups.get(name)!.assignment.owner !== loser.node
      const deaf = loser.machine.deafTo.has(winner.node) || (losing && this.of(winner).cutFrom.has(loser.node))
      this.check(
        deaf && this.unheard(loser, winner),
        'S1 lease',
        () => `${what}, although they were not cut from each other`,
      )
      return
    }
    const silent = this.of(winner).silentAt.get(name)?.has(loser.node) ?? false
    this.check(silent, 'S1 take', () => `${what}, although ${winner.node} had heard ${loser.node} within deadtime`)
  }

  // --- jobs -------------------------------------------------------------------------------------------------------------

  jobBegins(host: Host, job: Job): void {
    const { nowMs, timing } = this.world
    const cluster = host.manager!.cluster
    const record = this.of(host)
    const { assignment, run } = cluster.groups.get(job.group)!
    this.tally.jobs++
    this.check(
      !host.working.has(job.group),
      'S3',
      () => `${host.node} begins to ${job.op} ${job.group} while another job of it runs`,
    )
    if (job.op === 'probe') return
    const things = host.machine.things.get(job.group)!
    const liveAt = (at: number): boolean => isLive(things[at]!, nowMs) && !things[at]!.lied
    if (job.op === 'stop') {
      for (let at = job.last + 1; at < things.length; at++) {
        this.check(
          !liveAt(at),
          'S3',
          () => `${host.node} stops ${job.group} at ${job.last}, but ${at} above it is live`,
        )
      }
      const reason =
        assignment.owner !== host.node || cluster.standby || cluster.leaving !== undefined || run.failed !== undefined
      this.check(reason, 'S14', () => `${host.node} stops ${job.group} although it owns it and nothing is wrong`)
      return
    }
    this.check(
      cluster.leaving === undefined && !cluster.standby,
      'S13',
      () => `${host.node} starts ${job.group} in standby or while leaving`,
    )
    this.check(
      !record.standbyOrdered || cluster.standby,
      'S13',
      () => `${host.node} starts ${job.group} after standby was ordered`,
    )
    this.check(
      assignment.owner === host.node,
      'S2',
      () => `${host.node} starts ${job.group}, which is ${assignment.owner}'s`,
    )
    if (job.first === 0) this.activates(host, job.group)
    for (const other of this.world.hosts) {
      if (other === host || !this.of(other).blocked.has(job.group)) continue
      const knew = record.knowsBlocked.has(`${other.node}/${job.group}`)
      this.check(!knew, 'S4', () => `${host.node} starts ${job.group}, which is blocked on ${other.node}`)
    }
    const silent = this.world.nodes.filter(
      node => nowMs - (record.proofMs.get(node) ?? Number.NEGATIVE_INFINITY) >= timing.deadtimeMs - 1,
    )
    record.silentAt.set(job.group, new Set(silent))
  }

  /** S10: one node for each move of a group. */
  private activates(host: Host, name: GroupName): void {
    const { epoch } = host.manager!.cluster.groups.get(name)!.assignment
    const key = `${name} ${epoch.counter}/${epoch.minter}`
    const before = this.activated.get(key)
    const lost = this.world.hosts.some(other => this.of(other).disksLost > 0)
    this.check(
      before === undefined || before === host.node || lost,
      'S10',
      () => `${key} was activated on ${before} and now on ${host.node}`,
    )
    this.activated.set(key, host.node)
  }

  // --- what nodes say and decide ------------------------------------------------------------------------------------------

  stepped(host: Host, _event: Event, before: Cluster, after: Cluster): void {
    if (before.groups === after.groups) return
    for (const [name, state] of after.groups) {
      const was = before.groups.get(name)!
      if (was === state || was.assignment === state.assignment) continue
      this.check(
        compareEpochs(state.assignment.epoch, was.assignment.epoch) >= 0,
        'S10',
        () => `${host.node} went back to an older move of ${name}`,
      )
    }
  }

  noted(host: Host, note: Note): void {
    const { tally } = this
    switch (note.code) {
      case 'node-dead':
        tally.deaths++
        return this.declaredDead(host, note.node)
      case 'assigned':
        return this.assigned(host, note)
      case 'group-running':
        if (this.lastHome.has(note.group) && this.lastHome.get(note.group) !== host.node) tally.moves++
        this.lastHome.set(note.group, host.node)
        return
      case 'group-blocked':
        tally.blocked++
        this.of(host).blocked.add(note.group)
        return
      case 'group-failed':
        tally.failed++
        return
      case 'refused':
        tally.rejected++
        return
      case 'fenced':
        tally.fenced++
        return
    }
  }

  /** L2 and S11: not before deadtime, and not by a clock or a queue that is old. */
  private declaredDead(host: Host, node: NodeId): void {
    const { nowMs, timing } = this.world
    const record = this.of(host)
    record.cutFrom.delete(node)
    if (this.unheard(this.world.host(node), host)) record.cutFrom.add(node)
    const silentMs = nowMs - (record.proofMs.get(node) ?? Number.NEGATIVE_INFINITY)
    const turnMs = host.manager!.cluster.members.turnAtMs + host.clockZeroMs
    const behindMs = nowMs - turnMs
    this.check(
      behindMs <= judgeWithinMs(timing) + 0.01,
      'S11',
      () => `${host.node} judges ${node} by a turn that is ${Math.round(behindMs)} ms old`,
    )
    this.check(
      silentMs >= timing.deadtimeMs - 0.01,
      'S11',
      () => `${host.node} declares ${node} dead ${Math.round(silentMs)} ms after it was heard`,
    )
    const listenedMs = nowMs - record.listeningMs
    this.check(
      listenedMs >= timing.deadtimeMs - timing.keepaliveMs - 1,
      'S11',
      () => `${host.node} declares ${node} dead after listening for ${Math.round(listenedMs)} ms`,
    )
  }

  private assigned(host: Host, note: Extract<Note, { code: 'assigned' }>): void {
    if (!note.mintedHere) return
    const { autoFailback, fencing } = this.world
    const { now, was, group } = note
    if (now.because === 'failback') {
      this.check(
        autoFailback && was.by !== 'operator',
        'S14',
        () => `${host.node} fails ${group} back although nobody wants it`,
      )
    }
    const mine = now.owner === host.node
    if (mine && now.because === 'owner-dead' && fencing) {
      const peer = host.manager!.cluster.members.peers.get(was.owner)
      this.check(
        peer?.fenced === true,
        'S2',
        () => `${host.node} takes ${group} from ${was.owner}, which is not fenced`,
      )
    }
    if (mine && (now.because === 'owner-dead' || now.because === 'owner-left')) {
      const knownMs = this.world.nowMs - host.disk.unwritableSinceMs
      this.check(
        host.disk.writable || knownMs < 40_000,
        'S16',
        () => `${host.node} takes ${group} although its state folder cannot be written`,
      )
    }
  }

  answered(host: Host, answer: Answer): void {
    const { ordered } = this
    if (ordered === undefined || ordered.host !== host || !answer.ok) return
    const record = this.of(host)
    if (ordered.verb === 'standby') record.standbyOrdered = true
    if (ordered.verb === 'unstandby' || ordered.verb === 'takeover') record.standbyOrdered = false
    if (ordered.verb === 'clear') {
      record.knowsBlocked.clear()
      record.blocked.clear()
    }
  }
}
