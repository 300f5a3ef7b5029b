import { describe, expect, test } from 'vitest'
import { covers, place } from '../../../src/agents/address/place.ts'
import { type Interface, readInterfaces, readRoutes, type Shown } from '../../../src/agents/address/shown.ts'
import { parseWanted, type Wanted } from '../../../src/agents/address/wanted.ts'

const wanted = (text: string): Wanted => parseWanted(text) as Wanted
function link(device: string, ...own: string[]): Interface {
  const here = { device, index: 2, mac: undefined, up: true, carrier: true }
  const addresses = own.map((text): Shown => {
    const [address = '', prefix = ''] = text.split('/')
    return { ...here, family: address.includes(':') ? 6 : 4, address, prefix: Number(prefix), validSeconds: undefined }
  })
  return { ...here, addresses }
}
const direct = { device: 'eth0', direct: true, prefix: 24, source: '10.0.0.1' }
const byGateway = { device: 'eth1', direct: false, prefix: 0, source: undefined }
const interfaces = [link('eth0', '10.0.0.1/24', '2001:db8::1/64'), link('eth1')]
const around = { interfaces, routes: [direct, byGateway], isService: (address: string) => address === '10.0.0.8' }

describe('place', () => {
  test('beside an own address it is configured /32, and shown as written', () => {
    expect(place(wanted('10.0.0.9/24/eth0'), around)).toMatchObject({ device: 'eth0', prefix: 32, writtenPrefix: 24 })
  })
  test('beside an own address of the same mask only: with another one its broadcast address is another', () => {
    expect(place(wanted('10.0.0.9/24/eth0'), around)).toMatchObject({ beside: true })
    expect(place(wanted('10.0.0.9/25/eth0'), around)).not.toHaveProperty('beside')
    expect(place(wanted('10.0.0.9/24/eth0'), { ...around, routes: [] })).not.toHaveProperty('beside')
  })
  test('mask and interface come from the route that is there', () => {
    expect(place(wanted('10.0.0.9'), around)).toMatchObject({ device: 'eth0', prefix: 32, writtenPrefix: 24 })
  })
  test('a route that another service address brought is no ground to stand on', () => {
    const routes = [{ ...direct, source: '10.0.0.8' }, byGateway]
    expect(place(wanted('10.0.0.9/24/eth0'), { ...around, routes })).toMatchObject({ prefix: 24, writtenPrefix: 24 })
  })
  test('nor is a route through a gateway, a host route, or one of another interface', () => {
    for (const route of [
      byGateway,
      { ...direct, prefix: 32 },
      { ...direct, device: 'eth1' },
      { ...direct, direct: false },
    ]) {
      expect(place(wanted('10.0.0.9/24/eth0'), { ...around, routes: [route] })).toMatchObject({ prefix: 24 })
    }
  })
  test('with a mask and no interface the best route decides, the default one at last', () => {
    expect(place(wanted('10.7.0.9/24'), { ...around, routes: [byGateway] })).toMatchObject({
      device: 'eth1',
      prefix: 24,
    })
  })
  test('without either it says what to write', () => {
    expect(place(wanted('10.7.0.9'), { ...around, routes: [byGateway] })).toEqual({
      problem: 'no interface of this host is in the subnet of 10.7.0.9; write 10.7.0.9/24/eth0',
    })
    expect(place(wanted('10.7.0.9//eth1'), { ...around, routes: [] })).toEqual({
      problem: expect.stringContaining('write 10.7.0.9/24/eth1'),
    })
  })
  test('an address that is here already keeps its mask', () => {
    const here = [link('eth0', '10.0.0.1/24', '10.0.0.9/24')]
    expect(place(wanted('10.0.0.9/24/eth0'), { ...around, interfaces: here })).toMatchObject({ prefix: 24 })
  })
  test('IPv6 goes by own addresses', () => {
    expect(place(wanted('[2001:db8::9]'), around)).toMatchObject({ device: 'eth0', prefix: 128, writtenPrefix: 64 })
    expect(place(wanted('[2001:db9::9]/64/eth0'), around)).toMatchObject({ device: 'eth0', prefix: 64 })
    expect(place(wanted('[2001:db9::9]'), { ...around, routes: [] })).toEqual({
      problem: expect.stringContaining('[2001:db9::9]/64/eth0'),
    })
  })
})

test('covers', () => {
  expect(covers('10.0.0.1', 24, '10.0.0.200')).toBe(true)
  expect(covers('10.0.0.1', 25, '10.0.0.200')).toBe(false)
  expect(covers('10.0.0.1', 32, '10.0.0.1')).toBe(true)
  expect(covers('10.0.0.1', 0, '192.0.2.1')).toBe(true)
  expect(covers('192.0.2.1', 1, '10.0.0.1')).toBe(false)
  expect(covers('2001:db8::1', 64, '2001:db8::ffff:1')).toBe(true)
  expect(covers('2001:db8::1', 64, '2001:db8:0:1::1')).toBe(false)
})

test('what ip shows', () => {
  const line =
    '[{"ifindex":3,"link":"eth1","ifname":"eth0","flags":["BROADCAST","UP","LOWER_UP"],"link_type":"ether","address":"ee:75:33:6b:36:04","addr_info":[{},{"family":"inet","local":"10.9.0.9","prefixlen":32,"valid_life_time":5},{"family":"inet6","local":"fe80::1","prefixlen":64,"valid_life_time":4294967295}]}]'
  const [shown] = readInterfaces(line)
  expect(shown).toMatchObject({ device: 'eth0', index: 3, mac: 'ee:75:33:6b:36:04', up: true, carrier: true })
  expect(shown?.addresses.map(({ address, validSeconds }) => [address, validSeconds])).toEqual([
    ['10.9.0.9', 5],
    ['fe80::1', undefined],
  ])
  expect(readInterfaces('[]')).toEqual([])
  expect(readInterfaces('[{"ifi')).toEqual([])
  const routes = readRoutes(
    '[{"dst":"default","gateway":"10.9.0.254","dev":"eth0"},{"dst":"10.9.0.0/24","dev":"eth0","prefsrc":"10.9.0.1"}]',
  )
  expect(routes).toEqual([
    { device: 'eth0', direct: true, prefix: 24, source: '10.9.0.1' },
    { device: 'eth0', direct: false, prefix: 0, source: undefined },
  ])
})
