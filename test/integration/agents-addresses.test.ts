/** Service addresses in a real kernel: two hosts on one wire, each a network namespace. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AddressReport } from '../../src/agents/address/keeper.ts'
import { parseWanted } from '../../src/agents/address/wanted.ts'
import type { Bound, Host } from '../../src/agents/agent.ts'
import { isProblem } from '../../src/agents/agent.ts'
import { createHost } from '../../src/agents/host.ts'
import { realChild } from '../../src/agents/longLived.ts'
import { performJob } from '../../src/agents/perform.ts'
import { resolve } from '../../src/agents/resolve.ts'
import type { GroupName, Job, NodeId } from '../../src/types.ts'

const here = `tagent${process.pid}`
const there = `tpeer${process.pid}`
const dir = mkdtempSync(join(tmpdir(), 'tandem-addresses-'))
let host: Host & { close(): void }
let reports: AddressReport[]

const inside = (...args: string[]): string => execFileSync('ip', ['netns', 'exec', here, ...args], { encoding: 'utf8' })
const ip = (...args: string[]): string => inside('ip', ...args)

function openHost(leaseSeconds: number): void {
  reports = []
  host?.close()
  host = createHost({
    runDir: dir,
    leaseSeconds,
    report: report => void reports.push(report),
    spawnChild: (file, args, events) => realChild('nsenter', [`--net=/run/netns/${here}`, file, ...args], events),
    sysctl: {
      read: path => inside('cat', `/proc/sys/net/${path}`),
      write: (path, value) => void inside('sh', '-c', `echo ${value} >/proc/sys/net/${path}`),
    },
  })
}

beforeEach(() => {
  execFileSync('ip', ['netns', 'add', here])
  execFileSync('ip', ['netns', 'add', there])
  ip('link', 'set', 'lo', 'up')
  ip('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', there)
  ip('link', 'set', 'eth0', 'up')
  execFileSync('ip', ['-n', there, 'link', 'set', 'eth0', 'up'])
  openHost(3)
})
afterEach(() => {
  host.close()
  execFileSync('ip', ['netns', 'del', here])
  execFileSync('ip', ['netns', 'del', there])
  rmSync(dir, { recursive: true, force: true })
})

function vip(text: string): Bound {
  const resource = { name: `IPaddr2::${text}`, agent: 'IPaddr2', args: [text], address: true }
  const context = {
    resource: resource.name,
    group: 'web' as GroupName,
    node: 'alpha' as NodeId,
    configDir: '/etc/ha.d',
    directives: new Map<string, string>(),
  }
  const bound = resolve(resource, context, host)
  if (isProblem(bound)) throw new Error(bound.problem)
  return bound
}

const inMs = (delayMs: number): number => host.clock.nowMs() + delayMs
const sleep = (delayMs: number): Promise<void> => new Promise(resolve => setTimeout(resolve, delayMs))
function job(op: Job['op'], bounds: readonly Bound[], holdMs: number | undefined) {
  const holdUntilMs = holdMs === undefined ? undefined : inMs(holdMs)
  const all = { id: 1, group: 'web' as GroupName, first: 0, last: bounds.length - 1 }
  return performJob({ ...all, op, holdUntilMs }, bounds, host)
}
const addresses = (family: '-4' | '-6' = '-4'): string => ip(family, '-o', 'addr', 'show', 'dev', 'eth0')
const said = (): string[] => reports.filter(({ type }) => type !== 'note').map(({ type }) => type)

describe('a service address beside an own one', () => {
  beforeEach(() => void ip('addr', 'add', '10.9.0.1/24', 'dev', 'eth0'))

  test('start twice, probe, stop twice', async () => {
    const bounds = [vip('10.9.0.9/24/eth0:0'), vip('10.9.0.10')]
    expect(await job('probe', bounds, undefined)).toEqual({ ok: true, statuses: ['stopped', 'stopped'] })
    expect(await job('start', bounds, 60_000)).toEqual({ ok: true })
    expect(addresses()).toMatch(/inet 10\.9\.0\.9\/32 brd 10\.9\.0\.255 scope global dynamic eth0:0/)
    expect(addresses()).toContain('inet 10.9.0.10/32 scope global')
    expect(ip('route', 'show', 'table', 'local', 'type', 'broadcast')).toMatch(/^broadcast 10\.9\.0\.255 dev eth0/m)
    expect(await job('start', bounds, 60_000)).toEqual({ ok: true })
    expect(await job('probe', bounds, undefined)).toEqual({ ok: true, statuses: ['running', 'running'] })
    expect(await job('stop', bounds, undefined)).toEqual({ ok: true })
    expect(addresses()).not.toContain('10.9.0.9')
    expect(addresses()).not.toContain('10.9.0.10')
    expect(await job('stop', bounds, undefined)).toEqual({ ok: true })
    expect(said()).toEqual([])
  })

  test('goes by itself when renewals stop, and its neighbours stay', async () => {
    const bounds = [vip('10.9.0.9/24/eth0')]
    await job('start', bounds, 1_500)
    expect(host.addresses.remaining('10.9.0.9')).toBeLessThanOrEqual(1)
    await expect.poll(addresses, { timeout: 4_000 }).not.toContain('10.9.0.9')
    await expect.poll(said).toEqual(['expired'])
    await host.addresses.renew(inMs(900)) // less than a second: nothing is re-created
    expect(addresses()).not.toContain('10.9.0.9')
    expect(addresses()).toContain('10.9.0.1/24')
    expect(ip('route')).toContain('10.9.0.0/24 dev eth0')
  })

  test('comes back by a renewal that allows it, and says so', async () => {
    await job('start', [vip('10.9.0.9/24/eth0')], 1_500)
    await expect.poll(said, { timeout: 4_000 }).toEqual(['expired'])
    await host.addresses.renew(inMs(5_000))
    expect(addresses()).toContain('10.9.0.9/32')
    expect(said()).toEqual(['expired', 'restored'])
  })

  test('without a lease it stays', async () => {
    openHost(0)
    await job('start', [vip('10.9.0.9/24/eth0')], undefined)
    await host.addresses.renew(inMs(2_000))
    expect(addresses()).toMatch(/10\.9\.0\.9\/32 .*valid_lft forever preferred_lft forever/)
    expect(host.addresses.remaining('10.9.0.9')).toBeUndefined()
  })

  test.each([1, 2, 3])('a lease of %i s is renewed without a gap', async leaseSeconds => {
    openHost(leaseSeconds)
    const bounds = [vip('10.9.0.9/24/eth0'), vip('10.9.0.10/24/eth0')]
    const monitor = spawn('ip', ['-n', here, '-o', 'monitor', 'address'])
    let deleted = 0
    monitor.stdout.on('data', text => {
      deleted += String(text).includes('Deleted') ? 1 : 0
    })
    try {
      await job('start', bounds, 60_000)
      for (const endMs = inMs(4_000); host.clock.nowMs() < endMs; await sleep((leaseSeconds * 1_000) / 3)) {
        await host.addresses.renew(inMs(60_000))
      }
    } finally {
      monitor.kill()
    }
    expect(deleted).toBe(0)
    expect(said()).toEqual([])
    expect(addresses()).toContain('10.9.0.10/32')
  })

  test('an adopted address is renewed, from what is left of its lease', async () => {
    await job('start', [vip('10.9.0.9/24/eth0')], 60_000)
    openHost(3) // the manager was restarted
    expect(host.addresses.remaining('10.9.0.9')).toBeUndefined()
    expect(await job('probe', [vip('10.9.0.9/24/eth0')], undefined)).toEqual({ ok: true, statuses: ['running'] })
    expect(host.addresses.remaining('10.9.0.9')).toBeGreaterThan(0)
    for (let i = 0; i < 5; i += 1) {
      await sleep(900)
      await host.addresses.renew(inMs(60_000))
    }
    expect(addresses()).toContain('10.9.0.9/32')
    expect(said()).toEqual([])
  })

  test('what the system took away comes back as long as it may be held', async () => {
    await job('start', [vip('10.9.0.9/24/eth0')], 60_000)
    ip('addr', 'del', '10.9.0.9/32', 'dev', 'eth0')
    await expect.poll(said, { timeout: 2_000 }).toEqual(['taken-away', 'restored'])
    expect(addresses()).toContain('10.9.0.9/32')
  })

  test('what the system took away stays away when it may be held no longer', async () => {
    await job('start', [vip('10.9.0.9/24/eth0')], 1_400)
    await sleep(500)
    ip('addr', 'del', '10.9.0.9/32', 'dev', 'eth0')
    await expect.poll(said, { timeout: 2_000 }).toEqual(['taken-away'])
    await sleep(500)
    expect(addresses()).not.toContain('10.9.0.9')
  })

  test('with the cable out it is here, but not well', async () => {
    const bounds = [vip('10.9.0.9/24/eth0')]
    await job('start', bounds, 60_000)
    execFileSync('ip', ['-n', there, 'link', 'set', 'eth0', 'down'])
    expect(await bounds[0]?.monitor(host)).toEqual({
      status: 'unknown',
      why: '10.9.0.9 is here, but eth0 has no carrier',
    })
    ip('link', 'set', 'eth0', 'down')
    expect(await bounds[0]?.monitor(host)).toEqual({ status: 'unknown', why: '10.9.0.9 is here, but eth0 is down' })
  })

  test('says what is wrong with an interface that is not there', async () => {
    expect(await job('start', [vip('10.9.0.9/24/eth7')], 60_000)).toEqual({
      ok: false,
      why: 'IPaddr2::10.9.0.9/24/eth7: there is no interface eth7 here',
    })
    expect(await job('stop', [vip('10.9.0.9/24/eth7')], undefined)).toEqual({ ok: true })
  })

  test('is announced in both forms of ARP, and again', async () => {
    const heard = frames(there, 'arp')
    try {
      await sleep(500)
      await job('start', [vip('10.9.0.9/24/eth0'), vip('10.9.0.10')], 60_000)
      await expect.poll(() => heard.count(/10\.9\.0\.9\b/), { timeout: 4_000 }).toBeGreaterThanOrEqual(4)
      expect(heard.count(/Request who-has 10\.9\.0\.9\b/)).toBeGreaterThanOrEqual(1)
      expect(heard.count(/Reply 10\.9\.0\.9 is-at/)).toBeGreaterThanOrEqual(1)
      expect(heard.count(/10\.9\.0\.10\b/)).toBeGreaterThanOrEqual(2)
      const before = heard.count(/10\.9\.0\.9\b/)
      await job('start', [vip('10.9.0.9/24/eth0')], 60_000) // has not moved: nothing to tell
      await sleep(500)
      expect(heard.count(/10\.9\.0\.9\b/) - before).toBeLessThanOrEqual(2)
    } finally {
      heard.stop()
    }
  })
})

describe('a service address that came first', () => {
  test("its expiry leaves the host's own address and routes", async () => {
    await job('start', [vip('10.9.0.9/24/eth0')], 2_500)
    expect(addresses()).toContain('10.9.0.9/24')
    expect(reports).toContainEqual({ type: 'note', text: expect.stringContaining('promote_secondaries=1') })
    ip('addr', 'add', '10.9.0.1/24', 'dev', 'eth0')
    ip('route', 'add', 'default', 'via', '10.9.0.254')
    await expect.poll(addresses, { timeout: 6_000 }).not.toContain('10.9.0.9')
    expect(addresses()).toContain('10.9.0.1/24')
    expect(ip('route')).toContain('10.9.0.0/24 dev eth0')
    expect(ip('route')).toContain('default via 10.9.0.254')
  })

  test("its removal leaves the host's own address and routes", async () => {
    const bounds = [vip('10.9.0.9/24/eth0'), vip('10.9.0.10/24/eth0')]
    await job('start', bounds, 60_000)
    ip('addr', 'add', '10.9.0.1/24', 'dev', 'eth0')
    expect(await job('stop', bounds, undefined)).toEqual({ ok: true })
    expect(addresses()).toMatch(/10\.9\.0\.1\/24/)
    expect(addresses()).not.toMatch(/10\.9\.0\.(9|10)\//)
    expect(ip('route')).toContain('10.9.0.0/24 dev eth0')
  })

  test('needs a mask', async () => {
    expect(await job('start', [vip('10.9.0.9')], 60_000)).toMatchObject({
      ok: false,
      why: expect.stringContaining('write 10.9.0.9/24/eth0'),
    })
  })
})

describe('IPv6', () => {
  test('is never preferred, not probed for, and goes by itself', async () => {
    ip('addr', 'add', '2001:db8::1/64', 'dev', 'eth0', 'nodad')
    const bounds = [vip('[2001:DB8:0::10]/64/eth0')]
    expect(await job('start', bounds, 1_500)).toEqual({ ok: true })
    expect(addresses('-6')).toMatch(/2001:db8::10\/128 scope global nodad deprecated dynamic/)
    expect(await job('probe', bounds, undefined)).toEqual({ ok: true, statuses: ['running'] })
    await expect.poll(() => addresses('-6'), { timeout: 4_000 }).not.toContain('2001:db8::10/')
    expect(ip('-6', 'route')).toMatch(/2001:db8::\/64 dev eth0 proto kernel metric 256 pref/)
    await expect.poll(said).toEqual(['expired'])
  })

  test('finds its interface by an own address, and stops', async () => {
    ip('addr', 'add', '2001:db8::1/64', 'dev', 'eth0', 'nodad')
    const bounds = [vip('[2001:db8::10]')]
    expect(await job('start', bounds, 60_000)).toEqual({ ok: true })
    expect(addresses('-6')).toContain('2001:db8::10/128')
    expect(await job('stop', bounds, undefined)).toEqual({ ok: true })
    expect(addresses('-6')).not.toContain('2001:db8::10')
    expect(parseWanted('[2001:db8::10]')).toEqual({ family: 6, address: '2001:db8::10' })
  })

  test('is announced by an unsolicited advertisement', async () => {
    ip('addr', 'add', '2001:db8::1/64', 'dev', 'eth0', 'nodad')
    const heard = frames(there, 'icmp6 and ip6[40] == 136')
    try {
      await sleep(500)
      await job('start', [vip('[2001:db8::10]/64/eth0')], 60_000)
      await expect
        .poll(() => heard.count(/sum ok.*neighbor advertisement.*tgt is 2001:db8::10/), { timeout: 4_000 })
        .toBeGreaterThanOrEqual(2)
    } finally {
      heard.stop()
    }
  })
})

/** What arrives at the other end of the wire, as tcpdump says it. */
function frames(namespace: string, filter: string) {
  const child = spawn('ip', ['netns', 'exec', namespace, 'tcpdump', '-l', '-n', '-vv', '-i', 'eth0', filter])
  let text = ''
  child.stdout.on('data', chunk => {
    text += String(chunk)
  })
  return {
    count: (pattern: RegExp) => text.split('\n').filter(line => pattern.test(line)).length,
    stop: () => void child.kill(),
  }
}
