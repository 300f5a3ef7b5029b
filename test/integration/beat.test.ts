import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Link } from '../../src/config/settings.ts'
import {
  addressOf,
  type Beat,
  begin,
  is,
  type Lab,
  linksOf,
  type Manager,
  makeLab,
  manage,
  mcast,
  type Name,
  names,
  nowMs,
  other,
  settingsOf,
  timing,
  ucast,
} from './beatLab.ts'

let lab: Lab
let running: { beat: Beat; manager: Manager }[] = []

beforeAll(async () => {
  lab = await makeLab()
})
afterAll(() => lab?.remove())
afterEach(async () => {
  for (const { beat, manager } of running) {
    manager.close()
    beat.process.kill('SIGKILL')
    await beat.ended
  }
  running = []
})

type Node = { name: Name; beat: Beat; manager: Manager }

async function launch(name: Name, runDir?: string): Promise<Node> {
  const beat = await lab.start(name, runDir)
  const manager = await manage(beat)
  running.push({ beat, manager })
  return { name, beat, manager }
}

const hears = (node: Node, from = 0) =>
  node.manager.until(
    `heartbeat of ${other(node.name)}`,
    is('heard', line => line.heard.from === other(node.name)),
    from,
  )

async function pair(links: (name: Name) => Link[]): Promise<{ alice: Node; bob: Node }> {
  const [alice, bob] = await Promise.all(names.map(name => launch(name)))
  for (const node of [alice!, bob!]) begin(node.manager, settingsOf(node.name, links(node.name)))
  await Promise.all([hears(alice!), hears(bob!)])
  return { alice: alice!, bob: bob! }
}

describe('two beats find each other', () => {
  test.each(Object.keys(linksOf))('over %s, within a second', async kind => {
    const [alice, bob] = await Promise.all(names.map(name => launch(name)))
    begin(alice!.manager, settingsOf('alice', [linksOf[kind]!('alice')]))
    await sleep(150)
    const startMs = nowMs()
    begin(bob!.manager, settingsOf('bob', [linksOf[kind]!('bob')]))
    const heard = await Promise.all([hears(alice!), hears(bob!)])
    expect(Math.max(...heard.map(line => line.heard.atMs)) - startMs).toBeLessThan(1000)
    for (const node of [alice!, bob!]) {
      const counted = await node.manager.until(
        'echo',
        is('heard', line => line.heard.echoedSentAtMs !== undefined),
      )
      expect(counted.heard.echoedSentAtMs).toBeGreaterThan(0)
      const told = await node.manager.until(
        'report',
        is('heard', line => line.heard.report !== undefined),
      )
      expect(told.heard.report).toMatchObject({ configDigest: 1, claims: [] })
      const stats = await node.manager.stats()
      expect(stats.links).toMatchObject([{ open: true, sendErrors: 0 }])
      expect(stats.peers[0]!.paths).toMatchObject([{ up: true, lost: 0, copies: 0 }])
    }
  })

  test('over all of them at once: each seq is heard once', async () => {
    const { alice } = await pair(name => Object.values(linksOf).map(link => link(name)))
    await sleep(500)
    const seqs = alice.manager.lines.filter(is('heard')).map(line => line.heard.seq)
    expect(new Set(seqs).size).toBe(seqs.length)
    const { peers } = await alice.manager.stats()
    expect(peers[0]!.paths.map(path => path.up)).toEqual(Object.keys(linksOf).map(() => true))
  })

  test('two groups of one name on two interfaces are told apart', async () => {
    const links = [mcast('225.0.0.7', 'eth0'), mcast('225.0.0.7', 'eth1')]
    const { alice, bob } = await pair(() => links)
    const from = alice.manager.lines.length
    lab.unplug('bob', 1)
    const down = await alice.manager.until(
      'loss',
      is('link', line => !line.up),
      from,
    )
    expect(down.link).toBe(links[1]!.name)
    lab.plug('bob', 1)
    expect((await bob.manager.stats()).peers[0]!.paths[0]!.up).toBe(true)
  })

  test('files that are the same on both nodes: the line with the own address is not used', async () => {
    const links = names.map(name => ucast('eth0', addressOf(name)))
    const { alice } = await pair(() => links)
    const stats = await alice.manager.stats()
    expect(stats.links.map(link => link.open)).toEqual([false, true])
    expect(alice.manager.lines.filter(is('trouble'))).toEqual([])
  })
})

