/** After a cold start of both nodes: whose data come first. */
import { safetyClass } from '../../src/resources/safetyClass.ts'
import type { GroupName } from '../../src/types.ts'
import { Halting } from './halting.ts'
import type { Host } from './host.ts'
import { isLive } from './machine.ts'

/** The law of the last man. */
export class ColdStart extends Halting {
  override poweredOff(host: Host): void {
    super.poweredOff(host)
    this.of(host).cold = true
  }

  override managerStarted(host: Host): void {
    super.managerStarted(host)
    const record = this.of(host)
    const marked = host.disk.saved?.lastMan ?? []
    if (!record.cold) {
      record.lastMan = new Set(marked.filter(name => record.lastMan.has(name))) // another manager knows only that
      for (const { name } of this.world.groups) if (this.isAnywhere(name)) this.begun(name) // a start outlived its manager
      return
    }
    record.cold = false
    record.lastMan = new Set(marked)
    record.bothLast = new Set(
      this.world.hosts.flatMap(other => (other === host ? [] : (other.disk.saved?.lastMan ?? []))),
    )
    record.begun.clear()
    for (const { name } of this.world.groups) if (this.isAnywhere(name)) record.begun.add(name)
  }

  /** Or was, as far as the node knows that has it: what has failed there is brought back there. */
  private isAnywhere(name: GroupName): boolean {
    const { hosts, nowMs } = this.world
    return hosts.some(
      ({ machine, manager }) =>
        machine.things.get(name)!.some(thing => isLive(thing, nowMs)) ||
        (manager?.cluster.groups.get(name)?.run.up ?? 0) > 0,
    )
  }

  /** It runs: from now on everybody may have its data. */
  protected begun(name: GroupName): void {
    for (const record of this.records.values()) record.begun.add(name)
  }

  /** A group with data does not start beside a node that lives, was the last man, and has not started it. */
  protected newestFirst(host: Host, name: GroupName): void {
    const { hosts } = this.world
    const group = this.world.groupOf(name)
    if (hosts.length !== 2 || safetyClass(group) !== 'at-most-one') return
    const other = hosts.find(one => one !== host)!
    const [mine, theirs] = [this.of(host), this.of(other)]
    const { members, groups } = host.manager!.cluster
    const peer = members.peers.get(other.node)!
    const heard = (peer.health === 'up' || peer.health === 'late') && !peer.doubtful && mine.newest.get(other.node)
    const ordered = groups.get(name)!.assignment.by === 'operator' || mine.risked.has(`stale-disk/${name}`)
    const both = theirs.bothLast.has(name) || mine.lastMan.has(name) || host.disk.saved?.lastMan.includes(name)
    const waits = theirs.lastMan.has(name) && !both && !theirs.begun.has(name) && other.manager !== undefined
    this.check(
      !waits || ordered || !heard,
      'S17',
      () => `${host.node} starts ${name}, of which ${other.node} has the newest data, and lives`,
    )
    theirs.begun.add(name)
  }
}
