/** Two nodes and a ping node: heartbeats over eth0, the service and the gateway on eth1. `split_policy ask` decides. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { inNetwork } from '../../bench/place.ts'
import { run, sleep, until } from '../../bench/shell.ts'
import type { Status } from '../../src/daemon/protocol.ts'
import {
  behave,
  clean,
  group,
  hasAddress,
  ip,
  killAll,
  leased,
  log,
  logMark,
  type NodeLab,
  openNodes,
  port,
  powerLoss,
  runs,
  serves,
  startNodes,
  status,
  switchOn,
  type,
  untilStatus,
} from './nodeLab.ts'

let lab: NodeLab
const vip = '10.78.0.100'
/** Of a group that is addresses only. */
const plain = '10.78.0.101'
const deadtimeMs = 4_000

beforeAll(async () => {
  lab = await openNodes()
})
afterAll(() => lab?.close())

beforeEach(async () => {
  await switchOn(lab)
  await clean(lab)
  const gateway = await lab.gateway()
  const ipfail = 'deadping 2s\nrespawn hacluster /usr/lib/heartbeat/ipfail\n'
  const haCf = `${leased}${ipfail}ucast eth0 10.77.0.1\nucast eth0 10.77.0.2\nauto_failback off\nnode alpha beta\nping ${gateway}\n`
  for (const node of lab.nodes.values()) {
    // What the test before has left running.
    behave(node, 'web.up')
    for (const address of [vip, plain])
      for (const length of [24, 32]) await ip(node, `addr del ${address}/${length} dev eth1`).catch(() => '')
  }
  const haresources = `alpha IPaddr2::${vip}/24/eth1 svc::web\nalpha IPaddr2::${plain}/24/eth1\n`
  await startNodes(lab, lab.nodes.values(), { haCf, haresources }, runs(`IPaddr2::${vip}/24/eth1`, 'alpha'))
})

const holders = async (address = vip): Promise<string[]> => {
  const held: string[] = []
  for (const node of lab.nodes.values()) if (await hasAddress(node, address)) held.push(node.name)
  return held
}

test('only the link between them is cut: nobody takes, nobody lets go, and an order is refused with what it would cost', async () => {
  const [alpha, beta] = [lab.node('alpha'), lab.node('beta')]
  await lab.cut('alpha', 'eth0')
  await until('beta has found out that alpha lives', 3 * deadtimeMs, () =>
    log(beta).includes('sends no heartbeats and may be alive'),
  )
  await sleep(deadtimeMs)
  expect(await holders()).toEqual(['alpha'])
  expect(serves(alpha, 'web')).toBe(true)
  expect(serves(beta, 'web')).toBe(false)
  const refused = await type(beta, 'takeover')
  expect(refused.code).not.toBe(0)
  expect(refused.err).toContain('--accept-two-holders --reason')
  expect((await status(alpha))?.groups[0]?.on).toEqual(['alpha'])
})

test('the holder is cut off from everything: it has let go before the other takes', async () => {
  const [alpha, beta] = [lab.node('alpha'), lab.node('beta')]
  await lab.cut('alpha')
  let twice = 0
  let gone = false
  await until('beta has it', 3 * deadtimeMs, async () => {
    const held = await holders()
    if (held.length > 1) twice++
    gone ||= held.length === 0
    return held.length === 1 && held[0] === 'beta'
  })
  expect({ twice, gone }).toEqual({ twice: 0, gone: true })
  expect(serves(alpha, 'web')).toBe(false)
  expect(log(alpha)).toContain('isolated: neither a peer nor a ping node is heard')

  const since = logMark(alpha)
  await lab.heal('alpha')
  await untilStatus(alpha, 'alpha sees it on beta', runs(`IPaddr2::${vip}/24/eth1`, 'beta'))
  await until('it says so', 2 * deadtimeMs, () => since().includes('no longer isolated'))
  expect(serves(beta, 'web')).toBe(true)
})

test('the holder loses power: the other one has asked in vain, and takes at deadtime', async () => {
  const beta = lab.node('beta')
  const since = logMark(beta)
  await powerLoss(lab, lab.node('alpha'))
  await untilStatus(beta, 'beta has it', runs(`IPaddr2::${vip}/24/eth1`, 'beta'), 3 * deadtimeMs)
  expect(await hasAddress(beta, vip)).toBe(true)
  expect(since()).not.toContain('sends no heartbeats and may be alive')
})

