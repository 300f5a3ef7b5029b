/**
 * The recipes of etc-examples/, run as they are but for the addresses of this place. Those with databases need minutes:
 * npm run test:mysql -- --only nodes,four-nodes.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { group, type NodeLab, openNodes, powerLoss, runs, startNodes, status, untilStatus } from './nodeLab.ts'

const recipe = (path: string): string => readFileSync(new URL(`../../etc-examples/${path}`, import.meta.url), 'utf8')

let lab: NodeLab
beforeAll(async () => {
  lab = await openNodes()
})
afterAll(() => lab?.close())

test('address-only: the address outlives its node', async () => {
  const [alpha, beta] = [lab.node('alpha'), lab.node('beta')]
  const haCf = recipe('address-only/ha.cf').replace('ping 10.0.0.254', `ping ${await lab.gateway()}`)
  const haresources = recipe('address-only/haresources').replace('10.0.0.100', '10.77.0.100')
  await startNodes(lab, [alpha, beta], { haCf, haresources })
  const address = 'IPaddr2::10.77.0.100/24/eth0'
  expect(group((await status(beta))!, address).ifDies).toBe(
    `if alpha dies now: ${address} starts on beta about 5 s later`,
  )
  await powerLoss(lab, alpha)
  await untilStatus(beta, 'the address on beta', runs(address, 'beta'), 12_000)
})
