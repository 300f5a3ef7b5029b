/** A few beats in virtual time, joined by links that do as the test says. */
import {
  type BeatConfig,
  type BeatEvent,
  type BeatLine,
  type BeatState,
  newBeat,
} from '../../src/membership/beat-state.ts'
import type { Datagram } from '../../src/membership/datagram.ts'
import { beatStep, nextBeatMs } from '../../src/membership/heartbeat.ts'
import type { Heard } from '../../src/membership/membership.ts'
import type { LinkName, NodeId, Report } from '../../src/types.ts'

export const timing = { keepaliveMs: 1000, warntimeMs: 3000, deadtimeMs: 10_000, initdeadMs: 60_000 }
export const eth0 = 'bcast eth0' as LinkName
export const eth1 = 'bcast eth1' as LinkName

export const quiet: Report = {
  standby: false,
  leaving: false,
  left: false,
  unwritable: false,
  pings: 0,
  configDigest: 1,
  groupsDigest: 2,
  dead: new Set(),
  claims: new Map(),
}

interface Post {
  readonly atMs: number
  readonly to: string
  readonly datagram: Datagram
  readonly link: LinkName
}

export interface Machine {
  state: BeatState
  readonly lines: { readonly atMs: number; readonly line: BeatLine }[]
  readonly sent: { readonly atMs: number; readonly datagram: Datagram }[]
  /** Until then nothing runs; what arrives waits. */
  pausedUntilMs: number
  exited: boolean
}

export interface World {
  nowMs: number
  delayMs: number
  /** Whether a datagram arrives. */
  passes: (from: string, to: string, link: LinkName, datagram: Datagram) => boolean
  machine(place: string): Machine
  /** `place` is where the beat runs: two places may run under one name. */
  start(place: string, options?: Partial<BeatConfig>): void
  kill(place: string): void
  post(place: string, event: BeatEvent): void
  run(forMs: number): void
  lines<Type extends BeatLine['type']>(place: string, type: Type): Extract<BeatLine, { type: Type }>[]
  lastHeard(place: string): Heard | undefined
}

export function newWorld(links: readonly LinkName[] = [eth0]): World {
  const machines = new Map<string, Machine>()
  const posts: Post[] = []
  function spread(place: string, datagram: Datagram): void {
    world.machine(place).sent.push({ atMs: world.nowMs, datagram })
    for (const to of machines.keys()) {
      for (const link of links) {
        if (world.passes(place, to, link, datagram))
          posts.push({ atMs: world.nowMs + world.delayMs, to, datagram, link })
      }
    }
  }
  const world: World = {
    nowMs: 0,
    delayMs: 1,
    passes: () => true,
    machine: place => machines.get(place)!,
    start(place, options = {}) {
      const config: BeatConfig = {
        self: place as NodeId,
        nodes: ['alice', 'bob'] as NodeId[],
        timing,
        links,
        gen: 1,
        genGuessed: false,
        realtime: false,
        ...options,
      }
      machines.set(place, { state: newBeat, lines: [], sent: [], pausedUntilMs: 0, exited: false })
      // A readable boot, whose first 16 characters differ from place to place and start to start.
      world.post(place, { type: 'settings', config, boot: `${place}-${world.nowMs}`.padEnd(32, '.') })
      world.post(place, { type: 'report', report: quiet, turnMs: world.nowMs })
    },
    post(place, event) {
      const machine = world.machine(place)
      const [state, effects] = beatStep(machine.state, event, world.nowMs)
      machine.state = state
      for (const effect of effects) {
        if (effect.type === 'tell') machine.lines.push({ atMs: world.nowMs, line: effect.line })
        else if (effect.type === 'exit') machine.exited = true
        else spread(place, effect.datagram)
      }
    },
    kill(place) {
      machines.delete(place)
    },
    run(forMs) {
      const untilMs = world.nowMs + forMs
      for (let steps = 0; ; steps += 1) {
        if (steps > 100_000) throw new Error(`no end at ${world.nowMs}`)
        const due = nextDue(machines, posts)
        if (due === undefined || due.atMs > untilMs) break
        world.nowMs = Math.max(world.nowMs, due.atMs)
        if (due.post === undefined) {
          world.post(due.place, { type: 'timer' })
        } else {
          posts.splice(posts.indexOf(due.post), 1)
          if (machines.has(due.place)) {
            world.post(due.place, { type: 'datagram', datagram: due.post.datagram, link: due.post.link })
          }
        }
      }
      world.nowMs = untilMs
    },
    lines: <Type extends BeatLine['type']>(place: string, type: Type) =>
      world
        .machine(place)
        .lines.map(({ line }) => line)
        .filter((line): line is Extract<BeatLine, { type: Type }> => line.type === type),
    lastHeard: place => world.lines(place, 'heard').at(-1)?.heard,
  }
  return world
}

/** What happens next: datagrams before timers at the same instant, as after draining the sockets. */
function nextDue(machines: ReadonlyMap<string, Machine>, posts: readonly Post[]) {
  let best: { atMs: number; place: string; post: Post | undefined } | undefined
  for (const post of posts) {
    const atMs = Math.max(post.atMs, machines.get(post.to)?.pausedUntilMs ?? 0)
    if (best === undefined || atMs < best.atMs) best = { atMs, place: post.to, post }
  }
  for (const [place, { state, pausedUntilMs }] of machines) {
    const atMs = Math.max(nextBeatMs(state), pausedUntilMs)
    if (best === undefined || atMs < best.atMs) best = { atMs, place, post: undefined }
  }
  return best?.atMs === Number.POSITIVE_INFINITY ? undefined : best
}
