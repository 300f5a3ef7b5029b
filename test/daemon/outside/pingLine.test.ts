import { describe, expect, test } from 'vitest'
import { readPingLine } from '../../../src/daemon/outside/pingLine.ts'

describe('what ping of iputils prints', () => {
  test.each([
    [
      '[1795253959.606679] 64 bytes from 10.9.0.2: icmp_seq=2 ttl=64 time=0.048 ms',
      '10.9.0.2',
      1795253959606.679,
      0.048,
    ],
    ['[1795253959.606679] 64 bytes from 10.9.0.2: icmp_seq=2 ttl=64 time=123 ms', '10.9.0.2', 1795253959606.679, 123],
    ['[1.5] 64 bytes from fe80::1%eth0: icmp_seq=65535 ttl=255 time=1.50 ms', 'fe80::1%eth0', 1500, 1.5],
    ['[1.5] 64 bytes from fd09::2: icmp_seq=1 ttl=64 time=0.098 ms (DUP!)', 'fd09::2', 1500, 0.098],
    ['[1.5] 64 bytes from 10.9.0.2: icmp_seq=2 ident=7 ttl=64 time=0.048 ms', '10.9.0.2', 1500, 0.048],
  ])('%s', (line, from, printedAtMs, tookMs) => {
    expect(readPingLine(line)).toEqual({ type: 'reply', from, printedAtMs: expect.closeTo(printedAtMs, 3), tookMs })
  })

  test.each([
    '',
    'PING 10.9.0.2 (10.9.0.2) 56(84) bytes of data.',
    'PING fd09::2(fd09::2) 56 data bytes',
    '[1795253962.646606] no answer yet for icmp_seq=1',
    '[1795253965.206833] From 10.9.0.1 icmp_seq=1 Destination Host Unreachable',
    'From fd09::1 icmp_seq=3 Destination unreachable: Address unreachable',
    '--- 10.9.0.77 ping statistics ---',
    '10 packets transmitted, 0 received, +6 errors, 100% packet loss, time 4627ms',
    'rtt min/avg/max/mdev = 0.048/0.095/0.229/0.077 ms',
    'pipe 7',
  ])('chatter: %s', line => {
    expect(readPingLine(line)).toEqual({ type: 'chatter' })
  })

  const good = '[1.5] 64 bytes from 10.9.0.2: icmp_seq=2 ttl=64 time=0.048 ms'
  test.each([
    good.replace('[1.5] ', ''),
    good.replace('[1.5]', '[now]'),
    `${good} (BAD CHECKSUM!)`,
    `${good} (DIFFERENT ADDRESS!)`,
    good.replace('0.048', '-5'),
    good.replace('0.048', '1e3'),
    good.replace('time=0.048 ms', '(truncated)'),
    good.replace('0.048', '9'.repeat(10)),
    good.replace('10.9.0.2', 'x'.repeat(300)),
    'a word',
    'no answer yet for icmp_seq=1 64 bytes from 10.9.0.2',
  ])('nonsense: %s', line => {
    expect(readPingLine(line)).toEqual({ type: 'nonsense' })
  })
})
