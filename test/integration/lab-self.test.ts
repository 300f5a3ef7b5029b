/** The instrument is measured first: known holes, known duplicates, made by hand. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { powerLoss, takeover } from '../../bench/cases.ts'
import { boot, type Host, powerOff, processesOf, runIn, spawnIn } from '../../bench/host.ts'
import { crash, cut, forget, heal, type Lab, openLab, reboot } from '../../bench/lab.ts'
import { answeredByTwo, longestGap, overlapMs, steady } from '../../bench/observer.ts'
import { inNetwork } from '../../bench/place.ts'
import type { Product } from '../../bench/product.ts'
import type { Scene } from '../../bench/scene.ts'
import { nowMs, run, sleep, until } from '../../bench/shell.ts'

const address = '10.77.0.100'
let lab: Lab
let alpha: Host
let beta: Host

beforeAll(async () => {
  lab = await openLab({ names: ['alpha', 'beta'], observerScript: 'bench/observer.pl' })
  ;[alpha, beta] = lab.hosts as [Host, Host]
  lab.observer.probe(5, address)
})
afterAll(() => lab?.close())

const ip = (host: Host, words: string) => run(inNetwork(host.place, ['ip', ...words.split(' ')]))
/** Nobody announces by hand: the client must ask anew. */
const clientAsksAnew = () => run(inNetwork(lab.client, ['ip', 'neigh', 'flush', 'all']))
const held = (host: Host) => lab.observer.holders(address).includes(host.name)

async function take(host: Host): Promise<void> {
  await ip(host, `addr add ${address}/32 dev eth0`)
  await clientAsksAnew()
  await until(`${host.name} to have it`, 2000, () => held(host))
}

async function letGo(host: Host): Promise<void> {
  await ip(host, `addr del ${address}/32 dev eth0`)
  await until(`${host.name} to be without it`, 2000, () => !held(host))
}

const served = (by: Host) => until(`answers of ${by.name}`, 5000, () => steady(lab.observer.answers, 300, by.name))

beforeEach(async () => {
  for (const host of [alpha, beta]) if (held(host)) await letGo(host)
  await take(alpha)
  await served(alpha)
  forget(lab)
  await until('a first answer', 5000, () => lab.observer.answers.length > 0)
})

describe('the observer', () => {
  test.each([300, 2500])('measures a hole of %i ms as such', async holeMs => {
    const sinceMs = nowMs()
    await letGo(alpha)
    await sleep(holeMs)
    await take(beta)
    await served(beta)
    const [gone, come] = lab.observer.holdings
    const hole = (come?.atMs ?? 0) - (gone?.atMs ?? 0)
    const gap = longestGap(lab.observer.answers, sinceMs)
    expect(gap).toMatchObject({ before: 'alpha', after: 'beta' })
    expect(gap.ms).toBeGreaterThan(hole - 20)
    expect(gap.ms).toBeLessThan(hole + 500)
  })

  test('sees no hole where there is none', async () => {
    await sleep(500)
    expect(longestGap(lab.observer.answers, nowMs() - 500).ms).toBe(0)
    expect(lab.observer.answers.length).toBeGreaterThan(50)
  })

  test('reports an address on two hosts, by what they hold and by what they answer', async () => {
    const fromMs = nowMs()
    await ip(beta, `addr add ${address}/32 dev eth0`)
    await sleep(600)
    await letGo(beta)
    const [come, gone] = lab.observer.holdings
    const real = (gone?.atMs ?? 0) - (come?.atMs ?? 0)
    expect(real).toBeGreaterThan(590)
    expect(overlapMs(['alpha'], lab.observer.holdings, lab.cuts, fromMs, nowMs())).toBeCloseTo(real, 0)
    expect(answeredByTwo(lab.observer.whoHas)).toBeGreaterThan(5)
  })

  test('counts no overlap for a host that is off the wire, and counts it again after the heal', async () => {
    const fromMs = nowMs()
    await cut(lab, alpha)
    await take(beta)
    await served(beta)
    const overlap = () => overlapMs(['alpha'], lab.observer.holdings, lab.cuts, fromMs, nowMs())
    expect(overlap()).toBe(0)
    expect(answeredByTwo(lab.observer.whoHas)).toBe(0)
    await heal(lab, alpha)
    await sleep(600)
    expect(overlap()).toBeGreaterThan(590)
    expect(answeredByTwo(lab.observer.whoHas)).toBeGreaterThan(5)
  })

  test('sees the heartbeats that reach the peer, and those only', async () => {
    const perl = `use IO::Socket::INET; my $s = IO::Socket::INET->new(Proto => 'udp', Broadcast => 1);
      for (@ARGV) { send $s, 'x', 0, pack_sockaddr_in($_, inet_aton('10.77.0.255')) }`
    await runIn(alpha, ['perl', '-MSocket', '-e', perl, '694', '695'])
    await until('a heartbeat', 2000, () => lab.observer.beats.length > 0)
    await cut(lab, alpha)
    await runIn(alpha, ['perl', '-MSocket', '-e', perl, '694'])
    await heal(lab, alpha)
    await sleep(200)
    expect(lab.observer.beats.map(({ from, to }) => `${from} ${to}`)).toEqual(['alpha beta'])
  })
})

