import { isIPv6 } from 'node:net'
import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { parseWanted } from '../../../src/agents/address/wanted.ts'
import { canonicalIpv6, edgesOf } from '../../../src/config/addresses.ts'

describe('parseWanted', () => {
  const nine = { family: 4, address: '10.0.0.9' }
  test.each([
    ['10.0.0.9', nine],
    ['10.0.0.9/24', { ...nine, prefix: 24 }],
    ['10.0.0.9/255.255.240.0', { ...nine, prefix: 20 }],
    ['10.0.0.9/255.255.255.255', { ...nine, prefix: 32 }],
    ['10.0.0.9/24/eth0', { ...nine, prefix: 24, device: 'eth0' }],
    ['10.0.0.9//eth0', { ...nine, device: 'eth0' }],
    ['10.0.0.9/24/eth0:1', { ...nine, prefix: 24, device: 'eth0', label: 'eth0:1' }],
    [
      '10.0.0.9/24/eth0:1/10.0.0.255',
      { ...nine, prefix: 24, device: 'eth0', label: 'eth0:1', broadcast: '10.0.0.255' },
    ],
    ['10.0.0.9/24/10.0.0.255', { ...nine, prefix: 24, broadcast: '10.0.0.255' }],
    ['10.0.0.9/24/bond0.100', { ...nine, prefix: 24, device: 'bond0.100' }],
    ['[2001:DB8::0:10]/64/eth0', { family: 6, address: '2001:db8::10', prefix: 64, device: 'eth0' }],
    ['[2001:db8::10]', { family: 6, address: '2001:db8::10' }],
    ['2001:db8::10/64', { family: 6, address: '2001:db8::10', prefix: 64 }],
  ])('%s', (text, wanted) => {
    expect(parseWanted(text)).toEqual(wanted)
  })

  test.each([
    ['10.0.0', 'not an IPv4 address'],
    ['10.0.0.256', 'not an IPv4 address'],
    ['10.0.0.09', 'not an IPv4 address'],
    ['10.0.0.9/33', 'not a mask'],
    ['10.0.0.9/0', 'not a mask'],
    ['10.0.0.9/255.0.255.0', 'not a mask'],
    ['10.0.0.9/24/eth0/eth1', 'not a broadcast address'],
    ['10.0.0.9/24/eth 0', 'not an interface'],
    ['10.0.0.9/24/eth0;reboot/x/y', 'too many parts'],
    ['10.0.0.9/24/averyveryverylongname', 'not an interface'],
    ['10.0.0.9/24/enp130s0f0:service', 'longer than the 15 characters'],
    ['[2001:db8::10]/129', 'not a mask'],
    ['[2001:db8::1::2]', 'not an IPv6 address'],
    ['[]', 'not an IPv6 address'],
  ])('%s is refused', (text, why) => {
    expect(parseWanted(text)).toEqual({ problem: expect.stringContaining(why) })
  })

  property.prop([fc.ipV6()])('an IPv6 address is understood, and canonical once and for all', text => {
    const canonical = canonicalIpv6(text)
    expect(canonical !== undefined && isIPv6(canonical)).toBe(true)
    expect(canonicalIpv6(canonical ?? '')).toBe(canonical)
    expect(new URL(`http://[${text}]/`).hostname).toBe(`[${canonical}]`) // the same by somebody else
  })
  property.prop([fc.string()])('anything is an address or a problem', text => {
    expect(parseWanted(text)).toBeTypeOf('object')
  })
})

test.each([
  ['10.0.0.9', 24, '10.0.0.255'],
  ['192.168.7.9', 20, '192.168.15.255'],
  ['10.0.0.9', 8, '10.255.255.255'],
  ['10.0.0.9', 30, '10.0.0.11'],
  ['10.0.0.9', 31, undefined],
  ['10.0.0.9', 32, undefined],
])('the broadcast address of %s/%i', (address, prefix, broadcast) => {
  expect(edgesOf(address, prefix)?.broadcast).toBe(broadcast)
})
