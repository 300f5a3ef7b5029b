import { describe, expect, test } from 'vitest'
import { newBeat } from '../../src/membership/beat-state.ts'
import { beatStep, nextBeatMs } from '../../src/membership/heartbeat.ts'
import { newsAtOnce } from '../../src/membership/news.ts'
import type { GroupName, LinkName, NodeId, Report } from '../../src/types.ts'
import { eth0, eth1, newWorld, quiet, timing, type World } from './beat-world.ts'

const pair = () => {
  const world = newWorld()
  world.start('alice')
  world.start('bob')
  return world
}

describe('the schedule', () => {
  test('nothing leaves and nothing is due before settings and a first report', () => {
    expect(nextBeatMs(newBeat)).toBe(Number.POSITIVE_INFINITY)
    const config = {
      self: 'a' as NodeId,
      nodes: ['a' as NodeId],
      timing,
      links: [],
      gen: 1,
      genGuessed: false,
      realtime: false,
    }
    const [set, first] = beatStep(newBeat, { type: 'settings', config, boot: 'b'.repeat(32) }, 0)
    expect(first).toEqual([])
    const [, ticked] = beatStep(set, { type: 'timer' }, 1000)
    expect(ticked).toEqual([{ type: 'tell', line: { type: 'turn', atMs: 1000, lateMs: 0 } }])
  })

  test('a timer that comes too early changes nothing', () => {
    const world = pair()
    world.run(100)
    const { state } = world.machine('alice')
    expect(beatStep(state, { type: 'timer' }, 999.9)).toEqual([state, []])
  })

  test('a fixed rate: lateness moves nothing, missed ones are not made up for', () => {
    const world = newWorld()
    world.start('alice')
    world.run(2500)
    world.machine('alice').pausedUntilMs = 3200
    world.run(2000)
    world.machine('alice').pausedUntilMs = 6700
    world.run(3500)
    expect(world.machine('alice').sent.map(({ atMs }) => atMs)).toEqual([0, 1000, 2000, 3200, 4000, 6700, 7000, 8000])
  })

  test('news leaves at once and does not shift the schedule; the same report again is no news', () => {
    const world = pair()
    world.run(1500)
    const before = world.machine('alice').sent.length
    world.post('alice', { type: 'report', report: { ...quiet, claims: new Map() }, turnMs: 1500 })
    expect(world.machine('alice').sent.length).toBe(before)
    world.post('alice', { type: 'report', report: { ...quiet, standby: true }, turnMs: 1500 })
    expect(world.machine('alice').sent.length).toBe(before + 1)
    world.run(1)
    expect(world.lastHeard('bob')).toMatchObject({ atMs: 1501, report: { standby: true } })
    world.run(600)
    expect(world.machine('alice').sent.at(-1)).toMatchObject({ atMs: 2000 })
  })

  test('much news at once: the first of it leaves, the rest in one heartbeat soon after, and a vote never waits', () => {
    const world = pair()
    world.run(1500)
    const before = world.machine('alice').sent.length
    const say = (changes: Partial<Report>): void =>
      world.post('alice', { type: 'report', report: { ...quiet, ...changes }, turnMs: 1500 })
    for (let pings = 1; pings <= 30; pings += 1) say({ pings })
    expect(world.machine('alice').sent.length).toBe(before + newsAtOnce)
    world.run(49)
    expect(world.machine('alice').sent.length).toBe(before + newsAtOnce)
    world.run(2)
    expect(world.machine('alice').sent.length).toBe(before + newsAtOnce + 1)
    expect(world.lastHeard('bob')).toMatchObject({ atMs: 1551, report: { pings: 30 } })
    say({ pings: 31 })
    expect(world.machine('alice').sent.length).toBe(before + newsAtOnce + 1)
    say({ pings: 31, dead: new Set(['carol' as NodeId]) })
    expect(world.machine('alice').sent.length).toBe(before + newsAtOnce + 2)
    world.run(100)
    expect(world.machine('alice').sent.length).toBe(before + newsAtOnce + 2) // it had all that waited
    world.run(1000)
    say({ pings: 32 })
    expect(world.lines('alice', 'turn').map(({ atMs }) => atMs % 1000)).toEqual([0, 0]) // at keepalives only
    expect(world.machine('alice').sent.length).toBe(before + newsAtOnce + 4)
  })

  test('a changed claim is news, an equal one is not', () => {
    const world = pair()
    world.run(10)
    const say = (counter: number) => {
      const epoch = { counter, minter: 'alice' as NodeId }
      const assignment = { owner: 'bob' as NodeId, epoch, by: 'policy' as const, because: 'home' as const }
      const claims = new Map([
        [
          'web' as GroupName,
          {
            assignment,
            state: 'running' as const,
            failed: false,
            dark: false,
            newest: false,
            unready: false,
            outdated: false,
            halts: 0,
          },
        ],
      ])
      world.post('alice', { type: 'report', report: { ...quiet, claims } satisfies Report, turnMs: world.nowMs })
      return world.machine('alice').sent.length
    }
    const first = say(1)
    expect(say(1)).toBe(first)
    expect(say(2)).toBe(first + 1)
  })

  test('the age of a silent manager grows, one that speaks resets it', () => {
    const world = pair()
    world.run(5010)
    expect(world.lastHeard('bob')!.managerAgeMs).toBe(5000)
    world.post('alice', { type: 'alive', turnMs: 4900 })
    world.run(1500)
    expect(world.lastHeard('bob')!.managerAgeMs).toBe(1100)
    world.run(100_000)
    expect(world.lastHeard('bob')!.managerAgeMs).toBe(65_535)
  })

  test('the end: the last word three times, then exit', () => {
    const world = pair()
    world.run(10)
    const before = world.machine('alice').sent.length
    world.post('alice', { type: 'end' })
    expect(world.machine('alice').sent.length).toBe(before + 3)
    expect(world.machine('alice').exited).toBe(true)
  })
})