test('the daemons of the holder die for good, and its host answers: nothing is taken that might still run there', async () => {
  const [alpha, beta] = [lab.node('alpha'), lab.node('beta')]
  const since = logMark(beta)
  await killAll(alpha)
  await until('its lease is over', 3 * deadtimeMs, async () => !(await hasAddress(alpha, vip)))
  await until('beta has found out', 3 * deadtimeMs, () => since().includes('sends no heartbeats and may be alive'))
  await sleep(2 * deadtimeMs)
  expect(await hasAddress(beta, vip)).toBe(false)
  const { err } = await type(beta, 'takeover')
  expect(err).toContain('nobody can see what is left running there')
  expect((await type(beta, 'takeover', '--accept-two-holders')).err).toContain('wants a reason')
  const taken = await type(beta, 'takeover', '--accept-two-holders', '--reason', 'seen that it is stopped')
  expect(taken.code).toBe(0)
  expect(await hasAddress(beta, vip)).toBe(true)
  expect((await type(beta, 'history')).out).toContain('seen that it is stopped')
})

test('both hold an address, since nothing passes between them: once they can find each other, one lets go', async () => {
  const isolate = async (isolated: 'on' | 'off'): Promise<void> => {
    for (const { name } of lab.nodes.values())
      await run(inNetwork(lab.lan, ['bridge', 'link', 'set', 'dev', port(name, 'eth1'), 'isolated', isolated]))
  }
  await isolate('on')
  await lab.cut('alpha', 'eth0')
  await until('both hold it', 3 * deadtimeMs, async () => (await holders(plain)).length === 2)
  await isolate('off')
  await until('the one that is not at home has let go', 3 * deadtimeMs, async () => {
    return (await holders(plain)).join() === 'alpha'
  })
  expect(log(lab.node('beta'))).toContain('alpha holds it too, and is its home')
  expect(await holders(), 'the group with a service stays on both').toHaveLength(2)
})

test('the gateway answers one of them only: that one gets the group, in good order, and keeps it', async () => {
  const [alpha, beta] = [lab.node('alpha'), lab.node('beta')]
  const name = `IPaddr2::${vip}/24/eth1`
  await untilStatus(beta, 'both see it', seen => !seen.problems.some(({ code }) => code === 'PINGS'))
  // Frames to nobody: for alpha alone the gateway is silent.
  await ip(alpha, 'neigh replace 10.78.0.254 lladdr 02:00:00:00:00:99 dev eth1 nud permanent')
  try {
    await untilStatus(beta, 'the counts', ({ problems }) =>
      problems.some(({ text }) => text === 'alpha sees 0 of 1 ping nodes, beta 1'),
    )
    await untilStatus(beta, 'web on beta', runs(name, 'beta'))
  } finally {
    await ip(alpha, 'neigh del 10.78.0.254 dev eth1')
  }
  expect([await hasAddress(alpha, vip), await hasAddress(beta, vip)]).toEqual([false, true])
  const told = (await type(alpha, 'explain', name)).out.replace(/\s+/g, ' ')
  expect(told).toContain('alpha sees fewer ping nodes than beta')
  expect(told).toContain('alpha sees 0 of 1 ping nodes; beta sees 1')
  await untilStatus(beta, 'both see it again', seen => !seen.problems.some(({ code }) => code === 'PINGS'))
  await sleep(deadtimeMs)
  expect(group((await status(beta))!, `IPaddr2::${vip}/24/eth1`)).toMatchObject({ on: ['beta'], epoch: { counter: 1 } })
})

test('the cable of the service interface is out: status says so, and the group moves to the node that has one', async () => {
  const [alpha, beta] = [lab.node('alpha'), lab.node('beta')]
  const wire = (state: 'up' | 'down') => run(inNetwork(lab.lan, ['ip', 'link', 'set', port('alpha', 'eth1'), state]))
  const dark = (seen: Status) => seen.problems.some(({ text }) => text.startsWith('eth1 has no carrier'))
  await wire('down')
  try {
    await untilStatus(alpha, 'the warning', dark)
    await untilStatus(beta, 'the same of alpha', seen => seen.problems.some(({ code }) => code === 'CARRIER'))
    await untilStatus(beta, 'web on beta', runs(`IPaddr2::${vip}/24/eth1`, 'beta'))
  } finally {
    await wire('up')
  }
  expect([await hasAddress(alpha, vip), await hasAddress(beta, vip)]).toEqual([false, true])
  expect((await type(beta, 'history')).out).toContain('alpha has no carrier for it')
  await untilStatus(alpha, 'no warning', seen => !dark(seen))
  await sleep(deadtimeMs)
  expect(group((await status(beta))!, `IPaddr2::${vip}/24/eth1`)).toMatchObject({ on: ['beta'], epoch: { counter: 1 } })
})
