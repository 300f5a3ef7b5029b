import { beforeEach, describe, expect, test } from 'vitest'
import type { Link } from '../../../src/config/settings.ts'
import { type AskedEvent, type Asking, openAsking } from '../../../src/daemon/outside/asking.ts'
import type { Nearby } from '../../../src/daemon/outside/questions.ts'
import type { Group, GroupName, LinkName, NodeId } from '../../../src/types.ts'
import { type FakeClock, fakeClock } from '../../agents/fakes.ts'
import { answerByArp, answerByPing, type FakeProbes, fakeProbes, lastWords } from './fakeProbes.ts'

const [alpha, beta, gamma] = ['alpha', 'beta', 'gamma'] as [string, string, string] as [NodeId, NodeId, NodeId]
const [web, disk, mail] = ['web', 'disk', 'mail'] as [string, string, string] as [GroupName, GroupName, GroupName]
const groups: readonly Group[] = [
  {
    name: web,
    homes: [alpha, beta],
    resources: [
      { name: 'web', agent: 'web', args: [], address: false },
      { name: '10.0.0.100/24/eth0', agent: 'IPaddr2', args: ['10.0.0.100/24/eth0'], address: true },
      { name: '10.0.0.101/24/eth0', agent: 'IPaddr2', args: ['10.0.0.101/24/eth0'], address: true },
    ],
  },
  {
    name: mail,
    homes: [beta, alpha],
    resources: [{ name: '10.1.0.100', agent: 'IPaddr2', args: ['10.1.0.100'], address: true }],
  },
  { name: disk, homes: [alpha, beta], resources: [{ name: 'disk', agent: 'disk', args: [], address: false }] },
]
const ucast = (peer: string): Link => ({ kind: 'ucast', name: peer as LinkName, device: 'eth1', peer, port: 694 })

let clock: FakeClock
let probes: FakeProbes
let posted: AskedEvent[]
let nearby: Nearby[]
let knocks: { address: string; answered: (what: string) => void; over: boolean }[]

beforeEach(() => {
  clock = fakeClock()
  probes = fakeProbes()
  posted = []
  knocks = []
  nearby = [
    { device: 'eth0', running: true, arp: true, addresses: [{ address: '10.0.0.1', prefix: 24 }] },
    { device: 'eth1', running: true, arp: true, addresses: [{ address: '10.1.0.1', prefix: 24 }] },
  ]
})

interface Around {
  readonly nodes?: readonly NodeId[]
  readonly links?: readonly Link[]
  readonly keepaliveMs?: number
}

/** The name of beta is 10.0.0.2, unless the test says it is not known. */
async function open({ nodes = [alpha, beta], links = [], keepaliveMs = 1_000 }: Around, known = true): Promise<Asking> {
  const timing = { keepaliveMs, warntimeMs: 3_000, deadtimeMs: 10_000, initdeadMs: 20_000 }
  const asking = openAsking({
    settings: { self: alpha, nodes, links, groups, timing },
    post: event => void posted.push(event),
    tools: {
      clock,
      startProbe: probes.start,
      running: () => nearby.filter(({ running, addresses }) => running && addresses.length > 0),
      knock(address, answered) {
        const one = { address, answered, over: false }
        knocks.push(one)
        return () => {
          one.over = true
        }
      },
    },
  })
  probes.of('getent')[0]?.end(known ? '10.0.0.2        STREAM beta\n10.0.0.2        DGRAM\n' : '')
  await clock.advance(0)
  return asking
}

const shownByIp = (flag: string): string => {
  const addresses = [{ family: 'inet', local: '10.0.0.1', prefixlen: 24 }]
  const eth0 = {
    ifname: 'eth0',
    ifindex: 2,
    flags: ['UP', flag],
    link_type: 'ether',
    address: 'x',
    addr_info: addresses,
  }
  return JSON.stringify([eth0])
}
const outcomes = (): string[] => posted.map(({ outcome }) => outcome)

