/** web runs on alpha, this node, and db on beta: whether db could start here is looked at now and then. */
import { expect, test } from 'vitest'
import { cannot, type Hindrance } from '../../src/agents/readiness.ts'
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
  const looks = startReadyLooks({
    groups,
    clock,
    state: () => core.cluster(),
    async ready(group, at) {
      looked.push(`${group.name}/${at}`)
      return now.hindrances
    },
    say: text => void said.push(text),
  })
  return { core, clock, looked, said, now, looks }
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
  core.order({ verb: 'move', group: db, to: core.cluster().config.self })
  expect(looks.problems()).toEqual([])
  await clock.advance(5 * minute)
  expect(looked).toHaveLength(1)
})
