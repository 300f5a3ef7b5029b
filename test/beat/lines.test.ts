import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { newHeard, newLines } from '../../src/beat/heardLines.ts'
import { fromWire, toWire } from '../../src/beat/lines.ts'
import { newOffences, offenceText } from '../../src/beat/offences.ts'
import { readLine } from '../../src/beat/readLine.ts'
import type { Claim, GroupName, LinkName, NodeId, Report } from '../../src/types.ts'

const claim: Claim = {
  assignment: {
    owner: 'alice' as NodeId,
    epoch: { counter: 3, minter: 'bob' as NodeId },
    by: 'operator',
    because: 'takeover',
  },
  state: 'running',
  failed: false,
  dark: true,
  newest: false,
  unready: false,
  outdated: false,
  halts: 0,
}
const report: Report = {
  standby: true,
  leaving: false,
  left: false,
  unwritable: false,
  configDigest: 0xffffffff,
  groupsDigest: 2,
  pings: 2,
  dead: new Set(['bob' as NodeId]),
  claims: new Map([['web' as GroupName, claim]]),
}
const settings = {
  clusterName: 'tandem',
  self: 'alice',
  nodes: ['alice', 'bob'],
  timing: { keepaliveMs: 1000, warntimeMs: 3000, deadtimeMs: 10_000, initdeadMs: 60_000 },
  links: [
    { kind: 'bcast', name: 'bcast eth0', device: 'eth0', port: 694 },
    {
      kind: 'mcast',
      name: 'mcast eth0 225.0.0.1 694 1 0',
      device: 'eth0',
      group: '225.0.0.1',
      port: 694,
      ttl: 1,
      loop: false,
    },
  ],
  gen: 4,
  genGuessed: false,
  keys: { send: 1, secrets: { 1: '00ff'.repeat(16) } },
  groups: ['web'],
}

describe('there and back through JSON', () => {
  test('a report', () => {
    expect(fromWire(JSON.parse(JSON.stringify(toWire(report))))).toEqual(report)
  })

  const heard = {
    from: 'bob' as NodeId,
    gen: 2,
    boot: 'b'.repeat(32),
    seq: 9,
    atMs: 1.5,
    link: 'bcast eth0' as LinkName,
    echoedSentAtMs: 1.25,
    managerAgeMs: 7,
    realtime: true,
    report,
  }

  test('a heard datagram, also without report and echo', () => {
    for (const one of [heard, { ...heard, echoedSentAtMs: undefined, report: undefined }]) {
      const line = JSON.parse(JSON.stringify(newLines()({ type: 'heard', heard: one })))
      expect(newHeard()(line.heard)).toEqual(one)
    }
  })

  test('a report that says the same is sent once, and is the same object when it is read', () => {
    const [write, read] = [newLines(), newHeard()]
    const pass = (one: typeof heard) => {
      const line = JSON.parse(JSON.stringify(write({ type: 'heard', heard: one })))
      return { sent: line.heard.report !== undefined, heard: read(line.heard) }
    }
    const first = pass(heard)
    const again = pass({ ...heard, seq: 10, report: { ...report, claims: new Map(report.claims) } })
    expect([first.sent, again.sent]).toEqual([true, false])
    expect(again.heard).toEqual({ ...heard, seq: 10 })
    expect(again.heard.report).toBe(first.heard.report)
    const other = pass({ ...heard, from: 'carol' as NodeId })
    expect(other.sent).toBe(true)
    const changed = pass({ ...heard, report: { ...report, standby: false } })
    expect(changed.heard.report).toEqual({ ...report, standby: false })
    expect(pass({ ...heard, report }).sent).toBe(true) // as it was before the last one
  })

  test('a report that could not be read in between changes nothing', () => {
    const [write, read] = [newLines(), newHeard()]
    const pass = (one: Omit<typeof heard, 'report'> & { report: Report | undefined }) => {
      const line = JSON.parse(JSON.stringify(write({ type: 'heard', heard: one })))
      return read(line.heard).report
    }
    expect([heard, { ...heard, report: undefined }, heard].map(pass)).toEqual([report, undefined, report])
  })
})

