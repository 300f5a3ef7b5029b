/** Links between nodes: loss, delay, duplicates, replays of anything ever sent, cuts in one or both directions. */
import { between, chance, type Dice, diceFor, whole } from './dice.ts'

export interface Weather {
  readonly loss: number
  readonly duplicate: number
  /** Share of sends at which something that was recorded earlier is sent again. */
  readonly replay: number
  readonly delayMs: readonly [number, number]
  /** Share of datagrams that take far longer, as behind a full queue. */
  readonly slow: number
  readonly slowMs: readonly [number, number]
}

export const calm: Weather = { loss: 0, duplicate: 0, replay: 0, delayMs: [0.2, 2], slow: 0, slowMs: [0, 0] }

const recordedMax = 200

/** `Datagram` is opaque here: the network carries, loses and repeats it, and looks at nothing. */
export class Network<Datagram> {
  weather: Weather = calm
  readonly counts = { sent: 0, lost: 0, duplicated: 0, replayed: 0, slowed: 0, cut: 0 }
  /** `from>to/link` of each direction that is cut. */
  private readonly cuts = new Set<string>()
  private readonly recorded: { readonly from: string; readonly to: string; readonly datagram: Datagram }[] = []
  private readonly roll: Dice
  readonly links: readonly string[]
  private readonly after: (delayMs: number, run: () => void) => void
  private readonly arrive: (to: string, link: string, datagram: Datagram, replayed: boolean) => void

  constructor(
    seed: number,
    links: readonly string[],
    after: (delayMs: number, run: () => void) => void,
    arrive: (to: string, link: string, datagram: Datagram, replayed: boolean) => void,
  ) {
    this.roll = diceFor(seed, 'network')
    this.links = links
    this.after = after
    this.arrive = arrive
  }

  /** On every link. */
  send(from: string, to: string, datagram: Datagram): void {
    this.record(from, to, datagram)
    for (const link of this.links) this.transmit(from, to, link, datagram)
  }

  private transmit(from: string, to: string, link: string, datagram: Datagram): void {
    const { weather, roll, counts } = this
    counts.sent++
    if (this.isCut(from, to, link)) {
      counts.cut++
      return
    }
    if (weather.replay > 0 && chance(roll, weather.replay)) this.replay(from, to, link)
    if (weather.loss > 0 && chance(roll, weather.loss)) {
      counts.lost++
      return
    }
    this.carry(from, to, link, datagram, false)
    if (weather.duplicate > 0 && chance(roll, weather.duplicate)) {
      counts.duplicated++
      this.carry(from, to, link, datagram, false)
    }
  }

  private carry(from: string, to: string, link: string, datagram: Datagram, replayed: boolean): void {
    const { weather, roll } = this
    const slow = weather.slow > 0 && chance(roll, weather.slow)
    if (slow) this.counts.slowed++
    const [low, high] = slow ? weather.slowMs : weather.delayMs
    this.after(between(roll, low, high), () => {
      if (!this.isCut(from, to, link)) this.arrive(to, link, datagram, replayed)
    })
  }

  /** Somebody sends again what he recorded, perhaps to another node. */
  replay(from: string, to: string, link: string): void {
    const old = this.recorded[whole(this.roll, 0, this.recorded.length - 1)]
    if (old === undefined) return
    this.counts.replayed++
    this.carry(from, this.roll() < 0.9 ? old.to : to, link, old.datagram, true)
  }

  /** A sample of everything that was ever sent: young and old alike. */
  private record(from: string, to: string, datagram: Datagram): void {
    if (this.recorded.length < recordedMax) this.recorded.push({ from, to, datagram })
    else if (this.roll() < 0.3) this.recorded[whole(this.roll, 0, recordedMax - 1)] = { from, to, datagram }
  }

  isCut(from: string, to: string, link: string): boolean {
    return this.cuts.size > 0 && this.cuts.has(`${from}>${to}/${link}`)
  }

  cut(from: string, to: string, link: string | undefined, on: boolean): void {
    for (const one of link === undefined ? this.links : [link]) {
      const key = `${from}>${to}/${one}`
      if (on) this.cuts.add(key)
      else this.cuts.delete(key)
    }
  }

  heal(): void {
    this.cuts.clear()
  }

  get whole(): boolean {
    return this.cuts.size === 0
  }
}
