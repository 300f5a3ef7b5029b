import { describe, expect, test } from 'vitest'
import type { AgentKey } from '../../src/config/agentKeys.ts'
import { fnv1a } from '../../src/config/digest.ts'
import type { HostFacts } from '../../src/config/host.ts'
import { usualOperations } from '../../src/config/operations.ts'
import { renderProblems } from '../../src/config/render.ts'
import { briefly, filesOf, read, settingsOf } from './reading.ts'

const haResources = `alpha 10.0.0.100/24/eth0 Filesystem::/dev/drbd0::/data::ext4 sql web
beta [2001:db8::10]/64/eth0 Filesystem::/dev/drbd1::/logs::ext4 IPaddr2::10.0.0.101/24/eth0
`
const keys: readonly AgentKey[] = [
  { name: 'user', kind: 'text', default: 'tandem', summary: 'who logs in' },
  { name: 'password', kind: 'secret', default: undefined, summary: 'and how' },
  { name: 'max_lag', kind: 'time', default: '5s', summary: 'no promotion of a replica that is further behind' },
  { name: 'semi_sync', kind: 'switch', default: undefined, summary: 'wait for the replica' },
]
const host: Partial<HostFacts> = { agentKeys: agent => (agent === 'sql' ? keys : []) }
const of = (agentsIni: string) => settingsOf({ haResources, agentsIni }, host).operations
const told = (agentsIni: string) => briefly(read({ haResources, agentsIni }, host))
const problemOf = (agentsIni: string) => read({ haResources, agentsIni }, host).problems[0]

describe('what holds for a resource', () => {
  test('without the file all is as usual', () => {
    const { operations } = settingsOf({ haResources })
    expect([...operations.keys()]).toHaveLength(7)
    for (const one of operations.values()) expect(one).toEqual(usualOperations)
    expect(usualOperations).toMatchObject({ startTimeoutMs: undefined, stopTimeoutMs: undefined })
  })

  test('every key is read, in its unit', () => {
    const text = `[web]
monitor_interval = 30s
monitor_timeout=1.5
  start_timeout =  5m   ; a comment
stop_timeout = "500ms" # another
retries = 0
failover_limit = 7
forget_after = 2h
`
    expect(of(text).get('web')).toEqual({
      monitorIntervalMs: 30_000,
      monitorTimeoutMs: 1_500,
      startTimeoutMs: 300_000,
      stopTimeoutMs: 500,
      retries: 0,
      failoverLimit: 7,
      forgetAfterMs: 7_200_000,
      own: new Map(),
      secrets: new Map(),
    })
    expect(of(text).get('sql')?.retries).toBe(usualOperations.retries)
  })

  test('the longer name wins, key by key, whatever the order', () => {
    const parts = [
      '[Filesystem::/dev/drbd0::/data::ext4]\nretries = 3\n',
      '[Filesystem]\nretries = 2\nfailover_limit = 2\n',
      '[default]\nretries = 1\nfailover_limit = 1\nforget_after = 1m\n',
    ]
    for (const text of [parts.join(''), parts.toReversed().join('')]) {
      const one = { retries: 3, failoverLimit: 2, forgetAfterMs: 60_000 }
      expect(of(text).get('Filesystem::/dev/drbd0::/data::ext4')).toMatchObject(one)
      expect(of(text).get('Filesystem::/dev/drbd1::/logs::ext4')).toMatchObject({ ...one, retries: 2 })
      expect(of(text).get('web')).toMatchObject({ retries: 1, failoverLimit: 1, forgetAfterMs: 60_000 })
    }
  })

  const addresses = ['10.0.0.100/24/eth0', '[2001:db8::10]/64/eth0', 'IPaddr2::10.0.0.101/24/eth0']
  test.each([
    ['IPaddr', addresses],
    ['IPaddr2', addresses],
    ['IPv6addr', addresses],
    ['10.0.0.100', addresses.slice(0, 1)],
    ['IPaddr2::10.0.0.100', addresses.slice(0, 1)],
    ['IPaddr::10.0.0.101/24/eth0', addresses.slice(2)],
    ['[2001:db8::10]', addresses.slice(1, 2)],
    ['[2001:db8::10]/64/eth0', addresses.slice(1, 2)],
    ['IPv6addr::[2001:db8::10]', addresses.slice(1, 2)],
    ['10.0.0.10', []],
    ['Filesystem::/dev/drbd1', ['Filesystem::/dev/drbd1::/logs::ext4']],
    ['Filesystem::/dev/drbd', []],
    ['File', []],
    ['filesystem', []],
    ['  web  ', ['web']],
    ['Default', [...addresses, 'web', 'sql']],
  ])('[%s]', (name, resources) => {
    const found = [...of(`[${name}]\nretries = 9\n`)].filter(([, { retries }]) => retries === 9).map(([word]) => word)
    expect(found).toEqual(expect.arrayContaining([...resources]))
    if (name !== 'Default') expect(found).toHaveLength(resources.length)
  })

  test('an agent has keys of its own, with defaults, and passwords apart', () => {
    const sql = of('[sql]\npassword = "a # b; c"\nmax_lag = 1m\nsemi_sync = yes\n').get('sql')!
    expect([...sql.own]).toEqual([
      ['user', 'tandem'],
      ['max_lag', 60_000],
      ['semi_sync', true],
    ])
    expect([...sql.secrets]).toEqual([['password', 'a # b; c']])
    expect([...of('').get('sql')!.own]).toEqual([
      ['user', 'tandem'],
      ['max_lag', 5_000],
    ])
    expect(of('').get('web')!.own.size).toBe(0)
  })

  test('a windows file with a byte order mark', () => {
    expect(of('\ufeff[web]\r\nretries = 5\r\n').get('web')?.retries).toBe(5)
  })
})

