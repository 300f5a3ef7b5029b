import { describe, expect, test } from 'vitest'
import { renderLinks } from '../../src/cli/renderLinks.ts'
import type { HearingRow, LinkStatus, NodeStatus, Status } from '../../src/daemon/protocol.ts'
import { says, type, withDaemon } from './fake.ts'

const up: LinkStatus = { name: 'bcast eth0', state: 'up', received: 40_000, lost: 0, lastS: 0.4, longestGapS: 1.1 }
const node = (name: string, here: boolean, links: readonly LinkStatus[] = []): NodeStatus => ({
  name,
  state: 'up',
  here,
  standby: false,
  leaving: false,
  links,
})
const allWell = (names: readonly string[]): readonly HearingRow[] =>
  names.map(listener => ({
    listener,
    known: true,
    hears: names.filter(name => name !== listener).map(name => ({ node: name, state: 'hears', lastS: 0.5 })),
  }))

function statusOf(names: readonly string[], changes: Partial<Status> = {}): Status {
  return {
    schema: 'tandem/status/v1',
    version: '0',
    cluster: 'lab',
    node: names[0]!,
    time: '',
    state: 'ok',
    headline: 'all well',
    problems: [],
    timing: { keepaliveS: 1, warntimeS: 3, deadtimeS: 10, initdeadS: 60 },
    autoFailback: false,
    nodes: names.map((name, index) => node(name, index === 0, index === 0 ? [] : [up])),
    groups: [],
    hearing: { rows: allWell(names), cuts: [] },
    beat: { state: 'up', realtime: true, lateMaxMs: 0, pauses: 0, refused: {} },
    lease: { seconds: 0 },
    ...changes,
  }
}
const told = (status: Status): string => renderLinks(status, { width: 80, color: false })

const oneWay: Status = statusOf(['alpha', 'beta', 'gamma'], {
  state: 'degraded',
  nodes: [
    node('alpha', true),
    node('beta', false, [
      { ...up, lost: 400, longestGapS: 4.2 },
      { ...up, name: 'mcast eth1 239.0.0.42 694', state: 'dead', lost: 3, lastS: 300 },
    ]),
    node('gamma', false, [up, { name: 'bcast eth1', state: 'unseen', received: 0, lost: 0, longestGapS: 0 }]),
  ],
  hearing: {
    rows: [
      {
        listener: 'alpha',
        known: true,
        hears: [
          { node: 'beta', state: 'hears', lastS: 0.4 },
          { node: 'gamma', state: 'late', lastS: 4.1 },
        ],
      },
      {
        listener: 'beta',
        known: true,
        hears: [
          { node: 'alpha', state: 'deaf', lastS: 42 },
          { node: 'gamma', state: 'silent' },
        ],
      },
      { listener: 'gamma', known: false, hears: [] },
    ],
    cuts: [
      {
        kind: 'one-way',
        deaf: ['beta'],
        unheard: ['alpha'],
        text: 'beta does not hear alpha, though alpha hears beta: a one-way cut',
        fix: 'look at what leaves alpha, and at what reaches beta (tandem status there counts what it refuses)',
      },
    ],
  },
})

