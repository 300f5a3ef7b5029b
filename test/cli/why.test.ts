import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseInstant } from '../../src/cli/instant.ts'
import { renderExplain } from '../../src/cli/renderExplain.ts'
import { renderHistory } from '../../src/cli/renderHistory.ts'
import { renderTimeline } from '../../src/cli/renderTimeline.ts'
import { timelineOf } from '../../src/cli/timeline.ts'
import { explain } from '../../src/cli/whyCommands.ts'
import type { GroupStatus } from '../../src/daemon/protocol.ts'
import type { HistoryRecord } from '../../src/daemon/records/record.ts'
import { says, type, withDaemon } from './fake.ts'

interface Story {
  readonly group: string
  readonly event: string
  readonly records: readonly HistoryRecord[]
  readonly now?: GroupStatus
}

const folder = new URL('./why/', import.meta.url)
const stories = readdirSync(folder)
  .filter(name => name.endsWith('.json'))
  .map(name => name.slice(0, -'.json'.length))
const load = (name: string): Story => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))

/** The views show local time. */
const zone = process.env['TZ']
beforeAll(() => {
  process.env['TZ'] = 'UTC'
})
afterAll(() => {
  if (zone === undefined) delete process.env['TZ']
  else process.env['TZ'] = zone
})

function pages({ group, event, records, now }: Story, width: number): readonly string[] {
  const moves = records.filter(({ code }) => code === 'assigned')
  const source = now === undefined ? 'files' : 'daemon'
  const explanation = explain(group, records[0]!.node, now, { records: moves, source })
  const timeline = timelineOf(records, event)
  return [
    `$ tandem explain ${group}\n${renderExplain(explanation, width)}`,
    `$ tandem timeline ${event}\n${timeline === undefined ? 'nothing\n' : renderTimeline(timeline, width)}`,
    `$ tandem history --verbose\n${renderHistory(records, width, false)}`,
  ]
}

describe('stories', () => {
  test('there are some', () => expect(stories.length).toBeGreaterThan(5))

  test.each(stories)('%s', name => {
    const path = new URL(`${name}.txt`, folder)
    const told = pages(load(name), 80).join('\n')
    if (process.env['RETELL']) writeFileSync(path, told)
    expect(told).toBe(readFileSync(path, 'utf8'))
  })

  test.each(stories)('%s fits every width, and its parts are the whole', name => {
    const story = load(name)
    for (let width = 60; width <= 100; width += 5)
      for (const line of pages(story, width).join('').split('\n'))
        if (!line.startsWith('$')) expect(line.length).toBeLessThanOrEqual(width)
    const { phases, totalMs } = timelineOf(story.records, story.event)!
    let atMs = 0
    for (const { beginsMs, tookMs } of phases) {
      expect(beginsMs).toBeCloseTo(atMs, 6)
      atMs += tookMs
    }
    expect(atMs).toBeCloseTo(totalMs, 6)
  })
})

describe('a timeline', () => {
  const { records, event } = load('crash')
  const names = (some: readonly HistoryRecord[]) => timelineOf(some, event)?.phases.map(({ name }) => name)
  const without = (...codes: string[]) => records.filter(({ code }) => !codes.includes(code))

  test('measures by the monotonic clock, whatever the wall clock does meanwhile', () => {
    const jumping = records.map((record, i) => ({
      ...record,
      time: new Date(Date.UTC(2026, 0, 1 + (i % 3))).toISOString(),
    }))
    expect(timelineOf(jumping, event)?.phases).toEqual(timelineOf(records, event)?.phases)
  })

  test('takes no death that was over before the move, and no instant of another boot', () => {
    expect(names(records)).toEqual(['detect', 'decide', 'start', 'start', 'start', 'start'])
    expect(names(without('node-dead'))).toEqual(['start', 'start', 'start', 'start'])
    const back = { ...records[2]!, code: 'node-up', atMs: records[2]!.atMs + 0.1 }
    expect(names([...records.slice(0, 3), back, ...records.slice(3)])).toEqual(['start', 'start', 'start', 'start'])
    expect(names(records.map(record => (record.code === 'node-dead' ? { ...record, boot: 'other' } : record)))).toEqual(
      ['start', 'start', 'start', 'start'],
    )
  })

  test('is of the move itself, not of a later start at the same epoch', () => {
    const later = records
      .filter(record => record.event === event && record.move === undefined)
      .map(record => ({ ...record, atMs: record.atMs + 5e6, boot: 'other' }))
    expect(timelineOf([...records, ...later], event)).toEqual(timelineOf(records, event))
  })

  test('says when its end is missing', () => {
    expect(timelineOf(without('group-running'), event)).toMatchObject({ state: 'unfinished' })
    expect(timelineOf(records, `${event}x`)).toBeUndefined()
  })
})

