/** The word that tandemd leaves of what it holds, and the stop that goes by it when nobody is left. */
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { LastStop } from '../../src/agents/agent.ts'
import { type Holding, keepWord, watchHeld, wordOf } from '../../src/daemon/held.ts'
import type { GroupName, Timing } from '../../src/types.ts'
import { newCore, web, wellCore } from './cores.ts'

const timing = { keepaliveMs: 200, warntimeMs: 1_000, deadtimeMs: 5_000, initdeadMs: 5_000 } as Timing
const name = (text: string) => text as GroupName
const stopOf = (file: string, ...args: readonly string[]): LastStop => ({
  by: 'program',
  file,
  args,
  env: { HA_X: 'a b%' },
  limitMs: 60_000,
})
const holding = (groups: Readonly<Record<string, readonly LastStop[]>>, beatPid?: number): Holding => ({
  timing,
  beatPid,
  groups: Object.keys(groups).map(name),
  lastStops: group => groups[group]!,
})

describe('the word', () => {
  test('is one thing a line, with everything special hidden', () => {
    const stops: readonly LastStop[] = [
      stopOf('/etc/ha.d/resource.d/my web', 'stop'),
      { by: 'unit', unit: 'nginx.service', limitMs: 1_000 },
      { by: 'umount', directory: '/data', limitMs: 2_000 },
      { by: 'address', address: '2001:db8::9' },
    ]
    expect(wordOf(holding({ 'IPaddr2::10.0.0.9/24': stops }, 7), () => '99')).toBe(
      [
        'timing 200 5000 5000',
        'beat 7 99',
        'group IPaddr2%3A%3A10.0.0.9%2F24',
        'program 60000 1 HA_X%3Da%20b%25 %2Fetc%2Fha.d%2Fresource.d%2Fmy%20web stop',
        'unit 1000 nginx.service',
        'umount 2000 %2Fdata',
        'address 2001%3Adb8%3A%3A9',
        '',
      ].join('\n'),
    )
  })
})

describe('what is held', () => {
  test('is told when it may have changed, and only then', () => {
    const core = newCore()
    const told: unknown[] = []
    const look = watchHeld({ timing, lastStops: () => [] }, ({ beatPid, groups }) => told.push([beatPid, ...groups]))
    const news = (beatPid = 7): readonly unknown[] => {
      look(core.cluster(), beatPid)
      return told.splice(0)
    }
    expect(news()).toEqual([[7, 'web', 'db']]) // unknown is running
    core.silence(2_000)
    expect(news()).toEqual([])
    expect(news(8)).toEqual([[8, 'web', 'db']])
    core.obey()
    core.hear()
    core.obey()
    expect(news(8)).toEqual([[8, 'web']])
  })

  test('is not what operators have forbidden us to touch, as long as they have', () => {
    const core = wellCore()
    let held: readonly GroupName[] = []
    const look = watchHeld({ timing, lastStops: () => [] }, ({ groups }) => {
      held = groups
    })
    const now = (): readonly GroupName[] => {
      look(core.cluster(), 7)
      return held
    }
    expect(now()).toEqual([web])
    core.order({ verb: 'maintenance-on', group: web, forMs: 60_000 })
    expect(now()).toEqual([])
    core.order({ verb: 'maintenance-off', group: web })
    expect(now()).toEqual([web])
  })
})

