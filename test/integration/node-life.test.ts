/** A cluster of two from its first start to its last: who runs what, and what the commands answer. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { signal, wake } from '../../bench/shell.ts'
import {
  calls,
  clean,
  configure,
  ended,
  forgetCalls,
  group,
  quickPair as haCf,
  impatient,
  log,
  logMark,
  misbehave,
  type NodeLab,
  openNodes,
  peer,
  pidOf,
  powerLoss,
  powerOn,
  runs,
  serves,
  sleep,
  startDaemon,
  status,
  type TestNode,
  type,
  until,
  untilStatus,
  well,
} from './nodeLab.ts'

let lab: NodeLab
let alpha: TestNode
let beta: TestNode

beforeAll(async () => {
  lab = await openNodes()
  alpha = lab.node('alpha')
  beta = lab.node('beta')
})
afterAll(() => lab?.close())
beforeEach(async () => {
  await clean(lab)
  for (const node of [alpha, beta]) configure(node, { haCf, haresources: 'alpha svc::web\nbeta svc::db\n' })
})

async function startBoth(): Promise<void> {
  for (const node of [alpha, beta]) startDaemon(lab, node)
  for (const node of [alpha, beta]) await untilStatus(node, 'all well', well)
}

describe('a cold start', () => {
  test('of both: each runs what is at home there, and says so', async () => {
    await startBoth()
    const seen = (await status(beta))!
    expect(group(seen, 'svc::web')).toMatchObject({ home: 'alpha', owner: 'alpha', state: 'running', on: ['alpha'] })
    expect(group(seen, 'svc::db')).toMatchObject({ home: 'beta', owner: 'beta', state: 'running', on: ['beta'] })
    expect([calls(alpha), calls(beta)]).toEqual([['start web'], ['start db']])
    expect(seen).toMatchObject({
      schema: 'tandem/status/v1',
      node: 'beta',
      state: 'ok',
      headline: 'all well',
      autoFailback: false,
      timing: { keepaliveS: 0.1, warntimeS: 0.7, deadtimeS: 1.5, initdeadS: 8 },
      lease: { seconds: 0 },
      beat: { state: 'up', pid: expect.any(Number), realtime: expect.any(Boolean), refused: {} },
    })
    expect(peer(seen, 'alpha')).toMatchObject({
      state: 'up',
      here: false,
      generation: 1,
      links: [{ name: 'bcast eth0', state: 'up', received: expect.any(Number) }],
    })
    expect(group(seen, 'svc::web').ifDies).toBe('if alpha dies now: svc::web starts on beta about 1.5 s later')
    const { code, out } = await type(alpha, 'status', '--json')
    expect(code).toBe(0)
    expect(Object.keys(JSON.parse(out)).sort()).toEqual(Object.keys(seen).sort())
  })

  test('of one: the daemon that is not there is code 3, waiting is code 6, and after initdead it takes all', async () => {
    for (const node of [alpha, beta]) configure(node, { haCf: impatient(haCf) })
    expect((await type(alpha, 'status')).code).toBe(3)
    startDaemon(lab, alpha)
    const waiting = await untilStatus(
      alpha,
      'an answer',
      seen => seen.beat.state === 'up' && seen.groups.every(one => one.on.length === 0),
    )
    expect(waiting.headline).toBe('DOWN: svc::web is stopped')
    expect(group(waiting, 'svc::web').why).toMatch(/^waits for beta, not heard yet; .* after initdead \(2 s\)$/)
    expect(group(waiting, 'svc::db').why).toMatch(
      /^waits for its owner beta, not heard yet; .* after initdead \(2 s\)$/,
    )
    expect((await type(alpha, 'status')).code).toBe(6)
    const alone = await untilStatus(
      alpha,
      'alpha with both',
      both => runs('svc::web', 'alpha')(both) && runs('svc::db', 'alpha')(both),
    )
    expect(group(alone, 'svc::db')).toMatchObject({ state: 'alone', because: 'taken over when beta died' })
    expect(group(alone, 'svc::db').why).toBe('no other node could take it: beta is dead')
    expect(log(alpha)).toContain('WARN: node beta: is dead (never seen')

    startDaemon(lab, beta) // auto_failback off: it finds its group elsewhere and leaves it there
    await untilStatus(beta, 'all well', well)
    await sleep(500)
    expect([serves(alpha, 'db'), calls(beta)]).toEqual([true, []])
  })
})

describe('orders', () => {
  test('takeover, standby over a restart, unstandby, give-away, failback', async () => {
    await startBoth()
    const { code, out } = await type(beta, 'takeover', '--dry-run')
    expect([code, out.split('\n')]).toEqual([
      0,
      [
        'svc::web goes from alpha to beta: takeover ordered on beta',
        '  alpha stops svc::web',
        '  beta starts svc::web',
        'nothing has been changed',
        '',
      ],
    ])
    expect([serves(alpha, 'web'), serves(beta, 'web')]).toEqual([true, false])
    const taken = await type(beta, 'takeover')
    expect(taken).toMatchObject({ code: 0, err: '' })
    expect(taken.out).toMatch(/group svc::web active on beta after [\d.]+ m?s/)
    expect([calls(alpha), calls(beta)]).toEqual([
      ['start web', 'stop web'],
      ['start db', 'start web'],
    ])

    expect(await type(beta, 'standby')).toMatchObject({
      code: 0,
      out: expect.stringContaining('svc::db active on alpha'),
    })
    expect(await type(alpha, 'standby')).toEqual({
      code: 4,
      out: '',
      err: 'tandem: no other node can take svc::web: beta is in standby\n',
    })
    expect(await type(alpha, 'status')).toMatchObject({
      code: 6,
      out: expect.stringContaining('DEGRADED: beta is in standby'),
    })
    const daemon = beta.daemon!
    signal(pidOf(beta, 'tandemd')!, 'SIGTERM')
    expect(await ended(daemon)).toBe(0)
    startDaemon(lab, beta)
    const again = await untilStatus(beta, 'alpha up', seen => peer(seen, 'alpha').state === 'up')
    expect(peer(again, 'beta').standby).toBe(true)

    expect(await type(beta, 'unstandby')).toEqual({ code: 0, out: 'beta takes part again\n', err: '' })
    await untilStatus(alpha, 'all well', well)
    expect(await type(alpha, 'standby', 'foreign')).toMatchObject({ code: 0, err: '' })
    expect((await untilStatus(alpha, 'db on beta', runs('svc::db', 'beta'))).state).toBe('ok')
    expect(serves(alpha, 'web')).toBe(true)

    expect(await type(beta, 'takeover', 'foreign')).toMatchObject({ code: 0, err: '' })
    expect(serves(beta, 'web')).toBe(true)
    expect(await type(alpha, 'takeover', 'failback')).toMatchObject({ code: 0, err: '' })
    const home = await untilStatus(
      alpha,
      'all at home',
      seen => runs('svc::web', 'alpha')(seen) && runs('svc::db', 'beta')(seen),
    )
    expect(group(home, 'svc::web')).toMatchObject({ by: 'policy', because: 'failback ordered: alpha is its home' })
  })

  test('what takes too long is code 5 and goes on; --no-wait is back at once', async () => {
    await startBoth()
    misbehave(alpha, 'db.start-hangs')
    const late = await type(alpha, 'takeover', '--timeout', '0.5')
    expect(late.code).toBe(5)
    expect(late.err).toContain('still in progress after 0.5 s')
    expect(await type(beta, 'standby', '--no-wait')).toMatchObject({ code: 0, out: expect.stringContaining('ordered') })
    await untilStatus(alpha, 'starting', seen => group(seen, 'svc::db').state === 'starting')
  })

  test('a group that nobody knows is refused by name', async () => {
    await startBoth()
    expect(await type(alpha, 'clear', 'web')).toMatchObject({
      code: 4,
      err: expect.stringContaining('svc::web, svc::db'),
    })
  })
})

describe('auto_failback on', () => {
  test('a home that is back gets its group again, once it has been up for a deadtime', async () => {
    for (const node of [alpha, beta]) configure(node, { haCf: haCf.replace('failback off', 'failback on') })
    await startBoth()
    await powerLoss(lab, alpha)
    await untilStatus(beta, 'web on beta', runs('svc::web', 'beta'))
    await powerOn(alpha)
    await lab.heal('alpha')
    startDaemon(lab, alpha)
    const home = await untilStatus(beta, 'web at home', runs('svc::web', 'alpha'))
    expect(group(home, 'svc::web').because).toBe('auto_failback: alpha is its home and came back')
    expect(calls(beta)).toEqual(['start db', 'start web', 'stop web'])
    expect(calls(alpha)).toEqual(['start web', 'start web'])
  })
})

describe('a process that dies', () => {
  test('the manager, by kill -9: its restart touches no resource and no other node notices', async () => {
    await startBoth()
    const before = (await status(alpha))!
    forgetCalls(alpha)
    const since = logMark(beta)
    signal(pidOf(alpha, 'tandemd')!, 'SIGKILL')
    await ended(alpha.daemon!)
    await sleep(500)
    startDaemon(lab, alpha)
    const after = await untilStatus(alpha, 'all well', well)
    expect(after.beat.pid).toBe(before.beat.pid)
    await sleep(1_000)
    expect(calls(alpha)).toEqual([])
    expect(since()).not.toMatch(/dead|restart|goes to/)
    expect(group((await status(alpha))!, 'svc::web').epoch).toEqual(group(before, 'svc::web').epoch)
  })

  test('the beat, by kill -9: the manager starts another and nothing moves', async () => {
    await startBoth()
    const old = pidOf(alpha, 'beat')!
    const since = logMark(beta)
    signal(old, 'SIGKILL')
    await until('another beat', 5_000, () => ![undefined, old].includes(pidOf(alpha, 'beat')))
    const after = await untilStatus(beta, 'the new generation', seen => peer(seen, 'alpha').generation === 2)
    expect(after.state).toBe('ok')
    await sleep(500)
    expect([calls(alpha), calls(beta)]).toEqual([['start web'], ['start db']])
    expect(since()).toContain('Heartbeat restart on node alpha (generation 2)')
    expect(since()).not.toMatch(/is dead|goes to/)
  })

  test('the manager, frozen: its node is sick and keeps what it has, until it moves again', async () => {
    await startBoth()
    const manager = pidOf(alpha, 'tandemd')!
    signal(manager, 'SIGSTOP')
    const sick = await untilStatus(beta, 'sick', seen => peer(seen, 'alpha').state === 'sick').finally(() =>
      wake(manager),
    )
    expect(peer(sick, 'alpha').why).toBe('its heartbeat comes, but its manager does not move')
    expect(group(sick, 'svc::db').ifDies).toContain(
      'would NOT start elsewhere (alpha is sick: its manager does not answer)',
    )
    await untilStatus(beta, 'all well', well)
    await untilStatus(alpha, 'all well', well)
    expect([calls(alpha), calls(beta)]).toEqual([['start web'], ['start db']])
  })

  test('the reader of its output: the daemon goes on', async () => {
    for (const node of [alpha, beta]) startDaemon(lab, node, { reader: 'head -n 1' })
    for (const node of [alpha, beta]) await untilStatus(node, 'all well', well)
    expect((await type(alpha, 'takeover')).code).toBe(0)
    expect((await type(alpha, 'status')).code).toBe(0)
  })

  test('SIGTERM: hands over at once, says good-bye, and ends both processes', async () => {
    await startBoth()
    const daemon = alpha.daemon!
    const since = logMark(beta)
    signal(pidOf(alpha, 'tandemd')!, 'SIGTERM')
    expect(await ended(daemon)).toBe(0)
    const seen = await untilStatus(beta, 'web on beta', runs('svc::web', 'beta'))
    expect(since()).toContain("info: Received shutdown notice from 'alpha'.")
    expect(since()).not.toContain('node alpha: is dead')
    expect(peer(seen, 'alpha')).toMatchObject({ state: 'dead', leaving: false, links: [] })
    expect(seen.headline).toBe('DEGRADED: alpha is shut down')
    expect(group(seen, 'svc::web').because).toBe('handed over when alpha was shut down')
    expect(log(alpha)).toContain('info: All HA resources relinquished.')
    expect(log(alpha)).toContain('info: alpha Heartbeat shutdown complete.')
    await until('the end of the beat', 2_000, () => pidOf(alpha, 'beat') === undefined)
  })
})
