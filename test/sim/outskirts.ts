/** What lies beside the heartbeat links: the network the service uses, and the ping nodes on it. */
import type { AskOutcome } from '../../src/events.ts'
import type { GroupName, NodeId } from '../../src/types.ts'
import { between, chance, type Dice, diceFor } from './dice.ts'
import type { Host } from './host.ts'
import { isLive } from './machine.ts'
import type { World } from './world.ts'

export class Outskirts {
  private readonly world: World
  private readonly roll: Dice
  /** Pairs of names between which nothing of the service network passes. */
  private readonly cuts = new Set<string>()
  /** `asker target` of questions that are under way. */
  private readonly asking = new Set<string>()
  /** Nodes whose service interface has no carrier. */
  private readonly dark = new Set<NodeId>()
  /** Nodes that lack the programs to ask with. */
  readonly toolless = new Set<NodeId>()

  constructor(world: World) {
    this.world = world
    this.roll = diceFor(world.seed, 'outskirts')
  }

  cut(a: string, b: string, on: boolean): void {
    if (on) this.cuts.add(pair(a, b))
    else this.cuts.delete(pair(a, b))
  }

  heal(): void {
    this.cuts.clear()
    this.toolless.clear()
    for (const host of this.world.hosts) this.pull(host, false)
  }

  isCut(a: string, b: string): boolean {
    return this.cuts.has(pair(a, b))
  }

  /** Out of everything: no link, no service network, no ping node. */
  unplug(node: NodeId, on: boolean): void {
    const { world } = this
    const others = world.nodes.filter(other => other !== node)
    for (const other of others) {
      world.network.cut(node, other, undefined, on)
      world.network.cut(other, node, undefined, on)
    }
    for (const name of [...others, ...world.setting.pings]) this.cut(node, name, on)
  }

  isUnplugged(node: NodeId): boolean {
    const { world } = this
    const others = world.nodes.filter(other => other !== node)
    return (
      [...others, ...world.setting.pings].every(name => this.isCut(node, name)) &&
      others.every(other => world.network.links.every(link => world.network.isCut(node, other, link)))
    )
  }

  /** The cable of the service interface, out or in. */
  pull(host: Host, out: boolean): void {
    if (out === this.dark.has(host.node)) return
    if (out) this.dark.add(host.node)
    else this.dark.delete(host.node)
    this.world.law.pulled(host, out)
    if (host.manager !== undefined) this.world.after(between(this.roll, 0.1, 20), () => this.tellCarrier(host))
  }

  hasCarrier(node: NodeId): boolean {
    return !this.dark.has(node)
  }

  /** A manager that has just started looks, and takes the carrier to be there until it has seen. */
  startWatching(host: Host): void {
    const life = host.manager!.life
    this.world.after(between(this.roll, 5, 200), () => {
      if (host.manager?.life === life && this.dark.has(host.node)) this.tellCarrier(host)
    })
  }

  private tellCarrier(host: Host): void {
    const groups = this.world.groups.filter(({ resources }) => resources.some(({ address }) => address))
    const up = !this.dark.has(host.node)
    if (groups.length > 0) host.feed({ type: 'carrier', device: 'eth9', up, groups: groups.map(({ name }) => name) })
  }

  /** The ping children of a manager that has just started: a probe at each keepalive, to each ping node. */
  startPinging(host: Host): void {
    const { world, roll } = this
    const life = host.manager!.life
    const everyMs = world.timing.keepaliveMs
    const probe = (): void => {
      if (host.manager?.life !== life) return
      for (const name of world.setting.pings) this.probe(host, name)
      world.after(everyMs, probe)
    }
    if (world.setting.pings.length > 0) world.after(roll() * Math.min(everyMs, 200), probe)
  }

  private probe(host: Host, name: string): void {
    const { world, roll } = this
    if (this.isCut(host.node, name) || chance(roll, world.network.weather.loss)) return
    const sentMs = world.nowMs
    const atMs = host.localMs
    const life = host.manager!.life
    world.after(between(roll, 0.2, 3), () => {
      if (host.manager?.life !== life) return
      world.law.pinged(host, name, sentMs)
      host.feed({ type: 'ping', name, atMs })
    })
  }

  /** Is any address of these groups there? */
  private holdsAddress(node: NodeId, groups: readonly GroupName[]): boolean {
    const { world } = this
    const { things } = world.host(node).machine
    return groups.some(name =>
      world.groupOf(name).resources.some(({ address }, at) => address && isLive(things.get(name)![at]!, world.nowMs)),
    )
  }

  /** Does another node answer for the addresses of these groups, which this one holds? */
  watch(host: Host, groups: readonly GroupName[]): void {
    const { world } = this
    if (this.toolless.has(host.node)) return
    const life = host.manager!.life
    for (const group of groups) {
      world.after(between(this.roll, 0.5, Math.min(world.timing.keepaliveMs, 1_000)), () => {
        if (host.manager?.life !== life) return
        if (!this.holdsAddress(host.node, [group])) return
        const held = world.nodes.some(
          node => node !== host.node && !this.isCut(host.node, node) && this.holdsAddress(node, [group]),
        )
        if (held) world.law.rivalled()
        host.feed({ type: 'rival', group, held })
      })
    }
  }

  /** Silence is told at the end of the time for an answer; a host that is on answers, whatever its daemons do. */
  ask(host: Host, node: NodeId, groups: readonly GroupName[]): void {
    const { world, roll } = this
    const key = `${host.node} ${node}`
    if (this.asking.has(key)) return
    this.asking.add(key)
    const atMs = host.localMs
    const life = host.manager!.life
    const lives = (): boolean => world.host(node).powered && !this.isCut(host.node, node)
    const end = (outcome: AskOutcome, by: string): void => {
      this.asking.delete(key)
      if (host.manager?.life !== life) return
      world.law.asked(host, node, outcome)
      host.feed({ type: 'asked', node, atMs, outcome, by })
    }
    if (this.toolless.has(host.node)) world.after(1, () => end('unable', 'arping is missing'))
    else if (lives() && this.holdsAddress(node, groups))
      world.after(between(roll, 0.5, 50), () => end('answered', `${node} answered ARP for an address`))
    else
      world.after(Math.min(world.timing.keepaliveMs, 1_000), () =>
        !lives()
          ? end('silent', '')
          : this.holdsAddress(node, groups)
            ? end('answered', `${node} answered ARP for an address`)
            : end('alive', `${node} answered ICMP`),
      )
  }
}

const pair = (a: string, b: string): string => (a < b ? `${a} ${b}` : `${b} ${a}`)
