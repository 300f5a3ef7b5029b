import { describe, expect, test } from 'vitest'
import {
  type BindContext,
  type Bound,
  type Host,
  type RunRequest,
  scriptTimeouts,
  type Timeouts,
} from '../../src/agents/agent.ts'
import { judgeByCode, lsb } from '../../src/agents/lsb.ts'
import { explainOcf, judgeOcf, ocf, parseOcf } from '../../src/agents/ocf.ts'
import { explain, type Ran } from '../../src/agents/ran.ts'
import { judgeByText, resourceD } from '../../src/agents/resourceD.ts'
import { logName } from '../../src/agents/runner.ts'
import { judgeUnit, readUnit, systemd, unitName } from '../../src/agents/systemd.ts'
import { type Operations, usualOperations } from '../../src/config/operations.ts'
import type { GroupName, NodeId } from '../../src/types.ts'

const exited = (code: number, output = ''): Ran => ({
  command: '/x status',
  ok: code === 0,
  end: { by: 'exit', code },
  output,
})
const hung: Ran = { command: '/x status', ok: false, end: { by: 'timeout', afterMs: 20_000 }, output: '' }

const context: BindContext = {
  resource: 'thing::a',
  group: 'web' as GroupName,
  node: 'alpha' as NodeId,
  configDir: '/etc/ha.d',
  directives: new Map([
    ['keepalive', '500ms'],
    ['logfile', '/var/log/ha-log'],
    ['odd name', 'x'],
  ]),
}

/** Answers each action, and remembers what was run. */
function hostSaying(answer: (request: RunRequest) => Ran) {
  const requests: RunRequest[] = []
  const host = {
    run: async (request: RunRequest) => {
      requests.push(request)
      return answer(request)
    },
    clock: { nowMs: () => 0, after: () => () => {} },
  } as unknown as Host
  return { host, requests }
}
const noLease = { holdUntilMs: undefined }

describe('a program that ended, in a sentence', () => {
  test.each([
    [exited(5), '/x status: exit code 5'],
    [exited(1, 'one\nno such disk\n\n'), '/x status: exit code 1, it said: no such disk'],
    [hung, '/x status: still running after 20 s, killed'],
    [{ ...hung, end: { by: 'signal', signal: 'SIGSEGV' } } as Ran, '/x status: killed by SIGSEGV'],
    [{ ...hung, end: { by: 'missing', file: '/x' } } as Ran, '/x status: /x is not installed'],
    [{ ...hung, end: { by: 'refused', why: 'EAGAIN' } } as Ran, '/x status: could not be started, EAGAIN'],
    [exited(1, `\u001b[31m${'x'.repeat(500)}`), expect.stringMatching(/^.{1,240}$/)],
  ])('%#', (ran, sentence) => {
    expect(explain(ran)).toEqual(sentence)
  })
})

describe('how long an operation may last', () => {
  const operations: Operations = { ...usualOperations, startTimeoutMs: 1, stopTimeoutMs: 2, monitorTimeoutMs: 3 }
  const kinds: readonly (readonly [string, (context: BindContext) => Bound, Timeouts])[] = [
    ['resource.d', context => resourceD('/x', [], context), scriptTimeouts],
    ['LSB', context => lsb('/x', [], context), scriptTimeouts],
    ['OCF', context => ocf({ provider: 'heartbeat', type: 'x', parameters: {} }, context), scriptTimeouts],
    ['systemd', context => systemd('x.service', context), { startMs: 100_000, stopMs: 100_000, monitorMs: 20_000 }],
  ]
  const active = 'LoadState=loaded\nActiveState=inactive\nSubState=dead\nResult=success\n'
  const notRunning: Readonly<Record<string, number>> = { lsb: 3, ocf: 7 }
  const limitsOf = async (bound: Bound): Promise<Timeouts> => {
    const { host, requests } = hostSaying(() => exited(notRunning[bound.kind] ?? 0, active))
    const last = async (work: Promise<unknown>): Promise<number> => {
      await work
      return requests.at(-1)!.timeoutMs
    }
    return {
      startMs: await last(bound.start(host, noLease)),
      stopMs: await last(bound.stop(host)),
      monitorMs: await last(bound.monitor(host)),
    }
  }

  test.each(kinds)('%s: as it is usual for its kind, or as agents.ini says', async (_, bind, usual) => {
    expect(bind(context).timeouts).toEqual(usual)
    expect(await limitsOf(bind(context))).toEqual(usual)
    const bound = bind({ ...context, operations })
    expect(bound.timeouts).toEqual({ startMs: 1, stopMs: 2, monitorMs: 3 })
    expect(await limitsOf(bound)).toEqual(bound.timeouts)
  })

  test('an OCF agent is told its limit', async () => {
    const { host, requests } = hostSaying(() => exited(0))
    await ocf({ provider: 'x', type: 'y', parameters: {} }, { ...context, operations }).stop(host)
    expect(requests[0]?.env?.['OCF_RESKEY_CRM_meta_timeout']).toBe('2')
  })
})

