import { describe, expect, test } from 'vitest'
import { type BindContext, type Bound, type Host, isProblem, type RunRequest } from '../../../src/agents/agent.ts'
import { judgeHealth } from '../../../src/agents/nagios/health.ts'
import { readMainConfig } from '../../../src/agents/nagios/mainConfig.ts'
import { nagios } from '../../../src/agents/nagios/nagios.ts'
import type { Ran } from '../../../src/agents/ran.ts'

const ran = (output: string, code = 0): Ran =>
  ({ ok: code === 0, end: { by: 'exit', code }, output, command: 'perl' }) as unknown as Ran

describe('the main configuration', () => {
  test('says where things are, the last word counting', () => {
    const text = `status_file=/old
 # status_file=/no
 status_file = /var/status.dat 
status_update_interval=5
command_file=/rw/nagios.cmd
`
    expect(readMainConfig(text)).toEqual({
      statusFile: '/var/status.dat',
      statusEveryMs: 5_000,
      querySockets: ['/rw/nagios.qh', '/rw/naemon.qh'],
      commandFile: '/rw/nagios.cmd',
    })
  })
  test('without commands from outside no pipe is looked for', () => {
    const text = 'status_file=/s\ncheck_external_commands=0\ncommand_file=/rw/nagios.cmd\nquery_socket=/q\n'
    expect(readMainConfig(text)).toMatchObject({ commandFile: undefined, querySockets: ['/q'], statusEveryMs: 10_000 })
  })
  test('without a status file it tells nothing', () => expect(readMainConfig('log_file=/l\n')).toBeUndefined())
})

describe('health', () => {
  const config = readMainConfig('status_file=/s\ncommand_file=/rw/nagios.cmd\n')!
  const well = 'status 3\ncommand read\nsocket /rw/nagios.qh\necho heard\n'
  test('is an answer, a fresh status, and a pipe that is read', () => {
    expect(judgeHealth(ran(well), config)).toEqual({ status: 'running' })
    expect(judgeHealth(ran('status 30\ncommand read\n'), config)).toEqual({ status: 'running' }) // no socket: Icinga 1
  })
  test.each([
    ['echo heard', 'echo silent', 'does not answer on /rw/nagios.qh within 2 s: it stands still'],
    ['echo heard', 'echo cut', 'hangs up on /rw/nagios.qh: its main process is gone, or is about to go'],
    ['echo heard', 'echo Permission denied', 'nobody answers on /rw/nagios.qh: Permission denied'],
    ['status 3', 'status 31', '/s was last written 31 s ago: it stands still'],
    ['status 3', 'status No such file or directory', '/s: No such file or directory'],
    ['command read', 'command unread', 'nobody reads /rw/nagios.cmd: no command reaches it'],
  ])('%s, but %s', (was, is, why) =>
    expect(judgeHealth(ran(well.replace(was, is)), config)).toEqual({ status: 'unknown', why }),
  )
  test('a look that did not end tells nothing', () => {
    expect(judgeHealth(ran('status 3\n', 2), config).status).toBe('unknown')
    expect(judgeHealth(ran(''), config).status).toBe('unknown')
  })
})

