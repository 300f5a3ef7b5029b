/**
 * States that will go on alike have the same hash.
 *
 * Everything reachable is written down as whole numbers by one walk that knows nothing of the product's types, so that a
 * field that is added there counts here at once. The names tell what may be told apart no more:
 *
 *     ...Ms                   an instant: how long ago, and those longer ago than any deadline are alike
 *     seq, newest, ...        a place in the row of datagrams: which came before which, and when each was sent
 *     what `unseen` lists     decides nothing, for the reason given there
 *
 * A mistake here hides states instead of showing too many: `twins.ts` looks for two states of one hash that go on unlike.
 */
import { fenceAgainMs } from '../../src/cluster/state.ts'
import type { BeatState } from '../../src/membership/beat-state.ts'
import { provedAtMs, sentAtMs } from '../../src/membership/sent.ts'
import { type At, nodes, other, type Setting } from './setting.ts'
import type { Side, World } from './world.ts'

const unseen = new Set([
  'config', // the same in all states of a setting
  'timing',
  'paths', // links up and down are only told
  'counts',
  'complainedAtMs',
  'answers', // ten a second: no quantum has so many
  'news', // eight in a keepalive leave at once
  'id', // the only job there is
  'nextJob',
  'bornAtMs', // matters only to what is told in that instant
  'holdUntilMs', // used when the job began
  'settledAtMs', // for when the next tick is due: here one comes with every timer that could matter
  'askedAtMs', // of the disk: the same word again, which changes nothing. Of fencing: seen, below
  'sent', // by the places that somebody still knows
  'nowMs',
  'managerSeenAtMs', // for status. For the age of a word: seen, below
  'hereSinceMs', // compared with when a cable was pulled: where that happens there are no orders
  'ageMs', // of an echo, for status
])
/** Lengths of time, not instants. */
const lengths = new Set(['managerAgeMs'])
const ownSeqs = new Set(['receivedSeq', 'countedSeq', 'freshSeq'])
const otherSeqs = new Set(['seq', 'newest'])
/** Hold no instant and no seq: known by their content. */
const texts = new Set(['report', 'spoken', 'assignment', 'saved'])

type Kind = 'plain' | 'skip' | 'instant' | 'own' | 'other' | 'text' | 'echoes'

const kinds = new Map<string, Kind>()
function kindOf(key: string): Kind {
  let kind = kinds.get(key)
  if (kind !== undefined) return kind
  if (unseen.has(key)) kind = 'skip'
  else if (ownSeqs.has(key)) kind = 'own'
  else if (otherSeqs.has(key)) kind = 'other'
  else if (texts.has(key)) kind = 'text'
  else if (key === 'echoes') kind = 'echoes'
  else kind = key.endsWith('Ms') && !lengths.has(key) ? 'instant' : 'plain'
  kinds.set(key, kind)
  return kind
}

const markUndefined = -0x7fffffff
const markObject = -0x7ffffffe
const markRow = -0x7ffffffd

const words = new Map<string, number>()
function wordOf(text: string): number {
  const number = words.get(text) ?? words.size + 1
  words.set(text, number)
  return number
}

const known = new WeakMap<object, number>()
function textOf(value: object): number {
  const before = known.get(value)
  if (before !== undefined) return before
  const number = wordOf(
    JSON.stringify(value, (_key, inner: unknown) =>
      inner instanceof Map || inner instanceof Set ? ['many', ...inner] : inner,
    ),
  )
  known.set(value, number)
  return number
}

/** Writes worlds of one setting down, one at a time, and gives 64 bits of each. */
export class Canon {
  /** Of the last world written. */
  high = 0
  low = 0
  /** Everything that happened longer ago than this is as if it were for ever. */
  private readonly longestMs: number
  /** Instants that matter for a shorter time. */
  private readonly limits = new Map<string, number>()
  private numbers = new Int32Array(4096)
  private count = 0
  private nowMs = 0
  /** The seqs of each node's datagrams that somebody still knows, in order. */
  private readonly places: [number[], number[]] = [[], []]

  constructor(setting: Setting) {
    const { keepaliveMs, deadtimeMs, initdeadMs } = setting.timing
    this.longestMs = Math.max(deadtimeMs, initdeadMs)
    this.limits.set('heldAtMs', keepaliveMs) // then it is due
    this.limits.set('downAtMs', keepaliveMs)
    this.limits.set('changedAtMs', 3 * this.longestMs) // compared with a word that may be as old as anything that counts
    this.limits.set('upSinceMs', setting.autoFailback ? deadtimeMs : 0) // for the wait before a failback
  }

  hash(world: World): void {
    this.write(world)
    const { numbers, count } = this
    let high = 0x9747b28c
    let low = 0x2f0b4c47
    for (let index = 0; index < count; index++) {
      const value = numbers[index]!
      high = Math.imul(high ^ value, 0x85ebca6b)
      high ^= high >>> 15
      low = Math.imul(low + value, 0xc2b2ae35)
      low = ((low << 13) | (low >>> 19)) ^ high
    }
    this.high = (high ^ (low >>> 16)) >>> 0
    this.low = (low ^ Math.imul(high, 0x27d4eb2f)) >>> 0
  }