describe('turns', () => {
  test('come each keepalive, and never before the silence of the peer reaches warntime and deadtime', async () => {
    const { alice, bob } = await pair(() => [linksOf['bcast']!('alice')])
    await sleep(300)
    bob.beat.process.kill('SIGKILL')
    await bob.beat.ended
    await sleep(timing.deadtimeMs + 500)
    const lastMs = alice.manager.lines.filter(is('heard')).at(-1)!.heard.atMs
    const turns = alice.manager.lines.filter(is('turn')).map(line => line.atMs)
    for (const limitMs of [timing.warntimeMs, timing.deadtimeMs]) {
      const first = turns.find(atMs => atMs >= lastMs + limitMs)!
      expect(first - lastMs - limitMs).toBeLessThan(500)
    }
    expect(turns.length).toBeGreaterThan(20)
  })

  test('a beat that was stopped says so, and believes nothing that waited meanwhile', async () => {
    const { alice } = await pair(() => [linksOf['bcast']!('alice')])
    await sleep(300)
    // `ip netns exec` becomes the program it starts: the pid is that of the beat.
    alice.beat.process.kill('SIGSTOP')
    await sleep(1500)
    const from = alice.manager.lines.length
    alice.beat.process.kill('SIGCONT')
    const turn = await alice.manager.until(
      'late turn',
      is('turn', line => line.lateMs > 1000),
      from,
    )
    const heard = await alice.manager.until(
      'heartbeat',
      is('heard', line => line.heard.atMs >= turn.atMs),
      from,
    )
    expect(heard.heard.echoedSentAtMs).toBeGreaterThanOrEqual(turn.atMs - 1)
    const { pauses, refused } = await alice.manager.stats()
    expect(pauses).toBe(1)
    expect(refused['stale']).toBeGreaterThan(5)
  })
})

