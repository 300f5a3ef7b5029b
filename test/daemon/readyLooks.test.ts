/** web runs on alpha, this node, and db on beta: whether db could start here is looked at now and then. */
import { expect, test } from 'vitest'
import { cannot, type Hindrance, might } from '../../src/agents/readiness.ts'
import { startReadyLooks } from '../../src/daemon/readyLooks.ts'
import { fakeClock } from '../agents/fakes.ts'
import { db, groups, newCore, web } from './cores.ts'

const minute = 60_000

function around() {
  const core = newCore()
  core.obey()
  core.hear()
  core.hear()
  core.obey()
  const clock = fakeClock()
  const looked: string[] = []
  const said: string[] = []
  const now: { hindrances: readonly Hindrance[] } = { hindrances: [] }
  const changes = new Map<string, () => void>()
  const looks = startReadyLooks({
    groups,
    clock,
    state: () => core.cluster(),
    async ready(group, at) {
      looked.push(`${group.name}/${at}`)
      return now.hindrances
    },
    follow(group, at, changed) {
      changes.set(`${group.name}/${at}`, changed)
      return () => changes.delete(`${group.name}/${at}`)
    },
    say: text => void said.push(text),
    post: event => core.post(event),
  })
  return { core, clock, looked, said, now, looks, changes }
}

test('only what does not run here is looked at, a while after the start and every five minutes', async () => {
  const { clock, looked, looks, core } = around()
  expect(core.cluster().groups.get(web)!.run.up).toBe(2)
  await clock.advance(29_000)
  expect(looked).toEqual([])
  await clock.advance(2_000)
  expect(looked).toEqual(['db/0'])
  await clock.advance(5 * minute)
  expect(looked).toEqual(['db/0', 'db/0'])
  expect(looks.problems()).toEqual([])
  looks.end()
  await clock.advance(20 * minute)
  expect(looked).toHaveLength(2)
})

test('what is found is told by status until it is gone, and said once', async () => {
  const { clock, said, now, looks } = around()
  now.hindrances = [cannot('eth0 is down')]
  await clock.advance(11 * minute)
  const text = 'db, if it comes here: db: eth0 is down'
  expect(looks.problems()).toEqual([{ level: 'error', code: 'READY', text }])
  expect(said).toEqual([text])
  now.hindrances = []
  await clock.advance(5 * minute)
  expect(looks.problems()).toEqual([])
  now.hindrances = [cannot('eth0 is down')]
  await clock.advance(5 * minute)
  expect(said).toEqual([text, text])
})

test('once it comes here, what was found counts for nothing', async () => {
  const { core, clock, looked, now, looks } = around()
  now.hindrances = [cannot('eth0 is down')]
  await clock.advance(minute)
  expect(looks.problems()).toHaveLength(1)
  core.order({ verb: 'move', group: db, to: core.cluster().config.self, accept: 'outage' })
  expect(looks.problems()).toEqual([])
  await clock.advance(5 * minute)
  expect(looked).toHaveLength(1)
})

test('what changes is looked at again soon, once for all that changes meanwhile', async () => {
  const { clock, looked, now, looks, changes } = around()
  const change = changes.get('db/0')!
  change() // nothing was found yet that could be wrong now
  await clock.advance(29_000)
  expect(looked).toEqual([])
  now.hindrances = [cannot('r0 is Outdated here')]
  await clock.advance(2_000)
  now.hindrances = []
  for (let times = 0; times < 5; times += 1) change()
  expect(looks.problems()).toHaveLength(1)
  await clock.advance(6_000)
  expect(looked).toEqual(['db/0', 'db/0'])
  expect(looks.problems()).toEqual([])
  change()
  looks.end()
  expect(changes.size).toBe(0)
  await clock.advance(10 * minute)
  expect(looked).toHaveLength(2)
})

test('what status tells of a resource as it is now is not told a second time', async () => {
  const { clock, now, looks } = around()
  now.hindrances = [cannot('r0 is Outdated here')]
  await clock.advance(minute)
  expect(looks.problems(resource => resource === 'db')).toEqual([])
  expect(looks.problems(resource => resource === 'web')).toHaveLength(1)
})

test('what could not be started here is said to the others, until it could or it comes', async () => {
  const { core, clock, now, looks } = around()
  const unready = () => core.cluster().spoken?.claims.get(db)?.unready
  now.hindrances = [might('eth0 has no carrier')]
  await clock.advance(minute)
  expect(unready()).toBe(false)
  now.hindrances = [cannot('eth0 is down')]
  await clock.advance(5 * minute)
  expect(unready()).toBe(true)
  now.hindrances = []
  await clock.advance(5 * minute)
  expect(unready()).toBe(false)
  looks.end()
})

test('before an order that brings it here it is looked at, and a look that hangs holds up nobody for long', async () => {
  const { core, clock, now, looks, looked } = around()
  now.hindrances = [cannot('eth0 is down')]
  await looks.now(groups)
  expect(looked).toEqual(['db/0'])
  expect(core.cluster().unready.has(db)).toBe(true)
  const hanging = startReadyLooks({
    groups,
    clock,
    state: () => core.cluster(),
    ready: () => new Promise(() => {}),
    say: () => {},
    post: event => core.post(event),
  })
  let over = false
  void hanging.now(groups).then(() => {
    over = true
  })
  await clock.advance(2_900)
  expect(over).toBe(false)
  await clock.advance(200)
  expect(over).toBe(true)
  hanging.end()
  looks.end()
})
