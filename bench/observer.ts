/** What the client and the wire saw: the records of observer.pl and the figures drawn from them. */
import type { Host } from './host.ts'
import { endInput, type Place, startReady } from './place.ts'
import { nowMs, run } from './shell.ts'

/** `question`, `askedMs`: the probe that it answers. `index`: which of the probed addresses, from 0. */
export interface Answer {
  readonly atMs: number
  readonly host: string
  readonly question: number
  readonly askedMs: number
  readonly index?: number
}

/** An address appeared on a host (`held`) or left it. */
export interface Holding {
  readonly atMs: number
  readonly host: string
  readonly address: string
  readonly held: boolean
}

/** A heartbeat left the switch towards `to`. */
export interface Beat {
  readonly atMs: number
  readonly from: string
  readonly to: string
  /** Of its UDP payload. */
  readonly bytes: number
}

/** A gratuitous ARP of that host reached the client. */
export interface Announcement {
  readonly atMs: number
  readonly host: string
  readonly address: string
}

/** A host answered the n-th "who has the service address". */
export interface WhoHas {
  readonly host: string
  readonly question: number
}

export interface Observer {
  readonly answers: Answer[]
  readonly holdings: Holding[]
  readonly beats: Beat[]
  readonly whoHas: WhoHas[]
  readonly announcements: Announcement[]
  /** Hosts on which the address is configured now. */
  holders(address: string): string[]
  /** Client's probes of the address, or of each of several joined by commas; 0 ms pauses. */
  probe(everyMs: number, address: string): void
  /** Forgets the records, but neither who holds what nor the latest heartbeats. */
  forget(): void
  close(): Promise<void>
}

/** A node that shares a network with others: known by the address that its heartbeats come from. */
export interface Guest {
  readonly name: string
  readonly address: string
}

/** Receives every raw line of the observer, for `--record`. */
export type Recorder = (line: string) => void

export async function startObserver(
  script: string,
  client: Place,
  lan: Place,
  hosts: readonly Host[],
  heartbeatPort: number,
  record: Recorder,
  guests: readonly Guest[] = [],
): Promise<Observer> {
  const named = hosts.map(host => [host.name, host.place.netns, host.mac, host.port].join())
  const known = guests.map(({ name, address }) => `${name}@${address}`)
  const argv = ['perl', script, client.netns, lan.netns, String(heartbeatPort), ...named, ...known]
  const started = await startReady([...(await realtime()), ...argv])
  const answers: Answer[] = []
  const holdings: Holding[] = []
  const beats: Beat[] = []
  const whoHas: WhoHas[] = []
  const announcements: Announcement[] = []
  const held = new Map<string, Set<string>>()

  started.lines.on('line', line => {
    record(line)
    const [kind, at, host = '', third = '', fourth = '', fifth = ''] = line.split(' ')
    const atMs = Number(at)
    if (kind === 'R') {
      answers.push({ atMs, host, question: Number(third), askedMs: Number(fourth), index: Number(fifth) })
    }
    if (kind === 'H') beats.push({ atMs, from: host, to: third, bytes: Number(fourth) })
    if (kind === 'G') announcements.push({ atMs, host, address: third })
    if (kind === 'W') whoHas.push({ host, question: Number(third) })
    if (kind === 'A') {
      const on = held.get(fourth) ?? new Set()
      held.set(fourth, on)
      if (on.has(host) === (third === 'add')) return // a renewed lease, not a change
      third === 'add' ? on.add(host) : on.delete(host)
      holdings.push({ atMs, host, address: fourth, held: third === 'add' })
    }
  })
  return {
    answers,
    holdings,
    beats,
    whoHas,
    announcements,
    holders: address => [...(held.get(address) ?? [])],
    probe: (everyMs, address) => void started.process.stdin?.write(`probe ${everyMs} ${address}\n`),
    forget() {
      for (const list of [answers, holdings, whoHas, announcements]) list.length = 0
      beats.splice(0, Math.max(0, beats.length - 50)) // the next fault asks for the last one before it
    },
    close: () => endInput(started.process),
  }
}

/** The prefix that lets an instrument run before all but the beat, where that is allowed. */
export async function realtime(): Promise<string[]> {
  const prefix = ['chrt', '-f', '10']
  return await run([...prefix, 'true']).then(
    () => prefix,
    () => [],
  )
}

export interface Gap {
  readonly fromMs: number
  readonly ms: number
  readonly before: string
  readonly after: string
}

/** Shorter gaps are the probe's own grain. */
const grainMs = 20

/**
 * The longest time between two consecutive answers, of those that end after `sinceMs`; `ms` 0 under the grain.
 * Where no probe was lost in between, the time in which the prober itself was held up does not count.
 */
export function longestGap(answers: readonly Answer[], sinceMs: number): Gap {
  let longest: Gap = { fromMs: sinceMs, ms: 0, before: '', after: '' }
  for (let i = 1; i < answers.length; i++) {
    const before = answers[i - 1]!
    const after = answers[i]!
    const fromMs = after.question === before.question + 1 ? Math.max(before.atMs, after.askedMs) : before.atMs
    const ms = after.atMs - fromMs
    if (after.atMs < sinceMs || ms < grainMs || ms <= longest.ms) continue
    longest = { fromMs, ms, before: before.host, after: after.host }
  }
  return longest
}

/** True when the last `quietMs` were answered without a hole of 80 ms, by that host if one is named. */
export function steady(answers: readonly Answer[], quietMs: number, by?: string): boolean {
  const now = nowMs()
  const recent = answers.slice(-1000).filter(answer => answer.atMs > now - quietMs)
  const times = [now - quietMs, ...recent.map(answer => answer.atMs), now]
  return (
    times.every((time, i) => i === 0 || time - times[i - 1]! < 80) &&
    (by === undefined || recent.every(answer => answer.host === by))
  )
}

/** A stretch of time in which a host is off the wire. */
export interface Cut {
  readonly host: string
  readonly fromMs: number
  toMs: number
}

/**
 * How long, in ms, more than one host on the wire held the address between two instants.
 * `first`: who held it when the records begin.
 */
export function overlapMs(
  first: readonly string[],
  holdings: readonly Holding[],
  cuts: readonly Cut[],
  fromMs: number,
  toMs: number,
): number {
  const marks = [...holdings.map(change => change.atMs), ...cuts.flatMap(cut => [cut.fromMs, cut.toMs])]
  const times = [fromMs, ...marks.filter(time => time > fromMs && time < toMs).sort((a, b) => a - b), toMs]
  const held = new Set(first)
  let next = 0
  let total = 0
  for (let i = 1; i < times.length; i++) {
    const from = times[i - 1]!
    const to = times[i]!
    while (next < holdings.length && holdings[next]!.atMs <= from) {
      const change = holdings[next++]!
      change.held ? held.add(change.host) : held.delete(change.host)
    }
    const cutOff = (host: string) => cuts.some(cut => cut.host === host && cut.fromMs <= from && cut.toMs >= to)
    if ([...held].filter(host => !cutOff(host)).length > 1) total += to - from
  }
  return total
}

/** Questions "who has it" that more than one host answered. */
export function answeredByTwo(whoHas: readonly WhoHas[]): number {
  const answered = new Map<number, Set<string>>()
  for (const { host, question } of whoHas) answered.set(question, (answered.get(question) ?? new Set()).add(host))
  return [...answered.values()].filter(hosts => hosts.size > 1).length
}
