/** What must never happen, judged by the world's truth after every event, not by the nodes' opinion. */

import { isHalted } from '../../src/cluster/halts.ts'
import type { Cluster } from '../../src/cluster.ts'
import type { Answer, Event } from '../../src/events.ts'
import { leaseSeconds } from '../../src/lease.ts'
import { judgeWithinMs } from '../../src/membership/patience.ts'
import type { Note } from '../../src/note.ts'
import { compareEpochs } from '../../src/resources/epoch.ts'
import type { GroupName, Job, NodeId } from '../../src/types.ts'
import { ColdStart } from './coldStart.ts'
import type { Host } from './host.ts'
import { isLive, type Thing } from './machine.ts'

/** The laws of holders, jobs and decisions. */
export class Law extends ColdStart {
  // --- S1: one holder ---------------------------------------------------------------------------------------------------

  private readonly judgedTwice = new Set<string>()

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
    // Judged once, when it comes about: what allowed it may be over while they still hold it.
    const key = `${name} ${at} ${a.node} ${thing.sinceMs} ${b.node} ${twin.sinceMs}`
    const mirrored = `${name} ${at} ${b.node} ${twin.sinceMs} ${a.node} ${thing.sinceMs}`
    if (this.judgedTwice.has(key) || this.judgedTwice.has(mirrored)) return
    this.judgedTwice.add(key)
    const resource = this.world.groupOf(name).resources[at]!
    const [loser, winner] = thing.sinceMs < twin.sinceMs ? [a, b] : [b, a]
    const what = `${resource.name} is live on ${loser.node} and ${winner.node}`
    this.check(!fencing, 'S1', () => `${what}, with fencing`)
    this.tally.splits++
    if (resource.address && leaseSeconds(timing) > 0) {
      // After a heal the loser hears again, and renews what it is about to stop.
      const losing = [loser, winner].some(
        host => host.manager !== undefined && host.manager.cluster.groups.get(name)!.assignment.owner !== host.node,
      )
      const { deafTo } = loser === a ? thing : twin
      const deaf = deafTo.has(winner.node) || (losing && this.of(winner).cutFrom.has(loser.node))
      this.check(
        deaf && this.unheard(loser, winner),
        'S1 lease',
        () => `${what}, although they were not cut from each other`,
      )
      this.check(this.maySplit(name, loser, winner), 'S1 split', () => `${what}, which no rule of this cluster allows`)
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
        assignment.owner !== host.node ||
        cluster.standby ||
        cluster.leaving !== undefined ||
        isHalted(cluster, job.group) ||
        run.failed !== undefined ||
        run.ailing !== undefined ||
        this.isCutOff(host) ||
        // What could not be looked at, beside a last man who is to start it first.
        (run.up === 0 &&
          [...cluster.members.peers.values()].some(({ report }) => report?.claims.get(job.group)?.newest)) ||
        // Woken in the middle of letting go, with all that was heard meanwhile still to be read.
        (cluster.standing.isolated && cluster.stale)
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
    this.startsHalted(host, job)
    if (job.first === 0) {
      this.activates(host, job.group)
      this.newestFirst(host, job.group)
    }
    for (const other of this.world.hosts) {
      if (other === host || !this.of(other).blocked.has(job.group)) continue
      const knew = record.knowsBlocked.has(`${other.node}/${job.group}`)
      this.check(!knew, 'S4', () => `${host.node} starts ${job.group}, which is blocked on ${other.node}`)
    }
    for (const other of this.world.hosts) {
      const theirs = other.machine.things.get(job.group)!.slice(job.first, job.last + 1)
      const held = other !== host && theirs.some(thing => isLive(thing, nowMs) && !thing.lied)
      const broken = held && record.disksLost === 0 && this.hasPromised(host, job.group, other)
      this.check(
        !broken,
        'S2 promise',
        () => `${host.node} starts ${job.group}, which ${other.node} may keep as it was told`,
      )
    }
    // Whoever has just woken up has not read yet what it has heard.
    const unread = record.wokeMs === nowMs
    const dead = (node: NodeId): boolean => unread && cluster.members.peers.get(node)?.health === 'dead'
    const silentMs = (node: NodeId): number => nowMs - (record.proofMs.get(node) ?? Number.NEGATIVE_INFINITY)
    const silent = this.world.nodes.filter(node => silentMs(node) >= timing.deadtimeMs - 1 || dead(node))
    record.silentAt.set(job.group, new Set(silent))
    // Dead of a pause, and cut off before it spoke again: what comes in the last moment does not undo that.
    for (const [node, sinceMs] of record.missedSinceMs)
      if (nowMs - sinceMs >= timing.deadtimeMs - timing.keepaliveMs) record.cutFrom.add(node)
    for (const peer of cluster.members.peers.values()) {
      const speechless = peer.health === 'dead' && !peer.left && !peer.fenced
      if (speechless && !this.world.fencing) this.actsWithout(host, job.group, peer.node)
    }
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

  stepped(host: Host, event: Event, before: Cluster, after: Cluster): void {
    if (event.type === 'turn' && !after.behind) this.judged(host, after)
    if (before.members.peers !== after.members.peers) this.toldOfDead(host, after)
    if (before.groups === after.groups) return
    this.halting(host, before, after)
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

  /** L2: whoever has been silent for deadtime, and a keepalive, is not alive any more. */
  private judged(host: Host, { members }: Cluster): void {
    const { nowMs, timing } = this.world
    const record = this.of(host)
    for (const { node, health } of members.peers.values()) {
      if (health !== 'up' && health !== 'late') continue
      const sinceMs = Math.max(record.proofMs.get(node) ?? 0, record.wokeMs)
      const silentMs = nowMs - sinceMs
      this.check(
        silentMs <= timing.deadtimeMs + timing.keepaliveMs + 100,
        'L2',
        () => `${host.node} still takes ${node} for alive after ${Math.round(silentMs)} ms of silence`,
      )
    }
  }

  /** The others are told at once whom we judge dead, and no longer than we do. */
  private toldOfDead(host: Host, { members, spoken }: Cluster): void {
    for (const { node, health, left } of members.peers.values()) {
      const dead = health === 'dead' && !left
      this.check(
        spoken?.dead.has(node) === dead,
        'dead told',
        () => `${host.node} ${dead ? 'does not say' : 'says'} that ${node} is dead`,
      )
    }
  }

  noted(host: Host, note: Note): void {
    const { tally } = this
    switch (note.code) {
      case 'isolated-over':
        return this.woke(host)
      case 'isolated':
        return this.count('isolated')
      case 'node-up':
        return this.callsDead(host, note.node, false)
      case 'node-dead':
        tally.deaths++
        this.callsDead(host, note.node, true)
        return this.declaredDead(host, note.node)
      case 'assigned':
        return this.assigned(host, note)
      case 'group-running':
        this.begun(note.group)
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
    // What a fenced start said is still on its way: it proves nothing.
    const { fenced } = host.manager!.cluster.members.peers.get(node)!
    this.check(
      fenced || silentMs >= timing.deadtimeMs - 0.01,
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
    this.handsOver(host, note)
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
    if (ordered.accept !== undefined) {
      for (const { name } of this.world.groups)
        if (ordered.verb !== 'move' || name === ordered.group) record.risked.add(`${ordered.accept}/${name}`)
    }
    if (ordered.verb === 'standby') record.standbyOrdered = true
    if (ordered.verb === 'unstandby' || ordered.verb === 'takeover') record.standbyOrdered = false
    if (ordered.verb === 'clear') {
      record.knowsBlocked.clear()
      for (const { boot } of record.newest.values()) record.pardoned.add(boot)
      record.blocked.clear()
    }
  }
}

export { Violation } from './book.ts'
