import { describe, expect, test } from 'vitest'
import { defaultInitdeadMs } from '../../src/config/timing.ts'
import { leaseSeconds } from '../../src/lease.ts'
import { briefly, goodHaCf, haCfWith, read, settingsOf } from './reading.ts'

const codesOf = (...lines: string[]): string[] =>
  read({ haCf: haCfWith(...lines) }).problems.map(({ level, code }) => `${level} ${code}`)

describe('times', () => {
  test("Heartbeat's defaults", () => {
    const haCf = 'bcast eth0\nnode alpha beta\nauto_failback off\nsplit_policy take\n'
    expect(settingsOf({ haCf }).timing).toEqual({
      keepaliveMs: 1_000,
      warntimeMs: 15_000,
      deadtimeMs: 30_000,
      initdeadMs: 30_000,
    })
  })

  test.each([
    [30_000, 30_000],
    [10_001, 10_001],
    [10_000, 20_000],
    [6_000, 12_000],
    [5_999, 12_000],
    [1_000, 12_000],
  ])('deadtime %d: initdead %d', (deadtime, initdead) => expect(defaultInitdeadMs(deadtime)).toBe(initdead))

  test.each([
    [['keepalive 1', 'deadtime 2'], ['error HA120']],
    [
      ['keepalive 1', 'deadtime 2001ms'],
      ['warning HA124', 'warning HA125'],
    ],
    [['keepalive 1', 'deadtime 5'], ['warning HA125']],
    [['keepalive 1', 'deadtime 6599ms'], ['warning HA125']],
    [['keepalive 1', 'deadtime 6600ms'], []],
    [
      ['keepalive 100ms', 'deadtime 999ms'],
      ['warning HA123', 'warning HA125'],
    ],
    [['deadtime 10', 'warntime 10'], ['error HA121']],
    [['deadtime 10', 'warntime 9999ms'], []],
    [['keepalive 1', 'warntime 1'], ['error HA121']],
    [['keepalive 1', 'warntime 1001ms'], []],
    [['deadtime 20', 'initdead 19'], ['error HA122']],
    [['deadtime 20', 'initdead 20'], []],
    [['deadtime 8', 'initdead 9'], ['warning HA126']],
  ])('%j: %j', (lines, codes) => expect(codesOf(...lines)).toEqual(codes))

  test('a default warntime is always longer than keepalive', () => {
    expect(settingsOf({ haCf: haCfWith('deadtime 2001ms') }).timing.warntimeMs).toBe(1_001)
  })

  test('a time that cannot be read is not compared as if it were the default', () => {
    expect(codesOf('keepalive 100msec', 'deadtime 1')).toEqual(['error HA103'])
  })

  test.each([1, 100, 333, 1_000, 2_000])(
    'the warning about the lease agrees with the lease, keepalive %d ms',
    keepalive => {
      for (const spare of [-1, 0, 1]) {
        const deadtime = 4 * keepalive + 2_600 + spare
        const warned = codesOf(`keepalive ${keepalive}ms`, `deadtime ${deadtime}ms`).includes('warning HA125')
        const timing = { keepaliveMs: keepalive, deadtimeMs: deadtime, warntimeMs: deadtime / 2, initdeadMs: 60_000 }
        expect(warned).toBe(leaseSeconds(timing) === 0)
      }
    },
  )
})

describe('order', () => {
  test('means nothing', () => {
    const lines = ['udpport 7000', ...goodHaCf.trimEnd().split('\n'), 'ucast eth0 10.0.0.2']
    const forwards = settingsOf({ haCf: lines.join('\n') })
    expect(settingsOf({ haCf: lines.toReversed().join('\n') })).toEqual({
      ...forwards,
      links: expect.arrayContaining([...forwards.links]),
      directives: expect.any(Map),
    })
  })

  test('udpport counts for links written before it', () => {
    expect(settingsOf({ haCf: `${goodHaCf}udpport 7000\n` }).links.map(link => link.port)).toEqual([7000, 7000])
  })

  test('the last of several scalars counts, and the others are named', () => {
    const reading = read({ haCf: `keepalive 2 3\n${goodHaCf}` })
    expect(reading.settings?.timing.keepaliveMs).toBe(1_000)
    expect(briefly(reading)).toEqual(['warning HA106 1:1', 'warning HA106 1:1'])
  })
})