describe('the commands', () => {
  const { group, event, records, now } = load('crash')
  const moves = records.filter(({ code }) => code === 'assigned')
  const status = { schema: 'tandem/status/v1', node: 'beta', nodes: [], groups: [now] }
  const daemon = says({ done: true, status, records: moves, skipped: 0 })

  test('ask for what they need', () =>
    withDaemon(says({ done: true, records }), async ({ runDir, asked }) => {
      const words = ['history', '--group', 'web', '--since', '2026-11-20 14:00', '--limit', '7']
      expect((await type(['tandem', '--run-dir', runDir, ...words])).code).toBe(0)
      expect((await type(['tandem', '--run-dir', runDir, 'timeline', event])).out).toContain('detect')
      const since = new Date('2026-11-20T14:00').toISOString()
      expect(asked).toEqual([
        { verb: 'records', query: { group: 'web', since, limit: 7, debug: false } },
        { verb: 'records', query: { group, limit: 5_000, debug: true } },
      ])
    }))

  test('history as JSON has everything and its schema', () =>
    withDaemon(says({ done: true, records, skipped: 2 }), async ({ runDir }) => {
      const { out, err } = await type(['tandem', '--run-dir', runDir, 'history', '--format', 'json'])
      expect(JSON.parse(out)).toEqual({ schema: 'tandem/history/v1', source: 'daemon', records })
      expect(err).toContain('2 damaged lines')
    }))

  test('explain puts the decision beside the present', () =>
    withDaemon(daemon, async ({ runDir }) => {
      const { out } = await type(['tandem', '--run-dir', runDir, 'explain', '--format', 'json'])
      expect(JSON.parse(out)).toMatchObject({ schema: 'tandem/explain/v1', group, decision: { event }, now })
      const nobody = await type(['tandem', '--run-dir', runDir, 'explain', group])
      expect(nobody.out).toContain('rejected  leave it on alpha')
    }))

  test('an older daemon is told as such', () =>
    withDaemon(says({ done: true, code: 2, text: 'no such request: verb' }), async ({ runDir }) => {
      expect(await type(['tandem', '--run-dir', runDir, 'history'])).toMatchObject({ code: 1, out: '' })
    }))

  test('without a daemon they read the files, and say so', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tandem-why-'))
    try {
      const folders = ['--run-dir', dir, '--state-dir', dir]
      expect(await type(['tandem', 'explain', ...folders])).toMatchObject({
        code: 1,
        err: expect.stringContaining('no move'),
      })
      expect(await type(['tandem', 'history', ...folders])).toMatchObject({
        code: 0,
        out: 'nothing is recorded of that\n',
      })
      writeFileSync(join(dir, 'records.jsonl'), records.map(record => `${JSON.stringify(record)}\n`).join(''))
      const { code, out, err } = await type(['tandem', 'timeline', group, ...folders])
      expect([code, err]).toEqual([0, `tandem: the daemon is not running; read from ${dir}/records.jsonl\n`])
      expect(out).toContain(`event ${event}`)
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })

  test.each([
    ['history', '--since', 'yesterday'],
    ['history', '--limit', '0'],
    ['history', '--format', 'xml'],
  ])('%s %s %s is wrong usage', async (...words) => {
    expect((await type(['tandem', ...words])).code).toBe(2)
  })
})

describe('--since', () => {
  const now = new Date('2026-11-21T12:00:00Z')
  test.each([
    ['30m', '2026-11-21T11:30:00.000Z'],
    ['1.5h', '2026-11-21T10:30:00.000Z'],
    ['7d', '2026-11-14T12:00:00.000Z'],
    ['9:30', '2026-11-21T09:30:00.000Z'],
    ['2026-11-20', '2026-11-20T00:00:00.000Z'],
    ['2026-11-20 14:02', '2026-11-20T14:02:00.000Z'],
    ['2026-11-20T14:02:03+01:00', '2026-11-20T13:02:03.000Z'],
  ])('%s', (word, instant) => expect(parseInstant(word, now)?.toISOString()).toBe(instant))
  test.each(['', '7', 'h', '2026-13-45', 'last week'])('not %j', word =>
    expect(parseInstant(word, now)).toBeUndefined(),
  )
})