describe('what is wrong', () => {
  test.each([
    ['retries = 3\nretries = 4\n', ['error HA402 1:1']],
    ['[web\n', ['error HA403 1:1']],
    ['[web] retries = 3\n', ['error HA403 1:7']],
    ['[ ]\nx = 3\n', ['error HA403 1:1']],
    ['[web\nretries = x\n', ['error HA403 1:1', 'error HA409 2:11']],
    ['[web]\nretries 3\n', ['error HA401 2:1']],
    ['[web]\n  retries: 3 # x\n', ['error HA401 2:3']],
    ['[web]\n=3\n', ['error HA401 2:1']],
    ['[web]\nretrys = 3\n', ['error HA404 2:1']],
    ['[web]\nmax_lag = 3\n', ['error HA404 2:1']],
    ['[default]\nmax_lag = 3\n', ['error HA404 2:1']],
    ['[web]\nretries =\n', ['error HA405 2:1']],
    ['[web]\nretries = # three\n', ['error HA405 2:1']],
    ['[web]\nretries = ""\n', ['error HA405 2:1']],
    ['[web]\nretries = 3\nretries = 4\n', ['warning HA406 2:1']],
    ['[web]\nretries = 3\n[web]\nforget_after = 1m\n', ['warning HA407 3:2']],
    ['[web]\nretries = 3\n[web]\nretries = 4\n', ['warning HA406 2:1', 'warning HA407 3:2']],
    ['[IPaddr]\n[IPaddr2]\n', ['warning HA407 2:2']],
    ['[wev]\nretries = 3\n', ['warning HA408 1:2']],
    ['[wev]\nretrys = 3\n', ['warning HA408 1:2', 'error HA404 2:1']],
    ['[web]\nretries =  -3\n', ['error HA409 2:12']],
    ['[web]\nretries = 1001\n', ['error HA409 2:11']],
    ['[web]\nforget_after = 2d\n', ['error HA409 2:16']],
    ['[web]\nforget_after = 25h\n', ['error HA409 2:16']],
    ['[web]\nforget_after = off\n', ['error HA409 2:16']],
    ['[sql]\nsemi_sync = perhaps\n', ['error HA409 2:13']],
    ['[web]\nmonitor_interval = 0.5\n', ['warning HA410 2:20']],
    ['[web]\nmonitor_interval = 1\nmonitor_timeout = 60\n', []],
    ['# x\n; y\n\n[web]\n', []],
  ])('%j', (text, problems) => expect(told(text)).toEqual(problems))

  test.each([
    ['[wev]\n', 'did you mean [web]?'],
    ['[Filesytem]\n', 'did you mean [Filesystem]?'],
    ['[Filesystem::/dev/drdb1]\n', 'did you mean [Filesystem::/dev/drbd1]?'],
    ['[10.0.0.102]\n', 'did you mean [10.0.0.100]?'],
    ['[defaults]\n', 'did you mean [default]?'],
    ['[nothing like it]\n', expect.stringMatching(/^haresources has 10\.0\.0\.100\/24\/eth0, .*, \.\.\.; write/)],
    ['[web]\nretrys = 3\n', 'did you mean "retries"?'],
    ['[web]\nmonitor-interval = 3\n', 'did you mean "monitor_interval"?'],
    ['[web]\nMax_Moves = 3\n', expect.stringMatching(/^the keys are monitor_interval, .*forget_after; remove/)],
    ['[sql]\nuzer = 3\n', 'did you mean "user"?'],
    ['[default]\nmax_lag = 3\n', 'write it under [sql]'],
    ['[web]\nretries 3\n', 'write retries = VALUE'],
    ['[web]\nhunter2 hunter3\n', 'write KEY = VALUE, or [SECTION]'],
    ['[web]\nretries =\n', 'write retries = 2, or remove the line'],
    ['[web]\nforget_after = 1 h\n', 'write 1h'],
    ['[web]\nforget_after = 5 minutes\n', 'write 5m'],
  ])('%j: what to write', (text, fix) => expect(problemOf(text)?.fix).toEqual(fix))

  test('where haresources is wrong itself, nothing is said of its resources', () => {
    expect(briefly(read({ haResources: 'alpha x::\n', agentsIni: '[x]\n' }))).toEqual(['error HA204 1:8'])
  })

  test('a limit on an address is noted, not dropped in silence', () => {
    const { problems, notes } = read({ haResources, agentsIni: '[IPaddr2]\nstart_timeout = 3\nretries = 1\n' }, host)
    expect(problems).toEqual([])
    expect(notes.map(({ code, line }) => `${code} ${line}`)).toEqual(['HA413 2'])
  })

  test('errors keep the daemon from starting, as in every file', () => {
    expect(read({ haResources, agentsIni: '[web]\nretrys = 3\n' }).settings).toBeUndefined()
  })

  test('a file that cannot be read is an error, one that is missing is none', () => {
    const unreadable = read({ haResources, agentsIni: '' }, host, {}, { text: undefined, unreadable: 'a folder' })
    expect(briefly(unreadable)).toEqual(['error HA002 0:0'])
    expect(briefly(read({ haResources, agentsIni: '' }, host, {}, { text: undefined }))).toEqual([])
  })
})