describe('the handshake', () => {
  test('two nodes are proven one round trip after the second is up', () => {
    const world = newWorld()
    world.start('alice')
    world.run(400)
    world.start('bob')
    world.run(1)
    expect(world.lines('alice', 'heard')).toEqual([])
    world.run(1)
    expect(world.lastHeard('bob')).toMatchObject({ from: 'alice', gen: 1, atMs: 402 })
    world.run(1)
    expect(world.lastHeard('alice')).toMatchObject({ from: 'bob', gen: 1, atMs: 403 })
    world.run(10)
    expect(world.lastHeard('bob')!.echoedSentAtMs).toBe(402)
    expect(world.lastHeard('alice')!.echoedSentAtMs).toBe(401)
  })

  test('an echo tells when I sent the newest one that the peer counts', () => {
    const world = pair()
    world.run(5_500)
    expect(world.lastHeard('alice')).toMatchObject({ atMs: 5001, echoedSentAtMs: 4000 })
    world.passes = (from, to) => !(from === 'alice' && to === 'bob')
    world.run(4_000)
    expect(world.lastHeard('alice')).toMatchObject({ atMs: 9001, echoedSentAtMs: 5000 })
  })

  test('three nodes find one another', () => {
    const world = newWorld()
    const nodes = ['alice', 'bob', 'carol'] as NodeId[]
    for (const name of nodes) world.start(name, { nodes })
    world.run(50)
    for (const name of nodes) {
      const others = new Set(world.lines(name, 'heard').map(line => line.heard.from))
      expect([...others].sort()).toEqual(nodes.filter(other => other !== name))
    }
    expect(nodes.map(name => world.machine(name).sent.length).every(count => count <= 6)).toBe(true)
  })

  test('own datagrams that come back are dropped', () => {
    const world = newWorld()
    world.start('alice')
    world.run(3500)
    expect(world.machine('alice').state.counts.own).toBe(4)
    expect(world.lines('alice', 'trouble')).toEqual([])
  })

  test('a recording of an earlier life proves nothing', () => {
    const world = pair()
    world.run(3000)
    const recorded = world.machine('bob').sent.map(({ datagram }) => datagram)
    world.kill('bob')
    world.run(10)
    world.start('alice', { gen: 2 })
    for (const datagram of recorded) {
      world.post('alice', { type: 'datagram', datagram, link: eth0 })
      world.run(10)
    }
    expect(world.lines('alice', 'heard')).toEqual([])
    expect(world.lines('alice', 'link')).toEqual([])
    expect(world.machine('alice').state.counts.hello).toBe(recorded.length)
  })

  test('a recording of this life, played to a silent cluster, keeps nobody alive', () => {
    const world = pair()
    world.run(3000)
    const recorded = world.machine('bob').sent.map(({ datagram }) => datagram)
    world.kill('bob')
    world.run(500)
    const before = world.lines('alice', 'heard').length
    for (const datagram of recorded) world.post('alice', { type: 'datagram', datagram, link: eth0 })
    expect(world.lines('alice', 'heard').length).toBe(before)
    expect(world.machine('alice').state.peers[0]!.paths[0]!.copies).toBe(recorded.length - 1)
  })

  test('hellos are answered at most ten times a second', () => {
    const world = newWorld()
    world.start('alice')
    world.run(10)
    const hello = { ...world.machine('alice').sent[0]!.datagram, from: 'bob' as NodeId, boot: 'f'.repeat(32) }
    const before = world.machine('alice').sent.length
    for (let seq = 1; seq <= 500; seq += 1) {
      world.post('alice', { type: 'datagram', datagram: { ...hello, seq }, link: eth0 })
      world.run(1)
    }
    expect(world.machine('alice').sent.length - before).toBe(10)
  })
})

