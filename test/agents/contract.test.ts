/** Real scripts, each of which breaks one rule, and one that breaks none. */
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { BindContext, Bound, Host } from '../../src/agents/agent.ts'
import { monotonicClock } from '../../src/agents/clock.ts'
import { type Trial, type TryOptions, tryContract, type Verdict } from '../../src/agents/contract.ts'
import { lsb } from '../../src/agents/lsb.ts'
import { ocf, ocfPath } from '../../src/agents/ocf.ts'
import { resourceD } from '../../src/agents/resourceD.ts'
import { runner } from '../../src/agents/runner.ts'
import { type Operations, usualOperations } from '../../src/config/operations.ts'
import type { GroupName, NodeId } from '../../src/types.ts'

const dir = mkdtempSync(join(tmpdir(), 'tandem-contract-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const run = runner(join(dir, 'agents'), monotonicClock)
const host = {
  clock: monotonicClock,
  run,
  alone: (_name: string, work: () => Promise<unknown>) => work(),
} as unknown as Host

/** OCF agents lie in a folder of root's: the script stands in for the one that is asked for. */
const hostWith = (script: string): Host => ({
  ...host,
  run: request => run({ ...request, file: request.file === ocfPath(dummy) ? script : request.file, graceMs: 500 }),
})
const dummy = { provider: 'heartbeat', type: 'nosuchagent', parameters: {} }

type KindUnderTest = 'resource.d' | 'lsb' | 'ocf'
interface Body {
  readonly start?: string
  readonly stop?: string
  /** When it runs, and when it does not. */
  readonly up?: string
  readonly down?: string
}

/** What a good script of the kind does: the file `$state` is there while it runs. */
const good: Readonly<Record<KindUnderTest, Required<Body>>> = {
  'resource.d': { start: 'touch $state', stop: 'rm -f $state', up: 'echo running', down: 'echo stopped' },
  lsb: { start: 'touch $state', stop: 'rm -f $state', up: 'exit 0', down: 'exit 3' },
  ocf: { start: 'touch $state', stop: 'rm -f $state', up: 'exit 0', down: 'exit 7' },
}

let scripts = 0
function make(kind: KindUnderTest, body: Body, operations: Operations = usualOperations) {
  const name = `script${++scripts}`
  const file = join(dir, name)
  const state = join(dir, `${name}.state`)
  const { start, stop, up, down } = { ...good[kind], ...body }
  const status = `if [ -e $state ]; then ${up}; else ${down}; fi`
  const actions = `start) ${start};; stop) ${stop};; status|monitor) ${status};; *) exit 3;;`
  writeFileSync(file, `#!/bin/sh\nstate=${state}\ncase "$1" in ${actions} esac\n`)
  chmodSync(file, 0o755)
  const context: BindContext = {
    resource: name,
    group: name as GroupName,
    node: 'alpha' as NodeId,
    configDir: dir,
    directives: new Map(),
    operations,
  }
  const bound: Bound = kind === 'ocf' ? ocf(dummy, context) : (kind === 'lsb' ? lsb : resourceD)(file, [], context)
  return { bound, host: hostWith(file), state }
}

async function tried(kind: KindUnderTest, body: Body, options?: TryOptions, operations?: Operations) {
  const made = make(kind, body, operations)
  return { ...made, verdict: await tryContract(made.bound, made.host, options) }
}
const rulesOf = ({ breaches }: Verdict): string[] => breaches.map(({ rule }) => rule)
const actionsOf = ({ trials }: Verdict): string => trials.map(({ step }) => step.action).join(' ')
const everything = 'monitor start start monitor stop stop monitor'

describe.each(['resource.d', 'lsb', 'ocf'] as const)('%s', kind => {
  test('a good one keeps the contract', async () => {
    const { verdict, state } = await tried(kind, {})
    expect(rulesOf(verdict)).toEqual([])
    expect(actionsOf(verdict)).toBe(everything)
    expect(verdict).toMatchObject({ endedBy: undefined, left: 'stopped' })
    expect(existsSync(state)).toBe(false)
  })

  test('a start that fails is stopped all the same, and not looked at for running', async () => {
    const { verdict, state } = await tried(kind, { start: 'touch $state; echo no such disk; exit 1' })
    expect(rulesOf(verdict)).toEqual(['start'])
    expect(verdict.breaches[0]?.why).toContain('no such disk')
    expect(actionsOf(verdict)).toBe('monitor start stop stop monitor')
    expect(existsSync(state)).toBe(false)
  })

  test('a start that does not last: running-after-start', async () => {
    const { verdict } = await tried(kind, { start: ':' })
    expect(rulesOf(verdict)).toEqual(['running-after-start'])
  })

  test('a stop that fails: stop, and what is left is told', async () => {
    const { verdict } = await tried(kind, { stop: 'echo busy >&2; exit 1' })
    expect(rulesOf(verdict)).toEqual(['stop', 'stop-twice', 'stopped-after-stop'])
    expect(verdict.left).toBe('running')
    expect(verdict.breaches[0]?.why).toContain('busy')
  })

  test('a second stop that fails: stop-twice', async () => {
    const { verdict } = await tried(kind, { stop: 'rm $state' })
    expect(rulesOf(verdict)).toEqual(['stop-twice'])
    expect(verdict.breaches[0]?.fix).toContain('stopped already')
  })

  test('a stop that stops nothing: stopped-after-stop', async () => {
    const { verdict } = await tried(kind, { stop: ':' })
    expect(rulesOf(verdict)).toEqual(['stopped-after-stop'])
  })

  test('what runs already is not stopped, unless that is accepted', async () => {
    const { bound, host: own, state } = make(kind, {})
    writeFileSync(state, '')
    const refused = await tryContract(bound, own)
    expect(refused).toMatchObject({ endedBy: 'runs-already', breaches: [], left: 'running' })
    expect(actionsOf(refused)).toBe('monitor')
    expect(existsSync(state)).toBe(true)
    const accepted = await tryContract(bound, own, { acceptOutage: true })
    expect(accepted).toMatchObject({ endedBy: undefined, breaches: [], left: 'stopped' })
    expect(existsSync(state)).toBe(false)
  })

  test('an interruption skips to the stop', async () => {
    let started = false
    const onEnd = ({ step }: Trial): void => {
      started ||= step.action === 'start'
    }
    const { verdict, state } = await tried(kind, {}, { onEnd, interrupted: () => started })
    expect(actionsOf(verdict)).toBe('monitor start stop stop monitor')
    expect(verdict).toMatchObject({ endedBy: 'interrupted', left: 'stopped' })
    expect(existsSync(state)).toBe(false)
    expect(actionsOf((await tried(kind, {}, { interrupted: () => true })).verdict)).toBe('monitor')
  })
})

describe('what takes too long', () => {
  const quick: Operations = { ...usualOperations, startTimeoutMs: 700, stopTimeoutMs: 700, monitorTimeoutMs: 700 }
  test('a start that hangs: in-time, and it is stopped', async () => {
    const { verdict, state } = await tried('ocf', { start: 'touch $state; sleep 60' }, {}, quick)
    expect(rulesOf(verdict)).toEqual(['in-time'])
    expect(verdict.breaches[0]).toMatchObject({
      why: expect.stringContaining('still running after 0.7 s, killed'),
      fix: expect.stringContaining('start_timeout'),
    })
    expect(existsSync(state)).toBe(false)
  })

  test('a stop that hangs, and a look that hangs: in-time', async () => {
    const stop = await tried('ocf', { stop: '[ -e $state ] || exit 0; rm $state; sleep 60' }, {}, quick)
    expect(rulesOf(stop.verdict)).toEqual(['in-time'])
    expect(stop.verdict.breaches[0]?.fix).toContain('stop_timeout')
    const look = await tried('ocf', { up: 'sleep 60' }, {}, quick)
    expect([...new Set(rulesOf(look.verdict))]).toEqual(['in-time'])
    expect(look.verdict.breaches[0]?.fix).toContain('monitor_timeout')
  })
})

describe('a second start', () => {
  test('fails: start-twice', async () => {
    const { verdict } = await tried('ocf', { start: '[ -e $state ] && exit 1; touch $state' })
    expect(rulesOf(verdict)).toEqual(['start-twice'])
  })

  test('of an old script is not asked for, where its status says that it runs', async () => {
    for (const kind of ['resource.d', 'lsb'] as const) {
      const { verdict } = await tried(kind, { start: '[ -e $state ] && exit 1; touch $state' })
      expect(rulesOf(verdict)).toEqual([])
      expect(verdict.trials.map(({ notCalled }) => notCalled)).toEqual([false, false, true, false, false, false, false])
    }
  })

  test('of one whose status lies is', async () => {
    const { verdict } = await tried('lsb', { start: '[ -e $state ] && exit 1; touch $state', up: 'exit 3' })
    expect(rulesOf(verdict)).toEqual(['start-twice', 'running-after-start'])
  })
})

describe('the form of a status', () => {
  test.each([
    ['resource.d', { up: 'echo up' }, ['running-after-start'], 'status has to print "running" or "OK"'],
    ['resource.d', { up: 'exit 0' }, ['running-after-start'], 'status has to print "running" or "OK"'],
    ['resource.d', { up: 'echo OK; exit 1' }, [], ''],
    ['lsb', { up: 'echo is running; exit 4' }, ['status-form'], 'exit code 3 (1: dead'],
    ['lsb', { up: 'echo is running; exit 1' }, ['running-after-start'], 'exit code 0'],
    ['lsb', { down: 'exit 1' }, [], ''],
    ['ocf', { up: 'exit 8' }, [], ''],
    ['ocf', { up: 'echo running; exit 7' }, ['running-after-start'], 'exit code 0'],
    ['ocf', { up: 'exit 1' }, ['status-form'], 'exit code 7'],
  ] as const)('%s %j', async (kind, body, rules, fix) => {
    const { verdict } = await tried(kind, body)
    expect(rulesOf(verdict)).toEqual(rules)
    if (fix) expect(verdict.breaches[0]?.fix).toContain(fix)
  })

  test.each([
    ['lsb', 'exit 150'],
    ['ocf', 'exit 3'],
  ] as const)('%s: one that cannot tell is not even started', async (kind, down) => {
    const { verdict } = await tried(kind, { down })
    expect(rulesOf(verdict)).toEqual(['status-form'])
    expect(verdict.endedBy).toBe('cannot-tell')
    expect(actionsOf(verdict)).toBe('monitor')
  })

  test('one that always says stopped for what was stopped by nobody', async () => {
    const { verdict } = await tried('resource.d', { down: 'echo "is not running"', up: 'echo "is not running"' })
    expect(rulesOf(verdict)).toEqual(['running-after-start'])
    expect(verdict.breaches[0]?.why).toContain('is not running; that counts as stopped')
  })
})

describe('an agent of ours, that runs no program', () => {
  const ours = (more: Partial<Bound>): Bound => ({
    resource: 'x',
    kind: 'address',
    timeouts: { startMs: 60_000, stopMs: 60_000, monitorMs: 20_000 },
    monitor: async () => ({ status: 'stopped' }),
    start: async () => ({ ok: true }),
    stop: async () => ({ ok: true }),
    ...more,
  })

  test('has failed when it throws', async () => {
    const verdict = await tryContract(ours({ start: () => Promise.reject(new Error('out of tune')) }), host)
    expect(verdict.breaches).toMatchObject([
      { rule: 'start', why: 'out of tune', fix: expect.stringContaining('mend') },
    ])
  })

  test('has its limit too', async () => {
    let nowMs = 0
    const clock = { ...monotonicClock, nowMs: () => nowMs }
    const slow = ours({
      async stop() {
        nowMs += 61_000
        return { ok: true }
      },
    })
    const verdict = await tryContract(slow, { ...host, clock })
    expect(verdict.breaches.filter(({ rule }) => rule === 'in-time')).toMatchObject([
      { why: 'stop took 61 s', fix: expect.stringContaining('stop_timeout') },
      {},
    ])
  })
})
