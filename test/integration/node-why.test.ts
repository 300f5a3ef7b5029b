/** Why did it do that: what is told of a crash and of an order, by whoever is left, and after its restart. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { signal } from '../../bench/shell.ts'
import type { Explanation } from '../../src/cli/renderExplain.ts'
import type { Timeline } from '../../src/cli/timeline.ts'
import type { HistoryRecord } from '../../src/daemon/records/record.ts'
import {
  clean,
  ended,
  quickPair as haCf,
  killAll,
  type NodeLab,
  openNodes,
  pidOf,
  powerLoss,
  runIn,
  runs,
  type Said,
  startDaemon,
  startNodes,
  switchOn,
  type TestNode,
  type,
  until,
  untilStatus,
  well,
} from './nodeLab.ts'

const address = 'IPaddr2::10.77.0.101/24/eth0'
let lab: NodeLab
let alpha: TestNode
let beta: TestNode

beforeAll(async () => {
  lab = await openNodes()
  alpha = lab.node('alpha')
  beta = lab.node('beta')
})
afterAll(() => lab?.close())
beforeEach(async () => {
  await clean(lab)
  await switchOn(lab)
  await startNodes(lab, [alpha, beta], { haCf, haresources: `alpha ${address} svc::web\nbeta svc::db\n` })
})

const ask = (node: TestNode, ...words: string[]): Promise<Said> => type(node, ...words, '--state-dir', node.stateDir)
async function parsed<T>(node: TestNode, ...words: string[]): Promise<T> {
  const said = await ask(node, ...words, '--format', 'json')
  expect(said).toMatchObject({ code: 0 })
  return JSON.parse(said.out) as T
}
const history = async (node: TestNode, ...words: string[]): Promise<readonly HistoryRecord[]> =>
  (await parsed<{ records: readonly HistoryRecord[] }>(node, 'history', ...words)).records

describe('a crash', () => {
  test('is explained and taken apart by the survivor, also after its restart and without a daemon', async () => {
    await powerLoss(lab, alpha)
    await untilStatus(beta, 'the group on beta', runs(address, 'beta'))

    const why = await parsed<Explanation>(beta, 'explain', address)
    expect(why).toMatchObject({ schema: 'tandem/explain/v1', node: 'beta', source: 'daemon', before: [] })
    expect(why.decision?.move).toMatchObject({
      from: 'alpha',
      to: 'beta',
      rule: 'owner-dead',
      because: 'alpha is dead',
      decidedHere: true,
      rejected: [{ choice: 'stay', node: 'alpha', why: expect.stringMatching(/^is dead: silent for 1\.[5-9] s, and/) }],
    })
    const known = new Map(why.decision!.move!.inputs.map(view => [view.node as string, view]))
    expect(known.get('alpha')).toMatchObject({ health: 'dead', claim: 'running' })
    expect(known.get('beta')).toEqual({ node: 'beta', here: true, claim: 'stopped' })

    const parts = await parsed<Timeline>(beta, 'timeline')
    expect(parts).toMatchObject({ schema: 'tandem/timeline/v1', event: why.decision!.event, state: 'done' })
    expect(parts.phases.map(({ name }) => name)).toEqual(['detect', 'decide', 'start', 'start'])
    expect(parts.phases.slice(2).map(({ what }) => what)).toEqual([address, 'svc::web'])
    expect(parts.phases[0]!.tookMs).toBeGreaterThanOrEqual(1_500)
    expect(parts.largest?.phase).toBe('detect')
    expect(parts.phases.reduce((sum, { tookMs }) => sum + tookMs, 0)).toBeCloseTo(parts.totalMs, 3)

    signal(pidOf(beta, 'tandemd')!, 'SIGKILL')
    await ended(beta.daemon!)
    const unled = await ask(beta, 'timeline', address)
    expect(unled).toMatchObject({ code: 0, err: expect.stringContaining('the daemon is not running; read from') })
    startDaemon(lab, beta)
    await untilStatus(beta, 'the group adopted', runs(address, 'beta'))
    const again = await ask(beta, 'timeline', address)
    expect(again).toEqual({ ...unled, err: '' })
    const later = await parsed<Explanation>(beta, 'explain', 'last')
    expect(later.decision).toEqual(why.decision)
    const codes = (await history(beta, '--limit', '500')).map(({ code }) => code)
    expect(codes.filter(code => code === 'manager-started')).toHaveLength(2)
    expect(codes).toContain('node-dead')
    if (process.env['SHOW']) {
      console.log((await ask(beta, 'explain', address)).out)
      console.log(again.out)
      console.log((await ask(beta, 'history', '-v')).out)
    }
  })
})

describe('an order', () => {
  test('is one event on both nodes, each with its own part', async () => {
    expect((await type(beta, 'takeover')).code).toBe(0)
    await untilStatus(alpha, 'the group on beta', runs(address, 'beta'))
    const there = await parsed<Timeline>(beta, 'timeline', address)
    const here = await parsed<Timeline>(alpha, 'timeline', there.event)
    // A slow machine waits now and then between two parts.
    const busy = (one: Timeline) => one.phases.filter(({ name }) => name !== 'wait')
    expect(busy(there).map(({ name }) => name)).toEqual(['order', 'stop', 'start', 'start'])
    expect(busy(here).map(({ name }) => name)).toEqual(['stop', 'stop', 'start'])
    expect(busy(here).map(({ what }) => what)).toEqual(['svc::web', address, 'on beta, as seen from here'])
    expect(here).toMatchObject({ from: 'alpha', to: 'beta', because: 'takeover ordered on beta', state: 'done' })
    const told = await parsed<Explanation>(alpha, 'explain', address)
    expect(told.decision).toMatchObject({ event: there.event, move: { decidedHere: false, toldBy: 'beta' } })

    const refused = await type(beta, 'clear', 'nothing')
    expect(refused.code).toBe(4)
    expect((await history(beta)).at(-1)).toMatchObject({ code: 'refused', text: expect.stringContaining('no group') })
    if (process.env['SHOW']) {
      for (const node of [alpha, beta]) {
        console.log((await ask(node, 'explain', address)).out)
        console.log((await ask(node, 'timeline', address)).out)
      }
      console.log((await ask(beta, 'history', '-v')).out)
    }
  })

  test('a word that means nothing is wrong usage', async () => {
    expect(await ask(beta, 'explain', 'nothing')).toMatchObject({ code: 2, err: expect.stringContaining('svc::db') })
    expect(await ask(beta, 'timeline', 'nothing')).toMatchObject({ code: 2 })
    expect(await ask(beta, 'timeline', 'svc::db/99.beta')).toMatchObject({ code: 2 })
  })
})

describe('a disk that is full', () => {
  test('costs no record that is on it, none that comes meanwhile, and no move', async () => {
    for (const node of [alpha, beta]) await killAll(node)
    await runIn(beta.host, ['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', beta.stateDir])
    for (const node of [alpha, beta]) startDaemon(lab, node)
    for (const node of [alpha, beta]) await untilStatus(node, 'all well', well)
    const before = await history(beta, '--limit', '500')
    // Inside the host: its mount is not seen from here.
    await runIn(beta.host, ['sh', '-c', `cat /dev/zero >${join(beta.stateDir, 'filler')} 2>/dev/null; true`])
    expect((await type(alpha, 'takeover')).code).toBe(0)
    const full = await history(beta, '--limit', '500')
    expect(full.slice(0, before.length)).toEqual(before)
    expect(full.map(({ code }) => code).slice(before.length)).toContain('assigned')
    await runIn(beta.host, ['rm', join(beta.stateDir, 'filler')])
    await until('all on disk', 12_000, async () => {
      const text = await runIn(beta.host, ['cat', join(beta.stateDir, 'records.jsonl')])
      return String(text).trimEnd().split('\n').length >= full.length
    })
    const kept = await history(beta, '--limit', '500')
    expect(kept.slice(0, full.length)).toEqual(full)
    await killAll(beta)
    await runIn(beta.host, ['umount', beta.stateDir])
  })
})

test('a line torn by a crash is left out and told', async () => {
  const file = join(beta.stateDir, 'records.jsonl')
  await killAll(beta)
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, `${text}{"v":1,"time":"2026-`)
  startDaemon(lab, beta)
  await untilStatus(beta, 'all well', well)
  const said = await ask(beta, 'history')
  expect(said).toMatchObject({ code: 0, err: expect.stringContaining('1 damaged line') })
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  expect(lines.length).toBeGreaterThan(text.trimEnd().split('\n').length + 1)
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({ v: 1 })
})
