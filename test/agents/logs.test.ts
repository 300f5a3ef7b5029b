import { appendFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { longestLog, newTruncation } from '../../src/agents/logs.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tandem-logs-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

const size = (name: string): number => statSync(join(dir, name)).size
const grow = (name: string, bytes: number): void => appendFileSync(join(dir, name), 'x'.repeat(bytes))

test('what is new or grows is looked at in each round', () => {
  const truncate = newTruncation(dir)
  for (let i = 0; i < 100; i += 1) writeFileSync(join(dir, `quiet${i}.log`), 'done')
  grow('chatty.log', longestLog + 1)
  truncate()
  expect(size('chatty.log')).toBe(0)
  for (let round = 0; round < 3; round += 1) {
    grow('chatty.log', longestLog / 2)
    truncate()
  }
  expect([size('chatty.log'), size('quiet0.log')]).toEqual([0, 4])
})

test('each of many is looked at in turn, though it has been quiet for long', () => {
  const truncate = newTruncation(dir)
  const names = Array.from({ length: 100 }, (_, i) => `unit${i}.log`)
  for (const name of names) writeFileSync(join(dir, name), '')
  for (let round = 0; round < 10; round += 1) truncate()
  for (const name of names) grow(name, longestLog + 1)
  truncate()
  const short = (): number => names.filter(name => size(name) === 0).length
  expect(short()).toBe(20)
  for (let round = 0; round < 4; round += 1) truncate()
  expect(short()).toBe(100)
})

test('what has gone meanwhile is no trouble', () => {
  const truncate = newTruncation(dir)
  grow('gone.log', 1)
  truncate()
  rmSync(join(dir, 'gone.log'))
  truncate()
  grow('gone.log', longestLog + 1)
  truncate()
  expect(size('gone.log')).toBe(0)
})
