/** S18: what an operator has stopped stays stopped, as far as anybody can know of it. */
import type { Cluster } from '../../src/cluster.ts'
import type { Datagram } from '../../src/membership/datagram.ts'
import type { GroupName, Job } from '../../src/types.ts'
import type { Host } from './host.ts'
import { Umpire } from './umpire.ts'

export class Halting extends Umpire {
  override managerStarted(host: Host): void {
    super.managerStarted(host)
    this.of(host).toldHalts.clear()
    for (const { name } of this.world.groups) {
      const known = host.manager!.cluster.groups.get(name)?.halt.count
      this.check(
        known === onDisk(host, name),
        'S18',
        () => `${host.node} has forgotten that ${name} was stopped or started ${onDisk(host, name)} times`,
      )
    }
  }

  override accepted(host: Host, datagram: Datagram): void {
    super.accepted(host, datagram)
    const { toldHalts } = this.of(host)
    for (const [name, { halts }] of datagram.report?.claims ?? [])
      if (halts > (toldHalts.get(name) ?? 0)) toldHalts.set(name, halts)
  }

  protected halting(host: Host, before: Cluster, after: Cluster): void {
    for (const [name, { halt }] of after.groups) {
      const was = before.groups.get(name)!.halt
      this.check(
        halt.count >= was.count,
        'S18',
        () => `${host.node} went back from ${was.count} to ${halt.count} stops and starts of ${name}`,
      )
    }
  }

  /** Nothing starts that is stopped by what this node has done, has heard, or finds on its disk after a restart. */
  protected startsHalted(host: Host, { group }: Job): void {
    const { count } = host.manager!.cluster.groups.get(group)!.halt
    const record = this.of(host)
    const unread = record.wokeMs === this.world.nowMs
    this.check(
      count % 2 === 0 && (unread || (record.toldHalts.get(group) ?? 0) <= count),
      'S18',
      () => `${host.node} starts ${group}, which an operator has stopped`,
    )
    this.check(
      record.disksLost > 0 || onDisk(host, group) === count,
      'S18',
      () => `${host.node} starts ${group}, which would be stopped again after a restart`,
    )
  }
}

const onDisk = (host: Host, name: GroupName): number => host.disk.saved?.halts.get(name)?.count ?? 0
