import { beforeEach, describe, expect, test } from 'vitest'
import type { ChildEvents, SpawnChild } from '../../../src/agents/longLived.ts'
import { openPings, type PingEvent, type Pings } from '../../../src/daemon/outside/pings.ts'
import { type FakeClock, fakeClock } from '../../agents/fakes.ts'

interface FakePing {
  readonly args: readonly string[]
  readonly events: ChildEvents
  killed: boolean
}

/** The date and the monotonic clock differ by this. */
const dateAheadMs = 1_700_000_000_000
let clock: FakeClock
let children: FakePing[]
let posted: PingEvent[]
let log: string[]
let own: Set<string>

beforeEach(() => {
  clock = fakeClock()
  children = []
  posted = []
  log = []
  own = new Set(['10.0.0.1'])
})

const spawnChild: SpawnChild = (_file, args, events) => {
  const child = { args, events, killed: false }
  children.push(child)
  return {
    write: () => {},
    kill() {
      child.killed = true
    },
  }
}

function open(pings: { name: string; addresses: string[] }[], keepaliveMs = 1_000): Pings {
  const dateMs = (): number => Math.floor(clock.nowMs()) + dateAheadMs
  return openPings({
    pings,
    keepaliveMs,
    post: event => void posted.push(event),
    trouble: text => void log.push(text),
    clock,
    dateMs,
    spawnChild,
    ownAddresses: () => own,
  })
}

const gateway = (): Pings => open([{ name: 'gw', addresses: ['10.0.0.254'] }])
function replyLine({ from = '10.0.0.254', tookMs = 2, lagMs = 0, more = '' } = {}): string {
  const seconds = (clock.nowMs() - lagMs + dateAheadMs) / 1_000
  return `[${seconds.toFixed(6)}] 64 bytes from ${from}: icmp_seq=1 ttl=64 time=${tookMs} ms${more}`
}

test('one child per address; each answer counts for its name', async () => {
  const pings = open([
    { name: 'gw', addresses: ['10.0.0.254'] },
    { name: 'both', addresses: ['10.0.0.253', 'fd00::1'] },
  ])
  expect(children.map(({ args }) => args.at(-1))).toEqual(['10.0.0.254', '10.0.0.253', 'fd00::1'])
  children[2]!.events.line(replyLine({ from: 'fd00::1' }))
  await clock.advance(100)
  children[1]!.events.line(replyLine({ from: '10.0.0.253', tookMs: 90 }))
  expect(posted.map(({ name, atMs }) => [name, Math.round(clock.nowMs() - atMs)])).toEqual([
    ['both', 103],
    ['both', 91],
  ])
  expect(posted.every(({ type }) => type === 'ping')).toBe(true)
  pings.close()
  expect(children.every(({ killed }) => killed)).toBe(true)
})

test.each([
  [100, '0.2'],
  [200, '0.2'],
  [250, '0.25'],
  [1_000, '1'],
  [2_500, '2.5'],
])('a keepalive of %i ms is an interval of %s s', (keepaliveMs, seconds) => {
  open([{ name: 'gw', addresses: ['10.0.0.254'] }], keepaliveMs)
  const { args } = children[0]!
  expect(args[args.indexOf('-i') + 1]).toBe(seconds)
})

test('an address can never be taken for an option', () => {
  gateway()
  expect(children[0]!.args.slice(-2)).toEqual(['--', '10.0.0.254'])
})

test('lines read late are not fresh', async () => {
  gateway()
  await clock.advance(20_000)
  children[0]!.events.line(replyLine({ lagMs: 15_000 }))
  expect(clock.nowMs() - posted[0]!.atMs).toBeGreaterThanOrEqual(15_002)
})

test('chatter is nothing, nonsense is counted, neither is an answer', () => {
  const pings = gateway()
  for (const line of ['PING x', '[1.0] no answer yet for icmp_seq=1', 'what?', replyLine({ more: ' (BAD CHECKSUM!)' })])
    children[0]!.events.line(line)
  expect(posted).toEqual([])
  expect(pings.figures()).toEqual([{ name: 'gw', address: '10.0.0.254', replies: 0, nonsense: 2, unread: 0 }])
  expect(pings.troubles()).toEqual([])
})