describe('bad input', () => {
  test('junk, oversized and wrongly keyed datagrams change nothing, are counted and named', async () => {
    const { alice, bob } = await pair(() => [linksOf['bcast']!('alice')])
    const script = join(lab.dir, 'junk.mjs')
    writeFileSync(
      script,
      `import { createSocket } from 'node:dgram'
       const socket = createSocket('udp4')
       const ours = Buffer.concat([Buffer.from([0x54, 0x44, 0x4d, 1, 0, 0, 0, 0, 1]), Buffer.alloc(200)])
       const all = [Buffer.alloc(0), Buffer.alloc(300), Buffer.alloc(5000), ours, ours.subarray(0, 40)]
       socket.bind(async () => {
         socket.setBroadcast(true)
         // Not too fast: a receive buffer that overflows would spoil the count.
         for (let n = 0; n < 20; n += 1) {
           for (const bytes of all) await new Promise(sent => socket.send(bytes, 694, '10.7.0.255', () => setTimeout(sent, 2)))
         }
         socket.close()
       })`,
    )
    lab.run('bob', process.execPath, script)
    const trouble = await alice.manager.until(
      'trouble',
      is('trouble', line => line.code === 'wrong-key'),
    )
    expect(trouble).toMatchObject({ source: addressOf('bob'), link: 'bcast eth0' })
    await sleep(100)
    const { refused, peers } = await alice.manager.stats()
    expect(refused).toMatchObject({ short: 40, 'not-tandem': 20, long: 20, 'wrong-key': 20 })
    expect(peers[0]!.paths).toMatchObject([{ up: true, copies: 0 }])
    expect(alice.manager.lines.filter(is('trouble')).length).toBe(1)
    await hears(alice, alice.manager.lines.length)
    await hears(bob, bob.manager.lines.length)
  })

  test('another key: nobody is heard, and both are told why', async () => {
    const [alice, bob] = await Promise.all(names.map(name => launch(name)))
    const link = linksOf['bcast']!('alice')
    begin(alice!.manager, settingsOf('alice', [link]))
    begin(bob!.manager, settingsOf('bob', [link], { keys: { send: 1, secrets: { 1: '33'.repeat(32) } } }))
    for (const { manager } of [alice!, bob!]) {
      await manager.until(
        'trouble',
        is('trouble', line => line.code === 'wrong-key'),
      )
      expect(manager.lines.filter(is('heard'))).toEqual([])
    }
  })

  test('a new key is added, sent and the old one removed without a gap', async () => {
    const link = linksOf['bcast']!('alice')
    const { alice, bob } = await pair(() => [link])
    const fresh = '44'.repeat(32)
    const old = '5a'.repeat(32)
    const steps = [
      { send: 1, secrets: { 1: old, 2: fresh } },
      { send: 2, secrets: { 1: old, 2: fresh } },
      { send: 2, secrets: { 2: fresh } },
    ]
    for (const keys of steps) {
      for (const node of [alice, bob])
        node.manager.send({ type: 'settings', settings: settingsOf(node.name, [link], { keys }) })
      await Promise.all([hears(alice, alice.manager.lines.length), hears(bob, bob.manager.lines.length)])
      await sleep(150)
    }
    for (const node of [alice, bob]) {
      const { refused, peers } = await node.manager.stats()
      expect(refused['wrong-key'] ?? 0).toBe(0)
      expect(peers[0]!.paths[0]!.lost).toBe(0)
    }
  })

  test('broken lines of the manager are dropped', async () => {
    const { alice } = await pair(() => [linksOf['bcast']!('alice')])
    alice.manager.send({ type: 'report' } as never)
    alice.manager.send('nonsense' as never)
    await hears(alice, alice.manager.lines.length)
    const dropped = () => alice.beat.errors().match(/line of the manager dropped/g)?.length
    await vi.waitFor(() => expect(dropped()).toBe(2), 5000)
  })
})

describe('interfaces', () => {
  test('one that goes down and comes back: lost, back, heard again', async () => {
    const links = [linksOf['bcast']!('alice'), ucast('eth1', 'fd07:1::2'), mcast('225.0.0.7', 'eth1')]
    const mirrored = [linksOf['bcast']!('bob'), ucast('eth1', 'fd07:1::1'), mcast('225.0.0.7', 'eth1')]
    const { alice } = await pair(name => (name === 'alice' ? links : mirrored))
    const eth1 = links.slice(1).map(link => link.name)
    for (const link of eth1)
      await alice.manager.until(
        `${link} up`,
        is('link', line => line.link === link && line.up),
      )
    let from = alice.manager.lines.length
    lab.unplug('alice', 1)
    for (const link of eth1) {
      await alice.manager.until(
        `${link} lost`,
        is('trouble', line => line.code === 'link-lost' && line.link === link),
        from,
      )
      await alice.manager.until(
        `${link} dead`,
        is('link', line => line.link === link && !line.up),
        from,
      )
    }
    from = alice.manager.lines.length
    lab.plug('alice', 1)
    for (const link of eth1) {
      await alice.manager.until(
        `${link} back`,
        is('trouble', line => line.code === 'link-back' && line.link === link),
        from,
      )
      await alice.manager.until(
        `${link} up`,
        is('link', line => line.link === link && line.up),
        from,
      )
    }
    const heard = alice.manager.lines.filter(is('heard')).map(line => line.heard.atMs)
    const gaps = heard.slice(1).map((atMs, index) => atMs - heard[index]!)
    expect(Math.max(...gaps)).toBeLessThan(timing.deadtimeMs)
  })

  test('one that does not exist is named, and the others work', async () => {
    const missing: Link = { ...linksOf['bcast']!('alice'), device: 'eth9', name: 'bcast eth9' as never }
    const { alice } = await pair(name => [missing, linksOf['ucast']!(name)])
    const trouble = await alice.manager.until(
      'trouble',
      is('trouble', line => line.code === 'link-lost'),
    )
    expect(trouble.text).toContain('eth9')
  })
})