describe('generations', () => {
  test('a peer that starts again replaces its session; the recording of the former one is refused', () => {
    const world = pair()
    world.run(2000)
    const recorded = world.machine('bob').sent.at(-1)!.datagram
    world.start('bob', { gen: 2 })
    world.run(10)
    expect(world.lastHeard('alice')).toMatchObject({ from: 'bob', gen: 2 })
    const heard = world.lines('alice', 'heard').length
    world.post('alice', { type: 'datagram', datagram: { ...recorded, seq: 9999 }, link: eth0 })
    expect(world.lines('alice', 'heard').length).toBe(heard)
    expect(world.machine('alice').state.counts.gen).toBe(1)
    expect(world.lines('alice', 'trouble')).toEqual([])
  })

  test('a hello of a higher generation does not displace a proven session', () => {
    const world = pair()
    world.run(2000)
    const { datagram } = world.machine('bob').sent.at(-1)!
    world.post('alice', {
      type: 'datagram',
      datagram: { ...datagram, boot: '9'.repeat(32), gen: 77, echoes: [] },
      link: eth0,
    })
    world.run(3010)
    expect(world.lastHeard('alice')).toMatchObject({ from: 'bob', gen: 1, atMs: 5001 })
  })

  test('a lower generation is refused, and both sides are told', () => {
    const world = newWorld()
    world.start('alice')
    world.start('bob', { gen: 7 })
    world.run(2010)
    world.start('bob', { gen: 3 })
    world.run(2000)
    expect(world.lastHeard('alice')).toMatchObject({ gen: 7 })
    expect(world.lines('alice', 'trouble')).toMatchObject([{ code: 'gen-refused', peer: 'bob' }])
    expect(world.lines('bob', 'trouble')).toMatchObject([{ code: 'gen-refused', peer: 'alice' }])
    expect(world.lines('bob', 'trouble')[0]!.text).toContain('generation 7')
    // It hears alice, but knows that alice does not count what it says.
    expect(world.lastHeard('bob')!.echoedSentAtMs).toBeUndefined()
  })

  test('a guessed generation is raised above what a peer knows, once', () => {
    const world = newWorld()
    world.start('alice')
    world.start('bob', { gen: 7 })
    world.run(2000)
    world.start('bob', { gen: 1, genGuessed: true })
    world.run(10)
    expect(world.lines('bob', 'gen')).toEqual([{ type: 'gen', gen: 8 }])
    expect(world.lastHeard('alice')).toMatchObject({ from: 'bob', gen: 8 })
    expect(world.lines('bob', 'trouble')).toEqual([])
  })

  test('once: of two peers that know different ones the first counts', () => {
    const world = newWorld()
    const nodes = ['alice', 'bob', 'carol'] as NodeId[]
    world.passes = (from, to) => !(from === 'alice' && to === 'carol') && !(from === 'carol' && to === 'alice')
    world.start('alice', { nodes })
    world.start('bob', { nodes, gen: 7 })
    world.run(100)
    world.kill('bob')
    world.start('carol', { nodes })
    world.start('bob', { nodes, gen: 20 })
    world.passes = (from, to) => from !== 'alice' && to !== 'alice'
    world.run(100)
    world.kill('bob')
    world.run(10)
    world.passes = () => true
    world.start('bob', { nodes, genGuessed: true })
    world.run(10)
    expect(world.lines('bob', 'gen').length).toBe(1)
  })

  test('what the former start had of me is void for the next one', () => {
    const world = pair()
    world.run(2500)
    expect(world.lastHeard('alice')!.echoedSentAtMs).toBeDefined()
    const { datagram } = world.machine('bob').sent.at(-1)!
    const echoes = datagram.echoes.map(echo => ({ ...echo, counted: false }))
    const next = { ...datagram, gen: 2, boot: '9'.repeat(32), seq: 1, echoes }
    world.post('alice', { type: 'datagram', datagram: next, link: eth0 })
    expect(world.lastHeard('alice')).toMatchObject({ gen: 2, echoedSentAtMs: undefined })
  })

  test('a guessed generation that somebody counts already stands', () => {
    const world = newWorld()
    const nodes = ['alice', 'bob', 'carol'] as NodeId[]
    world.start('carol', { nodes })
    world.start('bob', { nodes, gen: 7 })
    world.run(100)
    world.kill('bob')
    world.passes = (from, to) => from !== 'carol' && to !== 'carol'
    world.start('alice', { nodes })
    world.start('bob', { nodes, genGuessed: true })
    world.run(100)
    world.passes = () => true
    world.run(3000)
    expect(world.lines('bob', 'gen')).toEqual([])
    expect(world.lines('bob', 'trouble')).toMatchObject([{ code: 'gen-refused', peer: 'carol' }])
  })

  test('two machines with one name: the newcomer is refused, everybody is told', () => {
    const world = pair()
    world.run(2000)
    world.start('clone', { self: 'bob' as NodeId })
    world.run(5010)
    expect(world.lines('alice', 'trouble')).toMatchObject([{ code: 'same-name', peer: 'bob' }])
    expect(world.lines('bob', 'trouble')).toMatchObject([{ code: 'same-name', peer: 'bob' }])
    expect(new Set(world.lines('clone', 'trouble').map(line => line.code))).toEqual(
      new Set(['same-name', 'gen-refused']),
    )
    const { boot } = world.machine('bob').state
    expect(world.machine('alice').state.peers[0]!.session).toMatchObject({
      boot,
      newest: world.machine('bob').sent.length,
    })
    expect(world.lastHeard('clone')!.echoedSentAtMs).toBeUndefined()
  })

  test('an unproven datagram with the generation of a session raises no alarm', () => {
    const world = pair()
    world.run(2000)
    const { datagram } = world.machine('bob').sent.at(-1)!
    world.post('alice', { type: 'datagram', datagram: { ...datagram, boot: '9'.repeat(32), echoes: [] }, link: eth0 })
    expect(world.lines('alice', 'trouble')).toEqual([])
    expect(world.machine('alice').state.counts.sameName).toBe(1)
  })

  test('a refused recording of my own time raises no alarm: its echo is old', () => {
    const world = pair()
    world.run(2000)
    const { datagram } = world.machine('bob').sent.at(-1)!
    world.run(20_000)
    world.post('alice', { type: 'datagram', datagram: { ...datagram, boot: '9'.repeat(32) }, link: eth0 })
    expect(world.machine('alice').state.counts.sameName).toBe(1)
    expect(world.lines('alice', 'trouble')).toEqual([])
  })

  test('complaints come once a minute', () => {
    const world = pair()
    world.start('clone', { self: 'bob' as NodeId })
    world.run(59_000)
    expect(world.lines('alice', 'trouble').length).toBe(1)
    world.run(60_000)
    expect(world.lines('alice', 'trouble').length).toBe(2)
  })
})

