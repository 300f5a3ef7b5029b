import { describe, expect, test } from 'vitest'
import { adviceFor } from '../../../src/agents/drbd/advice.ts'
import { readConfig } from '../../../src/agents/drbd/config.ts'

/** Of drbdadm dump all, drbd-utils 9.22, shortened. */
const dump = `# /etc/drbd.conf
global {
    usage-count no;
    cmd-timeout-medium 600;
}

common {
    net {
        after-sb-0pri    discard-zero-changes;
        ping-int           9;
    }
    handlers {
        split-brain      "/usr/lib/drbd/notify-split-brain.sh root";
    }
}

# resource r0 on n1: not ignored, not stacked
# defined at /etc/drbd.d/r0.res:1
resource r0 {
    on n1 {
        device           /dev/drbd0 minor 0;
        disk             /dev/ubdb;
        address          ipv4 10.77.0.1:7788;
    }
    net {
        protocol           A;
        ping-int           2;
        allow-two-primaries yes;
    }
    disk {
        fencing          resource-and-stonith;
    }
    handlers {
        fence-peer       "/usr/lib/heartbeat/drbd-peer-outdater -t 5";
    }
}

resource r1 {
    protocol C;
    on n1 {
        volume 0 {
            disk {
                fencing dont-care;
            }
        }
    }
}
`

test('the options of each resource stand over those that all have in common', () => {
  const read = readConfig(dump)
  expect([...read.keys()]).toEqual(['r0', 'r1'])
  expect([...read.get('r0')!]).toEqual([
    ['net.after-sb-0pri', 'discard-zero-changes'],
    ['net.ping-int', '2'],
    ['handlers.split-brain', '/usr/lib/drbd/notify-split-brain.sh root'],
    ['net.protocol', 'A'],
    ['net.allow-two-primaries', 'yes'],
    ['disk.fencing', 'resource-and-stonith'],
    ['handlers.fence-peer', '/usr/lib/heartbeat/drbd-peer-outdater -t 5'],
  ])
  expect(read.get('r1')!.get('net.ping-int')).toBe('9')
  expect(read.get('r1')!.get('protocol')).toBe('C')
  expect(read.get('r1')!.has('disk.fencing')).toBe(false)
})

const quick = { 'net.ping-int': '2', 'net.timeout': '20' }
const advice = (options: Readonly<Record<string, string>>, { isNine = false, deadtimeMs = 10_000 } = {}) =>
  adviceFor('r0', new Map(Object.entries({ ...quick, ...options })), { deadtimeMs, isNine }).map(
    ({ level, text }) => `${level}: ${text}`,
  )

describe('advice', () => {
  test('nothing, for what is usual or careful', () => {
    expect(advice({})).toEqual([])
    const careful = {
      'net.protocol': 'C',
      'net.allow-two-primaries': 'no',
      'net.after-sb-0pri': 'discard-zero-changes',
      'net.after-sb-1pri': 'consensus',
      'net.after-sb-2pri': 'disconnect',
      'disk.fencing': 'resource-and-stonith',
      'handlers.fence-peer': '/usr/bin/tandem-drbd-fence -t 30',
      'options.auto-promote': 'no',
    }
    expect(advice(careful, { isNine: true })).toEqual([])
  })

  test.each<[Record<string, string>, string]>([
    [{ 'net.protocol': 'A' }, 'warning: r0 has protocol A: what was acknowledged here may be missing'],
    [{ protocol: 'B' }, 'warning: r0 has protocol B'],
    [{ 'net.allow-two-primaries': '' }, 'error: r0 has allow-two-primaries'],
    [{ 'net.after-sb-0pri': 'discard-least-changes' }, 'write in its section net: after-sb-0pri discard-zero-changes;'],
    [
      { 'net.after-sb-1pri': 'discard-secondary' },
      'warning: r0 has after-sb-1pri discard-secondary: after a split brain',
    ],
    [{ 'net.after-sb-2pri': 'violently-as0p' }, 'write in its section net: after-sb-2pri disconnect;'],
    [
      { 'disk.fencing': 'resource-and-stonith' },
      'error: r0 has fencing resource-and-stonith and no fence-peer handler',
    ],
    [{ 'net.fencing': 'resource-only' }, 'cannot be made primary without its peer; write handlers { fence-peer'],
    [
      { 'disk.fencing': 'resource-only', 'handlers.fence-peer': '/usr/lib/drbd/crm-fence-peer.9.sh' },
      'error: r0 has the fence-peer handler crm-fence-peer.9.sh, which asks another cluster manager',
    ],
    [{ 'handlers.fence-peer': '/usr/lib/heartbeat/drbd-peer-outdater -t 5' }, 'handler drbd-peer-outdater, which'],
    [{ 'startup.become-primary-on': 'both' }, 'warning: r0 has become-primary-on'],
    [
      { 'net.ping-int': '10', 'net.timeout': '60' },
      'warning: r0 may take 16.5 s to miss a dead peer, longer than deadtime (10 s)',
    ],
  ])('%j', (options, says) => expect(advice(options)).toEqual([expect.stringContaining(says)]))

  test('of version 9 alone: whoever opens the device promotes it', () => {
    expect(advice({}, { isNine: true })).toEqual([expect.stringContaining('auto-promote no;')])
  })
})