describe('silence', () => {
  test('is told within the limit, when everything was asked in vain', async () => {
    const asking = await open({})
    const atMs = clock.nowMs()
    asking.ask(beta, [web, disk])
    await clock.advance(890)
    expect(posted).toEqual([])
    await clock.advance(110)
    expect(posted).toEqual([
      {
        type: 'asked',
        node: beta,
        atMs,
        outcome: 'silent',
        by: 'nothing answered: ARP for 10.0.0.100 on eth0, ARP for 10.0.0.101 on eth0, ARP for 10.0.0.2 on eth0, ping 10.0.0.2',
      },
    ])
    expect(knocks.every(({ over }) => over)).toBe(true)
  })

  test.each([100, 200, 1_000, 5_000])('takes no longer than a keepalive of %i ms, nor a second', async keepaliveMs => {
    const asking = await open({ keepaliveMs })
    asking.ask(beta, [web])
    await clock.advance(Math.min(keepaliveMs, 1_000))
    expect(outcomes()).toEqual(['silent'])
  })

  test('of the node decides where a group has no address', async () => {
    const asking = await open({})
    asking.ask(beta, [disk])
    await clock.advance(1_000)
    expect(posted[0]).toMatchObject({
      outcome: 'silent',
      by: 'nothing answered: ARP for 10.0.0.2 on eth0, ping 10.0.0.2',
    })
  })
})

describe('an answer', () => {
  test('of ARP is told at once, and the rest is given up', async () => {
    const asking = await open({})
    asking.ask(beta, [web])
    probes.of('arping')[0]!.events.printed(answerByArp)
    expect(posted[0]).toMatchObject({
      outcome: 'answered',
      by: '10.0.0.100 answered ARP on eth0 (ba:13:00:16:a2:a4)',
    })
    expect(probes.of('ping ').every(({ killed }) => killed)).toBe(true)
    await clock.advance(5_000)
    expect(posted).toHaveLength(1)
  })

  test('of the host alone is told at the end, when no address of its groups has answered', async () => {
    const asking = await open({})
    asking.ask(beta, [web])
    probes.of('ping -n')[0]!.events.printed(answerByPing)
    expect(posted).toEqual([])
    await clock.advance(1_000)
    asking.ask(beta, [web])
    knocks.at(-1)!.answered('refused')
    await clock.advance(1_000)
    expect(posted.map(({ outcome, by }) => [outcome, by])).toEqual([
      ['alive', '10.0.0.2 answered ping'],
      ['alive', '10.0.0.2 refused a connection to port 22'],
    ])
  })

  test('of nobody proves little where nothing is known of the host', async () => {
    const asking = await open({}, false)
    asking.ask(beta, [web])
    await clock.advance(1_000)
    expect(posted).toMatchObject([{ outcome: 'alive', by: expect.stringContaining('/etc/hosts') }])
  })

  test('of nobody proves nothing where its host could not be asked in time', async () => {
    probes = fakeProbes(command => (command.endsWith(' 10.0.0.2') ? undefined : lastWords(command)))
    const asking = await open({})
    asking.ask(beta, [web])
    await clock.advance(1_000)
    expect(posted).toMatchObject([{ outcome: 'unable', by: 'arping 10.0.0.2 did not end in time' }])
  })

  test('of the host does not hide that an address could not be asked about', async () => {
    const asking = await open({})
    asking.ask(beta, [web])
    probes.of('ping -n')[0]!.events.printed(answerByPing)
    probes.of('arping')[0]!.events.ended('arping: Operation not permitted\n', false)
    await clock.advance(1_000)
    expect(posted).toMatchObject([{ outcome: 'answered', by: '10.0.0.2 answered ping' }])
  })
})

