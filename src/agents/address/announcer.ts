/** Tells the neighbours who has an address now, and again, as a single frame may be lost. */
import type { Clock } from '../clock.ts'
import type { LongLived } from '../longLived.ts'
import { advertisementFrame, arpFrames } from './frames.ts'

/**
 * Lines `INTERFACE-INDEX FRAME-IN-HEX`, then a full stop, which is answered by a full stop. perl-base is essential on
 * Debian, and Node has no packet sockets.
 */
export const frameSender = `
$| = 1;
socket(S, 17, 3, 0) or die "no packet socket: $!\\n";
while (<STDIN>) {
  if (/^\\./) { print ".\\n"; next }
  my ($index, $hex) = split;
  my $frame = pack("H*", $hex);
  send(S, $frame, 0, pack("S n i S C C a8", 17, 0, $index, 1, 0, 6, substr($frame, 0, 6)))
    or print "interface $index: $!\\n";
}
`

export interface Neighbourhood {
  readonly family: 4 | 6
  readonly address: string
  readonly device: string
  readonly index: number
  readonly mac: string
  readonly isRouter: boolean
}

export interface Announcer {
  /** Now, after 1, 2 and 5 s, then each minute. */
  announce(addresses: readonly string[]): void
  /** Now, once and in one form: of many that are coming these have come. `announce` follows when all are there. */
  greet(addresses: readonly string[]): void
  /** Each minute only: it has been here before us. */
  keep(addresses: readonly string[]): void
  forget(addresses: readonly string[]): void
  close(): void
}

export interface AnnouncerOptions {
  readonly clock: Clock
  readonly sender: LongLived
  /** Where an address is now; undefined = nowhere, or on no Ethernet. */
  locate(address: string): Neighbourhood | undefined
  /** For a host without perl: sends one gratuitous ARP. */
  arping(address: string, device: string): void
  note(text: string): void
}

const repeatsMs: readonly number[] = [1_000, 2_000, 5_000]
const everMs = 60_000
/** Who is greeted waits so long for others: each turn of its own would cost more than its frame. */
const gatherMs = 2

interface Round {
  readonly sinceMs: number
  readonly repeats: number
  readonly dueMs: number
}

export function announcer(options: AnnouncerOptions): Announcer {
  const { clock } = options
  const rounds = new Map<string, Round>()
  let cancel = (): void => {}
  /** To be greeted, and greeted, since the last announcement. */
  const greeting = new Set<string>()
  let greeted = new Set<string>()
  let isGreeting = false
  let toldMissing = false
  let closed = false

  /** What comes while frames are on their way goes with the next ones. */
  async function greetAll(): Promise<void> {
    isGreeting = true
    while (greeting.size > 0 && !closed && !options.sender.missing) {
      await new Promise<void>(resolve => void clock.after(gatherMs, resolve))
      const places = [...greeting].map(options.locate).filter(place => place !== undefined)
      greeting.clear()
      if (places.length === 0) continue
      const toldSoFar = greeted // an announcement meanwhile begins anew
      const frames = places.map(place => lineOf(place, framesOf(place)[0]!))
      const answer = await options.sender.ask(`${frames.join('')}.\n`, isFullStop)
      if (!('noAnswer' in answer)) for (const { address } of places) toldSoFar.add(address)
    }
    greeting.clear()
    isGreeting = false
  }

  async function send(addresses: readonly string[], told: ReadonlySet<string> = new Set()): Promise<void> {
    if (closed) return
    const places = addresses.map(options.locate).filter(place => place !== undefined)
    if (places.length === 0) return
    if (options.sender.missing) return withoutPerl(places)
    // Of many every one is told once before any is told the second way.
    const first = places.filter(({ address }) => !told.has(address)).map(place => lineOf(place, framesOf(place)[0]!))
    const second = places.flatMap(place => framesOf(place).flatMap((frame, i) => (i > 0 ? lineOf(place, frame) : [])))
    const answer = await options.sender.ask(`${[...first, ...second].join('')}.\n`, isFullStop)
    if (options.sender.missing) return withoutPerl(places)
    if ('noAnswer' in answer) return options.note(`addresses not announced: ${answer.noAnswer}`)
    for (const line of answer.lines.slice(0, -1)) options.note(`an address was not announced on ${line}`)
  }

  function withoutPerl(places: readonly Neighbourhood[]): void {
    if (!toldMissing) options.note('perl is not installed: announcing with arping, and IPv6 addresses not at all')
    toldMissing = true
    for (const { family, address, device } of places) if (family === 4) options.arping(address, device)
  }

  function plan(): void {
    cancel()
    if (closed) return
    const dueMs = Math.min(...[...rounds.values()].map(round => round.dueMs))
    if (dueMs !== Number.POSITIVE_INFINITY) cancel = clock.after(Math.max(0, dueMs - clock.nowMs()), again)
  }

  function again(): void {
    const nowMs = clock.nowMs()
    const due = [...rounds].filter(([, { dueMs }]) => dueMs <= nowMs + 20)
    for (const [address, { sinceMs, repeats }] of due) {
      const after = repeatsMs[repeats + 1]
      rounds.set(address, {
        sinceMs,
        repeats: repeats + 1,
        dueMs: after === undefined ? nowMs + everMs : sinceMs + after,
      })
    }
    plan()
    void send(due.map(([address]) => address))
  }

  return {
    announce(addresses) {
      const sinceMs = clock.nowMs()
      for (const address of addresses) rounds.set(address, { sinceMs, repeats: 0, dueMs: sinceMs + repeatsMs[0]! })
      plan()
      const told = greeted
      greeted = new Set()
      for (const address of addresses) greeting.delete(address)
      void send(addresses, told)
    },
    greet(addresses) {
      for (const address of addresses) greeting.add(address)
      if (!isGreeting) void greetAll()
    },
    keep(addresses) {
      const sinceMs = clock.nowMs()
      for (const address of addresses) {
        if (!rounds.has(address)) rounds.set(address, { sinceMs, repeats: repeatsMs.length, dueMs: sinceMs + everMs })
      }
      plan()
    },
    forget(addresses) {
      for (const address of addresses) rounds.delete(address)
      plan()
    },
    close() {
      closed = true
      cancel()
      rounds.clear()
      options.sender.close()
    },
  }
}

const isFullStop = (line: string): boolean => line === '.'

const lineOf = ({ index }: Neighbourhood, frame: string): string => `${index} ${frame}\n`

function framesOf({ family, mac, address, isRouter }: Neighbourhood): readonly string[] {
  return family === 4 ? arpFrames(mac, address) : [advertisementFrame(mac, address, isRouter)]
}
