/** Scripts that fail, hang or lie, and a disk that is full: what stays up, what is said, and how it gets well again. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { signal } from '../../bench/shell.ts'
import {
  behave,
  calls,
  clean,
  ended,
  forgetCalls,
  group,
  quickPair as haCf,
  logMark,
  misbehave,
  type NodeLab,
  openNodes,
  peer,
  pidOf,
  runIn,
  runs,
  serves,
  sleep,
  startDaemon,
  startNodes,
  status,
  type TestNode,
  type,
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
beforeEach(() => clean(lab))

const startBoth = (haresources: string, fits = well): Promise<void> =>
  startNodes(lab, [alpha, beta], { haCf, haresources }, fits)

describe('a start that fails', () => {
  test('is undone in reverse, the other node takes the group, and it stays there', async () => {
    misbehave(alpha, 'extra.start-fails')
    await startBoth('alpha svc::web svc::db svc::extra\n', runs('svc::web', 'beta'))
    const there = ['start web', 'start db', 'start extra']
    expect(calls(alpha)).toEqual([...there, 'stop extra', 'stop db', 'stop web'])
    const seen = (await status(alpha))!
    expect(seen.headline).toBe('DEGRADED: svc::web runs, but no other node could take it')
    expect(group(seen, 'svc::web')).toMatchObject({
      state: 'alone',
      failedOn: ['alpha'],
      because: 'alpha failed to start it',
      fix: 'mend the cause, then type on alpha: tandem clear svc::web',
      ifDies: 'if beta dies now: svc::web would NOT start elsewhere (alpha failed to run it)',
    })
    expect(group(seen, 'svc::web').why).toContain('exit code 1, it said: no luck with extra')
    await sleep(1_000)
    expect([calls(alpha).length, calls(beta)]).toEqual([6, there])

    misbehave(beta, 'web.start-fails') // nobody can run it now
    forgetCalls(beta)
    const again = await type(alpha, 'takeover')
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('svc::web failed to start here') })
    const down = await untilStatus(beta, 'failed on both', one => {
      const { state, failedOn } = group(one, 'svc::web')
      return state === 'failed' && failedOn.length === 2
    })
    expect(group(down, 'svc::web').failedOn).toEqual(['alpha', 'beta'])
    expect(group(down, 'svc::web').fix).toContain('type on alpha and on beta: tandem clear svc::web')
    behave(beta, 'web.start-fails')
    expect(await type(beta, 'clear')).toMatchObject({ code: 0, out: expect.stringContaining('svc::web cleared') })
    await untilStatus(alpha, 'web on beta', runs('svc::web', 'beta'))
    behave(alpha, 'extra.start-fails')
    expect((await type(alpha, 'clear', 'svc::web')).code).toBe(0)
    await untilStatus(beta, 'all well', well)
  })
})

describe('a stop that fails', () => {
  test('blocks the group: it starts nowhere, status says what to type, and clear mends it', async () => {
    await startBoth('alpha svc::web svc::db\nbeta svc::extra\n')
    misbehave(alpha, 'web.stop-fails')
    const refused = await type(beta, 'takeover', '--timeout', '10')
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('svc::web is blocked, a stop failed on alpha')
    expect(calls(alpha)).toEqual(['start web', 'start db', 'stop db', 'stop web', 'stop web'])
    for (const node of [alpha, beta]) {
      const seen = await untilStatus(node, 'blocked', one => group(one, 'svc::web').state === 'blocked')
      expect(seen).toMatchObject({ state: 'down', headline: 'DOWN: svc::web is blocked' })
      expect(group(seen, 'svc::web').fix).toBe(
        'see that it is stopped on alpha, then type there: tandem clear svc::web',
      )
      expect(group(seen, 'svc::web').ifDies).toContain('would NOT start elsewhere (a stop failed on alpha)')
      expect(group(seen, 'svc::extra').state).toBe('running')
    }
    expect(await type(beta, 'takeover')).toMatchObject({
      code: 4,
      err: expect.stringContaining('a stop failed on alpha'),
    })
    expect((await type(alpha, 'clear')).code).toBe(1) // nothing was mended
    await sleep(500)
    expect([serves(beta, 'web'), serves(beta, 'db')]).toEqual([false, false])
    behave(alpha, 'web.stop-fails')
    expect(await type(alpha, 'clear', 'svc::web')).toMatchObject({ code: 0, err: '' })
    await untilStatus(beta, 'web on beta', runs('svc::web', 'beta'))
  })
})

describe('a stop that fails at shutdown', () => {
  test('the daemon ends, and the others know that the group may still run there', async () => {
    await startBoth('alpha svc::web\nalpha svc::extra\n')
    misbehave(alpha, 'web.stop-fails')
    const daemon = alpha.daemon!
    signal(pidOf(alpha, 'tandemd')!, 'SIGTERM')
    expect(await ended(daemon)).toBe(0)
    const seen = await untilStatus(beta, 'alpha dead', one => peer(one, 'alpha').state === 'dead')
    await untilStatus(beta, 'the other group', runs('svc::extra', 'beta'))
    await sleep(1_000)
    expect(serves(beta, 'web')).toBe(false)
    expect(peer(seen, 'alpha').leaving).toBe(false)
    const after = (await status(beta))!
    expect(after.headline).toBe('DOWN: svc::web is stopped')
    expect(group(after, 'svc::web').why).toBe(
      'a stop failed on alpha: it may still run there; see that it does not, then type here: tandem clear svc::web',
    )
    expect(await type(beta, 'clear', 'svc::web')).toMatchObject({ code: 0 })
    await untilStatus(beta, 'web on beta', runs('svc::web', 'beta'))
  })
})

describe('a script that hangs', () => {
  test('is named, holds up its own group only, and lets nobody think that standby is done', async () => {
    misbehave(alpha, 'db.start-hangs')
    const starting = (seen: Parameters<typeof well>[0]): boolean => group(seen, 'svc::web').state === 'starting'
    await startBoth('alpha svc::web svc::db\nalpha svc::extra\n', starting)
    const since = logMark(beta)
    const seen = await untilStatus(alpha, 'the other group', runs('svc::extra', 'alpha'))
    expect(group(seen, 'svc::web').resources).toEqual([
      { name: 'svc::web', state: 'running' },
      { name: 'svc::db', state: 'starting' },
    ])
    expect(await type(alpha, 'standby', '--timeout', '1.5')).toMatchObject({
      code: 5,
      out: expect.stringContaining('svc::extra goes to beta'),
    })
    await untilStatus(beta, 'extra on beta', runs('svc::extra', 'beta'))
    await sleep(1_500)
    expect(since()).not.toMatch(/dead|Late/)
    expect(group((await status(beta))!, 'svc::web')).toMatchObject({ state: 'starting', on: ['alpha'] })
    expect(serves(beta, 'web')).toBe(false)
  })
})

describe('a script that lies', () => {
  test('is believed, as Heartbeat did, until the manager looks again', async () => {
    misbehave(alpha, 'web.lies')
    await startBoth('alpha svc::web\n')
    expect([calls(alpha), serves(alpha, 'web')]).toEqual([['start web'], false])
    behave(alpha, 'web.lies')
    signal(pidOf(alpha, 'tandemd')!, 'SIGKILL')
    await ended(alpha.daemon!)
    startDaemon(lab, alpha)
    await untilStatus(alpha, 'web running', seen => well(seen) && serves(alpha, 'web'))
    expect(calls(beta)).toEqual([])
  })
})

describe('a state folder that is full', () => {
  const fill = (node: TestNode) =>
    runIn(node.host, ['sh', '-c', `dd if=/dev/zero of=${node.stateDir}/ballast bs=4096 2>&1; true`])

  test('costs no service; the node takes nothing, says so to both, and gets well by itself', async () => {
    await runIn(alpha.host, ['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', alpha.stateDir])
    // Gone with the folder that `clean` makes anew.
    await startBoth('alpha svc::web\nbeta svc::db\n')
    await fill(alpha)
    signal(pidOf(alpha, 'tandemd')!, 'SIGKILL')
    await ended(alpha.daemon!)
    startDaemon(lab, alpha)
    const sick = await untilStatus(alpha, 'sick', seen => peer(seen, 'alpha').state === 'sick')
    expect(peer(sick, 'alpha').why).toMatch(/state folder cannot be written \(ENOSPC.*takes nothing over/)
    expect(sick.headline).toBe('DEGRADED: alpha is sick')
    const told = await untilStatus(beta, 'alpha sick', seen => peer(seen, 'alpha').state === 'sick')
    expect(peer(told, 'alpha').why).toBe('cannot write its state folder: takes nothing over')
    expect(group(told, 'svc::db').ifDies).toContain('would NOT start elsewhere (alpha cannot write its state folder)')
    expect(await type(alpha, 'takeover')).toMatchObject({
      code: 4,
      err: expect.stringContaining('the state folder of this node cannot be written'),
    })
    expect(await type(beta, 'standby')).toMatchObject({ code: 4, err: expect.stringContaining('alpha cannot write') })
    expect(calls(alpha)).toEqual(['start web'])

    await runIn(alpha.host, ['rm', `${alpha.stateDir}/ballast`])
    await untilStatus(beta, 'all well', well, 10_000)
    expect(await type(alpha, 'takeover')).toMatchObject({ code: 0, err: '' })
    expect(calls(alpha)).toEqual(['start web', 'start db'])
  })
})