describe('unable', () => {
  test.each([
    ['arping is missing', 'arping', '', true, 'arping is not installed; apt-get install iputils-arping'],
    [
      'arping fails',
      'arping',
      'arping: Operation not permitted\n',
      false,
      'arping 10.0.0.100: Operation not permitted',
    ],
  ])('when %s, though the ping was in vain', async (_, words, output, missing, by) => {
    const asking = await open({})
    asking.ask(beta, [web])
    probes.of(words)[0]!.events.ended(output, missing)
    await clock.advance(1_000)
    expect(posted).toMatchObject([{ outcome: 'unable', by }])
  })

  test('when one of two groups cannot be asked for', async () => {
    const asking = await open({})
    asking.ask(beta, [web, mail])
    probes.of('10.1.0.100')[0]!.end('arping: Device eth1 not available.\n')
    await clock.advance(1_000)
    expect(posted).toMatchObject([{ outcome: 'unable', by: 'arping 10.1.0.100: Device eth1 not available.' }])
  })

  test('is told at the end of the time only, so that nobody asks again and again', async () => {
    const asking = await open({})
    asking.ask(beta, [web])
    for (const one of probes.all) one.events.ended('', true)
    await clock.advance(890)
    expect(posted).toEqual([])
    await clock.advance(110)
    expect(outcomes()).toEqual(['unable'])
  })

  test.each([
    ['10.0.0.2', 'arping'],
    ['192.0.2.2', 'ping'],
  ])('when no group has an address and for the node, %s, %s is missing', async (address, program) => {
    const asking = await open({ links: [ucast(address)] }, false)
    asking.ask(beta, [disk])
    probes.of('ip -j')[0]?.end(shownByIp('LOWER_UP'))
    probes.of(`${program} -`)[0]!.events.ended('', true)
    await clock.advance(1_000)
    const by = `${program} is not installed; apt-get install iputils-${program}`
    expect(posted).toMatchObject([{ outcome: 'unable', by }])
  })

  test('when a program does not end', async () => {
    probes = fakeProbes(command => (command.startsWith('arping') ? undefined : lastWords(command)))
    const asking = await open({})
    asking.ask(beta, [web])
    await clock.advance(1_000)
    expect(posted).toMatchObject([{ outcome: 'unable', by: 'arping 10.0.0.100 did not end in time' }])
    expect(probes.of('arping')[0]!.killed).toBe(true)
  })

  test('when nothing is known of the node, and its group has no address', async () => {
    const asking = await open({}, false)
    asking.ask(beta, [disk])
    await clock.advance(1_000)
    expect(posted).toMatchObject([{ outcome: 'unable', by: 'nothing is known that could be asked' }])
  })

  test('when the interface has no carrier, from the start or since', async () => {
    const asking = await open({})
    nearby = nearby.map(one => (one.device === 'eth0' ? { ...one, running: false } : one))
    asking.ask(beta, [web])
    probes.of('ip -j')[0]!.end(shownByIp('NO-CARRIER'))
    await clock.advance(1_000)
    expect(posted).toMatchObject([{ outcome: 'unable', by: '10.0.0.100: eth0 is down or has no carrier' }])

    nearby = nearby.map(one => ({ ...one, running: true }))
    asking.ask(beta, [web])
    await clock.advance(500)
    nearby = nearby.map(one => ({ ...one, running: false }))
    await clock.advance(450)
    probes.of('ip -j')[1]!.end(shownByIp('NO-CARRIER'))
    await clock.advance(50)
    expect(posted[1]).toMatchObject({ outcome: 'unable', by: 'eth0 may have lost its carrier meanwhile' })
  })

  test('when ip does not say which interfaces there are', async () => {
    const asking = await open({})
    nearby = []
    asking.ask(beta, [web])
    await clock.advance(1_000)
    expect(posted).toMatchObject([{ outcome: 'unable', by: 'ip addr show did not end in time' }])
    probes.of('ip -j')[0]!.end('') // its end comes too late
    await clock.advance(2_000)
    expect(posted).toHaveLength(1)
  })
})

