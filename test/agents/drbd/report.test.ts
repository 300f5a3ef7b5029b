import { describe, expect, test } from 'vitest'
import { lacking, problemOf, reportOf } from '../../../src/agents/drbd/report.ts'
import { absorbLine, type DrbdState, type DrbdStates } from '../../../src/agents/drbd/state.ts'
import { type FakeDrbd, fakeHost, snapshot } from './fakeDrbd.ts'

function stateOf(more: Partial<FakeDrbd>, lines: readonly string[] = []): DrbdState {
  let states: DrbdStates = new Map()
  for (const line of [...snapshot(fakeHost(more).drbd).split('\n'), ...lines]) states = absorbLine(states, line)[0]
  return states.get('r0')!
}
const problem = (more: Partial<FakeDrbd>, lines?: readonly string[], proc?: string) =>
  problemOf('r0', stateOf(more, lines), proc)
const splits = ['call helper name:r0 peer-node-id:0 helper:split-brain']

describe('what is wrong', () => {
  test('nothing', () => {
    expect(problem({})).toBeUndefined()
    expect(problem({ role: 'Primary' })).toBeUndefined()
  })

  test('a split brain, with what to type where: whoever is secondary is the one to lose', () => {
    expect(problem({ connection: 'StandAlone' }, splits)).toEqual({
      level: 'error',
      code: 'SPLIT-BRAIN',
      text: 'r0 has a split brain: both nodes have changed it, and neither follows the other',
      fix: 'to lose what this node changed, type here: drbdadm disconnect r0; drbdadm connect --discard-my-data r0; then there: drbdadm connect r0',
    })
    expect(problem({ connection: 'StandAlone', role: 'Primary' }, splits)?.fix).toContain(
      'to lose what the other node changed, type there: drbdadm disconnect',
    )
  })

  test('I/O that is frozen', () => {
    const frozen = problem({ role: 'Primary', connection: 'Connecting' }, ['change resource name:r0 suspended:fencing'])
    expect(frozen).toMatchObject({ level: 'error', text: expect.stringContaining('r0 is frozen (fencing)') })
    expect(frozen?.fix).toContain('drbdadm resume-io r0')
  })

  test('a disk that has failed, and whether another one does its work', () => {
    expect(problem({ role: 'Primary', disk: 'Diskless' })?.text).toBe(
      'the disk of r0 has failed here (Diskless): it works with the disk of its peer',
    )
    expect(problem({ role: 'Primary', disk: 'Failed', connection: 'Connecting' })?.text).toContain(
      'no peer has an UpToDate',
    )
  })

  test('a primary that runs without its copy, and a copy that is not written', () => {
    expect(problem({ role: 'Primary', connection: 'Connecting' })).toMatchObject({
      level: 'warning',
      text: 'r0 runs without its copy (Connecting)',
      fix: expect.stringContaining('drbdadm up r0'),
    })
    expect(problem({ connection: 'StandAlone' })).toMatchObject({
      text: 'r0 here is not being written: it has old data or will have (StandAlone)',
      fix: expect.stringContaining('drbdadm connect r0'),
    })
  })

  test('a resync, and how far it is, on both sides', () => {
    const proc = (cs: string): string =>
      ` 0: cs:${cs} ro:x\n    ns:0\n\t[=>...] sync'ed: 33.4% (17848/20504)K\n\tfinish: 0:00:26 speed: 4,540\n`
    const source = { role: 'Primary', peerDisk: 'Inconsistent', replication: 'SyncSource' }
    expect(problem(source, [], proc('SyncSource'))?.text).toBe(
      'r0 is Inconsistent on peer, resync 33.4 %, 0:00:26 left: until it is UpToDate there, only this node has all data',
    )
    const target = { disk: 'Inconsistent', replication: 'SyncTarget' }
    expect(problem(target, [], proc('SyncTarget'))?.text).toBe(
      'r0 is Inconsistent here, resync 33.4 %, 0:00:26 left: until it is UpToDate, this node cannot take it',
    )
    expect(reportOf('r0', stateOf(target), proc('SyncTarget'))).toMatchObject({
      disk: 'Inconsistent',
      resync: { percent: 33.4, left: '0:00:26' },
      peers: [{ name: 'peer', connection: 'Connected', disk: 'UpToDate' }],
    })
  })
})

test.each([
  [{ role: 'Primary' }, [], undefined],
  [{ role: 'Primary', connection: 'Connecting' }, [], 'r0 is not being written there'],
  [{ role: 'Primary', peerDisk: 'Inconsistent' }, [], 'r0 is Inconsistent there'],
  [{ disk: 'Outdated' }, [], 'r0 is Outdated here'],
  [{}, [], undefined],
  [{ connection: 'StandAlone' }, splits, 'r0 has a split brain'],
])('what keeps another node from starting it: %j %j', (more, lines, why) =>
  expect(lacking('r0', stateOf(more, lines))).toBe(why),
)