describe('the resource', () => {
  const context = (resource: string): BindContext => ({
    resource,
    group: 'web' as BindContext['group'],
    node: 'alpha' as BindContext['node'],
    configDir: '/etc/ha.d',
    directives: new Map(),
  })
  function lab(files: readonly string[], answers: Readonly<Record<string, Ran>> = {}) {
    const runs: string[] = []
    const notes: string[] = []
    let active = 'inactive'
    const host = {
      clock: { nowMs: () => 0, after: () => () => {} },
      exists(path: string) {
        // By a link it may lie on a disk that hangs.
        if (path.endsWith('.cfg')) throw new Error(`${path} is looked for by the manager itself`)
        return files.includes(path)
      },
      isExecutable: (path: string) => files.includes(path),
      note: (text: string) => notes.push(text),
      async run({ file, args }: RunRequest) {
        const words = args.filter(word => !word.startsWith('-')).join(' ')
        const places = file === 'perl' ? args.filter(arg => arg.endsWith('.cfg')) : []
        if (places.length > 0) {
          const found = places.find(path => files.includes(path))
          return ran(found === undefined ? 'none\n' : `found ${found}\n`)
        }
        runs.push(file === 'perl' ? 'perl' : `${file} ${words}`.trim())
        if (file === 'systemctl' && args.includes('start')) active = 'active'
        if (file === 'systemctl') return ran(`LoadState=loaded\nActiveState=${active}\nSubState=x\nResult=success\n`)
        return answers[file] ?? ran('')
      },
    } as unknown as Host
    return { host, runs, notes }
  }
  const bind = (args: readonly string[], resource = ['nagios', ...args].join('::')): Bound => {
    const bound = nagios.bind(args, context(resource))
    if (isProblem(bound)) throw new Error(bound.problem)
    return bound
  }
  const debian = ['/lib/systemd/system/nagios4.service', '/etc/nagios4/nagios.cfg', '/usr/sbin/nagios4']
  const fine = { grep: ran('status_file=/s\ncommand_file=/rw/nagios.cmd\n'), perl: ran('fine\n') }

  test('of an old haresources is nagios4 in Debian; its files are checked before it is started', async () => {
    const { host, runs } = lab(debian, fine)
    expect(await bind([]).start(host, { holdUntilMs: undefined })).toEqual({ ok: true })
    expect(runs.filter(run => !run.startsWith('systemctl show'))).toEqual([
      '/usr/sbin/nagios4 /etc/nagios4/nagios.cfg',
      expect.stringMatching(/^grep .*\/etc\/nagios4\/nagios\.cfg$/),
      'perl',
      'systemctl start nagios4.service',
    ])
  })

  test('with wrong files is not started, and says which error', async () => {
    const output = 'Reading configuration data...\n   Error: Could not find any host matching "web"\nTotal Errors: 1\n'
    const { host, runs } = lab(debian, { ...fine, '/usr/sbin/nagios4': ran(output, 1) })
    expect(await bind(['nagios4']).start(host, { holdUntilMs: undefined })).toEqual({
      ok: false,
      why: 'its files are wrong, nothing was started: Could not find any host matching "web"; nagios4 -v /etc/nagios4/nagios.cfg tells more',
    })
    expect(runs).not.toContain('systemctl start nagios4.service')
  })

  test('whose command file is a plain file gets rid of it first', async () => {
    const { host, notes } = lab(debian, { ...fine, perl: ran('removed\n') })
    await bind([]).start(host, { holdUntilMs: undefined })
    expect(notes).toEqual(['nagios: /rw/nagios.cmd was a file and no pipe, and was removed'])
  })

  test('that runs is not checked again', async () => {
    const { host, runs } = lab(debian, fine)
    const bound = bind([])
    await bound.start(host, { holdUntilMs: undefined })
    runs.length = 0
    expect(await bound.start(host, { holdUntilMs: undefined })).toEqual({ ok: true })
    expect(runs).not.toContain('/usr/sbin/nagios4 /etc/nagios4/nagios.cfg')
  })

  test('looks for its configuration where its unit has it, or where it is told', async () => {
    const { host } = lab(['/lib/systemd/system/naemon.service'])
    expect(await bind([], 'naemon').start(host, { holdUntilMs: undefined })).toEqual({
      ok: false,
      why: 'where its main configuration is: not /etc/naemon/naemon.cfg; write naemon::naemon::/path/to/nagios.cfg',
    })
    const { host: other, runs } = lab(['/lib/systemd/system/mon.service'], fine)
    await bind(['mon', '/opt/mon.cfg']).start(other, { holdUntilMs: undefined })
    expect(runs.some(run => run.endsWith('/opt/mon.cfg'))).toBe(true)
  })

  test.each([
    [['a', 'b', 'c'], 'nagios has 3 arguments; write nagios[::UNIT[::MAIN-CONFIG-FILE]]'],
    [['-x'], '"-x" is not a systemd unit'],
  ])('%j is a problem', (args, problem) => expect(nagios.bind(args, context('nagios'))).toEqual({ problem }))
})