  /** The numbers themselves, for whoever wants to see what differs. */
  numbersOf(world: World): readonly number[] {
    this.write(world)
    return [...this.numbers.subarray(0, this.count)]
  }

  private write(world: World): void {
    this.count = 0
    this.nowMs = world.nowMs
    this.place(world, 0)
    this.place(world, 1)
    for (const at of [0, 1] as const) {
      this.side(world.sides[at], at)
      for (const flight of world.flights[at]) this.object(flight, at)
      this.put(world.flights[at].length)
      this.put(world.cut[at] ? 1 : 0)
    }
    this.put(textOf(world.left))
    this.put(world.struck === undefined ? markUndefined : textOf(world.struck))
    this.put(textOf(world.activations))
  }

  private side(side: Side, at: At): void {
    this.object(side, at)
    for (const { askedAtMs } of side.cluster?.fencing.values() ?? []) this.instant(askedAtMs, fenceAgainMs)
    const { sight, members } = side.cluster ?? {}
    if (sight?.contrasts.size) for (const trace of members!.traces.values()) this.instant(trace.managerSeenAtMs)
  }

  private put(value: number): void {
    if (this.count === this.numbers.length) {
      const more = new Int32Array(2 * this.count)
      more.set(this.numbers)
      this.numbers = more
    }
    this.numbers[this.count++] = value
  }

  private instant(atMs: number, limitMs = this.longestMs): void {
    const ageMs = this.nowMs - atMs
    this.put(ageMs > limitMs ? limitMs : ageMs < -this.longestMs ? -this.longestMs : Math.round(ageMs))
  }

  /** `at`: whose state this is, or whom a datagram is for. */
  private object(value: object, at: At): void {
    this.put(markObject)
    for (const key in value) {
      const kind = kindOf(key)
      if (kind === 'skip') continue
      const field = (value as Record<string, unknown>)[key]
      if (kind === 'instant' && field !== undefined) this.instant(field as number, this.limits.get(key))
      else this.field(kind, field, at)
    }
  }

  private field(kind: Kind, value: unknown, at: At): void {
    if (value === undefined) return this.put(markUndefined)
    switch (kind) {
      case 'own':
        return this.put(this.places[at].indexOf(value as number))
      case 'other':
        return this.put(this.places[other(at)].indexOf(value as number))
      case 'echoes': // of datagrams of whoever receives them
        return this.any(value, other(at))
      case 'text':
        return this.put(textOf(value as object))
      default:
        return this.any(value, at)
    }
  }

  private any(value: unknown, at: At): void {
    switch (typeof value) {
      case 'boolean':
        return this.put(value ? 1 : 0)
      case 'string':
        return this.put(wordOf(value))
      case 'number':
        return this.put(Number.isInteger(value) && Math.abs(value) < 0x7fffff00 ? value : wordOf(String(value)))
      case 'undefined':
        return this.put(markUndefined)
    }
    if (Array.isArray(value)) this.row(value, value.length, at)
    else if (value instanceof Map) this.row([...value.entries()].flat(), value.size, at)
    else if (value instanceof Set) this.row([...value], value.size, at)
    else this.object(value as object, at)
  }

  private row(items: readonly unknown[], size: number, at: At): void {
    this.put(markRow)
    this.put(size)
    for (const item of items) this.any(item, at)
  }

  // --- the row of datagrams ---------------------------------------------------------------------------------------------

  /** Seqs of this node's datagrams, wherever they are still known, become places in one row. */
  private place(world: World, at: At): void {
    const row = this.places[at]
    row.length = 0
    const { beat } = world.sides[at]
    const there = world.sides[other(at)]
    if (beat !== undefined) {
      const peer = beat.peers[0]!
      add(row, peer.receivedSeq)
      add(row, peer.countedSeq)
      add(row, beat.pause?.freshSeq)
    }
    const peer = there.beat?.peers[0]
    add(row, peer?.session?.newest)
    add(row, peer?.candidate?.seq)
    add(row, peer?.lastHeard?.seq)
    add(row, there.cluster?.members.traces.get(nodes[at])?.seq)
    for (const { datagram } of world.flights[other(at)]) add(row, datagram.seq)
    for (const { datagram } of world.flights[at]) for (const echo of datagram.echoes) add(row, echo.seq)
    row.sort((a, b) => a - b)
    for (const seq of row) this.whenSent(beat, seq)
    this.put(markRow)
  }

  private whenSent(beat: BeatState | undefined, seq: number): void {
    const atMs = beat && sentAtMs(beat.sent, seq)
    if (beat === undefined || atMs === undefined) return this.put(markUndefined)
    this.instant(atMs)
    this.put(provedAtMs(beat.sent, seq) === undefined ? 0 : 1)
  }
}

function add(row: number[], seq: number | undefined): void {
  if (seq !== undefined && !row.includes(seq)) row.push(seq)
}