describe('who hears whom', () => {
  test('all well', () => {
    expect(told(statusOf(['alpha', 'beta']))).toBe(`\
who hears whom: each row listens, each column is heard; seconds since the last
heartbeat had arrived there when it last said so
      alpha  beta
alpha     .   0.5
beta    0.5     .

no cut: every node hears every other

what alpha (this node) hears over each link:
from  link        state  lost  longest gap  last
beta  bcast eth0  up     0 %   1.1 s        0.4 s ago
`)
  })

  test('a one-way cut, a late one, one of which nothing is known; loss and gaps of each link', () => {
    expect(told(oneWay)).toBe(`\
who hears whom: each row listens, each column is heard; seconds since the last
heartbeat had arrived there when it last said so
      alpha  beta gamma
alpha     .   0.4   4.1
beta   DEAF     .     -
gamma     ?     ?     .
DEAF does not hear it though it lives; - heard by nobody for long; ? not known:
nothing arrives here that tells

beta does not hear alpha, though alpha hears beta: a one-way cut
  fix: look at what leaves alpha, and at what reaches beta (tandem status there
       counts what it refuses)

what alpha (this node) hears over each link:
from   link                       state        lost    longest gap  last
beta   bcast eth0                 up           1.0 %   4.2 s        0.4 s ago
beta   mcast eth1 239.0.0.42 694  DEAD         <0.1 %  1.1 s        5 min ago
gamma  bcast eth0                 up           0 %     1.1 s        0.4 s ago
gamma  bcast eth1                 never heard  -       -            -
`)
  })

  test('a dead peer may hear us: only it can tell', () => {
    const rows: HearingRow[] = [
      { listener: 'alpha', known: true, hears: [{ node: 'beta', state: 'silent', lastS: 20 }] },
      { listener: 'beta', known: false, hears: [] },
    ]
    const status = statusOf(['alpha', 'beta'], { hearing: { rows, cuts: [] } })
    expect(told(status)).toMatch(
      /whether it hears this node cannot be told: if\s+it runs, type there: tandem status --links/,
    )
    const left = status.nodes.map(one => ({ ...one, links: [] }))
    expect(told({ ...status, nodes: left })).toContain('no cut is seen')
    expect(told({ ...status, nodes: left })).not.toContain('if it runs')
  })

  test('no answer of the heartbeat process', () => {
    const { hearing: _, ...silent } = statusOf(['alpha', 'beta'])
    expect(told(silent)).toMatch(/^who hears whom is not known now/)
    expect(told(silent)).toContain('bcast eth0')
  })
})

describe('size', () => {
  const widths = (text: string): number => Math.max(...text.split('\n').map(line => line.length))

  test.each([2, 3, 5, 8, 9, 12, 13, 16])('%i nodes with names of any length fit into 80 columns', count => {
    for (const size of [1, 6, 12, 30]) {
      const names = Array.from({ length: count }, (_, i) => `${'node'.repeat(8).slice(0, size)}${i + 1}`)
      const rows = allWell(names).map(row => ({
        ...row,
        hears: row.hears.map(one => ({ ...one, state: 'deaf' as const })),
      }))
      const text = told(statusOf(names, { hearing: { rows, cuts: [] } }))
      expect(widths(text)).toBeLessThanOrEqual(80)
      const lines = text.split('\n').slice(3, 3 + count)
      for (const line of lines) expect(line.match(/DEAF|XXX/g)).toHaveLength(count - 1)
      for (const line of lines) expect(line.match(/\./g)).toHaveLength(1)
    }
  })

  test('where names do not fit as headings the rows are numbered; a domain is left out', () => {
    const names = Array.from({ length: 16 }, (_, i) => `server-${i + 1}.example.org`)
    const lines = told(statusOf(names)).split('\n')
    expect(lines[2]).toMatch(/^ +1 +2 .* 16$/)
    expect(lines[3]).toMatch(/^ 1 server-1 +\. 0\.5/)
    expect(lines[18]).toMatch(/^16 server-16 +0\.5 .* \.$/)
    expect(told(statusOf(['a.example.org', 'a.example.com']))).toContain('a.example.com')
  })

  test('colours change no letter', () => {
    const coloured = renderLinks(oneWay, { width: 80, color: true })
    expect(coloured.replaceAll(/\u001b\[\d+m/g, '').replaceAll(/ +$/gm, '')).toBe(told(oneWay))
    expect(coloured).not.toBe(told(oneWay))
  })
})

describe('tandem status --links', () => {
  test('shows the page; the exit code is that of status', () =>
    withDaemon(says({ done: true, status: oneWay }), async ({ runDir }) => {
      expect(await type(['tandem', 'status', '--links', '--run-dir', runDir])).toEqual({
        code: 6,
        out: told(oneWay),
        err: '',
      })
    }))

  test('as JSON it is the whole status', () =>
    withDaemon(says({ done: true, status: oneWay }), async ({ runDir }) => {
      const { out } = await type(['tandem', 'status', '--links', '--json', '--run-dir', runDir])
      expect(JSON.parse(out)).toEqual(oneWay)
    }))

  test('is not about a group', async () => {
    expect(await type(['tandem', 'status', '--links', 'web'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--links is about nodes'),
    })
  })
})