test('an interface without an address of its own is asked through, and looked at again', async () => {
  const asking = await open({})
  nearby = nearby.filter(({ device }) => device !== 'eth0')
  const bare = JSON.stringify([
    { ifname: 'eth0', ifindex: 2, flags: ['UP', 'LOWER_UP'], link_type: 'ether', address: '02:00:00:00:00:01' },
  ])
  asking.ask(beta, [web])
  probes.of('ip -j')[0]!.end(bare)
  expect(probes.of('arping')).toHaveLength(2)
  await clock.advance(950)
  expect(posted).toEqual([])
  probes.of('ip -j')[1]!.end(bare)
  expect(outcomes()).toEqual(['silent'])
})

test('one about a node at a time; another node has its own', async () => {
  const asking = await open({ nodes: [alpha, beta, gamma] })
  asking.ask(beta, [web])
  const { length } = probes.all
  asking.ask(beta, [web])
  expect(probes.all).toHaveLength(length)
  asking.ask(gamma, [web])
  expect(probes.all.length).toBeGreaterThan(length)
  await clock.advance(1_000)
  expect(posted.map(({ node }) => node)).toEqual([beta, gamma])
  asking.ask(beta, [web])
  await clock.advance(1_000)
  expect(posted).toHaveLength(3)
})

describe('addresses of the node', () => {
  test('are those of its name and, with one peer, those of ucast lines', async () => {
    const asking = await open({ links: [ucast('10.1.0.2'), ucast('10.1.0.1')] })
    asking.ask(beta, [web])
    expect(probes.of('ping -n').map(({ command }) => command.split(' ').at(-1))).toEqual(['10.0.0.2', '10.1.0.2'])
  })

  test('are those of its name alone with more peers', async () => {
    const asking = await open({ nodes: [alpha, beta, gamma], links: [ucast('10.1.0.2')] })
    asking.ask(beta, [web])
    expect(probes.of('ping -n').map(({ command }) => command.split(' ').at(-1))).toEqual(['10.0.0.2'])
  })

  test('are kept, and looked for again each minute while they are not known', async () => {
    const asking = await open({}, false)
    await clock.advance(61_000)
    expect(probes.of('getent')).toHaveLength(2)
    probes.of('getent')[1]!.end('10.0.0.7 STREAM beta\nfe80::7 STREAM\n')
    await clock.advance(600_000)
    expect(probes.of('getent')).toHaveLength(2)
    asking.ask(beta, [disk])
    expect(probes.of('ping -n').map(({ command }) => command.split(' ').at(-1))).toEqual(['10.0.0.7'])
  })

  test('a name that is not known is told, until it is or an address is known otherwise', async () => {
    const asking = await open({}, false)
    expect(asking.troubles()).toEqual([
      expect.stringMatching(/^the address of beta is not known here.*, and web would/),
    ])
    await clock.advance(61_000)
    probes.of('getent')[1]!.end('10.0.0.7 STREAM beta\n')
    await clock.advance(0)
    expect(asking.troubles()).toEqual([])
    expect((await open({ links: [ucast('10.0.0.7')] }, false)).troubles()).toEqual([])
  })

  test('one name after the other, and a name server that hangs is not waited for', async () => {
    await open({ nodes: [alpha, beta, gamma] }, true)
    expect(probes.of('getent').map(({ command }) => command)).toEqual([
      'getent ahosts -- beta',
      'getent ahosts -- gamma',
    ])
    await clock.advance(11_000)
    expect(probes.of('gamma')[0]!.killed).toBe(true)
  })
})

test('nothing comes after the end', async () => {
  const asking = await open({})
  asking.ask(beta, [web])
  asking.close()
  expect(probes.of('arping')[0]!.killed).toBe(true)
  probes.of('arping')[0]!.events.printed(answerByArp)
  asking.ask(beta, [web])
  await clock.advance(2_000)
  expect(posted).toEqual([])
})
