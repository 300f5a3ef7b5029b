import { describe, expect, test } from 'vitest'
import { readDetectionMs } from '../../../src/agents/drbd/patience.ts'
import { progressOf } from '../../../src/agents/drbd/progress.ts'
import { logSaysSplit } from '../../../src/agents/drbd/splitLog.ts'
import {
  absorbLine,
  connectionsOf,
  type DrbdStates,
  describe as describeState,
  diskOf,
  hasGoodPeer,
  isSyncTarget,
  isUp,
} from '../../../src/agents/drbd/state.ts'

function told(text: string, before: DrbdStates = new Map()): DrbdStates {
  return text.split('\n').reduce((states, line) => absorbLine(states, line)[0], before)
}

const eight = `exists resource name:r0 role:Secondary suspended:no
exists connection name:r0 peer-node-id:0 conn-name:peer connection:Connected role:Primary
exists device name:r0 volume:0 minor:0 disk:Inconsistent
exists peer-device name:r0 peer-node-id:0 conn-name:peer volume:0 replication:SyncTarget peer-disk:UpToDate resync-suspended:no
exists -`

describe('module 8.4', () => {
  test('a snapshot', () => {
    const state = told(eight).get('r0')!
    expect(describeState(state)).toBe('Secondary, Inconsistent; peer Primary, UpToDate')
    expect(isSyncTarget(state)).toBe(true)
    expect(hasGoodPeer(state)).toBe(true)
  })

  test('the primary dies, and the survivor is promoted', () => {
    const state = told(
      `change connection name:r0 peer-node-id:0 conn-name:peer connection:NetworkFailure role:Unknown
change peer-device name:r0 peer-node-id:0 conn-name:peer volume:0 replication:Off peer-disk:DUnknown
change connection name:r0 peer-node-id:0 conn-name:peer
change peer-device name:r0 peer-node-id:0 conn-name:peer volume:0
change connection name:r0 peer-node-id:0 conn-name:peer connection:Unconnected
change connection name:r0 peer-node-id:0 conn-name:peer connection:Connecting
change resource name:r0 role:Primary
change device name:r0 volume:0 minor:0 disk:UpToDate`,
      told(eight),
    ).get('r0')!
    expect(describeState(state)).toBe('Primary, UpToDate; peer Connecting')
    expect(hasGoodPeer(state)).toBe(false)
  })

  test('a split brain is remembered until they are connected again', () => {
    const split = told(
      'call helper name:r0 peer-node-id:0 conn-name:peer volume:0 minor:0 helper:split-brain\nchange connection name:r0 peer-node-id:0 connection:StandAlone role:Unknown',
      told(eight),
    )
    expect(split.get('r0')!.splitBrain).toBe(true)
    const solved = told(
      'change connection name:r0 peer-node-id:0 conn-name:peer connection:Connected role:Secondary',
      split,
    )
    expect(solved.get('r0')!.splitBrain).toBe(false)
  })

  test('one that a policy may still solve is none', () => {
    const line = 'call helper name:r0 peer-node-id:0 conn-name:peer volume:0 minor:0 helper:initial-split-brain'
    expect(told(line, told(eight)).get('r0')!.splitBrain).toBe(false)
  })

  test('down is gone; made and not configured is not up', () => {
    expect(told('destroy resource name:r0', told(eight)).has('r0')).toBe(false)
    expect(isUp(told('exists resource name:r0 role:Secondary suspended:no').get('r0'))).toBe(false)
  })

  test('frozen I/O', () => {
    expect(told('change resource name:r0 suspended:fencing', told(eight)).get('r0')!.suspended).toBe('fencing')
    expect(told('change resource name:r0 suspended:no', told(eight)).get('r0')!.suspended).toBeUndefined()
  })

  test('nothing new is the same object', () => {
    const states = told(eight)
    for (const line of [
      '',
      'exists -',
      'nonsense',
      'change path name:r0 local:ipv4:1.2.3.4:1',
      'response helper name:r0 status:0',
    ])
      expect(absorbLine(states, line)[0]).toBe(states)
  })
})

