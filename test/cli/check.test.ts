import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCheck } from '../../src/cli/check.ts'
import { hostFacts, readFiles, scriptFinder } from '../../src/daemon/readFiles.ts'
import { goodHaCf, goodKeys, goodResources, haCfWith } from '../config/reading.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tandem-check-'))
  write('ha.cf', goodHaCf.replace('eth0 eth1', 'lo'))
  write('haresources', goodResources.replace('eth0 apache2', 'lo web'))
  write('authkeys', goodKeys, 0o600)
})
afterEach(() => rmSync(dir, { recursive: true }))

function write(name: string, text: string, mode = 0o644): void {
  writeFileSync(join(dir, name), text)
  chmodSync(join(dir, name), mode)
}

/** Owner apart, which is whoever runs the tests. */
const check = async (format: 'text' | 'json' | 'gcc' = 'json') => {
  const { output } = await runCheck({ configDir: dir, node: 'alpha', format, color: false })
  return format === 'json'
    ? JSON.parse(output).problems.filter(({ code }: { code: string }) => code !== 'HA312')
    : output
}

describe('runCheck', () => {
  test('says what it understood', async () => {
    const output = await check('text')
    expect(output).toContain(`${dir}: `)
    if (process.getuid?.() === 0) expect(output).toContain('alpha (this one), beta')
  })

  test('names the file by its path', async () => {
    write('ha.cf', haCfWith('bcast lo', 'keepalive x'))
    expect((await check())[0]).toMatchObject({ file: join(dir, 'ha.cf'), code: 'HA103', column: 11 })
  })

  test('agents.ini is read with the others, and in the same forms', async () => {
    write('agents.ini', '[web]\nretries = 1\nretrys = 1\npassword = x\n', 0o640)
    const path = join(dir, 'agents.ini')
    const about = (await check()).filter(({ file }: { file: string }) => file === path)
    expect(about).toMatchObject([
      { code: 'HA411', fix: `run: chmod 600 ${path}` },
      { code: 'HA404', line: 3, column: 1, endColumn: 7, fix: 'did you mean "retries"?' },
      { code: 'HA404', line: 4 },
    ])
    expect(await check('gcc')).toContain(`${path}:3:1: error: unknown key "retrys": not a key of web; did you mean`)
    write('agents.ini', '[web]\nretries = 1\nmonitor_interval = 60\n')
    if (process.getuid?.() === 0) expect(await check('text')).toContain(' web: monitor_interval 60 s, retries 1\n')
  })

  test('a missing file, a folder in its place and a link are told apart', async () => {
    rmSync(join(dir, 'haresources'))
    rmSync(join(dir, 'authkeys'))
    symlinkSync('.', join(dir, 'authkeys'))
    const codes = (await check()).map(({ code }: { code: string }) => code)
    expect(codes).toEqual(['HA001', 'HA002'])
  })

  test('exit code 1 for errors', async () => {
    write('authkeys', goodKeys, 0o644)
    expect((await runCheck({ configDir: dir, node: 'alpha', format: 'gcc', color: false })).exitCode).toBe(1)
    expect(await check()).toMatchObject([
      { code: 'HA210' },
      { code: 'HA311', fix: `run: chmod 600 ${join(dir, 'authkeys')}` },
    ])
  })
})

describe('facts about the machine', () => {
  test('interfaces are those of the kernel', () => {
    expect(hostFacts(dir, () => undefined).interfaces).toContain('lo')
  })

  test('the node is named by the option, by nodeinfo, by the kernel, in this order', () => {
    const kernel = hostFacts(dir, () => undefined).nodeName
    expect(kernel.length).toBeGreaterThan(0)
    write('nodeinfo', 'gamma\nother\n')
    expect(hostFacts(dir, () => undefined).nodeName).toBe('gamma')
    expect(hostFacts(dir, () => undefined, 'delta').nodeName).toBe('delta')
  })

  test('mode, owner and links are seen', () => {
    expect(readFiles(dir).authKeys).toMatchObject({ mode: 0o600, uid: process.getuid?.(), isSymlink: false })
    rmSync(join(dir, 'authkeys'))
    symlinkSync('ha.cf', join(dir, 'authkeys'))
    expect(readFiles(dir).authKeys).toMatchObject({ mode: 0o644, isSymlink: true, text: readFiles(dir).haCf.text })
  })

  test('a script needs its x bit', () => {
    const has = scriptFinder(dir)
    mkdirSync(join(dir, 'resource.d'))
    write('resource.d/thing', '#!/bin/sh\n')
    expect(has('thing')).toBe(false)
    chmodSync(join(dir, 'resource.d/thing'), 0o755)
    expect(has('thing')).toBe(true)
    expect(has('.')).toBe(false)
  })

  test('what is built in needs no script', () => {
    const has = scriptFinder(dir)
    expect(['webui', 'mysqlrole', 'drbd', 'naemon', 'webuj'].map(has)).toEqual([true, true, true, true, false])
  })
})
