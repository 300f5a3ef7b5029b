import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import * as promises from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeDurably } from '../../src/agents/writeDurably.ts'

const did: string[] = []
/** The real ones, and what was done in which order. */
const files = {
  ...promises,
  async open(...args: Parameters<typeof promises.open>): Promise<promises.FileHandle> {
    const file = await promises.open(...args)
    const sync = file.sync.bind(file)
    file.sync = () => {
      did.push(`sync ${basename(String(args[0]))}`)
      return sync()
    }
    return file
  },
  rename(...args: Parameters<typeof promises.rename>): Promise<void> {
    did.push(`rename ${args.map(path => basename(String(path))).join(' ')}`)
    return promises.rename(...args)
  },
}

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-durable-'))
  did.length = 0
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('the file is on the disk before it has its name, and its name before it is told', async () => {
  const path = join(folder, 'word')
  await writeDurably(path, 'old', undefined, files)
  await writeDurably(path, 'new', `${path}.7`, files)
  expect(did).toEqual([
    'sync word.new',
    'rename word.new word',
    `sync ${basename(folder)}`,
    'sync word.7',
    'rename word.7 word',
    `sync ${basename(folder)}`,
  ])
  expect(readFileSync(path, 'utf8')).toBe('new')
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('what could not get its name is not left behind', async () => {
  mkdirSync(join(folder, 'word'))
  await expect(writeDurably(join(folder, 'word'), 'new')).rejects.toThrow(/EISDIR|directory/)
  expect(readdirSync(folder)).toEqual(['word'])
})
