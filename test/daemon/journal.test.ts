import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Journal, openJournal } from '../../src/daemon/journal.ts'

let dir: string
let out: string
let journal: Journal
const read = (name: string): string => readFileSync(join(dir, name), 'utf8')

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tandem-journal-'))
  out = ''
  const now = () => new Date(2026, 10, 5, 8, 46, 10, 7)
  journal = openJournal('alice', 20, now, text => {
    out += text
  })
})
afterEach(() => {
  journal.close()
  rmSync(dir, { recursive: true, force: true })
})

test('the line of Heartbeat 3.0.6; standard output has milliseconds too', () => {
  journal.use({ logfile: join(dir, 'log'), debugfile: undefined, facility: undefined })
  journal.say('info', 'Link bob:eth0 up.')
  expect(read('log')).toBe('Nov 05 08:46:10 alice heartbeat: [20]: info: Link bob:eth0 up.\n')
  expect(out).toBe('Nov 05 08:46:10.007 alice heartbeat: [20]: info: Link bob:eth0 up.\n')
})

test('debug lines are for debugfile; text of several lines is one line', () => {
  journal.use({ logfile: join(dir, 'log'), debugfile: join(dir, 'debug'), facility: undefined })
  journal.say('debug', 'small')
  journal.say('WARN', 'one\n  two\n')
  expect(read('log').trimEnd().split('heartbeat: [20]: ').slice(1)).toEqual(['WARN: one | two'])
  expect(read('debug')).toContain('debug: small\n')
})

test('a file that cannot be written is told once, and again after other settings', () => {
  const logging = { logfile: join(dir, 'no', 'log'), debugfile: undefined, facility: undefined }
  journal.use(logging)
  journal.say('info', 'a')
  journal.say('info', 'b')
  expect(out.match(/cannot be written/g)).toHaveLength(1)
  journal.use(logging)
  journal.say('info', 'c')
  expect(out.match(/cannot be written/g)).toHaveLength(2)
})
