/** Who may act when others are silent, judged by what really passed between the nodes. */

import { majorityOf, voteAgeMs } from '../../src/cluster/arbitration.ts'
import { carrierWaitMs } from '../../src/cluster/sight.ts'
import type { AskOutcome } from '../../src/events.ts'
import { leaseSeconds } from '../../src/lease.ts'
import type { Note } from '../../src/note.ts'
import { compareEpochs } from '../../src/resources/epoch.ts'
import { safetyClass } from '../../src/resources/safetyClass.ts'
import type { GroupName, NodeId } from '../../src/types.ts'
import { Book } from './book.ts'
import type { Host } from './host.ts'
import { isLive } from './machine.ts'

/** The laws of majority, ping nodes and asking. */
export class Umpire extends Book {
  /** How often what happened beside the orders: counted like faults. */
  readonly seen = new Map<string, number>()

  protected count(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1)
  }

  pulled(host: Host, out: boolean): void {
    const record = this.of(host)
    record.darkSinceMs = out ? this.world.nowMs : Number.NaN
    if (!out) record.darkUntilMs = this.world.nowMs
  }

  pinged(host: Host, name: string, sentMs: number): void {
    const record = this.of(host)
    record.pingsMs.set(name, sentMs)
    record.pingedMs = Math.max(record.pingedMs, sentMs)
  }

  asked(host: Host, node: NodeId, outcome: AskOutcome): void {
    this.count(`asked ${outcome}`)
    const { answeredMs, aliveMs, misledMs } = this.of(host)
    if (outcome === 'alive') aliveMs.set(node, this.world.nowMs)
    if (outcome === 'answered') answeredMs.set(node, this.world.nowMs)
    if (outcome === 'silent' && this.world.host(node).powered) misledMs.set(node, this.world.nowMs)
  }

  /** A node has found that another one holds an address of a group too. */
  rivalled(): void {
    this.count('rivals')
  }

  /** Where somebody else may act without us, the addresses of a node that is out of everything are gone within a deadtime. */
  unplugged(host: Host): void {
    const { world } = this
    const { setting, timing, nodes } = world
    if (leaseSeconds(timing) === 0 || (nodes.length < 3 && setting.pings.length === 0)) return
    const { clockZeroMs } = host
    const sinceMs = world.nowMs
    this.of(host).unpluggedMs = sinceMs
    world.after(timing.deadtimeMs, () => {
      if (host.clockZeroMs !== clockZeroMs || !host.powered || !world.outskirts.isUnplugged(host.node)) return
      if (this.of(host).unpluggedMs !== sinceMs) return
      for (const group of world.groups) {
        host.machine.things.get(group.name)!.forEach((thing, at) => {
          const { address, name } = group.resources[at]!
          const left = address && isLive(thing, world.nowMs) && !thing.lied && !this.isLeftAlone(host, group.name)
          this.check(
            !left,
            'S1 isolated',
            () => `${name} is still live on ${host.node}, out of everything for a deadtime`,
          )
        })
      }
    })
  }

  /** Has this node promised to leave alone what that one has of the group, as far as that one can know? */
  protected hasPromised(host: Host, name: GroupName, to: Host): boolean {
    const { nowMs } = this.world
    const { promises, said } = this.of(to)
    const word = promises.get(host.node)
    if (word === undefined || (said !== undefined && compareEpochs(said, word.epoch) > 0)) return false
    return word.disarmedEndMs > nowMs || (word.groups.includes(name) && word.maintainedEndMs > nowMs)
  }

  /** Is every other node bound, by what it has or by what it has promised before, so that this one need not let go? */
  private isLeftAlone(host: Host, name: GroupName): boolean {
    const { hosts, nowMs } = this.world
    return hosts.every(other => {
      const truce = other.manager?.cluster.truce
      const zeroMs = other.clockZeroMs
      const kept = truce === undefined ? other.disk.saved?.truce : undefined
      const endMs = truce === undefined ? (kept?.disarmedEndMs ?? 0) : truce.disarmedEndMs + zeroMs
      const keepMs = truce === undefined ? (kept?.maintainedEndMs ?? 0) : truce.maintainedEndMs + zeroMs
      const groups = truce?.groups ?? kept?.groups ?? []
      const has = endMs > nowMs || (groups.includes(name) && keepMs > nowMs)
      const owes = (truce === undefined ? (kept?.boundEndMs ?? 0) : truce.boundEndMs + zeroMs) > nowMs
      return other === host || has || owes || this.hasPromised(other, name, host)
    })
  }

  /** Something passes again: nobody has been out of everything since before. */
  mended(): void {
    for (const record of this.records.values()) record.unpluggedMs = Number.NaN
  }

  /** Two nodes hold something and were cut from each other: does the rule of this cluster allow that? */
  protected maySplit(name: GroupName, loser: Host, winner: Host): boolean {
    const { setting, nodes, nowMs, timing } = this.world
    if (nodes.length > 2) return false
    const { splitPolicy, pings } = setting
    const mine = this.of(winner)
    if (mine.risked.has(`two-holders/${name}`) || this.of(loser).risked.has(`two-holders/${name}`)) return true
    if (pings.length > 0 && nowMs - this.of(loser).pingedMs >= timing.deadtimeMs) return false
    if (splitPolicy === 'take') return true
    // A host that was seen alive without the addresses may have been about to take them.
    const careful = safetyClass(this.world.groupOf(name)) === 'at-most-one'
    const misled = [mine.misledMs.get(loser.node), careful ? undefined : mine.aliveMs.get(loser.node)]
    const misledMs = Math.max(...misled.map(ms => ms ?? Number.NEGATIVE_INFINITY))
    return splitPolicy === 'ask' && nowMs - misledMs <= 2 * timing.keepaliveMs + 1_000
  }

  /** A node hands a group over to one that can serve better: really, and not only because one of the two was told first. */
  protected handsOver(host: Host, { group, now: { owner, because } }: Extract<Note, { code: 'assigned' }>): void {
    const { nowMs, timing, setting } = this.world
    if (because === 'resource-failed') this.count('moved resource-failed')
    if (because !== 'ping-lost' && because !== 'carrier-lost') return
    this.count(`moved ${because}`)
    const [mine, theirs] = [this.of(host), this.of(this.world.host(owner))]
    if (mine.wokeMs === nowMs) return // it has not read yet what has changed meanwhile
    if (because === 'carrier-lost') {
      const dark = !Number.isNaN(mine.darkSinceMs) || nowMs - mine.darkUntilMs < 25
      this.check(dark, 'S17 carrier', () => `${host.node} gives ${group} away for its carrier, which it has`)
      const before = theirs.darkSinceMs <= mine.darkSinceMs + carrierWaitMs(timing) - 300
      const young = nowMs - theirs.wokeMs < 500 // what it says of itself is from before its first look
      this.check(
        !before || young,
        'S17 carrier',
        () => `${host.node} gives ${group} to ${owner}, which has no carrier either`,
      )
      return
    }
    const answered = (pings: ReadonlyMap<string, number>, withinMs: number): number =>
      [...pings.values()].filter(sentMs => nowMs - sentMs < withinMs).length
    const here = answered(mine.pingsMs, setting.deadpingMs)
    const there = answered(theirs.pingsMs, setting.deadpingMs + 2 * timing.warntimeMs + 3 * timing.keepaliveMs)
    this.check(setting.ipfail, 'S17 ping', () => `${host.node} gives ${group} away, and there is no ipfail`)
    this.check(
      there > here,
      'S17 ping',
      () => `${host.node} sees ${here} ping nodes and gives ${group} to ${owner}: ${there}`,
    )
  }

  /** A node acts as if a silent peer ran nothing. */
  protected actsWithout(host: Host, name: GroupName, node: NodeId): void {
    const { world } = this
    const { setting, nodes, nowMs, timing } = world
    const mine = this.of(host)
    const doing = (): string => `${host.node} starts ${name} without ${node}`
    if (nodes.length > 2) {
      const votes = nodes.filter(voter => voter !== node && this.hasCalledDead(world.host(voter), node)).length
      this.check(votes >= majorityOf(nodes.length), 'S2 majority', () => `${doing()}, which only ${votes} call dead`)
      return
    }
    if (setting.pings.length > 0)
      this.check(
        nowMs - mine.pingedMs <= timing.warntimeMs + timing.keepaliveMs + timing.deadtimeMs / 4,
        'S2 ping',
        () => `${doing()}, and no ping node answers it`,
      )
    if (mine.risked.has(`two-holders/${name}`) || setting.splitPolicy === 'take') return
    this.check(setting.splitPolicy === 'ask', 'S2 wait', () => `${doing()}, though split_policy is wait`)
    const careful = safetyClass(this.world.groupOf(name)) === 'at-most-one'
    if (mine.wokeMs === nowMs) return // what was answered while it was paused it has not read yet
    const answers = [mine.answeredMs.get(node), careful ? mine.aliveMs.get(node) : undefined]
    const answeredMs = nowMs - Math.max(...answers.map(ms => ms ?? Number.NEGATIVE_INFINITY))
    this.check(
      answeredMs >= timing.deadtimeMs - timing.keepaliveMs - timing.deadtimeMs / 4,
      'S2 ask',
      () => `${doing()}, which has answered ${Math.round(answeredMs)} ms ago`,
    )
  }

  /** Has it really been out of touch for a warntime, as far as it can know? */
  protected isCutOff(host: Host): boolean {
    const { nodes, nowMs, timing, setting } = this.world
    const mine = this.of(host)
    const others = nodes.filter(node => node !== host.node)
    // A beat remembers when it sent what only to the keepalive.
    const enoughMs = timing.warntimeMs - timing.keepaliveMs
    const longAgo = (ms: number | undefined): boolean => nowMs - (ms ?? Number.NEGATIVE_INFINITY) >= enoughMs
    if (nodes.length > 2)
      return others.filter(node => longAgo(mine.countedMs.get(node))).length >= majorityOf(nodes.length)
    return setting.pings.length > 0 && longAgo(mine.pingedMs) && others.every(node => longAgo(mine.proofMs.get(node)))
  }

  protected hasCalledDead(voter: Host, node: NodeId): boolean {
    const { nowMs, timing } = this.world
    return (this.of(voter).callsDeadMs.get(node) ?? Number.NEGATIVE_INFINITY) >= nowMs - voteAgeMs(timing) - 1
  }

  /** A node calls a peer dead, or has taken it back. */
  protected callsDead(host: Host, node: NodeId, dead: boolean): void {
    const { callsDeadMs } = this.of(host)
    if (dead) callsDeadMs.set(node, Number.POSITIVE_INFINITY)
    else if (callsDeadMs.get(node) === Number.POSITIVE_INFINITY) callsDeadMs.set(node, this.world.nowMs)
  }

  /** What a manager has said ends with it, some time later. */
  forgetsDead(host: Host): void {
    for (const node of this.of(host).callsDeadMs.keys()) this.callsDead(host, node, false)
  }
}
