/** The manual pages and the completion tell what the programs do: all of it, and nothing else. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { afterAll, describe, expect, test } from 'vitest'
import { commands } from '../../src/cli/tandem.ts'
import { operationKeys } from '../../src/config/agentKeys.ts'
import { directives } from '../../src/config/directives.ts'
import { daemonOptions } from '../../src/daemon/options.ts'
import { leaves } from '../../src/pages/commandPages.ts'
import { directiveTexts } from '../../src/pages/directiveTexts.ts'
import { pages } from '../../src/pages/pages.ts'
import { roff } from '../../src/pages/roff.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const all = pages(file => readFileSync(join(root, file), 'utf8'), '1.2.3')
const pageOf = (name: string): string => all.get(name)!
const silent = { out: () => true, err: () => true, isTty: false, columns: () => 80, rows: () => 24, env: {} }
const program = commands({ ...silent, whenInterrupted: () => undefined }, () => undefined)

describe('tandem(8)', () => {
  test.each(leaves(program).map(({ words, command }) => [words.join(' '), command] as const))(
    'has %s',
    (path, command) => {
      const part = pageOf('tandem.8')
        .split(/^\.S[SH] /m)
        .find(one => one.startsWith(`${roff(path)}\n`))
      expect(part).toContain(roff(command.description()))
      for (const { flags, description } of command.options) {
        expect(part).toContain(`\\fB${roff(flags)}\\fR\n${roff(description)}`)
      }
      for (const argument of command.registeredArguments) expect(part).toContain(roff(argument.description))
    },
  )

  test('ends each help with what stands after it', () =>
    expect(pageOf('tandem.8')).toContain(roff('restoring the database by hand')))
})

test('tandemd(8) has every option', () => {
  for (const { name } of daemonOptions) expect(pageOf('tandemd.8')).toContain(`\\fB${roff(`--${name}`)}`)
  expect(daemonOptions.map(({ text }) => text).filter(text => !pageOf('tandemd.8').includes(roff(text)))).toEqual([])
})

describe('ha.cf(5)', () => {
  test.each(Object.keys(directives))('has %s once', name => {
    expect(
      pageOf('ha.cf.5tandem').match(new RegExp(`^\\\\fB${roff(name).replace(/\\/g, '\\\\')}\\\\fR`, 'gm')),
    ).toHaveLength(1)
  })

  test('says of every directive that is obeyed what it does, and of no other', () => {
    const obeyed = Object.entries(directives).filter(([, { standing }]) => standing.is === 'obeyed')
    expect(Object.keys(directiveTexts).sort()).toEqual(obeyed.map(([name]) => name).sort())
  })
})

test('agents.ini(5) has every key', () => {
  for (const { name, summary } of operationKeys) {
    expect(pageOf('agents.ini.5tandem')).toContain(`\\fB${roff(name)}\\fR`)
    expect(pageOf('agents.ini.5tandem')).toContain(roff(summary))
  }
})

test('no page shows a key that somebody might copy', () =>
  expect(pageOf('authkeys.5tandem')).not.toMatch(/[0-9a-f]{64}/))

test('the text of a page is never taken for a request', () => {
  expect(roff(".so /etc/passwd\n'quoted'\n\\fBbold -x")).toBe('\\&.so /etc/passwd\n\\(aqquoted\\(aq\n\\efBbold \\-x')
})

describe('completion in bash', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-completion-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'tandem')
  writeFileSync(file, pageOf('tandem'))

  function complete(...words: readonly string[]): readonly string[] {
    const script = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tandem; printf "%s\\n" "\${COMPREPLY[@]}"`
    const out = execFileSync('bash', ['--norc', '-c', script, 'bash', file, 'tandem', ...words], { encoding: 'utf8' })
    return out.split('\n').filter(word => word !== '')
  }

  /** What `--help` of a command lists. */
  function helped(command: Command): readonly string[] {
    const lines = command.helpInformation().split('\n')
    const flags = lines.flatMap(line => /^ {2}(-\S.*?)( {2}|$)/.exec(line)?.[1]?.match(/(?<=^|, )--?[a-zA-Z-]+/g) ?? [])
    return [...flags, ...command.commands.map(one => one.name()).filter(name => name !== 'help')]
  }

  test.each([
    ['', program] as const,
    ...leaves(program).map(({ words, command }) => [words.join(' '), command] as const),
  ])('offers after "tandem %s" what its help lists', (path, command) => {
    const words = path === '' ? [] : path.split(' ')
    const hidden = path === '' ? [] : ['-V', '--version']
    const offered = complete(...words, '').filter(word => !hidden.includes(word))
    expect(new Set(offered)).toEqual(new Set(helped(command).filter(word => !hidden.includes(word))))
  })

  test('goes down the tree, past options', () => {
    expect(complete('--no-color', 'agent', 'd')).toEqual(['describe'])
    expect(complete('maintenance', '')).toEqual(expect.arrayContaining(['on', 'off']))
  })

  test('offers the choices of an option, and folders', () => {
    expect(complete('check', '--format', '')).toEqual(['text', 'json', 'gcc'])
    expect(complete('check', '--config-dir', folder)).toEqual([folder])
    expect(complete('takeover', '--reason', '')).toEqual([])
  })
})
