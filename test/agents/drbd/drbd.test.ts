import { describe, expect, test } from 'vitest'
import { type BindContext, type Bound, isProblem } from '../../../src/agents/agent.ts'
import { drbd as agent } from '../../../src/agents/drbd/drbd.ts'
import { usualOperations } from '../../../src/config/operations.ts'
import type { Outcome } from '../../../src/types.ts'
import { type FakeDrbd, fakeHost } from './fakeDrbd.ts'

const context: BindContext = {
  resource: 'drbddisk::r0',
  group: 'web' as BindContext['group'],
  node: 'alpha' as BindContext['node'],
  configDir: '/etc/ha.d',
  directives: new Map(),
}
function bind(args: readonly string[] = ['r0'], more: Partial<BindContext> = {}): Bound {
  const bound = agent.bind(args, { ...context, ...more })
  if (isProblem(bound)) throw new Error(bound.problem)
  return bound
}
const whyOf = (outcome: Outcome): string => (outcome.ok ? 'it succeeded' : outcome.why)
const held = { code: 11, output: '0: State change failed: (-12) Device is held open by someone\n' }

async function started(more: Partial<FakeDrbd>) {
  const fake = fakeHost(more)
  const beganMs = fake.clock.nowMs()
  const outcome = await fake.finish(bind().start(fake.host, { holdUntilMs: undefined }))
  return { ...fake, outcome, why: whyOf(outcome), tookMs: fake.clock.nowMs() - beganMs }
}

describe('words', () => {
  test.each([
    [['-f'], '"-f" is not the name of a DRBD resource'],
    [['r0/1'], 'is not the name'],
    [['all', 'r0'], '"all" is not the name'],
    [['r0', 'r0'], 'r0 is named twice'],
  ])('%j', (args, says) => expect(agent.bind(args, context)).toMatchObject({ problem: expect.stringContaining(says) }))

  test('several resources are made primary in order, and secondary in reverse', async () => {
    const { host, runs, finish } = fakeHost()
    const bound = bind(['r0', 'r1'])
    // The fake knows one state only, of r0: r1 is never up.
    expect(whyOf(await finish(bound.start(host, { holdUntilMs: undefined })))).toContain('r1 is not up')
    expect(runs.filter(run => run.startsWith('drbdadm'))).toEqual(['drbdadm primary r0', 'drbdadm up r1'])
    runs.length = 0
    expect(await finish(bound.stop(host))).toEqual({ ok: true })
    expect(runs[0]).toBe('drbdsetup events2 --now r1')
  })

  test('without a word all resources of the configuration are meant, as with the script', async () => {
    const { host, drbd, finish } = fakeHost()
    expect(await finish(bind([]).start(host, { holdUntilMs: undefined }))).toEqual({ ok: true })
    expect(drbd.role).toBe('Primary')
  })
})

