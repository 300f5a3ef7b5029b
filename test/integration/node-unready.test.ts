/** A node that could not start a group, on real nodes: its peer knows, and no order stops what runs for it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  configure,
  group,
  hasAddress,
  ip,
  type NodeLab,
  openNodes,
  quickPair,
  startDaemon,
  type TestNode,
  type,
  untilStatus,
  well,
} from './nodeLab.ts'

let lab: NodeLab
let alpha: TestNode
let beta: TestNode
const address = 'IPaddr2::10.78.0.99/24/eth1'

beforeAll(async () => {
  lab = await openNodes()
  alpha = lab.node('alpha')
  beta = lab.node('beta')
  for (const node of [alpha, beta]) configure(node, { haCf: quickPair, haresources: `alpha ${address}\n` })
  for (const node of [alpha, beta]) startDaemon(lab, node)
  for (const node of [alpha, beta]) await untilStatus(node, 'all well', well)
})
afterAll(() => lab?.close())

test('an order brings it to light; status says so on both; once it is mended the order is obeyed', async () => {
  await ip(beta, 'link set eth1 down')
  const taken = await type(beta, 'takeover', 'all')
  expect(taken).toMatchObject({ code: 4 })
  expect(taken.err).toContain(
    `${address} runs on alpha, and beta could not start it (tandem status tells what is missing)`,
  )
  expect(await hasAddress(alpha, '10.78.0.99')).toBe(true)

  const there = await untilStatus(alpha, 'alone', status => group(status, address).state === 'alone')
  const why = 'beta could not start it: tandem status there tells what is missing'
  expect(group(there, address)).toMatchObject({
    why: `no other node could take it: ${why}`,
    ifDies: expect.stringContaining(why),
  })
  const here = await untilStatus(beta, 'told', status => status.problems.some(({ code }) => code === 'READY'))
  expect(here.problems.map(({ text }) => text).join('\n')).toContain('eth1 is down; type: ip link set eth1 up')
  expect(await type(alpha, 'standby')).toMatchObject({ code: 4, err: expect.stringContaining('--accept-outage') })

  await ip(beta, 'link set eth1 up')
  expect(await type(beta, 'takeover', 'all')).toMatchObject({ code: 0, err: '' })
  expect(await hasAddress(beta, '10.78.0.99')).toBe(true)
  for (const node of [alpha, beta]) await untilStatus(node, 'all well', well)
})
