/** The beat process of a host: the real function, in a process that can be paused and killed. */
import type { BeatEffect, BeatEvent, BeatLine, BeatState } from '../../src/membership/beat-state.ts'
import type { Datagram } from '../../src/membership/datagram.ts'
import { beatStep, nextBeatMs } from '../../src/membership/heartbeat.ts'
import type { LinkName } from '../../src/types.ts'
import type { Host } from './host.ts'
import { feed } from './manager.ts'

/** What a process has not read yet: a socket holds so much and no more. */
const socketHolds = 300
export const pipeHolds = 1_000

export interface Beat {
  readonly life: number
  state: BeatState
  paused: boolean
  readonly unread: { readonly datagram: Datagram; readonly link: LinkName; readonly replayed: boolean }[]
  readonly orders: BeatEvent[]
  wakeAtMs: number
}

export function resumeBeat(host: Host): void {
  const { beat } = host
  if (beat === undefined || !beat.paused) return
  beat.paused = false
  host.world.law.listens(host, true)
  // It reads what its sockets hold before it looks at the clock.
  for (const { datagram, link, replayed } of beat.unread.splice(0)) receive(host, link, datagram, replayed)
  while (beat.orders.length > 0 && host.beat === beat) {
    const order = beat.orders[0]!
    stepBeat(host, order)
    beat.orders.shift() // what is said meanwhile comes after it
  }
  stepBeat(host, { type: 'timer' })
}

export function receive(host: Host, link: string, datagram: Datagram, replayed: boolean): void {
  const { beat } = host
  if (beat === undefined) return
  if (beat.paused) {
    if (beat.unread.length < socketHolds) beat.unread.push({ datagram, link: link as LinkName, replayed })
    return
  }
  stepBeat(host, { type: 'datagram', datagram, link: link as LinkName }, datagram)
}

export function toBeat(host: Host, event: BeatEvent): void {
  const { beat } = host
  if (beat === undefined) return
  if (!beat.paused && beat.orders.length === 0) stepBeat(host, event)
  else if (beat.orders.length < pipeHolds) beat.orders.push(event)
}

function stepBeat(host: Host, event: BeatEvent, datagram?: Datagram): void {
  const { beat, world } = host
  if (beat === undefined) return
  world.steps++
  const [state, effects] = beatStep(beat.state, event, host.localMs)
  beat.state = state
  for (const effect of effects) {
    obeyBeat(host, effect, event, datagram)
    if (host.beat !== beat) return
  }
  wakeBeat(host, beat, nextBeatMs(state) + host.clockZeroMs)
}

function obeyBeat(host: Host, effect: BeatEffect, event: BeatEvent, datagram: Datagram | undefined): void {
  const { world } = host
  switch (effect.type) {
    case 'send':
      world.law.sent(host, effect.datagram)
      for (const to of world.nodes) if (to !== host.node) world.network.send(host.node, to, effect.datagram)
      return
    case 'tell':
      return hearBeat(host, effect.line, event, datagram)
    case 'exit':
      host.beat = undefined
      world.law.listens(host, false)
      return
  }
}

function hearBeat(host: Host, line: BeatLine, event: BeatEvent, datagram: Datagram | undefined): void {
  if (line.type === 'heard' && event.type === 'datagram') host.world.law.accepted(host, datagram!)
  if (line.type === 'gen') {
    if (host.manager !== undefined && host.disk.writable) host.disk.gen = Math.max(host.disk.gen, line.gen)
    return
  }
  if (line.type === 'trouble') return host.world.law.trouble(host, line.code)
  feed(host, line)
}

function wakeBeat(host: Host, beat: Beat, dueMs: number): void {
  const atMs = Math.max(dueMs, host.world.nowMs + 0.001) // clocks of hosts differ by more than a double can tell
  if (beat.wakeAtMs <= atMs || atMs === Number.POSITIVE_INFINITY) return
  beat.wakeAtMs = atMs
  host.world.at(atMs, () => {
    if (host.beat !== beat || beat.wakeAtMs !== atMs) return
    beat.wakeAtMs = Number.POSITIVE_INFINITY
    if (!beat.paused) stepBeat(host, { type: 'timer' })
  })
}