describe('turns', () => {
  test('each keepalive, and at the instants at which silence matters', () => {
    const world = newWorld()
    world.start('alice')
    world.start('bob')
    world.run(2500)
    const heardAtMs = world.lastHeard('alice')!.atMs
    expect(heardAtMs).toBe(2001)
    world.kill('bob')
    world.run(12_000)
    const turns = world.lines('alice', 'turn').map(({ atMs }) => atMs)
    expect(turns.slice(2)).toEqual([
      3000, 4000, 5000, 5001, 6000, 7000, 8000, 9000, 10_000, 11_000, 12_000, 12_001, 13_000, 14_000,
    ])
    expect(world.lines('alice', 'turn').every(({ lateMs }) => lateMs === 0)).toBe(true)
  })

  test('a late wake-up says how late', () => {
    const world = newWorld()
    world.start('alice')
    world.machine('alice').pausedUntilMs = 1400
    world.run(3000)
    expect(world.lines('alice', 'turn')).toEqual([
      { type: 'turn', atMs: 1400, lateMs: 400 },
      { type: 'turn', atMs: 2000, lateMs: 0 },
      { type: 'turn', atMs: 3000, lateMs: 0 },
    ])
    expect(world.machine('alice').state.counts).toMatchObject({ pauses: 0, longestLateMs: 400 })
  })
})

