import { describe, expect, test } from 'vitest'
import { addressOf, clusterOf } from '../../bench/scale.ts'
import {
  type Cost,
  costPlot,
  costTable,
  type FailOver,
  failOverTable,
  growth,
  misses,
  percentOf,
} from '../../bench/scaleReport.ts'

const cost = (nodes: number, groups: number, beatMs: number): Cost => ({
  nodes,
  groups,
  keepaliveMs: 1000,
  beatMs,
  managerMs: 2,
  helpersMs: 0.5,
  worstPercent: 0.7,
  datagramBytes: 900,
  pssMib: 23.42,
  dirtyMib: 20.8,
  loadAverage: 0.1,
})
const failOver = (lastAddressMs: number): FailOver => ({
  nodes: 16,
  groups: 100,
  moved: 6,
  firstAddressMs: 3,
  lastAddressMs,
  announcedMs: lastAddressMs + 1,
  runningMs: 60,
})

describe('the report', () => {
  test('percent of a core is all that runs on a node, a keepalive', () => {
    expect(percentOf(cost(2, 1, 1.5))).toBeCloseTo(0.4)
    expect(percentOf({ ...cost(2, 1, 1.5), keepaliveMs: 500 })).toBeCloseTo(0.8)
  })

  test('one line for each cluster, and a curve for each number of groups', () => {
    const costs = [cost(2, 1, 1.5), cost(16, 1, 3), cost(2, 100, 2), cost(16, 100, 7)]
    expect(costTable(costs)[2]).toBe('| 2 | 1 | 1.50 | 2.00 | 0.50 | 0.40 | 0.70 | 900 | 23.4 | 20.8 | 0.1 |')
    const drawn = costPlot(costs)
    expect(drawn.filter(line => line.endsWith('a')).length).toBe(2)
    expect(drawn).toContain('   b  100 groups')
    expect(drawn.some(line => line.includes('target'))).toBe(true)
  })

  test('growth is told per node added, and not at all where none was', () => {
    expect(growth([cost(16, 1, 3), cost(2, 1, 1.6)])).toEqual([
      '- with 1 group, one more node costs each of the others 0.100 ms of its beat and 0.000 ms of its manager a keepalive (2 to 16 nodes)',
    ])
    expect(growth([cost(2, 1, 1.6)])).toEqual([])
  })

  test('fail-overs are medians and spread', () => {
    expect(failOverTable([[failOver(10), failOver(30), failOver(20.04)], []]).slice(2)).toEqual([
      '| 16 | 100 | 6 | 3 | 3 | 20 [10..30] | 21 [11..31] | 60 |',
    ])
  })

  test('every target that is missed is told', () => {
    expect(misses([cost(16, 100, 7)], [failOver(50)])).toEqual([])
    expect(misses([{ ...cost(16, 100, 7), datagramBytes: 1401 }], [])).toEqual([expect.stringContaining('1401 bytes')])
    expect(misses([cost(16, 100, 7.6)], [])).toEqual([expect.stringContaining('1.01 %')])
    expect(misses([], [failOver(50.1)])).toEqual([expect.stringContaining('50.1 ms')])
  })
})

describe('the cluster', () => {
  test('every group has an address of its own', () => {
    const addresses = Array.from({ length: 1000 }, (_, i) => addressOf(i))
    expect(new Set(addresses).size).toBe(1000)
    expect(addresses.every(one => one.split('.').every(part => Number(part) < 255 && Number(part) >= 0))).toBe(true)
  })

  test('groups are shared by all nodes in turn, or all are at home on the second', () => {
    const lines = (homes: 'shared' | 'one') => clusterOf(3, 4, homes).files.haresources.trim().split('\n')
    expect(lines('shared').map(line => line.split(' ')[0])).toEqual(['n01', 'n02', 'n03', 'n01'])
    expect(lines('shared')[3]).toBe('n01 IPaddr2::10.77.1.4/16/eth0 unit::3')
    expect(lines('one').map(line => line.split(' ')[0])).toEqual(['n02', 'n02', 'n02', 'n02'])
  })

  test('who is home of nothing is a spare, but of two nodes', () => {
    expect(clusterOf(4, 2, 'shared').files.haCf).toContain('\nspare n03 n04\n')
    expect(clusterOf(3, 3, 'shared').files.haCf).not.toContain('spare')
    expect(clusterOf(2, 1, 'shared').files.haCf).not.toContain('spare')
  })
})