describe('the last-resort stop', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-last-resort-'))
    mkdirSync(join(folder, 'bin'))
    program('systemctl', `echo "$@" >>"${folder}/asked"; [ "$1" = show ] && cat "${folder}/state"; exit 0`)
    state('inactive')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const state = (word: string): void => writeFileSync(join(folder, 'state'), `${word}\n`)
  const log = (): readonly string[] =>
    existsSync(join(folder, 'log')) ? readFileSync(join(folder, 'log'), 'utf8').trim().split('\n') : []
  function program(file: string, text: string): string {
    const path = join(folder, 'bin', file)
    writeFileSync(path, `#!/bin/sh\n${text}\n`)
    chmodSync(path, 0o755)
    return path
  }
  const noting = (file: string): string => program(file, `echo "${file} $1 $HA_X" >>"${folder}/log"`)
  function hold(what: Holding): void {
    const word = keepWord(folder)
    word.tell(what)
    word.close()
  }
  function run(): Promise<{ code: number | null; text: string; tookMs: number }> {
    const beganMs = performance.now()
    const env = { PATH: `${folder}/bin:${process.env['PATH']}`, TANDEM_RUN_DIR: folder }
    const child = spawn(resolve('bin', 'last-resort'), { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', part => (text += part))
    return new Promise(done => {
      child.on('close', code => done({ code, text, tookMs: performance.now() - beganMs }))
    })
  }

  test('finds a word that could not be written at first', async () => {
    const runDir = join(folder, 'not-yet')
    const word = keepWord(runDir)
    word.tell(holding({ a: [] }))
    await sleep(100)
    mkdirSync(runDir)
    await vi.waitFor(() => expect(readFileSync(join(runDir, 'held'), 'utf8')).toContain('group a'), { timeout: 5_000 })
    word.close()
  })

  test('has nothing to do where nothing is held', async () => {
    hold(holding({}))
    expect(await run()).toMatchObject({ code: 0, text: '' })
  })

  test('touches nothing while the heartbeats go on', async () => {
    state('active')
    hold(holding({ a: [stopOf(noting('web'), 'stop')] }, process.pid))
    expect(await run()).toMatchObject({ code: 0, text: '' })
    expect(log()).toEqual([])
    // Nor, where there is no lease, without the daemon: a peer takes nothing while it hears us.
    state('activating')
    const noLease = { ...timing, deadtimeMs: 3_000 }
    hold({ ...holding({ a: [stopOf(noting('web'), 'stop')] }, process.pid), timing: noLease })
    expect(await run()).toMatchObject({ code: 0, text: '' })
    expect(log()).toEqual([])
  })

  test('of a daemon that does not come back it releases all in time, though the heartbeats go on', async () => {
    state('activating')
    hold(holding({ a: [stopOf(noting('web'), 'stop')] }, process.pid))
    const { code, text, tookMs } = await run()
    expect({ code, log: log() }).toEqual({ code: 0, log: ['web stop a b%'] })
    expect(text).toContain('did not come back in time')
    expect(tookMs).toBeGreaterThan(timing.deadtimeMs - 1_200) // longer than it would wait for both
    expect(tookMs).toBeLessThan(2 * timing.deadtimeMs - 1_000)
  })

  test('of a daemon that is back at the last moment it releases nothing', async () => {
    state('activating')
    hold(holding({ a: [stopOf(noting('web'), 'stop')] }, process.pid))
    setTimeout(() => state('active'), 2_000)
    expect(await run()).toMatchObject({ code: 0, text: '' })
    expect(log()).toEqual([])
  })

  test('touches nothing when they are back in time', async () => {
    const groups = { a: [stopOf(noting('web'), 'stop')] }
    state('active')
    hold(holding(groups, 999_999_999))
    setTimeout(() => hold(holding(groups, process.pid)), 500)
    expect(await run()).toMatchObject({ code: 0, text: '' })
    expect(log()).toEqual([])
  })

  test('releases everything in order before the peer takes it, and lets the daemons try again', async () => {
    hold(holding({ a: [stopOf(noting('web'), 'stop'), stopOf(noting('disk'), 'stop')] }, 999_999_999))
    const { code, text, tookMs } = await run()
    expect({ code, log: log() }).toEqual({ code: 0, log: ['web stop a b%', 'disk stop a b%'] })
    expect(text).toContain('did not come back in time')
    expect(tookMs).toBeGreaterThan(0.4 * timing.deadtimeMs - 200)
    expect(tookMs).toBeLessThan(timing.deadtimeMs)
    expect(existsSync(join(folder, 'held'))).toBe(false)
    const asked = readFileSync(join(folder, 'asked'), 'utf8').split('\n')
    expect(asked.indexOf('--no-block stop tandemd.service tandem-beat.service')).toBeGreaterThan(-1)
    expect(asked.at(-2)).toBe('--no-block start tandemd.service')
  })

  test('what hangs is cut off in time, keeps nothing else, and is told', async () => {
    hold(
      holding({
        a: [stopOf(program('hangs', 'sleep 60'), 'stop'), stopOf(noting('disk'), 'stop')],
        b: [stopOf(noting('web'), 'stop')],
      }),
    )
    const { code, text, tookMs } = await run()
    expect({ code, log: [...log()].sort() }).toEqual({ code: 1, log: ['disk stop a b%', 'web stop a b%'] })
    expect(text).toContain('NOT released: 1 of the groups')
    expect(tookMs).toBeLessThan(timing.deadtimeMs + 4_000)
    expect(existsSync(join(folder, 'held'))).toBe(true)
  })

  test('of daemons that failed for good it does not wait for the heartbeats to end, and starts nothing', async () => {
    state('failed')
    hold(holding({ a: [stopOf(noting('web'), 'stop')] }, process.pid))
    const { code, text } = await run()
    expect({ code, log: log() }).toEqual({ code: 0, log: ['web stop a b%'] })
    expect(text).toContain('cannot be started again')
    expect(readFileSync(join(folder, 'asked'), 'utf8')).not.toContain('start tandemd')
  })
})
