/** Fail-over disarmed, and a group in maintenance: two nodes and a ping node, heartbeats over eth0, the service on eth1. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { signal, sleep } from '../../bench/shell.ts'
import type { Status } from '../../src/daemon/protocol.ts'
import {
  behave,
  calls,
  clean,
  ended,
  forgetCalls,
  hasAddress,
  ip,
  killAll,
  leased,
  log,
  logMark,
  type NodeLab,
  openNodes,
  pidOf,
  powerLoss,
  powerOn,
  runs,
  serves,
  startDaemon,
  startNodes,
  status,
  switchOn,
  type TestNode,
  type,
  untilStatus,
} from './nodeLab.ts'

let lab: NodeLab
let alpha: TestNode
let beta: TestNode
const vip = '10.78.0.100'
const web = `IPaddr2::${vip}/24/eth1`
const deadtimeMs = 4_000

beforeAll(async () => {
  lab = await openNodes()
  alpha = lab.node('alpha')
  beta = lab.node('beta')
})
afterAll(() => lab?.close())

beforeEach(async () => {
  await switchOn(lab)
  await clean(lab)
  const gateway = await lab.gateway()
  const haCf = `${leased}ucast eth0 10.77.0.1\nucast eth0 10.77.0.2\nauto_failback off\nnode alpha beta\nping ${gateway}\n`
  for (const node of [alpha, beta]) {
    behave(node, 'web.up')
    for (const length of [24, 32]) await ip(node, `addr del ${vip}/${length} dev eth1`).catch(() => '')
  }
  await startNodes(lab, [alpha, beta], { haCf, haresources: `alpha ${web} svc::web\n` }, runs(web, 'alpha'))
  for (const node of [alpha, beta]) forgetCalls(node)
})

const confirmed = (seen: Status): boolean => seen.suspended?.unconfirmed.length === 0

test('disarmed, a switch that is away for three deadtimes moves nothing: neither on the holder nor on a restarted peer', async () => {
  const planned = await type(alpha, 'disarm', '--for', '2m', '--reason', 'switch', '--dry-run')
  expect(planned).toMatchObject({ code: 0, out: expect.stringContaining('to be confirmed by beta') })
  const ordered = await type(alpha, 'disarm', '--for', '2m', '--reason', 'switch')
  expect(ordered).toMatchObject({ code: 0, out: expect.stringContaining('ends by itself about ') })
  expect(log(beta)).toContain('fail-over is disarmed for')
  for (const node of [alpha, beta]) await untilStatus(node, 'confirmed', confirmed)
  expect(JSON.parse(readFileSync(join(beta.stateDir, 'state.json'), 'utf8'))).toHaveProperty('truce.counter', 1)

  for (const node of [alpha, beta]) await lab.cut(node.name)
  const pid = pidOf(beta, 'tandemd')!
  const daemon = beta.daemon!
  signal(pid, 'SIGKILL')
  await ended(daemon)
  startDaemon(lab, beta)
  let without = 0
  const endMs = performance.now() + 3 * deadtimeMs
  while (performance.now() < endMs) {
    if (!(await hasAddress(alpha, vip))) without++
    await sleep(250)
  }
  expect(without).toBe(0)
  expect([serves(alpha, 'web'), await hasAddress(beta, vip), serves(beta, 'web')]).toEqual([true, false, false])
  const seen = await untilStatus(beta, 'alpha is dead', ({ nodes }) => nodes.some(({ state }) => state === 'dead'))
  expect(seen.suspended?.disarmed).toMatchObject({ by: 'alpha' })
  expect(seen.problems.map(({ code }) => code)).toContain('DISARMED')

  for (const node of [alpha, beta]) await lab.heal(node.name)
  const well = await untilStatus(
    alpha,
    'heard again',
    seen => confirmed(seen) && seen.nodes.every(({ state }) => state === 'up'),
  )
  expect(well).toMatchObject({ state: 'degraded', groups: [{ state: 'alone' }] })
  expect(well.headline).toContain('fail-over is disarmed for another')
  const shown = await type(alpha, 'status')
  expect(shown).toMatchObject({ code: 6, out: expect.stringContaining('ordered on alpha: switch') })
  expect((await type(alpha, 'explain', web)).out.replace(/\s+/g, ' ')).toContain('fail-over is disarmed for another')
  const told = await type(alpha, 'history', '--state-dir', alpha.stateDir)
  expect(told.out.replace(/\s+/g, ' ')).toContain('fail-over is disarmed for 2')
  await untilStatus(beta, 'alpha heard again', ({ nodes }) => nodes.every(({ state }) => state === 'up'))
  expect(await type(beta, 'arm')).toMatchObject({ code: 0, out: 'fail-over is armed\n' })
  await untilStatus(alpha, 'armed', ({ suspended, state }) => suspended === undefined && state === 'ok')
  expect([...calls(alpha), ...calls(beta)]).toEqual([])
})

test('a group in maintenance stays as it is when its node stops, and when it dies; then only who has looked may take it', async () => {
  expect(await type(beta, 'maintenance', 'on', web, '--for', '10m')).toMatchObject({ code: 0 })
  expect(await type(alpha, 'standby')).toMatchObject({
    code: 4,
    err: expect.stringContaining(`tandem maintenance off ${web}`),
  })
  const daemon = alpha.daemon!
  const since = logMark(alpha)
  signal(pidOf(alpha, 'tandemd')!, 'SIGTERM')
  await ended(daemon)
  expect(since()).toContain(`${web}: in maintenance, left as it is`)
  expect(serves(alpha, 'web')).toBe(true)
  await killAll(alpha)
  startDaemon(lab, alpha)
  await untilStatus(alpha, 'adopted', runs(web, 'alpha'))

  await powerLoss(lab, alpha)
  await untilStatus(beta, 'alpha is dead', ({ nodes }) => nodes.some(({ state }) => state === 'dead'))
  await sleep(deadtimeMs)
  expect([await hasAddress(beta, vip), serves(beta, 'web')]).toEqual([false, false])
  expect(await type(beta, 'maintenance', 'off', web)).toMatchObject({
    code: 0,
    out: expect.stringContaining('alpha cannot know of it'),
  })
  expect(await type(beta, 'takeover')).toMatchObject({
    code: 4,
    err: expect.stringContaining('tandem arm --accept-two-holders'),
  })
  expect((await type(beta, 'arm', '--accept-two-holders', '--reason', 'it is off')).code).toBe(0)
  await untilStatus(beta, 'web on beta', runs(web, 'beta'), 3 * deadtimeMs)
  expect((await status(beta))?.suspended).toBeUndefined()
  await powerOn(alpha)
})
