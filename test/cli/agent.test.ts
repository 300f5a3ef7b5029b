/** `tandem agent`, as typed: a folder of files, scripts that behave or not, and a daemon that says what the test wants. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sameThing } from '../../src/cli/agentWords.ts'
import { goodHaCf, goodKeys } from '../config/reading.ts'
import { says, type, withDaemon } from './fake.ts'

const isRoot = process.getuid?.() === 0
const story = JSON.parse(readFileSync(new URL('./stories/all-well.json', import.meta.url), 'utf8'))
let dir = ''
let runDir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tandem-agent-'))
  runDir = join(dir, 'run')
  mkdirSync(join(dir, 'resource.d'))
  write('ha.cf', goodHaCf.replace('eth0 eth1', 'lo'))
  write('haresources', 'alpha 10.0.0.100/24/lo web::a\n')
  write('authkeys', goodKeys, 0o600)
  script('web', 'echo running', 'echo stopped')
  script('odd', 'echo up', 'echo down')
})
afterEach(() => rmSync(dir, { recursive: true }))

function write(name: string, text: string, mode = 0o644): void {
  writeFileSync(join(dir, name), text)
  chmodSync(join(dir, name), mode)
}
const state = (name: string): string => join(dir, `${name}.state`)
function script(name: string, up: string, down: string): void {
  const status = `if [ -e ${state(name)} ]; then ${up}; else ${down}; fi`
  const body = `case "$last" in start) touch ${state(name)};; stop) rm -f ${state(name)};; status) ${status};; esac`
  write(`resource.d/${name}`, `#!/bin/sh\nfor last; do :; done\n${body}\n`, 0o755)
}
const agent = (...words: string[]) => type(['tandem', '--run-dir', runDir, 'agent', ...words, '--config-dir', dir])

describe('sameThing', () => {
  test.each([
    ['IPaddr2::10.0.0.9/24/eth0', '10.0.0.9/24/eth0', true],
    ['IPaddr2::10.0.0.9/24/eth0', '10.0.0.9', true],
    ['10.0.0.9/24', '10.0.0.90/24', false],
    ['Filesystem::/dev/sdb1::/a::ext4', 'Filesystem::/dev/sdb1::/a', true],
    ['Filesystem::/dev/sdb1::/a', 'Filesystem::/dev/sdb2::/a', false],
    ['nginx', 'systemd::nginx', true],
    ['nginx', 'systemd::nginx.service', true],
    ['ocf::heartbeat:Dummy::state=/a', 'ocf::heartbeat:Dummy::state=/b', false],
  ])('%s and %s: %s', (one, other, same) => expect(sameThing(one, other)).toBe(same))
})

describe('agent test', () => {
  test.runIf(isRoot)('a script that keeps the contract', async () => {
    const { code, out, err } = await agent('test', 'web::b')
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^resource {3}web::b\nagent {6}resource script .*resource\.d\/web$/m)
    expect(out.match(/ {2}ok( |$)/gm)).toHaveLength(7)
    expect(out).toContain('says it runs: not called')
    expect(out).toContain('keeps the contract')
    expect(existsSync(state('web'))).toBe(false)
  })

  test.runIf(isRoot)('one that breaks it: the rule, what it said, and what to change', async () => {
    const { code, out } = await agent('test', 'odd')
    expect(code).toBe(1)
    expect(out).toMatch(/^monitor {2}say that it is running .* BREAKS stopped: "up"$/m)
    expect(out).toContain('breaks the contract: 1 of 7 steps')
    expect(out).toContain('running-after-start: monitor must say that it is running')
    expect(out).toContain('fix:')
    expect(out).toContain(`${runDir}/agents/odd.*.log`)
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(Math.max(80, runDir.length + 40))
  })

  test.runIf(isRoot)('as JSON', async () => {
    const { code, out } = await agent('test', 'odd', '--json')
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({
      schema: 'tandem/agent-test/v1',
      resource: 'odd',
      kind: 'resource.d',
      keeps: false,
      left: 'stopped',
      limits: { startS: 600, stopS: 600, monitorS: 20 },
      steps: [{}, {}, {}, { rule: 'running-after-start', breach: { rule: 'running-after-start' } }, {}, {}, {}],
    })
  })

  test('a dry run does nothing, and shows the limits of agents.ini', async () => {
    write('agents.ini', '[odd]\nstart_timeout = 90\n')
    const { code, out } = await agent('test', 'odd::x', '--dry-run')
    expect(code).toBe(0)
    expect(out).toContain('start 2 min, stop 10 min, monitor 20 s')
    expect(out).toContain('nothing was done')
    expect(existsSync(runDir)).toBe(false)
    const json = JSON.parse((await agent('test', 'odd', '--dry-run', '--json')).out)
    expect(json.planned).toHaveLength(7)
    expect(json.limits.startS).toBe(90)
  })

  test('what is in haresources may run elsewhere', async () => {
    for (const word of ['web::a', 'IPaddr2::10.0.0.100/16/eth7']) {
      const { code, err } = await agent('test', word)
      expect(code).toBe(4)
      expect(err).toContain('is in haresources, and another node may run it now')
      expect(err).toContain('--accept-two-holders')
    }
    expect((await agent('test', 'web::a', '--dry-run', '--accept-two-holders')).code).toBe(0)
  })

  test('what the running daemon looks after is refused, whatever is accepted', async () => {
    const status = {
      ...story,
      groups: [{ ...story.groups[0], name: 'g', resources: [{ name: 'odd', state: 'stopped' }] }],
    }
    await withDaemon(says({ done: true, status }), async daemon => {
      const words = ['--config-dir', dir, '--accept-two-holders', '--accept-outage']
      const { code, err } = await type(['tandem', '--run-dir', daemon.runDir, 'agent', 'test', 'odd', ...words])
      expect(code).toBe(4)
      expect(err).toContain('odd belongs to group g in the haresources of the running daemon')
      expect(err).toContain('systemctl stop tandemd')
      const other = await type(['tandem', '--run-dir', daemon.runDir, 'agent', 'test', 'web', '--dry-run', ...words])
      expect(other.code).toBe(0)
    })
  })

  test('a daemon that gives no status is no permission', async () => {
    await withDaemon(says({ done: true, code: 1, text: 'I am ill' }), async daemon => {
      const { code, err } = await type([
        'tandem',
        '--run-dir',
        daemon.runDir,
        'agent',
        'test',
        'odd',
        '--config-dir',
        dir,
      ])
      expect(code).toBe(4)
      expect(err).toContain('cannot ask the daemon whether it looks after odd: I am ill')
    })
  })

  test.runIf(isRoot)('what runs is left alone', async () => {
    writeFileSync(state('web'), '')
    const { code, err } = await agent('test', 'web')
    expect(code).toBe(4)
    expect(err).toContain('web runs here')
    expect(existsSync(state('web'))).toBe(true)
    expect((await agent('test', 'web', '--accept-outage')).code).toBe(0)
    expect(existsSync(state('web'))).toBe(false)
  })

  test.runIf(isRoot)('Ctrl-C stops it first', async () => {
    const places = ['--run-dir', runDir, 'agent', 'test', 'web', '--config-dir', dir]
    const { code, out, err } = await type(['tandem', ...places], {
      onOut: (text, interrupt) => {
        if (text.startsWith('start')) interrupt()
      },
    })
    expect(code).toBe(4)
    expect(err).toContain('interrupted')
    expect(out).toMatch(/stop .*\nstop .*\nmonitor .*\n\ninterrupted: stopped, and not all was tried\n$/)
    expect(existsSync(state('web'))).toBe(false)
  })

  test.each([
    ['nosuchthing', 'no resource script nosuchthing'],
    ['web::', 'an argument of web is empty'],
    ['web odd', 'one resource at a time; arguments follow "::", as in web::odd'],
    ['Filesystem::/dev/x', 'Filesystem::DEVICE::DIRECTORY'],
    ['IPaddr2::10.0.0/24', 'is not an IPv4 address'],
    ['', 'no resource; write one as in haresources'],
  ])('"%s" is no resource', async (word, why) => {
    const { code, err } = await agent('test', word)
    expect(code).toBe(2)
    expect(err).toContain(why)
  })
})

describe('agent list', () => {
  test('names what is here', async () => {
    const { code, out } = await agent('list')
    expect(code).toBe(0)
    expect(out).toMatch(/^built in\n {2}IPaddr2 /)
    expect(out).toContain(`resource scripts of ${dir}/resource.d, written NAME[::ARGUMENT...]\n  odd, web\n`)
  })
  test('with a part of a name, and as JSON', async () => {
    const { agents } = JSON.parse((await agent('list', 'OD', '--json')).out)
    expect(agents).toContainEqual({
      name: 'odd',
      kind: 'resource.d',
      from: `${dir}/resource.d`,
      written: 'odd[::ARGUMENT...]',
    })
    expect((await agent('list', 'nosuchagent')).code).toBe(1)
  })
})

describe('agent describe', () => {
  test('an address', async () => {
    for (const word of ['IPaddr2', 'IPaddr', '10.0.0.9/24/lo']) {
      const { code, out } = await agent('describe', word)
      expect(code).toBe(0)
      expect(out).toMatch(/^IPaddr2: A service address/)
      expect(out).toContain('at-least-one')
      expect(out).toContain('under [IPaddr2]')
      expect(out).toMatch(/^ {2}monitor_interval {2}10s {2}from one look/m)
      expect(out).not.toContain('start_timeout') // nothing would come of it
    }
  })
  test('a script, by its name and with arguments', async () => {
    for (const word of ['web', 'web::a']) {
      const { out } = await agent('describe', word)
      expect(out).toContain(`resource script ${dir}/resource.d/web`)
      expect(out).toContain('at-most-one')
      expect(out).toMatch(/^ {2}stop_timeout {6}10m {2}a stop that takes longer/m)
    }
  })
  test('as JSON', async () => {
    const described = JSON.parse((await agent('describe', 'web', '--json')).out)
    expect(described).toMatchObject({ schema: 'tandem/agent/v1', name: 'web', kind: 'resource.d', section: 'web' })
    expect(described.keys[0]).toMatchObject({ name: 'monitor_interval', default: '10s', own: false })
  })
  test('one that is misspelt', async () => {
    const { code, err } = await agent('describe', 'IPadr2')
    expect(code).toBe(2)
    expect(err).toContain('did you mean "IPaddr2"?')
  })
})