describe('start: the disk decides', () => {
  test('UpToDate is made primary', async () => {
    const { outcome, drbd } = await started({})
    expect(outcome).toEqual({ ok: true })
    expect(drbd.role).toBe('Primary')
  })

  test('what is primary is left alone', async () => {
    const { outcome, runs } = await started({ role: 'Primary', disk: 'Diskless' })
    expect(outcome).toEqual({ ok: true })
    expect(runs).toEqual(['drbdsetup events2 --now r0'])
  })

  test.each([
    ['Inconsistent', 'drbdadm connect r0'],
    ['Outdated', 'the peer has newer data'],
    ['Failed', 'drbdadm attach r0'],
  ])('%s is refused at once, and nothing is tried', async (disk, says) => {
    const { why, runs, tookMs } = await started({ disk, connection: 'Connecting' })
    expect(why).toContain(says)
    expect(why).toContain(disk)
    expect(runs).not.toContain('drbdadm primary r0')
    expect(tookMs).toBeLessThan(1_000)
  })

  test('Consistent is for DRBD and its fence-peer handler to decide', async () => {
    const { why, runs } = await started({ disk: 'Consistent', connection: 'Connecting' })
    expect(runs).toContain('drbdadm primary r0')
    expect(why).toContain('Need access to UpToDate data')
  })

  test('a resync under way is waited for, and refused when it takes too long', async () => {
    const target = { disk: 'Inconsistent', replication: 'SyncTarget', peerRole: 'Secondary' }
    const slow = await started(target)
    expect(slow.why).toContain('being made equal to its peer')
    expect(slow.tookMs).toBeGreaterThanOrEqual(10_000)
    const { host, drbd, clock, finish, changed } = fakeHost(target)
    clock.after(4_000, () => {
      drbd.disk = 'UpToDate'
      changed()
    })
    expect(await finish(bind().start(host, { holdUntilMs: undefined }))).toEqual({ ok: true })
    expect(drbd.role).toBe('Primary')
  })

  test('exit code 17 has failed at once', async () => {
    const { host, drbd, runs, finish } = fakeHost()
    drbd.answers.set('drbdadm primary', () => {
      drbd.disk = 'Outdated'
      return { code: 17, output: '0: State change failed: (-2) Need access to UpToDate data\n' }
    })
    expect(whyOf(await finish(bind().start(host, { holdUntilMs: undefined })))).toContain('the peer has newer data')
    expect(runs.filter(run => run === 'drbdadm primary r0')).toHaveLength(1)
  })

  test('a peer that has just died is primary until DRBD has missed it', async () => {
    const { host, drbd, clock, finish, changed } = fakeHost({ peerRole: 'Primary' })
    clock.after(3_200, () => {
      drbd.connection = 'Connecting'
      changed()
    })
    const beganMs = clock.nowMs()
    expect(await finish(bind().start(host, { holdUntilMs: undefined }))).toEqual({ ok: true })
    expect(clock.nowMs() - beganMs).toBeLessThan(3_500)
  })

  test('one that stays primary is waited for as long as DRBD takes to miss it, and no longer', async () => {
    const { why, tookMs } = await started({ peerRole: 'Primary' })
    expect(why).toContain('the peer is still primary of r0 after 5 s; on that node: drbdadm secondary r0')
    expect(tookMs).toBeGreaterThanOrEqual(4_500) // ping-int 2 s, ping-timeout 0.5 s, timeout 2 s
    expect(tookMs).toBeLessThan(6_000)
  })

  test('a fence-peer handler that could not tell is believed', async () => {
    const { host, drbd, runs, finish } = fakeHost({ connection: 'Connecting' })
    drbd.answers.set('drbdadm primary', () => ({
      code: 11,
      output: '0: State change failed: (-7) Refusing to be Primary while peer is not outdated\n',
    }))
    expect(whyOf(await finish(bind().start(host, { holdUntilMs: undefined })))).toContain('fence-peer handler')
    expect(runs.filter(run => run === 'drbdadm primary r0')).toHaveLength(1)
  })

  test('a drbdadm that hangs is given up with the start', async () => {
    const { host, drbd, clock, finish } = fakeHost()
    drbd.answers.set('drbdadm primary', () => 'hangs')
    const beganMs = clock.nowMs()
    const bound = bind(['r0'], { operations: { ...usualOperations, startTimeoutMs: 20_000 } })
    expect(whyOf(await finish(bound.start(host, { holdUntilMs: undefined })))).toContain('still running after')
    expect(clock.nowMs() - beganMs).toBeLessThanOrEqual(20_500)
  })
})

describe('start: a split brain', () => {
  const log = '[ 9.1] block drbd0: Split-Brain detected but unresolved, dropping connection!\n'
  test('that nobody has solved blocks it, and what to type is said', async () => {
    const { why, runs } = await started({ connection: 'StandAlone', log })
    expect(why).toContain('has a split brain')
    expect(why).toContain('drbdadm connect --discard-my-data r0')
    expect(runs).not.toContain('drbdadm primary r0')
  })
  test('that was solved does not', async () => {
    const solved = `${log}[10.0] block drbd0: Split-Brain detected, manually solved. Sync from this node\n`
    expect((await started({ connection: 'StandAlone', log: solved })).outcome).toEqual({ ok: true })
  })
  test('StandAlone by itself is none: it runs without its copy, and says so', async () => {
    const { outcome, notes } = await started({ connection: 'StandAlone' })
    expect(outcome).toEqual({ ok: true })
    expect(notes).toEqual([expect.stringContaining('runs without its copy until somebody types: drbdadm connect r0')])
  })
})

