/** The world's notes for its judgement: who sent, heard and listened when. */

import { bootTag, type Datagram } from '../../src/membership/datagram.ts'
import { managerGraceMs } from '../../src/membership/patience.ts'
import { compareEpochs } from '../../src/resources/epoch.ts'
import type { GroupName, NodeId } from '../../src/types.ts'
import type { Host } from './host.ts'
import { type Notes, newNotes, newTally, type Tally } from './records.ts'
import type { World } from './world.ts'

export class Violation extends Error {}

/** What the world writes down, and the laws of processes and heartbeats (S8, S9). */
export class Book {
  readonly tally: Tally = newTally()
  protected readonly world: World
  protected readonly records = new Map<NodeId, Notes>()
  /** Which start of a beat came before which. */
  protected readonly boots = new Map<string, number>()
  /** Where each group ran last. */
  protected readonly lastHome = new Map<GroupName, NodeId>()
  /** Who has activated which move of a group. */
  protected readonly activated = new Map<string, NodeId>()
  /** The last order given at each node, answered at once. */
  ordered:
    | {
        readonly host: Host
        readonly verb: string
        readonly group?: string | undefined
        readonly accept?: string | undefined
      }
    | undefined

  constructor(world: World) {
    this.world = world
    for (const node of world.nodes) {
      this.records.set(node, newNotes())
    }
  }

  protected of(host: Host): Notes {
    return this.records.get(host.node)!
  }

  broken(rule: string, text: string): never {
    throw new Violation(`${rule}: ${text}`)
  }

  protected check(holds: boolean, rule: string, text: () => string): void {
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
    this.woke(host)
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
    else record.wokeMs = nowMs
    if (on && record.deafSinceMs !== undefined) {
      if (nowMs - record.deafSinceMs > timing.deadtimeMs / 4 + timing.keepaliveMs) record.listeningMs = nowMs
      record.deafSinceMs = undefined
    }
  }

  woke(host: Host): void {
    this.of(host).wokeMs = this.world.nowMs
  }

  diskLost(host: Host): void {
    this.of(host).disksLost++
  }

  // --- heartbeats -----------------------------------------------------------------------------------------------------

  sent(host: Host, { boot, gen, seq, report }: Datagram): void {
    const record = this.of(host)
    const { said } = record
    const epoch = report?.truce?.epoch
    if (epoch !== undefined && (said === undefined || compareEpochs(epoch, said) > 0)) record.said = epoch
    record.sent = { boot, gen, seq }
    record.sentMs.set(`${boot} ${seq}`, this.world.nowMs)
    if (record.sentMs.size > 300) record.sentMs.delete(record.sentMs.keys().next().value!)
    for (const other of this.world.hosts) {
      const { missedSinceMs } = this.of(other)
      if (other !== host && !missedSinceMs.has(host.node)) missedSinceMs.set(host.node, this.world.nowMs)
    }
  }

  /** S8: only what is proven, newer than all before, and never seen. */
  accepted(host: Host, datagram: Datagram): void {
    const { nowMs, timing } = this.world
    const record = this.of(host)
    const { from, boot, gen, seq } = datagram
    const tag = bootTag(host.beat!.state.boot)
    const echo = datagram.echoes.find(one => one.boot === tag)
    this.check(echo !== undefined, 'S8', () => `${host.node} believed a heartbeat of ${from} that is not proven`)
    const last = record.newest.get(from)
    if (last !== undefined) {
      const newer = last.boot === boot ? seq > last.seq : this.boots.get(boot)! > this.boots.get(last.boot)!
      this.check(newer, 'S8', () => `${host.node} believed ${from} ${gen}/${seq} after ${last.gen}/${last.seq}`)
    }
    record.newest.set(from, { boot, gen, seq })
    const sentMs =
      (echo?.counted && record.sentMs.get(`${host.beat!.state.boot} ${echo.seq}`)) || Number.NEGATIVE_INFINITY
    record.countedMs.set(from, Math.max(sentMs, record.countedMs.get(from) ?? Number.NEGATIVE_INFINITY))
    record.accepted.set(from, { boot, gen, seq, atMs: nowMs })
    record.missedSinceMs.delete(from)
    this.reads(host, datagram)
    // What a fenced start said may still be on its way: it proves nothing.
    const peer = host.manager?.cluster.members.peers.get(from)
    const fenced = peer?.fenced === true && peer.boot === boot
    if (!fenced && datagram.managerAgeMs < managerGraceMs(timing)) record.proofMs.set(from, nowMs)
    for (const [group, claim] of datagram.report?.claims ?? []) {
      const key = `${from}/${group}`
      if (claim.state === 'blocked' && !record.pardoned.has(boot)) record.knowsBlocked.add(key)
      else if (record.knowsBlocked.size > 0) record.knowsBlocked.delete(key)
    }
  }

  /** What the sender has promised, until its own end. */
  private reads(host: Host, { from, boot, seq, report }: Datagram): void {
    const sentMs = this.of(this.world.host(from)).sentMs.get(`${boot} ${seq}`)
    const { promises } = this.of(host)
    if (report?.truce === undefined || sentMs === undefined) promises.delete(from)
    else {
      const { epoch, disarmedEndMs, maintainedEndMs, groups } = report.truce
      const end = (leftMs: number): number => sentMs + leftMs
      promises.set(from, {
        epoch,
        groups,
        disarmedEndMs: end(disarmedEndMs),
        maintainedEndMs: end(maintainedEndMs),
      })
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
  protected unheard(loser: Host, winner: Host): boolean {
    if (this.of(winner).cutFrom.has(loser.node)) return true
    const sent = this.of(loser).sent
    const got = this.of(winner).accepted.get(loser.node)
    return sent === undefined || got === undefined || got.boot !== sent.boot || got.seq < sent.seq
  }

  trouble(host: Host, code: string): void {
    this.world.say(`${host.node}: trouble ${code}`)
    this.tally.troubles++
  }
}
