import { describe, expect, test } from 'vitest'
import { parseWanted, type Wanted } from '../../../src/agents/address/wanted.ts'
import { decisive, type Nearby, questionsFor } from '../../../src/daemon/outside/questions.ts'

const wanted = (text: string): Wanted => parseWanted(text) as Wanted
const at = (device: string, ...cidrs: string[]): Nearby => ({
  device,
  running: true,
  arp: true,
  addresses: cidrs.map(cidr => ({ address: cidr.split('/')[0]!, prefix: Number(cidr.split('/')[1]) })),
})
const eth0 = at('eth0', '10.0.0.1/24', 'fd00::1/64')
const lo: Nearby = { ...at('lo', '127.0.0.1/8', '::1/128'), arp: false }
const nearby = [lo, eth0]

test('a service address is asked for by ARP and a connection, the node by ping as well', () => {
  expect(questionsFor([wanted('10.0.0.100/24/eth0')], ['10.0.0.2'], nearby)).toEqual([
    { how: 'arp', of: 'service', address: '10.0.0.100', device: 'eth0' },
    { how: 'arp', of: 'node', address: '10.0.0.2', device: 'eth0' },
    { how: 'ping', of: 'node', address: '10.0.0.2', device: 'eth0' },
    { how: 'connect', of: 'service', address: '10.0.0.100' },
    { how: 'connect', of: 'node', address: '10.0.0.2' },
  ])
})

test('the interface is the one with the narrowest subnet, where none is written', () => {
  const many = [lo, at('eth7', '10.0.0.1/8'), at('eth1', '10.0.0.3/24'), at('eth2', '10.0.0.4/16')]
  expect(questionsFor([wanted('10.0.0.100')], [], many)[0]).toMatchObject({ how: 'arp', device: 'eth1' })
})

test('IPv6, and an interface without ARP, are asked by ping', () => {
  const tun = { ...at('tun0', '10.8.0.1/24'), arp: false }
  const asked = questionsFor([wanted('[fd00::100]/64/eth0'), wanted('10.8.0.9')], [], [...nearby, tun])
  expect(asked.slice(0, 2)).toEqual([
    { how: 'ping', of: 'service', address: 'fd00::100', device: 'eth0' },
    { how: 'ping', of: 'service', address: '10.8.0.9', device: 'tun0' },
  ])
})

test('what is ours is no question', () => {
  const ours = at('eth0', '10.0.0.1/24', '10.0.0.100/32')
  expect(questionsFor([wanted('10.0.0.100/24/eth0')], ['10.0.0.1', '127.0.1.1', '::1'], [lo, ours])).toEqual([])
})

describe('what cannot be asked', () => {
  test.each([
    ['10.9.9.9', nearby, '10.9.9.9: no interface is in its subnet'],
    ['10.0.0.100/24/eth7', nearby, '10.0.0.100: there is no interface eth7 here'],
    ['10.0.0.100/24/eth0', [{ ...eth0, running: false }], '10.0.0.100: eth0 is down or has no carrier'],
    ['10.0.0.100', [{ ...eth0, running: false }], '10.0.0.100: eth0 is down or has no carrier'],
  ])('%s', (text, around, why) => {
    expect(questionsFor([wanted(text)], [], around)).toEqual([
      { how: 'not', of: 'service', address: text.split('/')[0], why },
    ])
  })

  test('nor a node behind an interface without carrier; one behind a router can', () => {
    const asked = questionsFor([], ['10.0.0.2', '192.0.2.1'], [{ ...eth0, running: false }])
    expect(asked.slice(0, 2)).toEqual([
      { how: 'not', of: 'node', address: '10.0.0.2', why: '10.0.0.2: eth0 is down or has no carrier' },
      { how: 'ping', of: 'node', address: '192.0.2.1', device: undefined },
    ])
  })
})

test('of many addresses a few of each interface are asked', () => {
  const many = Array.from({ length: 100 }, (_, i) => wanted(`10.0.0.${100 + i}/24/eth0`))
  const asked = questionsFor(
    [...many, wanted('10.1.0.9/24/eth1')],
    ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5'],
    [eth0, at('eth1', '10.1.0.1/24')],
  )
  const arps = asked.filter(({ how, of }) => how === 'arp' && of === 'service')
  expect(arps.map(({ address }) => address)).toEqual(['10.0.0.100', '10.1.0.9', '10.0.0.101', '10.0.0.102'])
  expect(asked.filter(({ how }) => how === 'ping')).toHaveLength(2)
})

test('the groups decide; the node only where they have nothing to be asked', () => {
  const both = questionsFor([wanted('10.0.0.100/24/eth0')], ['10.0.0.2'], nearby)
  expect(decisive(both).map(({ address }) => address)).toEqual(['10.0.0.100'])
  const node = (...addresses: string[]): unknown =>
    decisive(questionsFor([], addresses, nearby)).map(({ how, address }) => [how, address])
  expect(node('10.0.0.2', 'fd00::2')).toEqual([['arp', '10.0.0.2']])
  expect(node('192.0.2.1', 'fd00::2')).toEqual([
    ['ping', '192.0.2.1'],
    ['ping', 'fd00::2'],
  ])
})