describe('module 9', () => {
  const nine = `exists resource name:r0 role:Primary suspended:no force-io-failures:no may_promote:no promotion_score:10101
exists connection name:r0 peer-node-id:1 conn-name:beta connection:Connected role:Secondary
exists connection name:r0 peer-node-id:2 conn-name:gamma connection:Connecting role:Unknown
exists device name:r0 volume:0 minor:1000 backing_dev:/dev/vg/a disk:UpToDate client:no quorum:yes
exists device name:r0 volume:1 minor:1001 backing_dev:/dev/vg/b disk:Failed client:no quorum:yes
exists peer-device name:r0 peer-node-id:1 conn-name:beta volume:0 replication:Established peer-disk:UpToDate peer-client:no resync-suspended:no
exists peer-device name:r0 peer-node-id:1 conn-name:beta volume:1 replication:SyncSource peer-disk:Inconsistent peer-client:no resync-suspended:no done:33.40
exists path name:r0 peer-node-id:1 conn-name:beta local:ipv4:10.0.0.1:7789 peer:ipv4:10.0.0.2:7789 established:yes
exists -`
  test('several peers and volumes: the worst counts', () => {
    const state = told(nine).get('r0')!
    expect(describeState(state)).toBe('Primary, Failed; beta Secondary, Inconsistent; gamma Connecting')
    expect(diskOf(state)).toBe('Failed')
    expect(hasGoodPeer(state)).toBe(false)
    expect(connectionsOf(state).map(({ peer }) => peer)).toEqual(['beta', 'gamma'])
    expect(progressOf(state, undefined)).toEqual({ percent: 33.4 })
  })
  test('a peer that was taken out of the configuration is gone', () => {
    const state = told('destroy connection name:r0 peer-node-id:2 conn-name:gamma', told(nine)).get('r0')!
    expect(connectionsOf(state)).toHaveLength(1)
  })
})

describe('the log of the kernel', () => {
  const split = '[1.0] block drbd0: Split-Brain detected but unresolved, dropping connection!'
  const splitNine = '[1.0] drbd r0/0 drbd1000 beta: Split-Brain detected but unresolved, dropping connection!'
  test.each([
    [split, [0], true],
    [splitNine, [1000], true],
    [split, [1], false],
    [`${split}\n[2.0] block drbd0: conn( WFReportParams -> WFBitMapS )`, [0], false],
    [`${split}\n[2.0] block drbd1: conn( WFReportParams -> WFBitMapS )`, [0], true],
    [`[0.5] block drbd0: Split-Brain detected, manually solved. Sync from this node\n${split}`, [0], true],
    ['[1.0] block drbd0: Split-Brain detected, 1 primaries, automatically solved.', [0], false],
  ])('%s of minor %j: %s', (log, minors, is) => expect(logSaysSplit(log, 'r0', minors)).toBe(is))
  test('is of this resource only', () => expect(logSaysSplit(splitNine, 'r', [])).toBe(false))
})

test('progress of module 8.4 is in /proc/drbd', () => {
  const text = `version: 8.4.11 (api:1/proto:86-101)
 0: cs:SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate C r-----
    ns:0 nr:2656 dw:2656 dr:0 al:8 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:17848
	[=====>..............] sync'ed: 33.4% (17848/20504)K
	finish: 0:00:26 speed: 4,540 (4,540) K/sec
 1: cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate C r-----
`
  const state = told(eight).get('r0')!
  expect(progressOf(state, text)).toEqual({ percent: 33.4, left: '0:00:26' })
  expect(progressOf(state, text.replace('cs:SyncTarget', 'cs:Connected'))).toBeUndefined()
})

test('how long DRBD may take to miss its peer', () => {
  expect(readDetectionMs('  timeout  20; # 1/10\n  ping-int  2; # s\n  ping-timeout  5; # 1/10, default\n')).toBe(4_500)
  expect(readDetectionMs('')).toBe(16_500)
})
