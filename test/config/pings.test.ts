import { describe, expect, test } from 'vitest'
import { haCfWith, read, settingsOf } from './reading.ts'

const pingsOf = (...lines: string[]) => settingsOf({ haCf: haCfWith(...lines) }).pings
const codesOf = (...lines: string[]): string[] =>
  read({ haCf: haCfWith(...lines) }).problems.map(({ level, code }) => `${level} ${code}`)
const alone = (address: string) => ({ name: address, addresses: [address] })

describe('ping', () => {
  test('makes one ping node of each address, over all lines, in lower case', () => {
    expect(pingsOf('ping 10.0.0.254,10.0.0.253', 'ping 2001:DB8::1', 'ping FE80::1%eth0')).toEqual(
      ['10.0.0.254', '10.0.0.253', '2001:db8::1', 'fe80::1%eth0'].map(alone),
    )
  })

  test('none is none', () => expect(settingsOf({}).pings).toEqual([]))

  test('a host name is taken, with a warning', () => {
    expect(pingsOf('ping gw.Example.com')).toEqual([alone('gw.example.com')])
    expect(codesOf('ping gw.example.com')).toEqual(['warning HA183'])
    expect(codesOf('ping 3com-switch_2.lan')).toEqual(['warning HA183'])
  })

  test.each([
    '10.0.0.256',
    '10.0.0',
    '10.0.0.l',
    '10.0.0.1.5',
    '2001:db8::g',
    '2001:db8::1%eth0',
    'fe80::1',
    'fe80::1%',
    'fe80::1%eth0:1',
    '10.0.0.1%eth0',
    'gw%eth0',
    '10.0.0.1/24',
    '[2001:db8::1]',
    '[2001:db8::1]/64',
    '0.0.0.0',
    '0.1.2.3',
    '255.255.255.255',
    '224.0.0.1',
    'ff02::1',
    '::',
    'a..b',
    '-gw',
    'gw-',
    'gw!',
    '=',
  ])('"%s" is refused', text => {
    expect(codesOf(`ping ${text}`)).toEqual([text === '=' ? 'error HA107' : 'error HA180'])
    if (text !== '=') expect(codesOf(`ping_group x 10.0.0.9 ${text}`)).toEqual(['error HA180'])
  })

  test.each([
    ['10.0.0.1/24', 'write 10.0.0.1'],
    ['[2001:db8::1]/64', 'write 2001:db8::1'],
    ['fe80::1', 'write fe80::1%eth0, with the interface'],
  ])('%s: %s', (text, fix) => expect(read({ haCf: haCfWith(`ping ${text}`) }).problems[0]?.fix).toBe(fix))

  test.each(['127.0.0.1', '::1', 'localhost', 'alpha', 'Beta', 'beta.example.com', '192.168.7.2', 'FD00:0::2'])(
    '%s belongs to the cluster',
    text => {
      const links = ['ucast eth1 192.168.7.2', 'ucast6 eth1 fd00::2']
      expect(codesOf(...links, `ping ${text}`)).toEqual(['error HA181'])
      expect(codesOf(...links, `ping_group x ${text}`)).toEqual(['error HA181'])
    },
  )

  test('empty is an error, as a variable that was never filled in would be', () => {
    expect(codesOf('ping')).toEqual(['error HA102'])
    expect(codesOf('ping_group')).toEqual(['error HA102'])
  })

  test.each([
    ['ping 10.0.0.1 10.0.0.1', 'HA182', 15],
    ['ping 2001:db8::1 2001:DB8:0::1', 'HA182', 18],
    ['ping_group x 10.0.0.1\nping_group X 10.0.0.2', 'HA182', 12],
    ['ping gw\nping_group gw 10.0.0.1', 'HA182', 12],
  ])('%j names one twice', (lines, code, column) => {
    const errors = read({ haCf: haCfWith(...lines.split('\n')) }).problems.filter(({ level }) => level === 'error')
    expect(errors).toMatchObject([{ code, column }])
  })
})

describe('ping_group', () => {
  test('is one ping node of several addresses, each once; commas separate too', () => {
    expect(pingsOf('ping_group Far 192.0.2.1,192.0.2.2 2001:db8::1 , 2001:DB8:0::1', 'ping 192.0.2.1')).toEqual([
      { name: 'far', addresses: ['192.0.2.1', '192.0.2.2', '2001:db8::1'] },
      alone('192.0.2.1'),
    ])
  })

  test.each([
    ['ping_group routers', 'error HA109', 'write ping_group routers ADDRESS ADDRESS'],
    ['ping_group 10.0.0.1', 'error HA184', 'write ping_group routers 10.0.0.1'],
    ['ping_group 10.0.0.1 10.0.0.2', 'error HA184', 'write ping_group routers 10.0.0.1 10.0.0.2'],
    ['ping_group BETA 10.0.0.1', 'error HA184', 'write ping_group routers 10.0.0.1'],
  ])('%s', (line, code, fix) => {
    const [problem, ...others] = read({ haCf: haCfWith(line) }).problems
    expect(others).toEqual([])
    expect([`${problem?.level} ${problem?.code}`, problem?.fix]).toEqual([code, fix])
  })
})

describe('deadping', () => {
  const of = (...lines: string[]) => settingsOf({ haCf: haCfWith('ping 10.0.0.254', ...lines) }).deadpingMs

  test('is the deadtime where it is not written', () => {
    expect(of()).toBe(10_000)
    expect(of('deadtime 20')).toBe(20_000)
  })

  test.each([
    ['1999ms', ['error HA185']],
    ['2', []],
    ['1h', []],
  ])('%s', (text, codes) => expect(codesOf('ping 10.0.0.254', `deadping ${text}`)).toEqual(codes))

  test('without ping nodes it has nothing to do', () => {
    const notes = (...lines: string[]) => read({ haCf: haCfWith(...lines) }).notes.map(({ code }) => code)
    expect(notes('deadping 30')).toEqual(['HA112'])
    expect(notes('deadping 30', 'ping 10.0.0.254')).toEqual([])
  })
})

describe('ipfail', () => {
  const line = 'respawn hacluster /usr/lib/heartbeat/ipfail'

  test('is on when a respawn line starts it, and is not run', () => {
    const settings = settingsOf({ haCf: haCfWith('ping 10.0.0.254', line) })
    expect([settings.ipfail, settings.respawn]).toEqual([true, []])
    expect(settingsOf({ haCf: haCfWith('ping 10.0.0.254') }).ipfail).toBe(false)
    expect(settingsOf({ haCf: haCfWith('respawn root /usr/bin/ipfail-x') }).ipfail).toBe(false)
  })

  test('can do nothing without ping nodes', () => {
    expect(codesOf('ping_group x 10.0.0.254', line)).toEqual([])
    expect(codesOf(line)).toEqual(['warning HA171'])
  })
})
