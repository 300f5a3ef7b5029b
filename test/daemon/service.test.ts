/** What the service manager is told, and that silence follows when no turn does. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

let monotonicMs = 0
vi.mock('../../src/daemon/clock.ts', () => ({ nowMs: () => monotonicMs }))
const { openService } = await import('../../src/daemon/service.ts')

function advance(ms: number): void {
  for (let passed = 0; passed < ms; passed += 10) {
    monotonicMs += 10
    vi.advanceTimersByTime(10)
  }
}

describe('a service', () => {
  let told: string[] = []
  const open = () => openService('7', (fd, text) => told.push(`${fd} ${text.replaceAll('\n', ' ')}`))
  beforeEach(() => {
    told = []
    vi.useFakeTimers()
  })
  afterEach(() => vi.useRealTimers())

  test('is told ready, and a watchdog of a quarter of the deadtime', () => {
    const service = open()
    service.watch(10_000, () => undefined)
    service.ready()
    expect(told).toEqual(['7 WATCHDOG_USEC=2500000 WATCHDOG=1', '7 READY=1'])
  })

  test('is told alive by turns, four times as often as needed and no more', () => {
    const service = open()
    service.watch(10_000, () => undefined)
    told = []
    for (let i = 0; i < 1_000; i++) {
      advance(10)
      service.turned()
    }
    expect(told.length).toBeGreaterThanOrEqual(15)
    expect(told.length).toBeLessThanOrEqual(17)
    expect(new Set(told)).toEqual(new Set(['7 WATCHDOG=1']))
  })

  test('pokes when nothing happens, and says nothing of its own accord', () => {
    const service = open()
    let poked = 0
    service.watch(10_000, () => poked++)
    told = []
    advance(10_000)
    expect(poked).toBeGreaterThan(10)
    expect(told).toEqual([])
  })

  test('asks for more time while it is leaving and turns', () => {
    const service = open()
    service.watch(10_000, () => undefined)
    service.leaving()
    advance(1_000)
    service.turned()
    expect(told.at(-1)).toBe('7 WATCHDOG=1 EXTEND_TIMEOUT_USEC=120000000')
  })

  test('survives a service manager that does not read', () => {
    const service = openService('7', () => {
      throw Object.assign(new Error('EAGAIN'), { code: 'EAGAIN' })
    })
    expect(() => service.ready()).not.toThrow()
  })
})

test('without a service manager nothing is written, whatever the variable says', () => {
  const write = () => expect.unreachable()
  for (const fd of [undefined, '', 'x']) openService(fd, write).ready()
})

const notify = resolve('bin', 'notify')
describe('bin/notify', () => {
  const listen = String.raw`
    use Socket; socket(S, AF_UNIX, SOCK_DGRAM, 0); bind(S, pack_sockaddr_un("\0tandem-test-$$")) or die "$!\n";
    $ENV{NOTIFY_SOCKET} = "\@tandem-test-$$"; system @ARGV; recv(S, $text, 99, MSG_DONTWAIT); print "heard $text\n"`
  const run = (...words: readonly string[]) =>
    execFileSync('perl', ['-MSocket', '-e', listen, '--', notify, ...words], { encoding: 'utf8' })

  test('leaves Node a connected socket, and nobody else', () => {
    const script = `const fd = process.env.TANDEM_NOTIFY_FD
      require('fs').writeSync(Number(fd), 'READY=1')
      const { status } = require('child_process').spawnSync('sh', ['-c', 'test -e /proc/self/fd/' + fd])
      console.log(process.env.NOTIFY_SOCKET, status)`
    expect(run(process.execPath, '-e', script)).toBe('undefined 1\nheard READY=1\n')
  })

  test('becomes the program where there is no service manager', () => {
    const env = { PATH: process.env['PATH'] }
    expect(execFileSync(notify, ['sh', '-c', 'echo "[$TANDEM_NOTIFY_FD]"'], { env, encoding: 'utf8' })).toBe('[]\n')
  })
})

test('no unit gives up in less than a minute, however fast it fails', () => {
  for (const unit of ['tandem-beat', 'tandemd']) {
    const text = readFileSync(`debian/tandem.${unit}.service`, 'utf8')
    const number = (name: string) => Number(new RegExp(`^${name}=(\\d+)(?:ms)?$`, 'm').exec(text)?.[1])
    expect((number('StartLimitBurst') * number('RestartSec')) / 1_000).toBeGreaterThanOrEqual(60)
    // One that takes long to fail ends some day too: the last-resort stop waits for that.
    expect(number('StartLimitIntervalSec') / number('StartLimitBurst')).toBeGreaterThan(1)
  }
})

test('the units start what the package installs', () => {
  const installed = readFileSync('debian/tandem.install', 'utf8')
  for (const unit of ['tandem-beat', 'tandemd', 'tandem-last-resort']) {
    const text = readFileSync(`debian/tandem.${unit}.service`, 'utf8')
    for (const [, name] of text.matchAll(/\/usr\/lib\/tandem\/(bin\/[a-z-]+)/g)) expect(installed).toContain(`${name} `)
  }
})
