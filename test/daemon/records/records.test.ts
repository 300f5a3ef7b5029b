import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { recall, recordFiles } from '../../../src/daemon/records/recall.ts'
import type { HistoryRecord } from '../../../src/daemon/records/record.ts'
import { openRecords } from '../../../src/daemon/records/records.ts'

const folders: string[] = []
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tandem-records-'))
  folders.push(path)
  return path
}
afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true })
})

const record = (n: number, more: Partial<HistoryRecord> = {}): HistoryRecord => ({
  v: 1,
  time: new Date(Date.UTC(2026, 10, 21, 9, 0, n)).toISOString(),
  atMs: n,
  boot: 'b00710ad',
  node: 'alpha',
  code: 'told',
  level: 'info',
  text: `number ${n}`,
  ...more,
})
const all = { limit: 10_000 }
const numbers = (records: readonly HistoryRecord[]): number[] => records.map(({ atMs }) => atMs)

describe('records', () => {
  test('are there again after a restart, in order', async () => {
    const dir = join(folder(), 'new')
    const records = await openRecords(dir)
    for (let n = 1; n <= 30; n++) records.add(record(n))
    await records.flushed()
    records.add(record(31))
    await records.flushed()
    expect(numbers((await recall(dir, all)).records)).toEqual(Array.from({ length: 31 }, (_, i) => i + 1))
    const again = await openRecords(dir)
    again.add(record(32))
    const { records: found, skipped } = await again.list({ limit: 2 })
    expect([numbers(found), skipped]).toEqual([[31, 32], 0])
  })

  test('are written by themselves soon after', async () => {
    const dir = folder()
    const records = await openRecords(dir, { delayMs: 1 })
    records.add(record(1))
    expect(existsSync(recordFiles(dir).current)).toBe(false) // never in the way of what happens
    await expect.poll(async () => (await recall(dir, all)).records.length, { timeout: 5_000 }).toBe(1)
  })

  test('are chosen by group, code, age, level, and how many', async () => {
    const dir = folder()
    const records = await openRecords(dir)
    records.add(record(1, { group: 'web', code: 'assigned' }))
    records.add(record(2, { group: 'db', code: 'assigned' }))
    records.add(record(3, { code: 'node-dead' }))
    records.add(record(4, { group: 'web', level: 'debug' }))
    records.add(record(5, { code: 'ordered', groups: ['db'] }))
    records.add(record(6, { code: 'ordered', groups: [] }))
    const find = async (query: object) => numbers((await records.list({ ...all, ...query })).records)
    expect(await find({})).toEqual([1, 2, 3, 5, 6])
    expect(await find({ debug: true })).toEqual([1, 2, 3, 4, 5, 6])
    expect(await find({ group: 'web' })).toEqual([1, 3, 6])
    expect(await find({ codes: ['assigned'] })).toEqual([1, 2])
    expect(await find({ codes: ['assigned'], limit: 1 })).toEqual([2])
    expect(await find({ since: record(3).time })).toEqual([3, 5, 6])
  })

  test('are bounded: a file that is full is set aside, and the one before it goes', async () => {
    const dir = folder()
    const maxBytes = 2_000
    const records = await openRecords(dir, { maxBytes })
    for (let n = 1; n <= 100; n++) {
      records.add(record(n))
      if (n % 3 === 0) await records.flushed()
    }
    const { records: found } = await records.list(all)
    const { current, before } = recordFiles(dir)
    expect(numbers(found)).toEqual(Array.from({ length: found.length }, (_, i) => 101 - found.length + i))
    expect(found.length).toBeGreaterThan(15)
    for (const file of [current, before]) expect(readFileSync(file).length).toBeLessThanOrEqual(maxBytes)
  })

  test('survive a crash in the middle of a turn-over', async () => {
    const dir = folder()
    const line = (n: number): string => `${JSON.stringify(record(n))}\n`
    const { before, current, fresh } = recordFiles(dir)
    writeFileSync(before, line(1))
    writeFileSync(current, line(2))
    writeFileSync(fresh, line(3))
    expect(numbers((await recall(dir, all)).records)).toEqual([1, 2, 3])
    const records = await openRecords(dir)
    records.add(record(4))
    expect(numbers((await records.list(all)).records)).toEqual([2, 3, 4])
    expect(existsSync(fresh)).toBe(false)

    rmSync(current)
    writeFileSync(fresh, line(5))
    expect(numbers((await (await openRecords(dir)).list(all)).records)).toEqual([2, 5])
  })

  test('a torn line, zeros and foreign words are skipped and counted; what follows stands on a line of its own', async () => {
    const dir = folder()
    const { current } = recordFiles(dir)
    const good = JSON.stringify(record(1))
    writeFileSync(current, `${good}\n\0\0\0\0\n"hello"\n${good.replace('"v":1', '"v":2')}\n${good.slice(0, 40)}`)
    const records = await openRecords(dir)
    records.add(record(2))
    const found = await records.list(all)
    expect([numbers(found.records), found.skipped]).toEqual([[1, 2], 4])
    expect(JSON.parse(readFileSync(current, 'utf8').trimEnd().split('\n').at(-1)!)).toEqual(record(2))
  })

  test('one that was written twice is told once', async () => {
    const dir = folder()
    const line = `${JSON.stringify(record(1))}\n`
    writeFileSync(recordFiles(dir).current, line + line)
    expect(numbers((await recall(dir, all)).records)).toEqual([1])
  })

  test('at the end of the process the rest is written at once', async () => {
    const dir = folder()
    const records = await openRecords(dir)
    records.add(record(1))
    expect(records.flushNow()).toBeUndefined()
    expect(records.flushNow()).toBeUndefined()
    expect(readFileSync(recordFiles(dir).current, 'utf8')).toBe(`${JSON.stringify(record(1))}\n`)
  })
})

