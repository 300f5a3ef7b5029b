import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import type { FileHandle, open, rename } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const did: string[] = []
vi.mock('node:fs/promises', async original => {
  const real = await original<typeof import('node:fs/promises')>()
  return {
    ...real,
    async open(...args: Parameters<typeof open>): Promise<FileHandle> {
      const file = await real.open(...args)
      const sync = file.sync.bind(file)
      file.sync = () => {
        did.push(`sync ${basename(String(args[0]))}`)
        return sync()
      }
      return file
    },
    rename(...args: Parameters<typeof rename>): Promise<void> {
      did.push(`rename ${args.map(path => basename(String(path))).join(' ')}`)
      return real.rename(...args)
    },
  }
})
const { writeDurably } = await import('../../src/agents/writeDurably.ts')

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-durable-'))
  did.length = 0
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('the file is on the disk before it has its name, and its name before it is told', async () => {
  const path = join(folder, 'word')
  await writeDurably(path, 'old')
  await writeDurably(path, 'new', `${path}.7`)
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