describe('passwords', () => {
  const withFile = (text: string, facts: { mode?: number; uid?: number }) =>
    readWithFile(text, facts).problems.map(({ code, fix }) => `${code} ${fix}`)
  const password = '[sql]\npassword = x\n'

  test.each([
    [password, { mode: 0o600, uid: 0 }, []],
    [password, { mode: 0o400, uid: 0 }, []],
    [password, { mode: 0o640, uid: 0 }, ['HA411 run: chmod 600 agents.ini']],
    [password, { mode: 0o644, uid: 0 }, ['HA411 run: chmod 600 agents.ini']],
    [password, { mode: 0o600, uid: 7 }, ['HA412 run: chown root:root agents.ini']],
    ['[sql]\nuser = x\n', { mode: 0o644, uid: 7 }, []],
    ['[web]\nretries = 1\n', { mode: 0o644, uid: 0 }, []],
  ])('%j %j', (text, facts, problems) => expect(withFile(text, facts)).toEqual(problems))

  test('a misspelt one too wants a closed file, and is covered', () => {
    expect(withFile('[sql]\npasswrod = x\n', { mode: 0o644, uid: 0 })).toEqual([
      'HA411 run: chmod 600 agents.ini',
      'HA404 did you mean "password"?',
    ])
    const files = filesOf({ haResources, agentsIni: '[sql]\npasswrod = hunter2\n' })
    const shown = renderProblems(
      read({ haResources, agentsIni: '[sql]\npasswrod = hunter2\n' }, host).problems,
      files,
      {
        format: 'text',
        color: false,
      },
    )
    expect(shown).toContain('passwrod = *******')
  })
})

describe('what all nodes must mean alike', () => {
  const digest = (agentsIni?: string) => settingsOf({ haResources, agentsIni }, host).configDigest
  const plain = digest()

  test.each(['retries = 5', 'failover_limit = 5', 'forget_after = 5m'])('%s counts', line =>
    expect(digest(`[web]\n${line}\n`)).not.toBe(plain),
  )
  test.each(['start_timeout = 5', 'monitor_interval = 5', 'retries = 2'])('%s does not', line =>
    expect(digest(`[web]\n${line}\n`)).toBe(plain),
  )
  test('without the file it is that of versions that did not know it', () => {
    expect(plain).toBe(fnv1a('1000 5000 10000 20000 off take deadping 10000 ping spare '))
  })
  test('neither does a password', () => expect(digest('[sql]\npassword = x\n')).toBe(plain))
  test('which resource it is about does', () =>
    expect(digest('[web]\nretries = 5\n')).not.toBe(digest('[sql]\nretries = 5\n')))
})

function readWithFile(text: string, facts: { mode?: number; uid?: number }) {
  return read({ haResources, agentsIni: text }, host, {}, facts)
}
