/** web runs on alpha, this node; db on beta. Both want a look on every node. */
import { beforeEach, expect, test } from 'vitest'
import type { Stand } from '../../src/agents/agent.ts'
import { startTending, type Tendings } from '../../src/daemon/tending.ts'
import { type FakeClock, fakeClock } from '../agents/fakes.ts'
import { type Core, db, newCore, web } from './cores.ts'

let core: Core
let clock: FakeClock
let looks: string[]
let said: string[]
let problems: string[]
let lacking: string | undefined
let tendings: Tendings

beforeEach(() => {
  core = newCore()
  core.obey()
  core.hear()
  core.hear()
  core.obey()
  clock = fakeClock()
  looks = []
  said = []
  problems = []
  lacking = undefined
  const one = (group: typeof web) => ({
    resource: group,
    group,
    at: 0,
    everyMs: 5_000,
    async tend(stand: () => Stand) {
      looks.push(`${group} ${stand()}`)
      const fate = lacking === undefined || group !== web ? { ifDies: 'nothing is lost' } : { lacking }
      return { lines: [`${group} is well`], problems, ...fate }
    },
  })
  const say = (text: string): void => void said.push(text)
  tendings = startTending({ tended: [one(web), one(db)], clock, state: () => core.cluster(), say })
})

test('each is looked at again and again, and told as it was found', async () => {
  await clock.advance(0)
  expect(looks).toEqual(['web held', 'db not-held'])
  await clock.advance(4_900)
  expect(looks).toHaveLength(2)
  await clock.advance(200)
  expect(looks).toHaveLength(4)
  expect(tendings.told().get('web')).toEqual({
    group: web,
    lines: ['web is well'],
    problems: [],
    ifDies: 'nothing is lost',
  })
  tendings.end()
  await clock.advance(60_000)
  expect(looks).toHaveLength(4)
})

test('a problem is said once', async () => {
  problems = ['it lags']
  await clock.advance(11_000)
  expect(said).toEqual(['web: it lags', 'db: it lags'])
})

test('why no other node could take a group is told of that group alone', async () => {
  expect(tendings.lacking(web)).toBeUndefined()
  lacking = 'beta lags'
  await clock.advance(0)
  expect([tendings.lacking(web), tendings.lacking(db)]).toEqual(['beta lags', undefined])
  lacking = undefined
  await clock.advance(5_000)
  expect([tendings.lacking(web), tendings.lacking(db)]).toEqual([undefined, undefined])
})

test('while it moves, and until it has been looked at where it has come, nothing is told that is not so any more', async () => {
  await clock.advance(1_000)
  looks = []
  core.order({ verb: 'move', group: db, to: core.cluster().config.self })
  core.hear({ db: { assignment: core.cluster().groups.get(db)!.assignment, state: 'stopped' } })
  expect(tendings.told().get('db')).toEqual({
    group: db,
    lines: ['its role has just moved: it is looked at again'],
    problems: [],
  })
  await clock.advance(1_000)
  expect(looks).toEqual([]) // nobody looks at what is being moved before it is time
  core.obey()
  expect(core.cluster().groups.get(db)!.run.up).toBe(1)
  await clock.advance(100)
  expect(looks).toEqual(['db held'])
  expect(tendings.told().get('db')!.ifDies).toBe('nothing is lost')
  await clock.advance(1_000)
  expect(looks).toEqual(['db held', 'db held', 'db held'])
  await clock.advance(20_000)
  looks = []
  await clock.advance(10_000)
  expect(looks.filter(look => look === 'db held')).toHaveLength(2)
})