describe('lines of the manager', () => {
  test('sound ones are read as they are', () => {
    const lines = [
      { type: 'settings', settings },
      { type: 'settings', settings: { ...settings, avoid: ['10.0.0.9'] } },
      { type: 'report', report: toWire(report), turnMs: 5.25 },
      { type: 'alive', turnMs: 6 },
      { type: 'stats?' },
      { type: 'end' },
    ]
    for (const line of lines) expect(readLine(JSON.stringify(line))).toEqual(line)
  })

  test.each([
    ['not JSON', '{'],
    ['not an object', '[]'],
    ['unknown type "shout"', '{"type":"shout"}'],
    ['turnMs is null', '{"type":"alive","turnMs":null}'],
    ['settings: gen is -1', JSON.stringify({ type: 'settings', settings: { ...settings, gen: -1 } })],
    [
      'settings: keys is',
      JSON.stringify({ type: 'settings', settings: { ...settings, keys: { send: 2, secrets: { 1: 'aa' } } } }),
    ],
    [
      'settings: keys is',
      JSON.stringify({ type: 'settings', settings: { ...settings, keys: { send: 1, secrets: { 1: 'xy' } } } }),
    ],
    [
      'settings: links is',
      JSON.stringify({ type: 'settings', settings: { ...settings, links: [{ kind: 'serial' }] } }),
    ],
    [
      'report: claims is',
      JSON.stringify({ type: 'report', turnMs: 1, report: { ...toWire(report), claims: [['web', {}]] } }),
    ],
    ['report: dead is', JSON.stringify({ type: 'report', turnMs: 1, report: { ...toWire(report), dead: [1] } })],
    [
      'report: truce is',
      JSON.stringify({ type: 'report', turnMs: 1, report: { ...toWire(report), truce: { epoch: 1 } } }),
    ],
    ['report: left is', JSON.stringify({ type: 'report', turnMs: 1, report: { ...toWire(report), left: 'no' } })],
  ])('%s', (problem, text) => {
    expect(readLine(text)).toEqual({ problem: expect.stringContaining(problem) })
  })

  property.prop([fc.json()])('any JSON is read or named, never thrown at', text => {
    expect(typeof readLine(text)).toBe('object')
  })
})

describe('offences', () => {
  test('counted each time, told once a minute for each source', () => {
    let nowMs = 0
    const offences = newOffences(() => nowMs)
    expect(offences.note('wrong-key', '10.0.0.3')).toBe('wrong-key')
    expect(offences.note('unknown-key', '10.0.0.3')).toBeUndefined()
    expect(offences.note('wrong-key', '10.0.0.4')).toBe('wrong-key')
    expect(offences.note('short', '10.0.0.3')).toBeUndefined()
    nowMs = 60_000
    expect(offences.note('wrong-key', '10.0.0.3')).toBe('wrong-key')
    expect(offences.counts()).toEqual({ 'wrong-key': 3, 'unknown-key': 1, short: 1 })
  })

  test('a flood of made-up sources takes no memory', () => {
    let nowMs = 0
    const offences = newOffences(() => nowMs)
    const told = Array.from({ length: 1000 }, (_, index) => offences.note('wrong-key', `10.0.${index}.1`))
    expect(told.filter(offence => offence !== undefined).length).toBe(64)
    nowMs = 60_000
    expect(offences.note('wrong-key', '10.9.9.9')).toBe('wrong-key')
  })

  test('each text names the source and what to do', () => {
    for (const offence of ['wrong-key', 'wrong-cluster', 'unknown-node', 'version'] as const) {
      expect(offenceText(offence, '10.0.0.3', 'bcast eth0', { keyId: 1, version: 3 })).toMatch(
        /10\.0\.0\.3 \(bcast eth0\).*:.+/,
      )
    }
  })
})
