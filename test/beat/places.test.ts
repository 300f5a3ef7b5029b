import { describe, expect, test } from 'vitest'
import { cameOver, type Interfaces, placeOf } from '../../src/beat/places.ts'
import type { Link } from '../../src/config/settings.ts'
import type { LinkName } from '../../src/types.ts'

const v4 = (cidr: string, mac = '02:00:00:00:00:01') => {
  const [address = '', bits = ''] = cidr.split('/')
  const mask = Number(bits) === 0 ? 0 : (0xffffffff << (32 - Number(bits))) >>> 0
  const netmask = [24, 16, 8, 0].map(shift => (mask >>> shift) & 255).join('.')
  return { address, netmask, family: 'IPv4' as const, mac, internal: false, cidr }
}
const v6 = (cidr: string, scopeid = 0) => {
  const [address = ''] = cidr.split('/')
  return { address, netmask: '', family: 'IPv6' as const, mac: '02:00:00:00:00:01', internal: false, cidr, scopeid }
}
const interfaces: Interfaces = {
  lo: [v4('127.0.0.1/8')],
  eth0: [v4('10.0.0.9/32'), v4('10.0.0.1/24'), v6('2001:db8::1/64'), v6('fe80::1/64', 2)],
  eth1: [v4('192.168.7.200/25')],
  eth2: [v4('10.9.9.9/32')],
}
const none = { avoid: [], named: [] }
const bcast = (device: string): Link => ({ kind: 'bcast', name: `bcast ${device}` as LinkName, device, port: 694 })
const ucast = (device: string, peer: string): Link & { kind: 'ucast' } => ({
  kind: 'ucast',
  name: `ucast ${device} ${peer}` as LinkName,
  device,
  peer,
  port: 694,
})
const mcast = (device: string, group: string): Link => ({
  kind: 'mcast',
  name: `mcast ${device} ${group}` as LinkName,
  device,
  group,
  port: 694,
  ttl: 1,
  loop: false,
})

describe('bcast', () => {
  test('goes to the broadcast address of the subnet, from the address that has one', () => {
    expect(placeOf(bcast('eth0'), interfaces, none)).toMatchObject({ local: '10.0.0.1', target: '10.0.0.255' })
    expect(placeOf(bcast('eth1'), interfaces, none)).toMatchObject({ target: '192.168.7.255' })
  })

  test('says what is missing', () => {
    expect(placeOf(bcast('eth9'), interfaces, none)).toMatchObject({ missing: expect.stringContaining('eth9') })
    expect(placeOf(bcast('eth2'), interfaces, none)).toMatchObject({ missing: expect.stringContaining('subnet') })
  })

  test('another card under the same name is another place', () => {
    const again = { eth1: [v4('192.168.7.200/25', '02:00:00:00:00:99')] }
    const [one, other] = [interfaces, again].map(all => placeOf(bcast('eth1'), all, none))
    expect(one).not.toEqual(other)
  })
})

describe('ucast', () => {
  test('is bound to the address in the subnet of the peer', () => {
    const two = { eth0: [v4('172.16.0.1/16'), v4('10.0.0.1/24')] }
    expect(placeOf(ucast('eth0', '10.0.0.2'), two, none)).toMatchObject({ local: '10.0.0.1', target: '10.0.0.2' })
    expect(placeOf(ucast('eth0', '8.8.8.8'), two, none)).toMatchObject({ local: '172.16.0.1' })
  })

  test('a line that names this node is not used', () => {
    expect(placeOf(ucast('eth0', '10.0.0.1'), interfaces, none)).toEqual({ own: true })
  })

  test('not a service address; rather the one that the files name; and the one in use as long as it exists', () => {
    const two = { eth0: [v4('10.0.0.50/24'), v4('10.0.0.1/24'), v4('10.0.0.2/24')] }
    const link = ucast('eth0', '10.0.0.7')
    expect(placeOf(link, two, { ...none, avoid: ['10.0.0.50'] })).toMatchObject({ local: '10.0.0.1' })
    expect(placeOf(link, two, { ...none, named: ['10.0.0.2', '10.0.0.7'] })).toMatchObject({ local: '10.0.0.2' })
    expect(placeOf(link, two, { ...none, current: '10.0.0.1' })).toMatchObject({ local: '10.0.0.1' })
    expect(placeOf(link, two, { avoid: ['10.0.0.1'], named: [], current: '10.0.0.1' })).toMatchObject({
      local: '10.0.0.50',
    })
  })

  test('where the peer may have another own address in its file, all are listed; not where the files say which', () => {
    const two = { eth0: [v4('10.0.0.50/32'), v4('10.0.0.1/24'), v4('10.0.0.2/24'), v4('10.9.0.1/24')] }
    const link = ucast('eth0', '10.0.0.7')
    expect(placeOf(link, two, none)).toMatchObject({ locals: ['10.0.0.1', '10.0.0.2'] })
    expect(placeOf(link, two, { ...none, named: ['10.0.0.2'] })).toMatchObject({ locals: ['10.0.0.2'] })
  })

  test('IPv6, also link-local', () => {
    const far = { family: 'udp6', local: '2001:db8::1', target: '2001:db8::2' }
    expect(placeOf(ucast('eth0', '2001:db8::2'), interfaces, none)).toMatchObject(far)
    const near = { family: 'udp6', local: 'fe80::1%eth0', target: 'fe80::2%eth0' }
    expect(placeOf(ucast('eth0', 'fe80::2'), interfaces, none)).toMatchObject(near)
    expect(placeOf(ucast('eth1', 'fe80::2'), interfaces, none)).toHaveProperty('missing')
  })
})

test('mcast: over the interface', () => {
  expect(placeOf(mcast('eth0', '225.0.0.1'), interfaces, none)).toMatchObject({ target: '225.0.0.1', via: '10.0.0.1' })
  const six = { local: 'fe80::1%eth0', target: 'ff02::1:7%eth0', via: '::%eth0' }
  expect(placeOf(mcast('eth0', 'ff02::1:7'), interfaces, none)).toMatchObject(six)
})

test('which interface a datagram came over', () => {
  expect(cameOver('eth0', interfaces, '10.0.0.77')).toBe(true)
  expect(cameOver('eth1', interfaces, '10.0.0.77')).toBe(false)
  expect(cameOver('eth0', interfaces, 'fe80::9%eth0')).toBe(true)
  expect(cameOver('eth0', interfaces, 'fe80::9%eth1')).toBe(false)
})