describe('a pause of mine', () => {
  const paused = () => {
    const world = pair()
    world.run(2500)
    world.machine('alice').pausedUntilMs = 8300
    return world
  }

  test('is told first; what lay in the sockets is not passed on, what follows is', () => {
    const world = paused()
    world.run(5799)
    const before = world.machine('alice').lines.length
    world.run(1)
    const told = world.machine('alice').lines.slice(before)
    expect(told.map(({ line }) => line)).toEqual([{ type: 'turn', atMs: 8300, lateMs: 5300 }])
    expect(world.machine('alice').state.counts).toMatchObject({ stale: 6, pauses: 1 })
    world.run(1000)
    expect(world.lastHeard('alice')).toMatchObject({ atMs: 9001, echoedSentAtMs: 8300 })
  })

  test('the peer is told that its datagrams were read, but not that they count', () => {
    const world = paused()
    world.run(5800)
    world.post('alice', { type: 'report', report: { ...quiet, standby: true }, turnMs: 8300 })
    const { echoes } = world.machine('alice').sent.at(-1)!.datagram
    expect(echoes).toMatchObject([{ peer: 'bob', counted: false }])
    world.run(2)
    expect(world.lastHeard('bob')!.echoedSentAtMs).toBe(2000)
  })

  test('both paused at once: each believes the other again after a round trip', () => {
    const world = paused()
    world.machine('bob').pausedUntilMs = 8300
    world.run(8000)
    for (const name of ['alice', 'bob']) {
      const heard = world.lines(name, 'heard').map(line => line.heard.atMs)
      expect(heard.find(atMs => atMs > 2500)).toBe(9001)
    }
  })

  test('a peer that no longer hears me counts again after warntime', () => {
    const world = paused()
    world.passes = (from, to) => !(from === 'alice' && to === 'bob')
    world.run(5800)
    world.run(5000)
    const heard = world.lines('alice', 'heard').map(line => line.heard.atMs)
    expect(heard.filter(atMs => atMs > 2500)).toEqual([12_001, 13_001])
    expect(world.lastHeard('alice')!.echoedSentAtMs).toBe(2000)
  })

  test('a new start of the peer must prove afresh that it is from after the pause', () => {
    const world = paused()
    world.run(7000)
    const { datagram } = world.machine('bob').sent.at(-1)!
    const before = world.lines('alice', 'heard').length
    const echoes = datagram.echoes.map(echo => ({ ...echo, seq: 1 }))
    const old = { ...datagram, gen: 2, boot: '9'.repeat(32), seq: 1, echoes }
    world.post('alice', { type: 'datagram', datagram: old, link: eth0 })
    expect(world.lines('alice', 'heard').length).toBe(before)
  })

  test('a heartbeat leaves at once on waking, whether or not one was due', () => {
    const world = newWorld()
    const slow = { keepaliveMs: 4000, warntimeMs: 5000, deadtimeMs: 10_000, initdeadMs: 60_000 }
    world.start('alice', { timing: slow })
    world.start('bob', { timing: slow })
    world.run(4500)
    world.kill('bob')
    world.run(4000)
    world.machine('alice').pausedUntilMs = 11_600
    world.run(4000)
    expect(
      world
        .machine('alice')
        .sent.map(({ atMs }) => atMs)
        .slice(-3),
    ).toEqual([8000, 11_600, 12_000])
  })

  test('silence is measured from the waking', () => {
    const world = paused()
    world.kill('bob')
    world.run(20_000)
    const turns = world.lines('alice', 'turn').map(({ atMs }) => atMs)
    expect(turns).toContain(8300 + timing.warntimeMs)
    expect(turns).toContain(8300 + timing.deadtimeMs)
  })
})

