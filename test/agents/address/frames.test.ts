import { describe, expect, test } from 'vitest'
import { advertisementFrame, arpFrames, onesComplement } from '../../../src/agents/address/frames.ts'
import { deleteLine, type Placed, replaceLine } from '../../../src/agents/address/lines.ts'

describe('gratuitous ARP', () => {
  const [request, reply] = arpFrames('52:54:00:12:34:56', '10.0.0.9')
  const head = 'ffffffffffff52540012345608060001080006040'
  test('as a request', () => {
    expect(request).toBe(`${head}0015254001234560a0000090000000000000a000009`)
  })
  test('as a reply', () => {
    expect(reply).toBe(`${head}0025254001234560a0000095254001234560a000009`)
  })
})

describe('unsolicited neighbour advertisement', () => {
  const frame = Buffer.from(advertisementFrame('52:54:00:12:34:56', '2001:db8::10', false), 'hex')
  const [ethernet, ip, icmp] = [frame.subarray(0, 14), frame.subarray(14, 54), frame.subarray(54)]
  test('goes to all nodes', () => {
    expect(ethernet.toString('hex')).toBe('33330000000152540012345686dd')
    expect(ip.subarray(24).toString('hex')).toBe('ff020000000000000000000000000001')
    expect(ip[7]).toBe(255)
  })
  test('overrides, and is not a router unless the host is one', () => {
    expect(icmp[4]).toBe(0x20)
    expect(Buffer.from(advertisementFrame('52:54:00:12:34:56', '2001:db8::10', true), 'hex')[58]).toBe(0xa0)
  })
  test('has a checksum that adds up', () => {
    const pseudo = [...ip.subarray(8, 40), 0, 0, 0, icmp.length, 0, 0, 0, 58]
    expect(icmp.length).toBe(32)
    expect(onesComplement([...pseudo, ...icmp])).toBe(0)
  })
})

describe('lines for ip', () => {
  const placed: Placed = { family: 4, address: '10.0.0.9', prefix: 32, device: 'eth0', writtenPrefix: 24 }
  test.each([
    [placed, 3, 'addr replace 10.0.0.9/32 brd 10.0.0.255 dev eth0 valid_lft 3 preferred_lft 3\n'],
    [placed, undefined, 'addr replace 10.0.0.9/32 brd 10.0.0.255 dev eth0 valid_lft forever preferred_lft forever\n'],
    [
      { ...placed, label: 'eth0:0', broadcast: '10.0.0.63' },
      1,
      'addr replace 10.0.0.9/32 brd 10.0.0.63 dev eth0 label eth0:0 valid_lft 1 preferred_lft 1\n',
    ],
    [{ ...placed, beside: true } as const, 3, 'addr replace 10.0.0.9/32 dev eth0 valid_lft 3 preferred_lft 3\n'],
    [
      { ...placed, beside: true, label: 'eth0:0' } as const,
      3,
      'addr replace 10.0.0.9/32 brd 10.0.0.255 dev eth0 label eth0:0 valid_lft 3 preferred_lft 3\n',
    ],
    [
      { ...placed, beside: true, broadcast: '10.0.0.63' } as const,
      3,
      'addr replace 10.0.0.9/32 brd 10.0.0.63 dev eth0 valid_lft 3 preferred_lft 3\n',
    ],
    [{ ...placed, writtenPrefix: 32 }, 3, 'addr replace 10.0.0.9/32 dev eth0 valid_lft 3 preferred_lft 3\n'],
    [
      { family: 6, address: '2001:db8::9', prefix: 128, device: 'eth0', writtenPrefix: 64 } as const,
      3,
      'addr replace 2001:db8::9/128 dev eth0 nodad valid_lft 3 preferred_lft 0\n',
    ],
  ])('%o for %s', (one, seconds, line) => {
    expect(replaceLine(one, seconds)).toBe(line)
  })
  test('removal', () => {
    expect(deleteLine(placed)).toBe('addr del 10.0.0.9/32 dev eth0\n')
  })
})