describe('start: what is not up', () => {
  test('is brought up, with its module, and its peer is waited for', async () => {
    const fake = fakeHost({ isUp: false, loaded: false, connection: 'Connecting' })
    const { host, drbd, runs, clock, finish } = fake
    clock.after(2_000, () => {
      drbd.connection = 'Connected'
    })
    expect(await finish(bind().start(host, { holdUntilMs: undefined }))).toEqual({ ok: true })
    expect(runs.filter(run => /modprobe|drbdadm/.test(run))).toEqual([
      'modprobe drbd',
      'drbdadm up r0',
      'drbdadm primary r0',
    ])
    expect(clock.nowMs()).toBeGreaterThanOrEqual(1_002_000)
  })

  test('waits for its peer no longer than connect_wait', async () => {
    const { outcome, tookMs } = await started({ isUp: false, connection: 'Connecting' })
    expect(outcome).toEqual({ ok: true })
    expect(tookMs).toBeGreaterThanOrEqual(5_000)
    expect(tookMs).toBeLessThan(6_000)
  })

  test('has no module: said', async () => {
    const { host, drbd, finish } = fakeHost({ loaded: false })
    drbd.answers.set('modprobe drbd', () => ({ code: 1, output: 'modprobe: FATAL: Module drbd not found\n' }))
    expect(whyOf(await finish(bind().start(host, { holdUntilMs: undefined })))).toMatch(
      /the kernel module drbd cannot be loaded: .*Module drbd not found.*drbd-dkms/,
    )
  })

  test.each([
    [1, "'r0' not defined in your config (for this host).", 'there is no resource r0 for this host in /etc/drbd.d'],
    [1, 'no resources defined!', 'there is no resource r0'],
    [10, 'drbd.d/r0.res:1: Parse error: ..', 'drbdadm dump shows what it reads'],
    [1, 'No valid meta data found', 'drbdadm create-md r0'],
  ])('cannot be brought up: %i %s', async (code, output, says) => {
    const { host, drbd, finish } = fakeHost({ isUp: false })
    drbd.answers.set('drbdadm up', () => ({ code, output: `${output}\n` }))
    const why = whyOf(await finish(bind().start(host, { holdUntilMs: undefined })))
    expect(why).toContain(output)
    expect(why).toContain(says)
  })

  test('a disk that was detached is attached', async () => {
    const { outcome, runs } = await started({ disk: 'Diskless' })
    expect(outcome).toEqual({ ok: true })
    expect(runs).toContain('drbdadm attach r0')
  })
})

describe('stop', () => {
  test('what is not up, or not primary, is stopped', async () => {
    for (const more of [{ isUp: false }, { loaded: false }, {}]) {
      const { host, runs, finish } = fakeHost(more)
      expect(await finish(bind().stop(host))).toEqual({ ok: true })
      expect(runs).not.toContain('drbdadm secondary r0')
    }
  })

  test('who holds it open is named, after it was tried for a while', async () => {
    const { host, drbd, runs, finish } = fakeHost({ role: 'Primary' })
    drbd.answers.set('drbdadm secondary', () => held)
    drbd.answers.set('perl', () => ({ code: 0, output: 'mount /my\\040data\nprogram dd\\040(12)\nabove dm-0\nend\n' }))
    expect(whyOf(await finish(bind().stop(host)))).toBe(
      'r0 stays primary: its device is held open by the mount on /my data, dd (12), /dev/dm-0, which stands on it',
    )
    expect(runs.filter(run => run === 'drbdadm secondary r0').length).toBeGreaterThan(10)
  })

  test('a holder that goes in time is no failure', async () => {
    const { host, drbd, clock, finish } = fakeHost({ role: 'Primary' })
    drbd.answers.set('drbdadm secondary', () => held)
    clock.after(3_000, () => {
      drbd.answers.clear()
    })
    expect(await finish(bind().stop(host))).toEqual({ ok: true })
    expect(drbd.role).toBe('Secondary')
  })

  test('a state that cannot be told, and a drbdadm that hangs, are failures', async () => {
    const { host, drbd, finish } = fakeHost({ role: 'Primary' })
    drbd.answers.set('drbdadm secondary', () => 'hangs')
    expect(whyOf(await finish(bind().stop(host)))).toContain('drbdadm secondary r0: still running after 10 s, killed')
    drbd.answers.set('drbdsetup events2', () => 'hangs')
    expect(whyOf(await finish(bind().stop(host)))).toMatch(
      /cannot be told .*nor can it be made secondary: .*still running/,
    )
    drbd.answers.delete('drbdadm secondary')
    expect(await finish(bind().stop(host))).toEqual({ ok: true })
    expect(drbd.role).toBe('Secondary')
  })
})

