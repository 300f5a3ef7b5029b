import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { signal } from '../../bench/shell.ts'
import * as L from './nodeLab.ts'

const haCf = `${L.quick}bcast eth0\nauto_failback off\nnode alpha beta\n`
let lab: L.NodeLab
let alpha: L.TestNode
let beta: L.TestNode
beforeAll(async () => {
  lab = await L.openNodes()
  alpha = lab.node('alpha')
  beta = lab.node('beta')
})
afterAll(() => lab?.close())
beforeEach(async () => {
  await L.clean(lab)
  for (const node of [alpha, beta]) L.configure(node, { haCf, haresources: 'alpha svc::web svc::db svc::extra\n' })
})
const show = async (what: string) => {
  for (const node of [alpha, beta]) {
    const { code, out, err } = await L.type(node, 'status')
    console.log(`### ${what} on ${node.name}: ${code}\n${out.replace(/^ +warning[^]*?\n\nnode/m, '\nnode')}${err}`)
  }
}
test('start fails', async () => {
  L.misbehave(alpha, 'extra.start-fails')
  for (const node of [alpha, beta]) L.startDaemon(lab, node)
  await L.untilStatus(beta, 'x', L.runs('svc::web', 'beta'))
  await show('start failed on alpha')
  console.log(L.calls(alpha))
  L.misbehave(beta, 'db.stop-fails')
  console.log(await L.type(alpha, 'takeover'))
  await show('stop failed on beta')
  console.log(await L.type(alpha, 'takeover'))
  console.log(await L.type(alpha, 'clear'))
  console.log(await L.type(beta, 'clear'))
  await show('clear in vain')
  L.behave(beta, 'db.stop-fails')
  L.behave(alpha, 'extra.start-fails')
  console.log(await L.type(beta, 'clear', 'svc::web'))
  await L.sleep(500)
  await show('clear')
  L.misbehave(beta, 'db.start-fails')
  L.misbehave(alpha, 'extra.start-fails')
  console.log(await L.type(beta, 'takeover'))
  await L.sleep(500)
  await show('both fail')
  L.behave(beta, 'db.start-fails')
  L.behave(alpha, 'extra.start-fails')
  console.log(await L.type(beta, 'clear'))
  console.log(await L.type(alpha, 'clear'))
  await L.sleep(500)
  await show('both clear')
  console.log(L.log(alpha), L.log(beta))
})
test('hang', async () => {
  L.misbehave(alpha, 'db.start-hangs')
  for (const node of [alpha, beta]) L.startDaemon(lab, node)
  await L.untilStatus(beta, 'x', s => L.group(s, 'svc::web').state === 'starting')
  await L.sleep(1000)
  await show('hang')
  console.log(await L.type(alpha, 'standby', '--timeout', '1'))
  await show('hang standby')
  const e = L.ended(alpha.daemon!)
  signal(L.pidOf(alpha, 'tandemd')!, 'SIGTERM')
  console.log(await Promise.race([e, L.sleep(1500)]))
  await show('hang leave')
})
