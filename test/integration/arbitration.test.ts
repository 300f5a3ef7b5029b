/** Ping nodes, questions about a silent node, and carrier: real ping, arping and ip, in namespaces. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { signal, sleep, until } from '../../bench/shell.ts'
import { nowMs } from '../../src/daemon/clock.ts'
import { type ArbitrationLab, type Driver, gone, openArbitrationLab, type Told } from './arbitrationLab.ts'

let lab: ArbitrationLab
let driver: Driver

beforeAll(async () => {
  lab = await openArbitrationLab()
})
afterAll(() => lab?.close())
beforeEach(async () => {
  driver = await lab.start()
})
afterEach(async () => {
  await lab.stopDrivers()
  await lab.inside(
    'there',
    'ip addr flush dev eth0; ip addr add 10.79.0.2/24 dev eth0; ip addr add fd79::2/64 dev eth0 nodad',
  )
  await lab.inside(
    'there',
    'echo 0 >/proc/sys/net/ipv4/icmp_echo_ignore_all; echo 0 >/proc/sys/net/ipv6/icmp/echo_ignore_all',
  )
  await lab.inside(
    'gateway',
    'echo 0 >/proc/sys/net/ipv4/conf/all/arp_ignore; ip link set eth0 up; ip addr replace fd79::3/64 dev eth0 nodad',
  )
  await lab.inside('here', 'ip neigh flush dev eth0')
  for (const host of ['here', 'there', 'gateway'] as const) {
    await lab.port(host, 'up')
    await lab.heal(host)
  }
})

const of = (type: string): Told[] => driver.told.filter(one => one.type === type)
const pingsOf = (name: string): Told[] => of('ping').filter(one => one.name === name)
const gateway = { name: 'gw', addresses: ['10.79.0.3'] }
const openPings = (...pings: { name: string; addresses: string[] }[]): void =>
  driver.order({ do: 'pings', pings, keepaliveMs: 200 })
const more = (name: string, count: number): Promise<void> => {
  const before = pingsOf(name).length
  return until(`${count} more answers of ${name}`, 8_000, () => pingsOf(name).length >= before + count)
}

describe('ping nodes', () => {
  test('answer over IPv4 and IPv6, at once and again and again', async () => {
    openPings(
      gateway,
      { name: 'six', addresses: ['fd79::3'] },
      { name: 'group', addresses: ['10.79.0.99', '10.79.0.2'] },
    )
    for (const name of ['gw', 'six', 'group']) {
      await more(name, 5)
      const sent = pingsOf(name).map(({ atMs }) => atMs!)
      expect(sent).toEqual([...sent].sort((a, b) => a - b))
      for (const { atMs, nowMs: postedMs } of pingsOf(name)) {
        expect(atMs!).toBeLessThanOrEqual(postedMs)
        expect(postedMs - atMs!).toBeLessThan(1_000)
      }
    }
    expect(of('trouble')).toEqual([])
  })

  test('are silent while their interface is down, and come back', async () => {
    openPings(gateway)
    await more('gw', 2)
    await lab.inside('gateway', 'ip link set eth0 down')
    const downAtMs = nowMs()
    await sleep(1_500)
    for (const { atMs } of of('ping')) expect(atMs!).toBeLessThanOrEqual(downAtMs)
    await lab.inside('gateway', 'ip link set eth0 up')
    await more('gw', 2)
  })

  test('that answer a probe which a frozen ping reads late are as old as that probe', async () => {
    const mac = (await lab.inside('gateway', 'ip -o link show eth0')).split('link/ether ')[1]!.slice(0, 17)
    await lab.inside('gateway', 'echo 8 >/proc/sys/net/ipv4/conf/all/arp_ignore; ip neigh flush dev eth0')
    await lab.inside('here', 'ip neigh flush dev eth0')
    const beforeMs = nowMs()
    driver.order({ do: 'pings', pings: [gateway], keepaliveMs: 20_000 })
    const ping = (): number | undefined => driver.children().find(({ command }) => command.startsWith('ping '))?.pid
    await until('a probe that waits in the kernel', 5_000, async () =>
      (await lab.inside('here', 'ip neigh show 10.79.0.3 dev eth0')).includes('INCOMPLETE'),
    )
    signal(ping()!, 'SIGSTOP')
    const stoppedMs = nowMs()
    await lab.inside('here', `ip neigh replace 10.79.0.3 lladdr ${mac} dev eth0`)
    await sleep(2_500)
    expect(of('ping')).toEqual([])
    signal(ping()!, 'SIGCONT')
    await until('the late answer', 5_000, () => of('ping').length > 0)
    const { atMs, nowMs: postedMs } = of('ping')[0]!
    expect(atMs!).toBeLessThan(stoppedMs)
    expect(atMs!).toBeGreaterThan(beforeMs - 500)
    expect(postedMs - atMs!).toBeGreaterThan(2_000)
  })

  test('that this process reads late are as old as they are', async () => {
    openPings(gateway)
    await more('gw', 2)
    const count = of('ping').length
    signal(driver.process.pid!, 'SIGSTOP')
    await sleep(2_500)
    await lab.cut('gateway') // what it will read was printed before
    const stoppedMs = nowMs()
    signal(driver.process.pid!, 'SIGCONT')
    await until('what was printed meanwhile', 5_000, () => of('ping').length > count + 5)
    const [late] = of('ping').slice(count)
    expect(late!.nowMs - late!.atMs!).toBeGreaterThan(1_800)
    for (const { atMs } of of('ping')) expect(atMs!).toBeLessThan(stoppedMs)
  })

  test('whose name nobody knows are a trouble with a remedy', async () => {
    openPings({ name: 'gw', addresses: ['no.such.host.invalid'] })
    await until('the trouble', 20_000, () => of('trouble').length > 0)
    expect(of('trouble')[0]!.text).toMatch(/^ping node gw: no\.such\.host\.invalid: .*; write the address$/)
  }, 30_000)

  test('an own address proves nothing', async () => {
    openPings({ name: 'gw', addresses: ['10.79.0.1'] })
    await until('the trouble', 5_000, () => of('trouble').length > 0)
    expect(of('trouble')[0]!.text).toBe('ping node gw: 10.79.0.1 is an address of this host; write that of a router')
    expect(of('ping')).toEqual([])
  })

  test('no child stays behind, neither after the end nor after a kill -9', async () => {
    const silent = { name: 'silent', addresses: ['10.79.0.99'] }
    openPings(gateway, silent)
    await more('gw', 1)
    const first = driver.children().map(({ pid }) => pid)
    expect(first).toHaveLength(2)
    driver.order({ do: 'close-pings' })
    await gone(first)
    openPings(gateway, silent)
    await more('gw', 1)
    const second = driver.children().map(({ pid }) => pid)
    expect(second).toHaveLength(2)
    signal(driver.process.pid!, 'SIGKILL')
    await gone(second)
  })
})

describe('a silent node', () => {
  const service = '10.79.0.100/24/eth0'
  interface How {
    readonly keepaliveMs?: number
    readonly node?: string
    readonly addresses?: readonly string[]
    readonly missing?: readonly string[]
    readonly knocks?: boolean
  }

  /** Asks once the name of the node had time to be looked up. */
  async function ask({
    keepaliveMs = 1_000,
    node = '10.79.0.2',
    addresses = [service],
    ...how
  }: How = {}): Promise<Told> {
    driver.order({ do: 'asking', keepaliveMs, node, addresses, ...how })
    await sleep(500)
    driver.order({ do: 'ask', node, addresses })
    await until('the end of the questions', 5_000, () => of('asked').length > 0)
    await gone(driver.children().map(({ pid }) => pid))
    return of('asked')[0]!
  }
  const deaf = (): Promise<string> =>
    lab.inside(
      'there',
      'echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all; echo 1 >/proc/sys/net/ipv6/icmp/echo_ignore_all',
    )

  test('whose host holds an address answers ARP, though it refuses to be pinged', async () => {
    await deaf()
    await lab.inside('there', 'ip addr add 10.79.0.100/32 dev eth0')
    const asked = await ask({ knocks: false })
    expect(asked).toMatchObject({
      outcome: 'answered',
      by: expect.stringMatching(/^10\.79\.0\.100 answered ARP on eth0 \(/),
    })
    expect(asked.nowMs - asked.atMs!).toBeLessThan(1_000)
  })

  test('that lives answers ARP or ping, whichever is first, though it holds no address', async () => {
    const by = expect.stringMatching(/^10\.79\.0\.2 answered (ping|ARP on eth0 \(.*\))$/)
    expect(await ask({ knocks: false })).toMatchObject({ outcome: 'alive', by })
    await deaf()
    driver.order({ do: 'ask', node: '10.79.0.2', addresses: [service] })
    await until('the end of the questions', 5_000, () => of('asked').length === 2)
    expect(of('asked')[1]).toMatchObject({ outcome: 'alive', by: expect.stringContaining('10.79.0.2 answered ARP') })
  })

  test('that lives refuses a connection, though it refuses to be pinged', async () => {
    await deaf()
    const asked = await ask({ missing: ['arping'] })
    expect(asked).toMatchObject({ outcome: 'answered', by: '10.79.0.2 refused a connection to port 22' })
  })

  test('of IPv6 is asked as well', async () => {
    await lab.inside('there', 'ip addr add fd79::100/128 dev eth0 nodad')
    const asked = await ask({ node: 'unknown.invalid', addresses: ['[fd79::100]/64/eth0'], knocks: false })
    expect(asked).toMatchObject({ outcome: 'answered', by: 'fd79::100 answered ping' })
  })

  test.each([200, 1_000])('that is cut off is silent, within a keepalive of %i ms', async keepaliveMs => {
    await lab.inside('there', 'ip addr add 10.79.0.100/32 dev eth0')
    await lab.cut('there')
    let asked = await ask({ keepaliveMs })
    for (let i = 2; i < 10 && asked.outcome === 'unable'; i += 1) {
      // A busy machine may not even get its questions out in so short a time.
      driver.order({ do: 'ask', node: '10.79.0.2', addresses: [service] })
      await until('the end of the questions', 5_000, () => of('asked').length === i)
      asked = of('asked').at(-1)!
    }
    expect(asked).toMatchObject({
      outcome: 'silent',
      by: 'nothing answered: ARP for 10.79.0.100 on eth0, ARP for 10.79.0.2 on eth0, ping 10.79.0.2',
    })
    expect(asked.nowMs - asked.atMs!).toBeLessThan(keepaliveMs + 500)
  })

  test('cannot be asked without arping, even if its pings are not answered', async () => {
    await lab.cut('there')
    expect(await ask({ missing: ['arping'] })).toMatchObject({
      outcome: 'unable',
      by: 'arping is not installed; apt-get install iputils-arping',
    })
  })

  test('cannot be asked without ping, where there is nothing but an address of IPv6', async () => {
    await lab.cut('there')
    expect(await ask({ node: 'fd79::2', addresses: [], missing: ['ping'] })).toMatchObject({
      outcome: 'unable',
      by: 'ping is not installed; apt-get install iputils-ping',
    })
  })

  test('cannot be asked over an interface without carrier', async () => {
    await lab.port('here', 'down')
    await sleep(1_500) // the system tells within a second
    expect(await ask()).toMatchObject({ outcome: 'unable', by: '10.79.0.100: eth0 is down or has no carrier' })
  })

  test('cannot be asked when the carrier goes while it is asked', async () => {
    driver.order({ do: 'asking', keepaliveMs: 1_000, node: '10.79.0.2', addresses: [service] })
    await sleep(500)
    await lab.cut('there')
    driver.order({ do: 'ask', node: '10.79.0.2', addresses: [service] })
    await sleep(100)
    await lab.port('here', 'down')
    await until('the end of the questions', 5_000, () => of('asked').length > 0)
    expect(of('asked')[0]).toMatchObject({ outcome: 'unable', by: 'eth0 may have lost its carrier meanwhile' })
  })

  test('is asked through an interface that has no address of its own', async () => {
    await lab.inside('there', 'ip addr add 10.79.0.100/32 dev eth0')
    await lab.inside('here', 'ip addr flush dev eth0')
    try {
      expect(await ask({ knocks: false })).toMatchObject({ outcome: 'answered', by: expect.stringContaining('ARP') })
    } finally {
      await lab.inside('here', 'ip addr add 10.79.0.1/24 dev eth0; ip addr add fd79::1/64 dev eth0 nodad')
    }
  })
})

test('carrier of a service interface is told when it changes', async () => {
  driver.order({ do: 'carrier', runDir: lab.dir, addresses: ['10.79.0.100'] })
  await until('the probe', 5_000, () => of('probed').length > 0)
  await sleep(2_500) // the monitor listens, and what it missed was seen
  expect(of('carrier')).toEqual([])
  const told = (): string[] => of('carrier').map(({ device, up }) => `${device} ${up ? 'up' : 'down'}`)
  await lab.port('here', 'down')
  await until('no carrier', 5_000, () => told().length === 1)
  await lab.port('here', 'up')
  await until('carrier again', 5_000, () => told().length === 2)
  expect(told()).toEqual(['eth0 down', 'eth0 up'])
})
