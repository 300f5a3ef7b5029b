import { describe, expect, test } from 'vitest'
import type { Row } from '../../bench/oneOfMany.ts'
import {
  costsOf,
  failOverOf,
  type Loss,
  missesOf,
  oneOfManyText,
  stages,
  stageTable,
  stepsOf,
} from '../../bench/oneOfManyReport.ts'
import type { Status } from '../../bench/product.ts'
import { clusterOf } from '../../bench/scale.ts'
import { refusals, troublesOf } from '../../bench/stage.ts'
import type { HistoryRecord } from '../../src/daemon/records/record.ts'

const record = (code: string, atMs: number, more: Partial<HistoryRecord> = {}): HistoryRecord => ({
  v: 1,
  time: '2026-01-01T00:00:00Z',
  boot: 'b',
  node: 'n01',
  level: 'info',
  text: '',
  code,
  atMs,
  ...more,
})
const job = (beganAtMs: number, atMs: number, addresses: boolean, op: 'start' | 'stop' = 'start'): HistoryRecord =>
  record('job-done', atMs, {
    job: { op, resources: [], beganAtMs, ok: true, ...(addresses && { addresses: true as const }) },
  })

const records = [
  record('node-dead', 1003),
  record('assigned', 1006),
  record('assigned', 1007),
  job(1008, 1014, true),
  job(1009, 1015, true),
  job(1014, 1030, false),
  job(1015, 1040, false),
  job(1001, 1900, true, 'stop'),
  record('group-running', 1030),
  record('group-running', 1041),
]
const seen = {
  dueMs: 1000,
  nodes: 6,
  votesMs: [1009, 1004, 1005, 1006],
  agreedMs: [1010, 1008],
  addressesMs: [1012, 1011],
  announcedMs: [1012.5, 1013],
  records,
}

const loss = (lastAddress: number, moved = 6, nth = 2): Loss => ({
  nodes: 16,
  groups: 100,
  moved,
  nth,
  steps: { ...stepsOf(seen), lastAddress },
  peersLateMs: 2.04,
  loadAverage: 0.5,
})

describe('the stages of a fail-over', () => {
  test('each after the silence has lasted for deadtime', () => {
    expect(stepsOf(seen)).toEqual({
      vote: 6, // four of six are a majority: three beside the real node
      lastVote: 9,
      dead: 3,
      assigned: 6,
      lastAssigned: 7,
      firstAgreed: 8,
      agreed: 10,
      addressBegan: 8,
      lastAddressBegan: 9,
      address: 11,
      lastAddress: 12,
      announced: 13,
      lastAddressDone: 15,
      scriptBegan: 14,
      lastScriptBegan: 15,
      scriptDone: 30,
      running: 41,
    })
  })

  test('what nobody has seen is no figure', () => {
    expect(() => stepsOf({ ...seen, announcedMs: [1012, Number.POSITIVE_INFINITY] })).toThrow('not seen: announced')
    expect(() => stepsOf({ ...seen, votesMs: [1004, 1005] })).toThrow('not seen: vote')
    expect(() => stepsOf({ ...seen, addressesMs: [] })).toThrow('not seen: address, lastAddress')
  })

  test('a line for each, a column for each kind of loss, and the lateness of the peers', () => {
    const table = stageTable([[loss(10), loss(30), loss(20, 7)], [], [loss(45, 100)]])
    expect(table[0]).toBe('| | 6 to 7 of 100 groups | 100 of 100 groups |')
    expect(table).toContain('| kernel: the last address | 20 [10..30] | 45 |')
    expect(table).toContain('| peers late at most | 2 | 2 |')
    expect(table.length).toBe(2 + Object.keys(stages).length + 2)
  })
})