describe('what the disk refuses', () => {
  test('is told once, is still there for whoever asks, and is written when it can be', async () => {
    const dir = folder()
    const { current } = recordFiles(dir)
    symlinkSync('/dev/full', current)
    const told: (string | undefined)[] = []
    const records = await openRecords(dir, { tell: why => told.push(why) })
    records.add(record(1))
    await records.flushed()
    records.add(record(2))
    await records.flushed()
    expect(told).toEqual([expect.stringContaining('ENOSPC')])
    rmSync(current)
    writeFileSync(current, '')
    records.add(record(3))
    const { records: found } = await records.list(all)
    expect(numbers(found)).toEqual([1, 2, 3])
    expect(told).toEqual([expect.stringContaining('ENOSPC'), undefined])
  })

  test('costs no old file: the one set aside goes only when the new one is safe', async () => {
    const dir = folder()
    const { before, current, fresh } = recordFiles(dir)
    const old = `${JSON.stringify(record(1))}\n`
    writeFileSync(before, old)
    writeFileSync(current, `${JSON.stringify(record(2))}\n`)
    const records = await openRecords(dir, { maxBytes: 200 })
    symlinkSync('/dev/full', fresh)
    records.add(record(3))
    await records.flushed()
    expect(readFileSync(before, 'utf8')).toBe(old)
    const { records: found } = await records.list(all)
    expect(numbers(found)).toEqual([2, 3]) // the obstacle went with the first failure, and the turn-over was done
  })

  test('a folder that is no folder does not stop the daemon', async () => {
    const dir = join(folder(), 'file')
    writeFileSync(dir, '')
    const told: (string | undefined)[] = []
    const records = await openRecords(join(dir, 'state'), { tell: why => told.push(why) })
    records.add(record(1))
    await records.flushed()
    expect(told).toEqual([expect.stringContaining('ENOTDIR')])
    expect(records.flushNow()).toContain('ENOTDIR')
    await expect(records.list(all)).rejects.toThrow('ENOTDIR')
  })
})