describe('resource.d: status by text', () => {
  test.each([
    ['running', 3, 'running'],
    ['Apache is Running', 0, 'running'],
    ['INFO:  Running OK', 0, 'running'],
    ['OK', 1, 'running'],
    ['not running', 0, 'stopped'],
    ['NOT currently Running', 0, 'stopped'],
    ['it is not\nto be seen running', 0, 'running'], // "not" without a blank after it on the line
    ['stopped', 0, 'stopped'],
    ['ok', 0, 'stopped'],
    ['', 0, 'stopped'],
  ])('"%s" with exit code %i: %s', (output, code, status) => {
    expect(judgeByText(exited(code, output)).status).toBe(status)
  })
  test('a hung one is unknown', () => {
    expect(judgeByText(hung)).toEqual({ status: 'unknown', why: expect.stringContaining('killed') })
  })
  test('arguments first, action last, with the documented environment', async () => {
    const { host, requests } = hostSaying(() => exited(0, 'stopped'))
    await resourceD('/etc/ha.d/resource.d/thing', ['a', 'b'], context).start(host, noLease)
    expect(requests.map(({ args }) => args)).toEqual([
      ['a', 'b', 'status'],
      ['a', 'b', 'start'],
    ])
    expect(requests[1]?.env).toMatchObject({
      HA_CURHOST: 'alpha',
      HA_DIR: '/etc/ha.d',
      HA_RESOURCEDIR: '/etc/ha.d/resource.d',
      HA_keepalive: '500ms',
      HA_LOGFILE: '/var/log/ha-log',
      OCF_ROOT: '/usr/lib/ocf',
    })
    expect(Object.keys(requests[1]?.env ?? {})).not.toContain('HA_odd name')
  })
  test('what runs is not started again', async () => {
    const { host, requests } = hostSaying(() => exited(0, 'running'))
    expect(await resourceD('/x', [], context).start(host, noLease)).toEqual({ ok: true })
    expect(requests).toHaveLength(1)
  })
})

describe('LSB: status has its own table', () => {
  test.each([
    [0, 'running'],
    [1, 'stopped'],
    [2, 'stopped'],
    [3, 'stopped'],
    [4, 'unknown'],
    [5, 'unknown'],
    [150, 'unknown'],
  ])('%i: %s', (code, status) => {
    expect(judgeByCode(exited(code)).status).toBe(status)
  })
  test('is not handed to systemd; stopping what is stopped is done', async () => {
    const { host, requests } = hostSaying(() => exited(7))
    const bound = lsb('/etc/init.d/thing', [], context)
    expect(await bound.stop(host)).toEqual({ ok: true })
    expect(await bound.start(host, noLease)).toEqual({
      ok: false,
      why: expect.stringContaining('(program is not running)'),
    })
    expect(requests[0]?.env).toMatchObject({ SYSTEMCTL_SKIP_REDIRECT: '1' })
  })
})