describe('monitor', () => {
  const seen = async (more: Partial<FakeDrbd>) => {
    const { host, finish } = fakeHost(more)
    return finish(bind().monitor(host))
  }
  test('is role and disk as they are', async () => {
    expect(await seen({ role: 'Primary' })).toEqual({ status: 'running' })
    expect(await seen({})).toEqual({ status: 'stopped', why: 'r0 is Secondary here' })
    expect(await seen({ isUp: false })).toEqual({ status: 'stopped', why: 'r0 is not up' })
    expect(await seen({ loaded: false })).toEqual({ status: 'stopped' })
  })
  test('a lost disk is an ailment only where the peer is better', async () => {
    const lost = { role: 'Primary', disk: 'Diskless' }
    expect(await seen(lost)).toMatchObject({ status: 'unknown', why: expect.stringContaining('has failed here') })
    const stays = { status: 'running', why: expect.stringContaining('it stays here') }
    expect(await seen({ ...lost, peerDisk: 'Inconsistent' })).toEqual(stays)
    expect(await seen({ ...lost, connection: 'Connecting' })).toEqual(stays)
  })
  test('a drbdsetup that hangs tells nothing', async () => {
    const { host, drbd, finish } = fakeHost({ role: 'Primary' })
    drbd.answers.set('drbdsetup events2', () => 'hangs')
    expect(await finish(bind().monitor(host))).toMatchObject({ status: 'unknown' })
    drbd.told = { role: 'Secondary' }
    expect(await finish(bind().monitor(host))).toMatchObject({ status: 'unknown' })
  })
  test('what its events say counts while drbdsetup hangs: status tells that, and nothing is stopped', async () => {
    const { host, drbd, clock, runs, finish } = fakeHost({ role: 'Primary', told: {} })
    const bound = bind()
    drbd.answers.set('drbdsetup events2', () => 'hangs')
    const running = { status: 'running' }
    expect(await finish(bound.monitor(host))).toEqual(running)
    expect(bound.troubles!()).toEqual([
      {
        level: 'error',
        code: 'DRBD',
        text: 'what DRBD does with r0 cannot be asked (drbdsetup events2 --now r0: still running after 10 s, killed): it goes on, and what is shown of it is what was told last',
        fix: expect.stringContaining('dmesg | grep drbd'),
      },
    ])
    // Not one more that hangs at each look.
    expect(await finish(bound.monitor(host))).toEqual(running)
    expect(runs).toHaveLength(1)
    await clock.advance(30_000)
    expect(await finish(bound.monitor(host))).toEqual(running)
    expect(runs).toHaveLength(2)
    expect(bound.troubles!()).toHaveLength(1)
    drbd.told = { disk: 'Failed' }
    expect(await finish(bound.monitor(host))).toMatchObject({
      status: 'unknown',
      why: expect.stringContaining('has failed'),
    })
    drbd.answers.clear()
    await clock.advance(30_000)
    expect(await finish(bound.monitor(host))).toEqual(running)
    expect(bound.troubles!()).toEqual([])
  })
})

