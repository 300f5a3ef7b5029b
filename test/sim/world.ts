/** N real nodes, one fake world: virtual time, a bad network, machines that lose power, agents that fail. */
import type { ClusterConfig } from '../../src/events.ts'
import type { Datagram } from '../../src/membership/datagram.ts'
import type { Note } from '../../src/note.ts'
import { textOf } from '../../src/noteText.ts'
import type { Group, GroupName, Job, NodeId, SplitPolicy, Timing } from '../../src/types.ts'
import { receive } from './beat.ts'
import { type Dice, diceFor } from './dice.ts'
import { Agenda } from './heap.ts'
import { Host } from './host.ts'
import { Law } from './law.ts'
import { Network } from './network.ts'
import { Outskirts } from './outskirts.ts'

export interface Setting {
  readonly seed: number
  readonly nodes: readonly NodeId[]
  readonly links: readonly string[]
  readonly timing: Timing
  readonly groups: readonly Group[]
  readonly autoFailback: boolean
  readonly fencing: boolean
  readonly splitPolicy: SplitPolicy
  readonly pings: readonly string[]
  readonly deadpingMs: number
  readonly ipfail: boolean
  /** Of a start or stop of anything but an address, in good weather. */
  readonly slowestAgentMs: number
}

export interface FenceMood {
  readonly fails: number
  readonly hangs: number
  /** It says that it did and did not: no daemon can help then, but the laws must notice. */
  readonly lies: boolean
}

export class World {
  nowMs = 0
  /** Steps of beats and managers so far. */
  steps = 0
  hash = 0x811c9dc5
  readonly setting: Setting
  readonly seed: number
  readonly nodes: readonly NodeId[]
  readonly timing: Timing
  readonly groups: readonly Group[]
  readonly fencing: boolean
  readonly autoFailback: boolean
  readonly slowestAgentMs: number
  readonly network: Network<Datagram>
  readonly outskirts: Outskirts
  readonly hosts: readonly Host[]
  readonly law: Law
  fenceMood: FenceMood = { fails: 0, hangs: 0, lies: false }
  /** Lines for people, when somebody wants to read them. */
  transcript: ((line: string) => void) | undefined
  /** Faults that wait for something to happen. */
  onNote: ((host: Host, note: Note) => void) | undefined
  readonly fencing_ = new Set<NodeId>()
  /** Resources have failed while they ran: it takes a while until that is seen. */
  ailing = false
  private readonly agenda = new Agenda()
  private readonly byName: ReadonlyMap<NodeId, Host>
  private readonly groupsByName: ReadonlyMap<GroupName, Group>
  private readonly roll: Dice

  constructor(setting: Setting) {
    this.setting = setting
    this.seed = setting.seed
    this.nodes = setting.nodes
    this.timing = setting.timing
    this.groups = setting.groups
    this.fencing = setting.fencing
    this.autoFailback = setting.autoFailback
    this.slowestAgentMs = setting.slowestAgentMs
    this.groupsByName = new Map(setting.groups.map(group => [group.name, group]))
    this.roll = diceFor(setting.seed, 'world')
    this.hosts = setting.nodes.map((node, index) => new Host(this, node, index))
    this.byName = new Map(this.hosts.map(host => [host.node, host]))
    this.network = new Network(
      setting.seed,
      setting.links,
      (ms, run) => this.after(ms, run),
      (to, link, datagram, replayed) => {
        receive(this.host(to as NodeId), link, datagram, replayed)
      },
    )
    this.outskirts = new Outskirts(this)
    this.law = new Law(this)
  }

  at(atMs: number, run: () => void): void {
    this.agenda.add(Math.max(atMs, this.nowMs), run)
  }

  after(delayMs: number, run: () => void): void {
    this.agenda.add(this.nowMs + delayMs, run)
  }

  host(node: NodeId): Host {
    return this.byName.get(node)!
  }

  groupOf(name: GroupName): Group {
    return this.groupsByName.get(name)!
  }

  configOf(host: Host): ClusterConfig {
    const { nodes, timing, groups, autoFailback, fencing } = this
    const { splitPolicy, pings, deadpingMs, ipfail } = this.setting
    return {
      self: host.node,
      nodes,
      timing,
      groups,
      autoFailback,
      fencing,
      splitPolicy,
      pings,
      deadpingMs,
      ipfail,
      configDigest: host.configDiffers ? 2 : 1,
      groupsDigest: 1,
    }
  }

  run(untilMs: number): void {
    for (;;) {
      const { next } = this.agenda
      if (next === undefined || next.atMs > untilMs) break
      this.agenda.take()
      this.nowMs = next.atMs
      next.run()
    }
    this.nowMs = untilMs
  }

  /** A resource of this job has come to be. */
  appeared(host: Host, job: Job): void {
    this.law.live(host, job.group)
  }

  noted(host: Host, note: Note): void {
    this.mix(host, note.code)
    this.law.noted(host, note)
    this.transcript?.(`${(this.nowMs / 1000).toFixed(3).padStart(8)} ${host.node.padEnd(6)} ${textOf(note).text}`)
    this.onNote?.(host, note)
  }

  say(text: string): void {
    this.transcript?.(`${(this.nowMs / 1000).toFixed(3).padStart(8)} ------ ${text}`)
  }

  /** The log of a run as one number: the same seed gives the same. */
  mix(host: Host, code: string): void {
    let { hash } = this
    hash = Math.imul(hash ^ Math.round(this.nowMs * 1000), 0x01000193)
    hash = Math.imul(
      hash ^ (host.node.charCodeAt(0) << 8) ^ code.charCodeAt(code.length - 1) ^ (this.steps << 4),
      0x01000193,
    )
    this.hash = hash
  }

  /** `fence` until it works: off, then told; on again a while later. Or it hangs, or fails and tells nothing. */
  fence(by: Host, target: NodeId): void {
    const { fenceMood, roll } = this
    if (this.fencing_.has(target)) return
    const luck = roll()
    const manager = by.manager!.life
    if (luck < fenceMood.fails + fenceMood.hangs) return
    this.fencing_.add(target)
    this.after(200 + roll() * 2_000, () => {
      if (!fenceMood.lies) {
        this.say(`${target} is switched off`)
        this.host(target).powerOff()
      }
      this.after(10 + roll() * 1_500, () => {
        this.fencing_.delete(target)
        if (by.manager?.life === manager) by.feed({ type: 'fenced', node: target })
        this.after(3_000 + roll() * 15_000, () => this.host(target).powerOn())
      })
    })
  }
}