test('a flood of doubles is one event, and is not even read', async () => {
  const pings = gateway()
  await clock.advance(1_000)
  for (let i = 0; i < 10_000; i += 1) children[0]!.events.line(replyLine({ tookMs: 3, more: i > 0 ? ' (DUP!)' : '' }))
  expect(posted).toHaveLength(1)
  expect(pings.figures()[0]!.unread).toBe(9_950)
  await clock.advance(1_000)
  children[0]!.events.line(replyLine())
  expect(posted).toHaveLength(2)
})

test('an older answer that comes later is no news', async () => {
  gateway()
  await clock.advance(5_000)
  children[0]!.events.line(replyLine({ tookMs: 10 }))
  children[0]!.events.line(replyLine({ tookMs: 2_000 }))
  expect(posted).toHaveLength(1)
})

describe('troubles', () => {
  test('a name that nobody knows', async () => {
    const pings = gateway()
    children[0]!.events.complaint('ping: gw.example: Name or service not known')
    children[0]!.events.ended('ended with exit code 2', false)
    await clock.advance(30_000)
    expect(pings.troubles()).toEqual(['ping node gw: gw.example: Name or service not known; write the address'])
    expect(log).toEqual(pings.troubles())
    expect(children.length).toBeGreaterThan(1)
  })

  test('what it complained of after its end is the reason; usage is not', async () => {
    const pings = gateway()
    children[0]!.events.ended('ended with exit code 2', false)
    children[0]!.events.complaint("ping: invalid option -- 'O'")
    children[0]!.events.complaint('Usage')
    await clock.advance(100)
    expect(pings.troubles()).toEqual([`ping node gw: ping says "invalid option -- 'O'"; install ping of iputils`])
  })

  test('an end without a word; the next answer makes it good', async () => {
    const pings = gateway()
    children[0]!.events.ended('was killed by SIGKILL', false)
    await clock.advance(100)
    expect(pings.troubles()).toEqual(['ping node gw: ping 10.0.0.254 was killed by SIGKILL'])
    expect(children).toHaveLength(2)
    children[1]!.events.line(replyLine())
    expect(pings.troubles()).toEqual([])
    expect(posted).toHaveLength(1)
  })

  test('one that ends again and again is said once, and started once a second', async () => {
    gateway()
    for (let i = 0; i < 600; i += 1) {
      children.at(-1)!.events.complaint('ping: connect: Network is unreachable')
      children.at(-1)!.events.ended('ended with exit code 2', false)
      await clock.advance(100)
    }
    expect(log).toEqual(['ping node gw: connect: Network is unreachable'])
    expect(children.length).toBeGreaterThan(50)
    expect(children.length).toBeLessThan(70)
  })

  test('ping is not installed', async () => {
    const pings = gateway()
    children[0]!.events.ended('spawn ping ENOENT', true)
    await clock.advance(60_000)
    expect(children).toHaveLength(1)
    expect(pings.troubles()).toEqual(['ping node gw: ping is not installed; apt-get install iputils-ping'])
  })

  test('a clock that was set is not a trouble', () => {
    const pings = gateway()
    children[0]!.events.complaint('ping: Warning: time of day goes back (-3600us), taking countermeasures')
    expect(pings.troubles()).toEqual([])
  })
})

describe('an address of this host', () => {
  test('proves nothing', () => {
    own.add('10.0.0.254')
    const pings = gateway()
    children[0]!.events.line(replyLine())
    expect(posted).toEqual([])
    expect(pings.troubles()).toEqual(['ping node gw: 10.0.0.254 is an address of this host; write that of a router'])
  })

  test('that came later is noticed within a minute, and stays noticed with the cable out', async () => {
    gateway()
    children[0]!.events.line(replyLine())
    expect(posted).toHaveLength(1)
    own.add('10.0.0.254')
    await clock.advance(61_000)
    children[0]!.events.line(replyLine())
    expect(posted).toHaveLength(1)
    own.clear()
    await clock.advance(61_000)
    children[0]!.events.line(replyLine())
    expect(posted).toHaveLength(1)
  })
})

test('nothing is posted after the end', async () => {
  const pings = gateway()
  pings.close()
  children[0]!.events.line(replyLine())
  children[0]!.events.ended('was killed by SIGKILL', false)
  await clock.advance(10_000)
  expect(posted).toEqual([])
  expect(log).toEqual([])
  expect(children).toHaveLength(1)
})