describe('where it does not run', () => {
  const prepared = async (more: Partial<FakeDrbd>) => {
    const fake = fakeHost(more)
    return { ...fake, outcome: await fake.finish(bind().prepare!(fake.host)) }
  }
  test('it is brought up too, so that its copy is written, and not made primary', async () => {
    const { outcome, runs, drbd } = await prepared({ isUp: false, loaded: false, connection: 'Connecting' })
    expect(outcome).toEqual({ ok: true })
    expect(runs.filter(run => /modprobe|drbdadm/.test(run))).toEqual(['modprobe drbd', 'drbdadm up r0'])
    expect(drbd.role).toBe('Secondary')
  })
  test('what is up is left as it is, a disk that somebody detached too', async () => {
    for (const more of [{}, { role: 'Primary' }, { disk: 'Diskless' }, { connection: 'StandAlone' }]) {
      const { outcome, runs } = await prepared(more)
      expect(outcome).toEqual({ ok: true })
      expect(runs).toEqual(['drbdsetup events2 --now r0'])
    }
  })
  test('what hinders it is said', async () => {
    const { host, drbd, finish } = fakeHost({ isUp: false })
    drbd.answers.set('drbdadm up', () => ({ code: 1, output: 'No valid meta data found\n' }))
    expect(whyOf(await finish(bind().prepare!(host)))).toContain('drbdadm create-md r0')
  })
})

describe('ready, where it does not run', () => {
  const ready = async (more: Partial<FakeDrbd>, args = ['r0'], before = (_drbd: FakeDrbd) => {}) => {
    const { host, drbd, runs, finish } = fakeHost(more)
    before(drbd)
    const found = await finish(bind(args).ready!(host))
    return { found: found.map(({ level, text }) => `${level}: ${text}`), runs }
  }
  test('is what its events say, and no program is run for it', async () => {
    expect(await ready({ told: { peerRole: 'Primary' } })).toEqual({ found: [], runs: [] })
  })
  test.each<[Partial<FakeDrbd>, string]>([
    [{ disk: 'Inconsistent', connection: 'Connecting' }, 'error: r0 is Inconsistent here'],
    [{ disk: 'Outdated', connection: 'Connecting' }, 'error: r0 is Outdated here: the peer has newer data'],
    [{ disk: 'Diskless' }, 'error: r0 has no disk here (Diskless)'],
    [
      { disk: 'Inconsistent', replication: 'SyncTarget' },
      'warning: r0 is Inconsistent and being made equal to its peer',
    ],
    [{ connection: 'Connecting' }, 'warning: r0 is not connected (Connecting)'],
    [{ connection: 'StandAlone' }, 'warning: r0 is not connected (StandAlone)'],
  ])('%j', async (told, says) => {
    const { found, runs } = await ready({ told })
    expect(found).toEqual([expect.stringContaining(says)])
    expect(runs).toEqual([])
  })
  test('a split brain, as DRBD has told it', async () => {
    const { host, runs, finish } = fakeHost({ told: { connection: 'StandAlone' } })
    const states = host.drbd.states()
    const split = new Map([...states].map(([name, state]) => [name, { ...state, splitBrain: true }]))
    const drbd = { ...host.drbd, following: true, states: () => split }
    const [first] = await finish(bind().ready!({ ...host, drbd }))
    expect(first).toMatchObject({ level: 'error', text: expect.stringContaining('r0 has a split brain') })
    expect(runs).toEqual([])
  })
  test('what is not up is looked for in the configuration', async () => {
    const down = await ready({ isUp: false })
    expect(down.found).toEqual(['warning: r0 is not up here: nothing is written to its copy; type here: drbdadm up r0'])
    const unknown = await ready({ isUp: false }, ['r0'], drbd => {
      drbd.answers.set('drbdadm sh-dev', () => ({
        code: 1,
        output: "'r0' not defined in your config (for this host).\n",
      }))
    })
    expect(unknown.found).toEqual([expect.stringMatching(/^error: .*there is no resource r0 for this host/)])
    expect((await ready({ told: {} }, [])).runs).toEqual(['drbdadm sh-resources'])
  })
  test('the module, where nobody has loaded it', async () => {
    const ok = { code: 0, output: '' }
    const fine = await ready({ loaded: false, isUp: false }, ['r0'], drbd => drbd.answers.set('modprobe -n', () => ok))
    expect(fine.found[0]).toBe('warning: the kernel module drbd is not loaded; a start loads it')
    const none = await ready({ loaded: false }, ['r0'], drbd =>
      drbd.answers.set('modprobe -n', () => ({ code: 1, output: 'modprobe: FATAL: Module drbd not found\n' })),
    )
    expect(none.found).toEqual([expect.stringMatching(/^error: the kernel module drbd cannot be loaded: .*not found/)])
  })
  test('where nothing follows its events it is asked, once', async () => {
    const { host, drbd, runs, finish } = fakeHost({ disk: 'Outdated', connection: 'Connecting' })
    const blind = { ...host, drbd: { ...host.drbd, following: false } }
    expect(await finish(bind().ready!(blind))).toMatchObject([{ level: 'error' }])
    expect(runs).toEqual(['drbdsetup events2 --now r0'])
    drbd.answers.set('drbdsetup events2', () => 'hangs')
    expect(await finish(bind().ready!(blind))).toMatchObject([
      { level: 'warning', text: expect.stringContaining('cannot be told') },
    ])
  })
})

