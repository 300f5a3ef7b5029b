/** Ping nodes: one `ping` child per address, whose replies tell the core that the network around us is there. */
import { networkInterfaces } from 'node:os'
import { type Clock, monotonicClock } from '../../agents/clock.ts'
import { longLived, realChild, type SpawnChild } from '../../agents/longLived.ts'
import { readPingLine } from './pingLine.ts'
import { sendTimes } from './sendTime.ts'

/** A ping node, or a group of them: any of the addresses that answers is an answer of the name. */
export interface PingNode {
  readonly name: string
  readonly addresses: readonly string[]
}

/** The ping node of that name answered a probe that was sent at this monotonic instant. */
export interface PingEvent {
  readonly type: 'ping'
  readonly name: string
  readonly atMs: number
}

export interface PingsOptions {
  readonly pings: readonly PingNode[]
  readonly keepaliveMs: number
  readonly post: (event: PingEvent) => void
  /** For the log: each sentence once. */
  readonly trouble: (text: string) => void
  readonly clock?: Clock
  readonly dateMs?: () => number
  readonly spawnChild?: SpawnChild
  readonly ownAddresses?: () => ReadonlySet<string>
}

export interface PingFigures {
  readonly name: string
  readonly address: string
  readonly replies: number
  /** Lines that are not what ping prints, or replies that are damaged. */
  readonly nonsense: number
  /** Lines that nobody looked at, because too many came at once. */
  readonly unread: number
}

export interface Pings {
  /** What somebody has to mend, as sentences. A ping node that is just silent is none. */
  troubles(): readonly string[]
  figures(): readonly PingFigures[]
  /** Ends all children. */
  close(): void
}

/** What ping grants to everybody, root or not. */
const shortestIntervalMs = 200
/** Per interval; a ping node that answers often enough for more is answering. */
const mostLines = 50
/** That the log gets about one address. */
const mostSentences = 20
const complaintMs = 50
/** How long it is believed that an address is not of this host. */
const ownLookMs = 60_000

export function openPings(options: PingsOptions): Pings {
  const children = options.pings.flatMap(({ name, addresses }) => addresses.map(one => openPing(name, one, options)))
  return {
    troubles: () => children.flatMap(child => child.trouble() ?? []),
    figures: () => children.map(child => child.figures()),
    close() {
      for (const child of children) child.close()
    },
  }
}

interface Ping {
  trouble(): string | undefined
  figures(): PingFigures
  close(): void
}

function openPing(name: string, address: string, options: PingsOptions): Ping {
  const { clock = monotonicClock, spawnChild = realChild, dateMs = Date.now, ownAddresses = addressesHere } = options
  const { keepaliveMs, post } = options
  const intervalMs = Math.max(keepaliveMs, shortestIntervalMs)
  const times = sendTimes(clock.nowMs, dateMs)
  let newestMs = Number.NEGATIVE_INFINITY
  let replies = 0
  let nonsense = 0
  let unread = 0
  let trouble: string | undefined
  let closed = false
  let window = { fromMs: clock.nowMs(), lines: 0 }
  let ownLookedAtMs = Number.NEGATIVE_INFINITY
  const own = new Set<string>()
  const told = new Set<string>()

  function tell(text: string): void {
    trouble = `ping node ${name}: ${text}`
    if (told.has(trouble) || told.size >= mostSentences) return
    told.add(trouble)
    options.trouble(trouble)
  }

  /** One that was ours once stays so: with the cable out the system does not list it, and answers all the same. */
  function isOwn(from: string): boolean {
    if (clock.nowMs() - ownLookedAtMs >= ownLookMs) {
      ownLookedAtMs = clock.nowMs()
      if (ownAddresses().has(from)) own.add(from)
    }
    return own.has(from)
  }

  function tooMany(): boolean {
    if (clock.nowMs() - window.fromMs >= intervalMs) window = { fromMs: clock.nowMs(), lines: 0 }
    window.lines += 1
    return window.lines > mostLines
  }

  function take(text: string): void {
    if (closed) return
    if (tooMany()) {
      unread += 1
      return
    }
    const line = readPingLine(text)
    if (line.type === 'nonsense') nonsense += 1
    if (line.type !== 'reply') return
    const atMs = times.sentAtMs(line)
    if (isOwn(line.from)) return tell(`${line.from} is an address of this host; write that of a router`)
    replies += 1
    trouble = undefined
    if (atMs <= newestMs) return // doubled, or overtaken
    newestMs = atMs
    post({ type: 'ping', name, atMs })
  }

  function complain(text: string): void {
    const [, words] = /^ping6?: (.+)/.exec(text) ?? [] // the rest is usage
    if (!closed && words !== undefined && !words.startsWith('Warning: ')) tell(remedy(words))
  }

  function ended(why: string): void {
    if (child.missing) return tell('ping is not installed; apt-get install iputils-ping')
    // What it complained of may come after its end, and says more.
    clock.after(complaintMs, () => {
      if (!closed && trouble === undefined) tell(`ping ${address} ${why}`)
    })
  }

  const child = longLived({
    file: 'ping',
    // -O prints something for each probe: once we are gone, the next line ends it. -U, -D: see sendTime.ts.
    args: ['-n', '-D', '-O', '-U', '-i', String(intervalMs / 1_000), '--', address],
    clock,
    spawnChild,
    always: true,
    onLine: take,
    onComplaint: complain,
    onEnd: ended,
  })
  child.wake()

  return {
    trouble: () => trouble,
    figures: () => ({ name, address, replies, nonsense, unread }),
    close() {
      closed = true
      child.close()
    },
  }
}

function remedy(text: string): string {
  if (/not known|name resolution|No address associated|unknown host/i.test(text)) return `${text}; write the address`
  if (/invalid option|unrecognized option/i.test(text)) return `ping says "${text}"; install ping of iputils`
  return text
}

function addressesHere(): ReadonlySet<string> {
  return new Set(Object.values(networkInterfaces()).flatMap(list => (list ?? []).map(one => one.address)))
}