describe('the report', () => {
  const cost = (nodes: number, groups: number, beatMs: number): Row => ({
    part: 'cost',
    cost: {
      nodes,
      groups,
      keepaliveMs: 1000,
      beatMs,
      managerMs: 2,
      helpersMs: 0.5,
      worstPercent: 0.7,
      datagramBytes: 900,
      pssMib: 23,
      dirtyMib: 20,
      loadAverage: 0.1,
      peersPercent: 3,
      peersLateMs: 1.5,
    },
  })

  test('a cluster that was measured again counts once, smallest first', () => {
    const found = costsOf([cost(16, 1, 3), cost(2, 100, 2), cost(2, 1, 1), cost(16, 1, 4)])
    expect(found.map(one => [one.nodes, one.groups, one.beatMs])).toEqual([
      [2, 1, 1],
      [2, 100, 2],
      [16, 1, 4],
    ])
  })

  test('any part of it may be missing', () => {
    expect(oneOfManyText([{ part: 'one', loss: loss(20, 100) }])).toContain(
      '| 16 | 100 | 100 | 1 | 11 | 20 | 13 | 41 |',
    )
    expect(oneOfManyText([cost(2, 1, 1.5)])).toContain('| 2 | 1 | 1.50 | 2.00 | 0.50 | 0.40 | 900 | 3.0 | 1.5 | 0.1 |')
    expect(oneOfManyText([cost(2, 1, 1.5)])).not.toContain('Power loss')
  })

  test('the first loss after a start is told by itself', () => {
    const rows = [1, 2].map((nth): Row => ({ part: 'one', loss: loss(nth === 1 ? 60 : 20, 100, nth) }))
    const lines = oneOfManyText(rows).split('\n')
    expect(lines).toContain('| 16 | 100 | 100 | 2 | 11 | 40 [20..60] | 13 | 41 |')
    expect(lines).toContain('| 16 | 100 | 100 | 1 | 11 | 60 | 13 | 41 |')
  })

  test('answers of a real node, of a share and of all groups', () => {
    const answer = (moved: number, answerMs: number): Row => ({
      part: 'answer',
      answer: { nodes: 16, groups: 100, moved, voteMs: 4, answerMs, peersLateMs: 1, loadAverage: 0 },
    })
    const lines = oneOfManyText([answer(7, 5), answer(100, 20), answer(6, 7)]).split('\n')
    expect(lines.slice(-2)).toEqual([
      '| 16 | 100 | 6 to 7 | 2 | 4 | 6 [5..7] | 1 |',
      '| 16 | 100 | 100 | 1 | 4 | 20 | 1 |',
    ])
  })

  test('targets that are missed are told', () => {
    expect(missesOf([cost(16, 100, 7.5), { part: 'shared', loss: loss(50) }])).toEqual([])
    expect(missesOf([cost(16, 100, 7.6)])).toEqual([expect.stringContaining('1.01 %')])
    expect(missesOf([{ part: 'one', loss: loss(50.2, 100) }])).toEqual([expect.stringContaining('50.2 ms')])
    expect(failOverOf(loss(12)).lastAddressMs).toBe(12)
  })
})

describe('nothing is measured among nodes that do not accept each other', () => {
  const status = (problems: Status['problems'], refused: Record<string, number> = {}): Status => ({
    headline: '',
    nodes: [],
    groups: [],
    ...(problems && { problems }),
    beat: { lateMaxMs: 0, refused },
  })

  test('other files, other keys and refused heartbeats are told', () => {
    expect(troublesOf(status([{ code: 'DIFFERS', text: 'n02 differs' }]))).toEqual(['DIFFERS: n02 differs'])
    expect(troublesOf(status([{ code: 'HEARTBEAT', text: 'a wrong key' }]))).toEqual(['HEARTBEAT: a wrong key'])
    expect(troublesOf(status([], { 'wrong-key': 3 }))).toEqual(['the real node refused 3 datagrams: wrong-key'])
    expect(refusals('the peers', {})).toEqual([])
  })

  test('what only the machine is to blame for is not', () => {
    expect(troublesOf(status([{ code: 'LATE', text: 'woke up late' }]))).toEqual([])
    expect(troublesOf(status(undefined))).toEqual([])
  })
})

test('the real node is the first heir of every group that it is not home of', () => {
  const { haCf } = clusterOf(4, 2, 'shared', 'n01').files
  expect(haCf).toContain('\nspare n01 n03 n04\n')
  expect(clusterOf(4, 8, 'shared', 'n01').files.haCf).toContain('\nspare n01\n')
  expect(clusterOf(4, 2, 'shared', 'n03').files.haCf).toContain('\nspare n03 n04\n')
  expect(clusterOf(2, 1, 'shared', 'n01').files.haCf).not.toContain('spare')
})