describe('OCF', () => {
  test.each([
    [0, 'running'],
    [7, 'stopped'],
    [5, 'stopped'],
    [8, 'running'],
    [190, 'running'],
    [191, 'running'],
    [9, 'unknown'],
    [1, 'unknown'],
    [2, 'unknown'],
    [6, 'unknown'],
  ])('monitor %i: %s', (code, status) => {
    expect(judgeOcf(exited(code)).status).toBe(status)
  })
  test('the last exit reason is the one to show', () => {
    const output = "ocf-exit-reason:first\nnoise\nocf-exit-reason:Couldn't find device [/dev/x]\nmore\n"
    expect(explainOcf(exited(5, output))).toBe(
      "/x status: exit code 5 (something it needs is not installed here): Couldn't find device [/dev/x]",
    )
  })
  test('words', () => {
    expect(parseOcf(['linbit:drbd', 'drbd_resource=r0', 'options=a=b'])).toEqual({
      provider: 'linbit',
      type: 'drbd',
      parameters: { drbd_resource: 'r0', options: 'a=b' },
    })
    expect(parseOcf(['Dummy'])).toMatchObject({ provider: 'heartbeat', type: 'Dummy' })
    for (const words of [
      [],
      ['../x'],
      ['heartbeat:..'],
      ['a:b:c'],
      ['Dummy', 'novalue'],
      ['Dummy', '=x'],
      ['Dummy', 'a b=c'],
    ]) {
      expect(parseOcf(words)).toEqual({ problem: expect.any(String) })
    }
  })
  test('the environment', async () => {
    const { host, requests } = hostSaying(() => exited(0))
    await ocf({ provider: 'heartbeat', type: 'Dummy', parameters: { state: '/x' } }, context).monitor(host)
    expect(requests[0]).toMatchObject({
      file: '/usr/lib/ocf/resource.d/heartbeat/Dummy',
      args: ['monitor'],
      timeoutMs: 20_000,
    })
    expect(requests[0]?.env).toMatchObject({
      OCF_ROOT: '/usr/lib/ocf',
      OCF_RESKEY_state: '/x',
      OCF_RESOURCE_INSTANCE: 'thing_a',
      OCF_RESKEY_CRM_meta_interval: '0',
      OCF_RESKEY_CRM_meta_timeout: '20000',
    })
    expect(Object.keys(requests[0]?.env ?? {}).join()).not.toMatch(/clone|master|promoted|notify/)
  })
})

describe('systemd', () => {
  const shown = (load: string, active: string) =>
    exited(0, `LoadState=${load}\nActiveState=${active}\nSubState=sub\nResult=success\n`)
  test.each([
    ['loaded', 'active', 'running'],
    ['loaded', 'reloading', 'running'],
    ['loaded', 'inactive', 'stopped'],
    ['loaded', 'failed', 'stopped'],
    ['not-found', 'inactive', 'stopped'],
    ['loaded', 'deactivating', 'unknown'],
  ])('%s, %s: %s', (load, active, status) => {
    const unit = readUnit(shown(load, active))
    expect('unknown' in unit ? unit : judgeUnit('x.service', unit).status).toBe(status)
  })
  test('a systemctl that fails tells nothing', () => {
    expect(readUnit(exited(1, 'System has not been booted with systemd as init system'))).toEqual({
      unknown: expect.stringContaining('not been booted'),
    })
  })
  test('a masked unit is not tried', async () => {
    const { host, requests } = hostSaying(() => shown('masked', 'inactive'))
    expect(await systemd('x.service', context).start(host, noLease)).toEqual({
      ok: false,
      why: 'x.service is masked; systemctl unmask x.service',
    })
    expect(requests).toHaveLength(1)
  })
  test('names', () => {
    expect(unitName('nginx')).toBe('nginx.service')
    expect(unitName('srv-data.mount')).toBe('srv-data.mount')
    expect(unitName('getty@tty1')).toBe('getty@tty1.service')
    expect(unitName('--force')).toEqual({ problem: expect.any(String) })
    expect(unitName('a/b')).toEqual({ problem: expect.any(String) })
  })
})

test('log files are named after resource and action, and nothing leaves the folder', () => {
  expect(logName('IPaddr2::10.0.0.9/24/eth0', 'start')).toBe('IPaddr2::10.0.0.9%2f24%2feth0.start.log')
  expect(logName('../../etc/passwd', 'stop')).not.toContain('/')
  expect(logName('a/b', 'stop')).not.toBe(logName('a_b', 'stop'))
  expect(logName('x'.repeat(1_000), 'stop').length).toBeLessThan(255)
})