describe('nodes', () => {
  test('are sorted and in lower case; commas separate', () => {
    const { nodes, self } = settingsOf(
      { haCf: haCfWith('node Gamma,ALPHA,beta', 'spare gamma') },
      { nodeName: 'ALPHA' },
    )
    expect(nodes).toEqual(['alpha', 'beta', 'gamma'])
    expect(self).toBe('alpha')
  })

  test.each([
    ['alpha.example.com', 'node alpha beta', 'alpha', ['warning HA134']],
    ['alpha', 'node alpha.example.com beta', 'alpha.example.com', ['warning HA134']],
    ['alpha.example.com', 'node alpha.example.com beta', 'alpha.example.com', []],
    ['alpha', 'node alpha.one alpha.two', undefined, ['error HA131']],
    ['alpha.one', 'node alpha.two beta', undefined, ['error HA131']],
    ['gamma', 'node alpha beta', undefined, ['error HA131']],
  ])('%s in "%s" is %s', (nodeName, line, self, codes) => {
    const reading = read({ haCf: haCfWith(line), haResources: '' }, { nodeName })
    expect(reading.settings?.self).toBe(self)
    expect(
      reading.problems.filter(({ code }) => code !== 'HA216').map(({ level, code }) => `${level} ${code}`),
    ).toEqual(codes)
  })

  test('sixteen, and no more', () => {
    const names = Array.from({ length: 17 }, (_, i) => `n${i}`)
    const at = (count: number) =>
      read(
        {
          haCf: haCfWith(`node ${names.slice(0, count).join(' ')}`, 'spare n1').replace('split_policy take\n', ''),
          haResources: 'n0 10.0.0.1\n',
        },
        { nodeName: 'n0' },
      )
    expect(at(16).problems).toEqual([])
    expect(at(17).problems.map(({ code }) => code)).toEqual(['HA135'])
  })
})

describe('failback', () => {
  test.each([
    ['auto_failback on', true, []],
    ['auto_failback NO', false, []],
    ['auto_failback legacy', true, ['warning HA151']],
    ['nice_failback on', false, ['warning HA152']],
  ])('%s', (line, on, codes) => {
    const reading = read({ haCf: `${goodHaCf.replace(/auto_failback.*\n/, '')}${line}\n` })
    expect(reading.settings?.autoFailback).toBe(on)
    expect(reading.problems.map(({ level, code }) => `${level} ${code}`)).toEqual(codes)
  })

  test('missing is off, with a warning', () => {
    const reading = read({ haCf: goodHaCf.replace(/auto_failback.*\n/, '') })
    expect(reading.settings?.autoFailback).toBe(false)
    expect(briefly(reading)).toEqual(['warning HA150 0:0'])
  })
})

describe('digest of what must agree', () => {
  const digest = (...lines: string[]): number => settingsOf({ haCf: haCfWith(...lines) }).configDigest

  test('is the same for links, logs and comments that differ', () => {
    expect(digest('bcast eth5', 'logfile /x', '# y')).toBe(digest())
  })

  test.each([
    'keepalive 2',
    'deadtime 20',
    'warntime 4',
    'initdead 30',
    'auto_failback on',
    'split_policy wait',
    'deadping 11',
    'ping 10.0.0.254',
    'spare beta',
    'spare alpha',
    'respawn hacluster /usr/lib/heartbeat/ipfail',
  ])('differs for %s', line => {
    expect(digest(line)).not.toBe(digest())
  })

  test('counts the names of ping nodes, in whatever order and however they are written', () => {
    const both = digest('ping 10.0.0.254 2001:db8::1')
    expect(digest('ping 2001:DB8:0::1', 'ping 10.0.0.254')).toBe(both)
    expect(digest('ping 10.0.0.254')).not.toBe(both)
    expect(digest('ping_group x 10.0.0.1')).toBe(digest('ping_group x 10.0.0.2'))
    expect(digest('ping_group x 10.0.0.1')).not.toBe(digest('ping_group y 10.0.0.1'))
  })

  test('counts the order of spares: it says who is asked first', () => {
    expect(digest('spare alpha beta')).not.toBe(digest('spare beta alpha'))
  })
})

describe('the machine', () => {
  const on = (interfaces: readonly string[]) => read({ haCf: haCfWith('bcast eth0 ethh1') }, { interfaces })

  test('an interface that is not there is a warning with a guess', () => {
    const [first, ...others] = on(['lo', 'eth0', 'eth1']).problems
    expect(others).toEqual([])
    expect(first).toMatchObject({
      level: 'warning',
      code: 'HA141',
      column: 12,
      fix: 'did you mean "eth1"? This host has: eth0, eth1',
    })
  })
})