test('a host is a machine of its own, and a power loss ends all of it but the address', async () => {
  expect((await runIn(alpha, ['uname', '-n'])).trim()).toBe('alpha')
  await runIn(alpha, ['touch', '/run/mark'])
  expect(await runIn(beta, ['ls', '/run'])).not.toContain('mark')
  spawnIn(alpha, ['sleep', '1000'], 'sleep.log')
  await until('the sleeper', 2000, () => processesOf(alpha).some(one => one.command === 'sleep 1000'))
  const pid = processesOf(alpha).find(one => one.command === 'sleep 1000')?.pid ?? 0
  await crash(lab, alpha)
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  expect(await ip(alpha, 'addr show dev eth0')).toContain(address)
  await reboot(lab, alpha)
  expect(await ip(alpha, 'addr show dev eth0')).not.toContain(address)
  expect(await runIn(alpha, ['ls', '/run'])).not.toContain('mark')
  expect(lab.cuts.every(one => one.toMs < nowMs())).toBe(true)
  powerOff(beta)
  await boot(beta)
})

/** A "cluster" whose brain is this test: it takes over a fixed time after the cable of the active host was cut. */
function standIn(deadtimeMs: number): { product: Product; stop(): void } {
  const timer = setInterval(async () => {
    const dead = lab.cuts.find(one => one.toMs > nowMs() && nowMs() - one.fromMs > deadtimeMs)
    if (dead?.host === 'alpha' && !held(beta)) await take(beta).catch(() => {})
  }, 10)
  const status = async () => ({
    headline: 'all well',
    beat: { lateMaxMs: 0 },
    nodes: lab.hosts.map(host => ({ name: host.name, state: host.power ? 'up' : 'dead' })),
    groups: [{ name: 'ip', owner: lab.observer.holders(address)[0] ?? '', state: 'running', on: [] }],
  })
  const takeover = async (host: Host) => {
    for (const other of lab.hosts) if (other !== host && held(other)) await letGo(other)
    await sleep(200)
    await take(host)
    return 'moved'
  }
  const product: Product = {
    start: () => {},
    release: () => {},
    manager: () => undefined,
    beat: () => undefined,
    status,
    takeover,
  }
  return { product, stop: () => clearInterval(timer) }
}

test('the cases of crash and takeover measure what a stand-in is known to do', async () => {
  const { product, stop } = standIn(700)
  const timing = { keepaliveMs: 100, warntimeMs: 250, deadtimeMs: 700 }
  const scene: Scene = { lab, product, timing, address, say: () => {}, live: false }
  try {
    const lost = await powerLoss(scene)
    expect(lost).toMatchObject({ deadtime_ms: 700, overlap_ms: 0, heartbeat_captured: false })
    expect(lost['outage_ms']).toBeGreaterThan(690)
    expect(lost['overhead_ms']).toBeGreaterThan(0)
    expect(lost['overhead_ms']).toBeLessThan(1000)
    const moved = await takeover(scene)
    expect(moved['outage_ms']).toBeGreaterThan(190)
    expect(moved['outage_ms']).toBeLessThan(1200)
    expect(moved['overlap_ms']).toBe(0)
    expect(held(alpha)).toBe(true)
  } finally {
    stop()
  }
})
