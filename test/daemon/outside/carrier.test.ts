import { beforeEach, expect, test } from 'vitest'
import { type CarrierEvent, type CarrierWatch, watchCarrier } from '../../../src/daemon/outside/carrier.ts'
import type { Group, GroupName } from '../../../src/types.ts'
import { type FakeClock, fakeClock } from '../../agents/fakes.ts'
import { type FakeProbes, fakeProbes } from './fakeProbes.ts'

let clock: FakeClock
let probes: FakeProbes
let posted: CarrierEvent[]

beforeEach(() => {
  clock = fakeClock()
  probes = fakeProbes()
  posted = []
})

function open(...addresses: string[]): CarrierWatch {
  const resources = addresses.map(one => ({ name: one, agent: 'IPaddr2', args: [one], address: true }))
  const groups: Group[] = [{ name: 'web' as GroupName, homes: [], resources }]
  return watchCarrier({ groups, post: event => void posted.push(event), clock, startProbe: probes.start })
}

const shown = (flags: Record<string, string>): string =>
  JSON.stringify(
    Object.entries(flags).map(([ifname, text], i) => ({
      ifname,
      ifindex: i + 1,
      flags: text.split(','),
      link_type: 'ether',
      addr_info: [{ family: 'inet', local: `10.${i}.0.1`, prefixlen: 24 }],
    })),
  )
const up = 'BROADCAST,MULTICAST,UP,LOWER_UP'
const noCarrier = 'NO-CARRIER,BROADCAST,MULTICAST,UP'
const link = (device: string, flags: string): string => `2: ${device}@if3: <${flags}> mtu 1500 qdisc noqueue state UP`
const told = (): string[] => posted.map(({ device, up }) => `${device} ${up ? 'up' : 'down'}`)

test('nothing is told while all is well', () => {
  const watch = open('10.0.0.100/24/eth0')
  probes.all[0]!.end(shown({ eth0: up }))
  watch.line(link('eth0', up))
  expect(posted).toEqual([])
})

test('changes are told, once each, of service interfaces only', () => {
  const watch = open('10.0.0.100/24/eth0')
  probes.all[0]!.end(shown({ eth0: up, eth1: up }))
  watch.line(link('eth1', noCarrier))
  watch.line(link('eth0', noCarrier))
  watch.line(link('eth0', noCarrier))
  watch.line('2: eth0    inet 10.0.0.1/24 brd 10.0.0.255 scope global eth0')
  watch.line(link('eth0', up))
  watch.line(`Deleted ${link('eth0', up)}`)
  expect(posted).toEqual([
    { type: 'carrier', device: 'eth0', up: false, groups: ['web'] },
    { type: 'carrier', device: 'eth0', up: true, groups: ['web'] },
    { type: 'carrier', device: 'eth0', up: false, groups: ['web'] },
  ])
})

test('the look at the start tells what is down, or is not there', () => {
  open('10.0.0.100/24/eth0', '10.3.0.100/24/eth3')
  probes.all[0]!.end(shown({ eth0: noCarrier }))
  expect(told()).toEqual(['eth0 down', 'eth3 down'])
})

test('an interface that nobody wrote is the one of the subnet', () => {
  const watch = open('10.1.0.100')
  probes.all[0]!.end(shown({ eth0: up, eth1: up }))
  watch.line(link('eth0', noCarrier))
  watch.line(link('eth1', noCarrier))
  expect(told()).toEqual(['eth1 down'])
})

test('each interface is told with the groups that have an address on it', () => {
  const groups = Object.entries({ web: ['10.0.0.100', '10.1.0.100/24/eth1'], db: ['10.1.0.101'], disk: [] }).map(
    ([name, addresses]): Group => {
      const resources = addresses.map(one => ({ name: one, agent: 'IPaddr2', args: [one], address: true }))
      return { name: name as GroupName, homes: [], resources }
    },
  )
  watchCarrier({ groups, post: event => void posted.push(event), clock, startProbe: probes.start })
  probes.all[0]!.end(shown({ eth0: noCarrier, eth1: noCarrier }))
  expect(posted.map(event => [event.device, event.groups])).toEqual([
    ['eth1', ['web', 'db']],
    ['eth0', ['web']],
  ])
})

test('what an event told counts more than a look that began before', () => {
  const watch = open('10.0.0.100/24/eth0')
  watch.line(link('eth0', noCarrier))
  probes.all[0]!.end(shown({ eth0: up }))
  expect(told()).toEqual(['eth0 down'])
})

test('a look that failed tells nothing', () => {
  open('10.0.0.100/24/eth0')
  probes.all[0]!.end('')
  expect(posted).toEqual([])
})

test('what a monitor that ended has missed is seen', async () => {
  const watch = open('10.0.0.100/24/eth0')
  probes.all[0]!.end(shown({ eth0: up }))
  watch.line(undefined)
  probes.all[1]!.end(shown({ eth0: noCarrier }))
  expect(told()).toEqual(['eth0 down'])
  await clock.advance(2_000)
  probes.all[2]!.end(shown({ eth0: up }))
  await clock.advance(30_000)
  expect(probes.all).toHaveLength(4)
  expect(told()).toEqual(['eth0 down', 'eth0 up'])
})

test('without a service address nobody looks', async () => {
  const watch = open()
  watch.line(undefined)
  await clock.advance(120_000)
  expect(probes.all).toEqual([])
})

test('nobody looks after the end', async () => {
  const watch = open('10.0.0.100/24/eth0')
  watch.close()
  probes.all[0]!.end(shown({ eth0: noCarrier }))
  await clock.advance(120_000)
  expect(posted).toEqual([])
  expect(probes.all).toHaveLength(1)
})