describe('the process', () => {
  test('outlives its manager; the next one is told everything', async () => {
    const { alice, bob } = await pair(() => [linksOf['bcast']!('alice')])
    alice.manager.close()
    await bob.manager.until(
      'old manager',
      is('heard', line => line.heard.managerAgeMs > 600),
    )
    const next = await manage(alice.beat)
    running.push({ beat: alice.beat, manager: next })
    const hello = await next.until('hello', is('hello'))
    expect(hello).toMatchObject({ hasSettings: true, gen: 1, realtime: false })
    expect(hello.boot).toMatch(/^[0-9a-f]{32}$/)
    await next.until(
      'link',
      is('link', line => line.up),
    )
    await next.until('heartbeat', is('heard'))
    begin(next, settingsOf('alice', [linksOf['bcast']!('alice')], { gen: 9 }))
    const from = bob.manager.lines.length
    const fresh = await bob.manager.until(
      'fresh manager',
      is('heard', line => line.heard.managerAgeMs < 600),
      from,
    )
    expect(fresh.heard.gen).toBe(1)
  })

  test('the newest manager replaces the older one', async () => {
    const { beat, manager } = await launch('alice')
    const newer = await manage(beat)
    await newer.until(
      'hello',
      is('hello', line => !line.hasSettings),
    )
    manager.send({ type: 'stats?' })
    begin(newer, settingsOf('alice', [linksOf['bcast']!('alice')]))
    await newer.until('turn', is('turn'))
    expect(manager.lines.filter(is('turn'))).toEqual([])
    newer.close()
  })

  test('its socket is for root only, its pid is in a file, and both go with it', async () => {
    const { beat, manager } = await launch('alice')
    const [socket, pid] = ['beat.sock', 'beat.pid'].map(name => join(beat.runDir, name))
    expect(statSync(socket!).mode & 0o777).toBe(0o600)
    const hello = await manager.until('hello', is('hello'))
    expect(readFileSync(pid!, 'utf8')).toBe(`${hello.pid}\n`)
    beat.process.kill('SIGTERM')
    expect(await beat.ended).toBe(0)
    expect(existsSync(socket!) || existsSync(pid!)).toBe(false)
  })

  test('the end: the last report reaches the peer, then exit 0', async () => {
    const { alice, bob } = await pair(() => [linksOf['bcast']!('alice')])
    const left = {
      standby: false,
      leaving: true,
      left: true,
      unwritable: false,
      pings: 0,
      configDigest: 1,
      groupsDigest: 2,
      dead: [],
      claims: [],
    }
    alice.manager.send({ type: 'report', report: left, turnMs: nowMs() })
    alice.manager.send({ type: 'end' })
    expect(await alice.beat.ended).toBe(0)
    await bob.manager.until(
      'good-bye',
      is('heard', line => line.heard.report?.left === true),
    )
  })

  test('a socket that nobody answers on is replaced, one that answers is respected', async () => {
    const first = await launch('alice')
    const second = await lab.start('alice', first.beat.runDir)
    expect(await second.ended).toBe(1)
    expect(second.errors()).toContain('another tandem-beat answers')
    first.beat.process.kill('SIGKILL')
    await first.beat.ended
    expect(existsSync(join(first.beat.runDir, 'beat.sock'))).toBe(true)
    const third = await launch('alice', first.beat.runDir)
    expect((await third.manager.until('hello', is('hello'))).hasSettings).toBe(false)
  })

  test('without a folder, or where it cannot listen, it says so and ends', async () => {
    const beat = await lab.start('alice', join(lab.dir, 'nowhere'))
    expect(await beat.ended).toBe(1)
    expect(beat.errors()).toContain('tandem-beat:')
    const server = createServer().listen(join(lab.dir, 'beat.sock'))
    const taken = await lab.start('alice', lab.dir)
    expect(await taken.ended).toBe(1)
    server.close()
  })
})
