/** Three nodes over four links of all kinds, and a group of three addresses on a lease. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  clean,
  group,
  hasAddress,
  ip,
  leased,
  log,
  logMark,
  type NodeLab,
  openNodes,
  peer,
  powerLoss,
  powerOn,
  runs,
  sleep,
  startDaemon,
  startNodes,
  status,
  type TestNode,
  type,
  until,
  untilStatus,
  well,
} from './nodeLab.ts'

const addresses = ['10.77.0.110', '10.77.0.111', '2001:db8::10']
const name = '10.77.0.110/24/eth0'
let lab: NodeLab
let nodes: readonly TestNode[]
let alpha: TestNode
let beta: TestNode
let gamma: TestNode

beforeAll(async () => {
  lab = await openNodes(['alpha', 'beta', 'gamma'])
  nodes = [...lab.nodes.values()]
  ;[alpha, beta, gamma] = nodes as [TestNode, TestNode, TestNode]
  await clean(lab)
  const ucasts = [1, 2, 3].flatMap(n => [`ucast eth1 10.78.0.${n}`, `ucast6 eth1 fd78::${n}`]).join('\n')
  const links = `bcast eth0\nmcast eth0 239.0.0.42 694 1 0\n${ucasts}\n`
  const haCf = `${leased}${links}auto_failback off\nnode alpha beta gamma\nspare beta gamma\n`
  const haresources = 'alpha 10.77.0.110/24/eth0 IPaddr2::10.77.0.111/24/eth0 [2001:db8::10]/64/eth0 svc::web\n'
  await startNodes(lab, nodes, { haCf, haresources })
})
afterAll(() => lab?.close())

const held = (node: TestNode): Promise<boolean[]> => Promise.all(addresses.map(address => hasAddress(node, address)))
const all = [true, true, true]
const none = [false, false, false]

test('the home holds all addresses, on a lease; every link is up, and a node is no link to itself', async () => {
  const [group_] = (await status(alpha))!.groups
  expect(await Promise.all(nodes.map(held))).toEqual([all, none, none])
  expect(group_!.resources.slice(0, 3).every(({ leaseS }) => leaseS !== undefined && leaseS > 0 && leaseS <= 2)).toBe(
    true,
  )
  const links = peer((await status(alpha))!, 'beta').links
  expect(links.map(({ name: link, state }) => `${link} ${state}`).sort()).toEqual([
    'bcast eth0 up',
    'mcast eth0 239.0.0.42 694 up',
    'ucast eth1 10.78.0.2 up',
    'ucast eth1 fd78::2 up',
  ])
})

test('losing one of two networks moves nothing; the links are shown dead, and up again', async () => {
  const since = logMark(beta)
  await lab.cut('alpha', 'eth1')
  const lost = await untilStatus(
    beta,
    'links dead',
    seen => seen.problems.filter(({ code }) => code === 'LINK').length === 2,
  )
  expect(peer(lost, 'alpha').state).toBe('up')
  expect(runs(name, 'alpha')(lost)).toBe(true)
  expect(lost.headline).toBe('DEGRADED: no heartbeats of alpha over ucast eth1 10.78.0.1')
  expect((await type(beta, 'status')).out).toContain('ucast eth1 fd78::1 DEAD, silent for')
  await lab.heal('alpha', 'eth1')
  await untilStatus(beta, 'all well', well)
  expect(since()).not.toMatch(/is dead|Late|goes to/)
})

test('an address removed by hand comes back', async () => {
  await ip(alpha, 'addr del 10.77.0.111/32 dev eth0')
  await until('the address', 3_000, () => hasAddress(alpha, '10.77.0.111'))
  await ip(alpha, 'addr del 2001:db8::10/64 dev eth0')
  await until('the IPv6 address', 3_000, () => hasAddress(alpha, '2001:db8::10'))
  expect(log(alpha)).toMatch(/10\.77\.0\.111/)
})

test('a group is moved by an order on a node that has nothing to do with it, and home again', async () => {
  expect(await type(gamma, 'move', name, '--to', 'beta', '--dry-run')).toMatchObject({
    code: 0,
    out: expect.stringContaining(`${name} goes from alpha to beta: move to beta ordered\n  alpha stops svc::web`),
  })
  const moved = await type(gamma, 'move', name, '--to', 'beta')
  expect(moved).toMatchObject({ code: 0, err: '' })
  expect(moved.out).toContain(`group ${name} active on beta after`)
  expect(await Promise.all(nodes.map(held))).toEqual([none, all, none])
  expect(group((await status(alpha))!, name)).toMatchObject({ by: 'operator', because: 'move to beta ordered' })

  expect(await type(alpha, 'move', name, '--to', 'Beta')).toMatchObject({
    code: 0,
    out: `${name} is on beta already; it stays there until beta dies or an operator moves it\n`,
  })
  expect(await type(alpha, 'move', name, '--to', 'btea')).toEqual({
    code: 4,
    out: '',
    err: 'tandem: no node btea; did you mean beta?\n',
  })
  expect((await type(gamma, 'explain', name)).out).toContain('An operator may move a group to any node of its line')
  expect(await type(alpha, 'takeover', 'failback')).toMatchObject({ code: 0, err: '' })
  expect(await Promise.all(nodes.map(held))).toEqual([all, none, none])
})

test('when the holder crashes exactly one of the others takes everything', async () => {
  await powerLoss(lab, alpha)
  const heir = await Promise.race(
    [beta, gamma].map(node =>
      untilStatus(node, 'a new holder', seen => ['beta', 'gamma'].some(on => runs(name, on)(seen)), 12_000),
    ),
  ).then(seen => group(seen, name).on[0]!)
  await sleep(1_000)
  expect(await Promise.all([beta, gamma].map(held))).toEqual(heir === 'beta' ? [all, none] : [none, all])
  for (const node of [beta, gamma]) {
    const seen = (await status(node))!
    expect(group(seen, name)).toMatchObject({ on: [heir], owner: heir, because: 'taken over when alpha died' })
  }
  await powerOn(alpha)
  await lab.heal('alpha')
  startDaemon(lab, alpha)
  const back = await untilStatus(alpha, 'all well', well)
  expect(group(back, name).on).toEqual([heir])
  expect(await held(alpha)).toEqual(none)
})

test('the last one left of three is no majority: it lets go, and serves again as soon as another one is back', async () => {
  const holder = lab.node((await status(alpha))!.groups[0]!.on[0]!)
  const [first, second] = nodes.filter(one => one !== holder)
  await powerLoss(lab, first!)
  await untilStatus(holder, 'one dead', seen => seen.nodes.some(({ state }) => state === 'dead'), 10_000)
  await sleep(1_000)
  expect(await held(holder)).toEqual(all) // two of three are enough
  await powerLoss(lab, second!)
  await until('it has let go', 10_000, async () => !(await held(holder)).includes(true))
  expect(log(holder)).toContain('isolated: most of the others do not count this node')
  const { groups } = (await status(holder))!
  expect(groups[0]!.why).toContain('cut off from most of the others')

  await powerOn(first!)
  await lab.heal(first!.name)
  startDaemon(lab, first!)
  await untilStatus(holder, 'a holder again', seen => group(seen, name).on.length === 1, 25_000)
  await until('all of it', 3_000, async () => {
    const where = await Promise.all([holder, first!].map(held))
    return where.some(one => !one.includes(false)) && where.some(one => !one.includes(true))
  })
})