test('advice is about the resources that are meant, by the deadtime of the files', async () => {
  const { host, drbd, finish } = fakeHost()
  const block = (name: string) => `resource ${name} {\n    net {\n        protocol           A;\n    }\n}\n`
  drbd.answers.set('drbdadm dump', () => ({ code: 0, output: `${block('r0')}${block('r1')}` }))
  const told = await finish(bind(['r1'], { directives: new Map([['deadtime', '20']]) }).advice!(host))
  expect(told).toMatchObject([{ text: expect.stringContaining('r1 has protocol A') }])
  expect(await finish(bind([], { directives: new Map([['deadtime', '10']]) }).advice!(host))).toHaveLength(4)
  drbd.answers.set('drbdadm dump', () => ({ code: 10, output: 'r0.res:7: Parse error: ..\n' }))
  expect(await finish(bind().advice!(host))).toMatchObject([
    { level: 'error', text: expect.stringContaining('Parse error') },
  ])
})

describe('outdate', () => {
  const tried = async (more: Partial<FakeDrbd>, does: (drbd: FakeDrbd) => number) => {
    const { host, drbd, finish } = fakeHost({ connection: 'Connecting', ...more })
    drbd.answers.set('drbdadm outdate', () => ({ code: does(drbd), output: '' }))
    return whyOf(await finish(bind().outdate!(host, 'r0')))
  }
  test('is believed by the disk, not by the exit code', async () => {
    expect(
      await tried({}, drbd => {
        drbd.disk = 'Outdated'
        return 0
      }),
    ).toBe('it succeeded')
    expect(await tried({}, () => 0)).toBe('drbdadm outdate r0 said nothing, but it is UpToDate')
    expect(await tried({}, () => 17)).toContain('exit code 17')
    expect(await tried({ disk: 'Inconsistent' }, () => 0)).toBe('it succeeded')
  })
  test('of what is not up is believed by its meta data', async () => {
    const says = async (code: number, output: string) => {
      const { host, drbd, finish } = fakeHost({ isUp: false })
      drbd.answers.set('drbdadm outdate', () => ({ code: 0, output: '' }))
      drbd.answers.set('drbdadm dstate', () => ({ code, output }))
      return whyOf(await finish(bind().outdate!(host, 'r0')))
    }
    expect(await says(0, 'Outdated/DUnknown\n')).toBe('it succeeded')
    expect(await says(0, 'Consistent\n')).toBe('drbdadm outdate r0 said nothing, but it is Consistent')
    expect(await says(1, 'No valid meta data found\n')).toContain('has no meta data')
  })
})
