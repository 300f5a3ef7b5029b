/**
 * One node among several in this process: the beat and the core of Tandem, the very functions of its two processes, joined by
 * a call instead of a socket. What they ask of the machine is pretended; what they say goes to the network.
 */
import { boot, type Cluster, nextStepMs, step } from '../../src/cluster.ts'
import type { Settings } from '../../src/config/settings.ts'
import { coreConfig } from '../../src/daemon/coreConfig.ts'
import type { Effect, Event, Order, Saved } from '../../src/events.ts'
import { type BeatEffect, type BeatEvent, type BeatState, newBeat } from '../../src/membership/beat-state.ts'
import type { Datagram } from '../../src/membership/datagram.ts'
import { beatStep, nextBeatMs } from '../../src/membership/heartbeat.ts'
import type { Job, LinkName, NodeId, Report } from '../../src/types.ts'
import { type Pretended, perform, tookMs } from './agents.ts'

/** What a peer has of the world. */
export interface Surroundings {
  nowMs(): number
  after(ms: number, call: () => void): void
  /** To all nodes, at once. */
  send(datagram: Datagram): void
  /** It has told the others that it calls that node dead. */
  voted(dead: NodeId): void
  /** It has told the others that a group has another owner. */
  agreed(): void
  /** Something that must not happen in a measurement. */
  trouble(text: string): void
}

export interface Peer {
  readonly name: NodeId
  /** When something is due. */
  nextMs(): number
  /** Does what is due. */
  turn(): void
  receive(datagram: Datagram, link: LinkName): void
  order(order: Order): void
  /** Power loss: nothing is done and said from now on. What it had on disk. */
  off(): Saved
  /** Why it has not come to rest; undefined when it has. */
  unrest(): string | undefined
}

/** How long its disk takes to write. */
const savingMs = 2

/** @param gen which start it is; `bootId`: 32 random hexadecimal digits; its first heartbeat comes at any part of a keepalive */
export function startPeer(around: Surroundings, settings: Settings, gen: number, bootId: string, disk: Saved): Peer {
  const { nowMs } = around
  const config = coreConfig(settings)
  const groups = new Map(config.groups.map(group => [group.name, group]))
  const pretended: Pretended = new Map()
  const inbox: Event[] = []
  let saved = disk
  let beat: BeatState = newBeat
  let core: Cluster = boot(config, saved, nowMs())
  let on = true
  let draining = false

  function toBeat(event: BeatEvent): void {
    const [after, effects] = beatStep(beat, event, nowMs())
    beat = after
    for (const effect of effects) obeyBeat(effect)
    // Of what came at once the turn goes last, as in the manager's half of the conversation.
    for (const effect of effects) if (effect.type === 'tell' && effect.line.type === 'turn') inbox.push(effect.line)
    drain()
  }

  function obeyBeat(effect: BeatEffect): void {
    if (effect.type === 'send') around.send(effect.datagram)
    if (effect.type !== 'tell') return
    const { line } = effect
    if (line.type === 'trouble') around.trouble(`${settings.self}: ${line.text}`)
    else if (line.type === 'heard' || line.type === 'link') inbox.push(line)
  }

  function post(event: Event): void {
    if (!on) return
    inbox.push(event)
    drain()
  }

  function drain(): void {
    if (draining) return
    draining = true
    for (const event of inbox) {
      const [after, effects] = step(core, event, nowMs())
      core = after
      for (const effect of effects) obeyCore(effect)
      if (effects.length > 0 || event.type === 'turn') toBeat({ type: 'alive', turnMs: nowMs() })
    }
    inbox.length = 0
    draining = false
  }

  function obeyCore(effect: Effect): void {
    if (effect.type === 'publish') {
      const before = beat.report
      toBeat({ type: 'report', report: effect.report, turnMs: nowMs() })
      for (const node of effect.report.dead) if (!before?.dead.has(node)) around.voted(node)
      if (before !== undefined && ownersDiffer(before, effect.report)) around.agreed()
    }
    if (effect.type === 'run') work(effect.job)
    if (effect.type === 'save') {
      around.after(savingMs, () => {
        if (on) saved = effect.saved
        post({ type: 'saved', saved: effect.saved })
      })
    }
    if (effect.type === 'note' && effect.note.code === 'config-differs')
      around.trouble(`${settings.self}: the ${effect.note.what} of ${effect.note.node} differ`)
  }

  function work(job: Job): void {
    const group = groups.get(job.group)!
    around.after(tookMs(job, group), () => {
      if (on) post({ type: 'done', job: job.id, outcome: perform(pretended, job, group) })
    })
  }

  const { self, nodes, timing, links } = settings
  const names = links.map(({ name }) => name)
  const beatConfig = { self, nodes, timing, links: names, gen, genGuessed: false, realtime: true }
  toBeat({ type: 'settings', config: beatConfig, boot: bootId })
  post({ type: 'tick' })

  return {
    name: self,
    nextMs: () => Math.min(nextBeatMs(beat), nextStepMs(core)),
    turn() {
      if (nextBeatMs(beat) <= nowMs()) toBeat({ type: 'timer' })
      if (nextStepMs(core) <= nowMs()) post({ type: 'tick' })
    },
    receive: (datagram, link) => toBeat({ type: 'datagram', datagram, link }),
    order: order => post({ type: 'order', id: 0, order }),
    off() {
      on = false
      return saved
    },
    unrest: () => unrestOf(core),
  }
}

/** The second gives a group to another node than the first. */
export const ownersDiffer = (a: Report, b: Report): boolean =>
  [...b.claims].some(([group, { assignment }]) => a.claims.get(group)?.assignment.owner !== assignment.owner)

function unrestOf({ config, members, groups }: Cluster): string | undefined {
  for (const { node, health } of members.peers.values()) if (health !== 'up') return `${node} is ${health}`
  for (const [name, { assignment, run }] of groups) {
    const mine = assignment.owner === config.self
    if (run.job !== undefined || !run.known) return `${name}: work is under way`
    if (mine !== run.up > 0) return `${name}: ${mine ? 'does not run yet' : 'runs still'}`
  }
  return undefined
}
