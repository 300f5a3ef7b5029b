/** A disk that stops to answer under a running group: its umount hangs, and nobody else waits. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HangingDisk, hangingDisk } from './hangingDisk.ts'
import {
  configure,
  group,
  quickPair as haCf,
  type NodeLab,
  openNodes,
  powerLoss,
  runIn,
  runs,
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
let disk: HangingDisk
const isPossible = existsSync('/dev/fuse') && existsSync('/dev/loop-control')
if (!isPossible) console.error('NOT RUN: an umount that hangs. This machine has no loop device or no FUSE.')

beforeAll(async () => {
  if (!isPossible) return
  lab = await openNodes()
  alpha = lab.node('alpha')
  beta = lab.node('beta')
  disk = await hangingDisk(join(lab.dir, 'hanging'), 24 * 1024 * 1024)
  execFileSync('mkfs.ext4', ['-q', '-F', disk.device], { stdio: 'pipe' })
})
afterAll(async () => {
  if (!isPossible) return
  disk.answer()
  // With their namespaces go their mounts.
  for (const node of [alpha, beta]) await powerLoss(lab, node)
  await disk.close()
  await lab.close()
})

test.runIf(isPossible)('an umount that hangs is given up in time, and its group starts nowhere', async () => {
  const point = join(lab.dir, 'data')
  mkdirSync(point)
  const data = `Filesystem::${disk.device}::${point}::ext4`
  for (const node of [alpha, beta]) {
    configure(node, {
      haCf,
      haresources: `alpha ${data}\nalpha svc::extra\n`,
      agentsIni: `[${data}]\nstop_timeout = 3s\n`,
    })
    startDaemon(lab, node)
  }
  for (const node of [alpha, beta]) await untilStatus(node, 'all well', well)
  await runIn(alpha.host, ['sh', '-c', `echo dirty >${point}/file`])
  disk.hang()

  const begunMs = Date.now()
  const ordered = type(alpha, 'standby', '--timeout', '30')
  await untilStatus(beta, 'the other group on beta', runs('svc::extra', 'beta'), 2_500)
  const askedMs = Date.now()
  expect((await status(alpha))!.node).toBe('alpha')
  expect(Date.now() - askedMs).toBeLessThan(1_000)
  const { code, err } = await ordered
  // Twice, as every stop that fails.
  expect(Date.now() - begunMs).toBeLessThan(12_000)
  const why = /is still in use: its device or server does not answer, and a program that was given up hangs there/
  expect([code, err]).toEqual([1, expect.stringMatching(why)])
  const there = await untilStatus(beta, 'blocked', seen => group(seen, data).state === 'blocked')
  expect(group(there, data).fix).toBe(`see that it is stopped on alpha, then type there: tandem clear ${data}`)
  expect(group((await status(alpha))!, data).why).toMatch(why)
  expect(there.nodes.map(({ state }) => state)).toEqual(['up', 'up'])

  disk.answer()
  await until('it is stopped', 10_000, async () => (await type(alpha, 'clear', data)).code === 0)
  await untilStatus(beta, 'all of it on beta', runs(data, 'beta'))
  expect(await runIn(beta.host, ['cat', `${point}/file`])).toBe('dirty\n')
})
