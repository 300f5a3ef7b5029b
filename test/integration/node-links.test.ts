/** Three nodes, and a one-way cut: alpha hears beta, and beta hears nothing of alpha. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Status } from '../../src/daemon/protocol.ts'
import { clean, ip, type NodeLab, openNodes, quick, startNodes, type, untilStatus } from './nodeLab.ts'

let lab: NodeLab

beforeAll(async () => {
  lab = await openNodes(['alpha', 'beta', 'gamma'])
  await clean(lab)
  const ucasts = [1, 2, 3].map(n => `ucast eth1 10.78.0.${n}`).join('\n')
  const haCf = `${quick}${ucasts}\nauto_failback off\nnode alpha beta gamma\nspare alpha beta\n`
  await startNodes(lab, lab.nodes.values(), { haCf, haresources: 'gamma svc::web\n' })
})
afterAll(() => lab?.close())

const pages = (name: string) => type(lab.node(name), 'status', '--links')

test('all hear all', async () => {
  const { code, out } = await pages('alpha')
  expect(code).toBe(0)
  expect(out).toContain('no cut: every node hears every other')
  expect(out).toMatch(/\nbeta +ucast eth1 10\.78\.0\.2 +up +\S+ % /)
})

const problem = (code: string) => (seen: Status) => seen.problems.some(one => one.code === code)

test('the one-way cut is named as such where both are heard, and as a cut on the deaf side', async () => {
  // Unicast to a hardware address that nobody has: it leaves, and arrives nowhere.
  await ip(lab.node('alpha'), 'neigh replace 10.78.0.2 lladdr 02:00:00:00:00:99 dev eth1 nud permanent')
  for (const name of ['alpha', 'gamma']) {
    const seen = await untilStatus(lab.node(name), 'the one-way cut', problem('ONE-WAY'))
    expect(seen.problems.filter(({ code }) => code === 'ONE-WAY')).toMatchObject([
      { level: 'error', text: 'beta does not hear alpha, though alpha hears beta: a one-way cut' },
    ])
    expect(seen.hearing!.cuts).toMatchObject([{ kind: 'one-way', deaf: ['beta'], unheard: ['alpha'] }])
  }
  const deaf = await untilStatus(lab.node('beta'), 'the cut', problem('CUT'))
  expect(deaf.hearing!.cuts).toMatchObject([{ kind: 'untold', deaf: ['beta'], unheard: ['alpha'] }])
})

test('the page shows the grid', async () => {
  const { code, out } = await pages('gamma')
  expect(code).toBe(6)
  const [, , heading, ...rows] = out.split('\n')
  expect(heading).toMatch(/^ +alpha +beta +gamma$/)
  expect(rows[0]).toMatch(/^alpha +\. +0\.\d +0\.\d$/)
  expect(rows[1]).toMatch(/^beta +DEAF +\. +0\.\d$/)
  expect(rows[2]).toMatch(/^gamma +0\.\d +0\.\d +\.$/)
  expect(out).toContain('what gamma (this node) hears over each link:')
  expect((await pages('beta')).out).toMatch(/\nalpha +\. +\? +\?\n/)
})
