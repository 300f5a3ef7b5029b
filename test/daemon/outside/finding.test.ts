import { expect, test } from 'vitest'
import { answerIn, findingIn } from '../../../src/daemon/outside/finding.ts'
import { answerByArp, answerByPing, nothingByArp, nothingByPing } from './fakeProbes.ts'

const arp = { how: 'arp', of: 'service', address: '10.0.0.100', device: 'eth0' } as const
const ping = { how: 'ping', of: 'node', address: '10.0.0.2', device: undefined } as const

test('an answer shows at once', () => {
  expect(answerIn(arp, answerByArp)).toEqual({
    is: 'answered',
    by: '10.0.0.100 answered ARP on eth0 (ba:13:00:16:a2:a4)',
  })
  expect(answerIn(ping, answerByPing)).toEqual({ is: 'answered', by: '10.0.0.2 answered ping' })
  expect(answerIn(arp, nothingByArp)).toBeUndefined()
  expect(answerIn(ping, nothingByPing)).toBeUndefined()
  expect(answerIn(ping, 'From 10.0.0.1 icmp_seq=1 Destination Host Unreachable\n')).toBeUndefined()
})

test('silence is what was sent in vain', () => {
  expect(findingIn(arp, nothingByArp, false)).toEqual({ is: 'silent', by: 'ARP for 10.0.0.100 on eth0' })
  expect(findingIn(ping, nothingByPing, false)).toEqual({ is: 'silent', by: 'ping 10.0.0.2' })
  const errors = '6 packets transmitted, 0 received, +6 errors, 100% packet loss, time 4627ms\n'
  expect(findingIn(ping, errors, false)).toEqual({ is: 'silent', by: 'ping 10.0.0.2' })
})

test.each([
  ["arping: invalid argument: '0.5'\n", "arping 10.0.0.100: invalid argument: '0.5'"], // exit code 1, as for an answer
  ['Interface "lo" is not ARPable\n', 'arping 10.0.0.100: Interface "lo" is not ARPable'], // exit code 0, as for none
  ['arping: Device eth7 not available.\n', 'arping 10.0.0.100: Device eth7 not available.'],
  [nothingByArp.replace('Sent 1', 'Sent 0'), 'arping 10.0.0.100: it ended without sending anything'],
  ['', 'arping 10.0.0.100: it ended without sending anything'],
  [
    'Timeout\n--- 10.0.0.100 statistics ---\n2 packets transmitted, 0 packets received\n',
    'arping 10.0.0.100: it ended without sending anything',
  ],
])('arping that says %j was not able to ask', (output, why) => {
  expect(findingIn(arp, output, false)).toEqual({ is: 'unable', why })
})

test('ping that cannot send was not able to ask, nor one that is not there', () => {
  expect(findingIn(ping, 'ping: connect: Network is unreachable\n', false)).toEqual({
    is: 'unable',
    why: 'ping 10.0.0.2: connect: Network is unreachable',
  })
  expect(findingIn(ping, nothingByPing.replace('4 packets', '0 packets'), false).is).toBe('unable')
  expect(findingIn(ping, 'ping: spawn ping ENOENT\n', true)).toEqual({
    is: 'unable',
    why: 'ping is not installed; apt-get install iputils-ping',
  })
  expect(findingIn(arp, '', true)).toEqual({
    is: 'unable',
    why: 'arping is not installed; apt-get install iputils-arping',
  })
})