describe('links', () => {
  test('the same seq over several links counts once, and each link has its own figures', () => {
    const world = newWorld([eth0, eth1])
    world.start('alice')
    world.start('bob')
    let nth = 0
    world.passes = (_from, to, link) => !(to === 'alice' && link === eth1 && ++nth % 4 === 0)
    world.run(40_500)
    const seqs = world.lines('alice', 'heard').map(line => line.heard.seq)
    expect(new Set(seqs).size).toBe(seqs.length)
    const [one, two] = world.machine('alice').state.peers[0]!.paths
    expect(one).toMatchObject({ link: eth0, lost: 0, copies: 0 })
    expect(two!.lost).toBeGreaterThan(5)
    expect(two!.received).toBeGreaterThan(20)
  })

  test('up with the first datagram, down after a deadtime without one', () => {
    const world = newWorld([eth0, eth1])
    world.start('alice')
    world.start('bob')
    world.run(2500)
    world.passes = (_from, _to, link) => link === eth0
    world.run(20_000)
    expect(world.lines('alice', 'link')).toEqual([
      { type: 'link', peer: 'bob', link: eth0, up: true },
      { type: 'link', peer: 'bob', link: eth1, up: true },
      { type: 'link', peer: 'bob', link: eth1, up: false },
    ])
    world.passes = () => true
    world.run(1500)
    expect(world.lines('alice', 'link').at(-1)).toEqual({ type: 'link', peer: 'bob', link: eth1, up: true })
  })
})

describe('managers and settings', () => {
  test('a new manager is told the links that are up and the last word of each peer', () => {
    const world = pair()
    world.run(2500)
    const heard = world.lastHeard('alice')
    const before = world.machine('alice').lines.length
    world.post('alice', { type: 'attach' })
    expect(
      world
        .machine('alice')
        .lines.slice(before)
        .map(({ line }) => line),
    ).toEqual([
      { type: 'link', peer: 'bob', link: eth0, up: true },
      { type: 'heard', heard },
    ])
  })

  test('a new manager is not told the last word of a peer that has died since, but its good-bye', () => {
    const told = (ending: (world: World) => void) => {
      const world = pair()
      world.run(2500)
      ending(world)
      world.kill('bob')
      world.run(timing.deadtimeMs + 1000)
      const before = world.machine('alice').lines.length
      world.post('alice', { type: 'attach' })
      return world
        .machine('alice')
        .lines.slice(before)
        .flatMap(({ line }) => (line.type === 'heard' ? [line.heard] : []))
    }
    expect(told(() => {})).toEqual([])
    const [goodbye] = told(world => {
      world.post('bob', { type: 'report', report: { ...quiet, leaving: true, left: true }, turnMs: world.nowMs })
      world.run(100)
    })
    expect(goodbye?.report?.left).toBe(true)
  })

  test('another set of dead peers is said at once; the same set is no news', () => {
    const world = pair()
    world.run(2500)
    const { sent } = world.machine('alice')
    const say = (dead: readonly NodeId[]) => {
      const before = sent.length
      world.post('alice', { type: 'report', report: { ...quiet, dead: new Set(dead) }, turnMs: world.nowMs })
      return sent.slice(before).map(({ datagram }) => [...datagram.report!.dead])
    }
    const [bob, carol] = ['bob', 'carol'] as NodeId[]
    expect(say([bob!])).toEqual([['bob']])
    expect(say([bob!])).toEqual([])
    expect(say([carol!])).toEqual([['carol']])
    expect(say([])).toEqual([[]])
  })

  test('a reload keeps generation, boot, sessions and figures, and takes the new timing', () => {
    const world = pair()
    world.run(2500)
    const { boot, config } = world.machine('alice').state
    const links = [eth0, 'ucast eth1 10.0.0.2' as LinkName]
    const faster = { ...config!, gen: 99, links, timing: { ...timing, keepaliveMs: 200 } }
    world.post('alice', { type: 'settings', config: faster, boot: 'x'.repeat(32) })
    expect(world.machine('alice').state).toMatchObject({ boot, gen: 1 })
    expect(world.machine('alice').state.peers[0]!.paths.map(path => path.received)).toEqual([3, 0])
    world.run(1000)
    expect(
      world
        .machine('alice')
        .sent.slice(-4)
        .map(({ atMs }) => atMs),
    ).toEqual([2900, 3100, 3300, 3500])
  })

  test('another node list is named, its claims are not read', () => {
    const world = pair()
    world.run(10)
    const datagram = world.machine('bob').sent.at(-1)!.datagram
    world.post('alice', { type: 'datagram', datagram: { ...datagram, seq: 50, report: undefined }, link: eth0 })
    expect(world.lastHeard('alice')).toMatchObject({ seq: 50, report: undefined })
    expect(world.lines('alice', 'trouble')).toMatchObject([{ code: 'nodes-differ', peer: 'bob' }])
  })

  test('a name that is not in the list is counted', () => {
    const world = pair()
    world.start('eve')
    world.run(10)
    expect(world.machine('alice').state.counts.unknownNode).toBeGreaterThan(0)
    expect(world.lines('alice', 'heard').every(line => line.heard.from === 'bob')).toBe(true)
  })
})
