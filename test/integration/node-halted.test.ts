/** A group that an operator has stopped, on real nodes: it stays down whoever dies or is restarted, until it is let go. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  calls,
  clean,
  configure,
  forgetCalls,
  group,
  impatient,
  killAll,
  type NodeLab,
  openNodes,
  pidOf,
  quickPair,
  runs,
  serves,
  startDaemon,
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
beforeEach(async () => {
  await clean(lab)
  for (const node of [alpha, beta])
    configure(node, { haCf: impatient(quickPair), haresources: 'alpha svc::web\nbeta svc::db\n' })
  for (const node of [alpha, beta]) startDaemon(lab, node)
  for (const node of [alpha, beta]) await untilStatus(node, 'all well', well)
})

const halted = (name: string) => (status: Parameters<typeof group>[0]) => group(status, name).state === 'halted'

test('stopped on either node; neither a take-over nor a restart of the daemons starts it; started on either node', async () => {
  const planned = await type(beta, 'stop', 'svc::web', '--dry-run')
  expect(planned).toMatchObject({ code: 0 })
  expect(planned.out).toContain('alpha stops svc::web')
  expect(serves(alpha, 'web')).toBe(true)

  const stopped = await type(beta, 'stop', 'svc::web', '--reason', 'new schema')
  expect(stopped).toMatchObject({ code: 0 })
  expect(stopped.out).toContain(
    'svc::web is stopped everywhere, and belongs to alpha; to start it: tandem start svc::web',
  )
  expect(serves(alpha, 'web')).toBe(false)
  const told = await untilStatus(beta, 'halted', halted('svc::web'))
  expect(told.state).toBe('degraded')
  expect(group(told, 'svc::web')).toMatchObject({
    on: [],
    why: expect.stringMatching(/^svc::web was stopped by an operator \(\S+, \d{4}-\d\d-\d\d \d\d:\d\d: new schema\)$/),
    fix: 'to start it, type: tandem start svc::web',
    ifDies: 'svc::web starts nowhere before somebody types: tandem start svc::web',
  })

  const taken = await type(beta, 'takeover', 'all')
  expect(taken).toMatchObject({ code: 0 })
  expect(taken.out).toContain('svc::web is stopped everywhere, and belongs to beta')

  for (const node of [alpha, beta]) await killAll(node)
  for (const node of [alpha, beta]) forgetCalls(node)
  for (const node of [alpha, beta]) startDaemon(lab, node)
  for (const node of [alpha, beta]) await untilStatus(node, 'db runs', runs('svc::db', 'beta'))
  for (const node of [alpha, beta]) await untilStatus(node, 'still halted', halted('svc::web'))
  expect([...calls(alpha), ...calls(beta)]).not.toContain('start web')

  const started = await type(alpha, 'start', 'svc::web')
  expect(started).toMatchObject({ code: 0 })
  for (const node of [alpha, beta]) await untilStatus(node, 'all well', well)
  expect([serves(alpha, 'web'), serves(beta, 'web')].filter(Boolean)).toHaveLength(1)
})

test('one that was off while it was stopped is told when it is back, and starts nothing', async () => {
  await killAll(beta)
  await untilStatus(alpha, 'db taken', runs('svc::db', 'alpha'))
  const stopped = await type(alpha, 'stop', 'svc::db')
  expect(stopped).toMatchObject({ code: 0 })
  expect(stopped.out).toContain('stopped everywhere but perhaps on beta, which is not heard')
  forgetCalls(beta)
  startDaemon(lab, beta)
  await untilStatus(beta, 'halted', halted('svc::db'))
  await killAll(alpha)
  await untilStatus(beta, 'web taken', runs('svc::web', 'beta'))
  expect(calls(beta)).not.toContain('start db')
  await type(beta, 'start', 'svc::db')
  await untilStatus(beta, 'db runs', runs('svc::db', 'beta'))
})

test('what it says to a slip of the hand', async () => {
  expect(pidOf(alpha, 'tandemd')).toBeDefined()
  expect(await type(alpha, 'stop')).toMatchObject({
    code: 2,
    err: expect.stringContaining('which group? tandem stop GROUP; the daemon itself: systemctl stop tandemd'),
  })
  expect(await type(alpha, 'stop', 'svc::wbe')).toMatchObject({ code: 4, err: expect.stringContaining('did you mean') })
  expect(await type(alpha, 'start', 'svc::web')).toMatchObject({
    code: 0,
    out: expect.stringContaining('svc::web is not stopped by an operator'),
  })
})
