/** The verbs about databases, as far as no database is asked. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { barOf, drawer } from '../../src/cli/mysql/bar.ts'
import { findPair } from '../../src/cli/mysql/pairs.ts'
import { newTerminal, type } from './fake.ts'

const dir = mkdtempSync(join(tmpdir(), 'tandem-mysql-cli-'))
afterAll(() => rmSync(dir, { recursive: true }))
writeFileSync(join(dir, 'nodeinfo'), 'alpha\n')
writeFileSync(join(dir, 'ha.cf'), 'node alpha beta\nbcast eth0\nkeepalive 1\ndeadtime 10\nauto_failback off\n')
writeFileSync(join(dir, 'authkeys'), `auth 1\n1 sha256 ${'00112233445566778899aabbccddeeff'.repeat(2)}\n`, {
  mode: 0o600,
})
writeFileSync(join(dir, 'agents.ini'), '[mysqlrole]\ndatabases = alpha=10.0.0.1 beta=10.0.0.2\n')
const haresources = (text: string): void => writeFileSync(join(dir, 'haresources'), text)

const folders = { configDir: dir, stateDir: dir, runDir: dir }
const find = (word?: string) => {
  const found = findPair(word, folders, newTerminal().terminal)
  return typeof found === 'string' ? found : `${found.group.name} ${found.pair.resource} of ${found.pair.node}`
}

test('which pair is meant', () => {
  haresources('alpha 10.0.0.9/24/eth0 mysqlrole::main\n')
  expect(find()).toBe('10.0.0.9/24/eth0 mysqlrole::main of alpha')
  expect(find('10.0.0.9/24/eth0')).toBe(find())
  expect(find('mysqlrole::other')).toBe('haresources has no mysqlrole "mysqlrole::other"; it has mysqlrole::main')
  haresources('alpha mysqlrole::main\nbeta mysqlrole::shop\n')
  expect(find()).toBe('name one of them: mysqlrole::main, mysqlrole::shop')
  haresources('alpha web\n')
  expect(find()).toBe('haresources has no mysqlrole')
})

test.each([
  [['mysql', 'promote'], '--accept-data-loss --reason WHY'],
  [['mysql', 'promote', '--accept-data-loss'], 'wants a reason'],
  [['mysql', 'reseed', '--accept-data-loss', '--reason', ' '], 'wants a reason'],
])('%j is not enough', async (words, says) => {
  const { code, err } = await type(['tandem', ...words])
  expect(code).toBe(2)
  expect(err).toContain(says)
})

test('a switchover without a daemon changes nothing', async () => {
  haresources('alpha mysqlrole::main\n')
  const words = ['--run-dir', dir, 'switchover', 'mysqlrole::main', '--config-dir', dir, '--state-dir', dir]
  const { code, err } = await type(['tandem', ...words])
  expect(code).toBe(3)
  expect(err).toContain('the daemon is not running here')
})

test('a bar is full only when it is done', () => {
  const at = (done: number) => barOf({ doing: 'copying from alpha', bytes: { done, about: 100 * 1_048_576 } })
  expect(at(0)).toBe(`copying from alpha [${'.'.repeat(30)}]   0 %  0.0 MB of about 100 MB`)
  expect(at(52_428_800)).toContain(`[${'#'.repeat(15)}${'.'.repeat(15)}]  50 %  50 MB`)
  expect(at(300 * 1_048_576)).toContain(' 99 %  300 MB')
  expect(barOf({ doing: 'catching up' })).toBe('catching up')
})

test('where nobody looks there is a line for each tenth, and on a terminal ten pictures a second', () => {
  const drawn = (isTty: boolean): number => {
    let nowMs = 0
    let count = 0
    const out = (): void => {
      count += 1
    }
    const bar = drawer({ isTty, out, nowMs: () => nowMs })
    for (let done = 0; done < 1_000; done += 1) {
      nowMs += 1
      bar.draw({ doing: 'copying', bytes: { done, about: 1_000 } })
    }
    return count
  }
  expect(drawn(false)).toBe(10)
  expect(drawn(true)).toBe(10)
})
