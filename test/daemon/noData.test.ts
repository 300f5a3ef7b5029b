/** Orders that would move a group away from its data. alpha, which is ours, has web, and beta has db. */
import { beforeEach, describe, expect, test } from 'vitest'
import { noDataThere } from '../../src/daemon/noData.ts'
import type { Order } from '../../src/events.ts'
import type { GroupName } from '../../src/types.ts'
import { alpha, beta, type Core, db, newCore, web, wellCore } from './cores.ts'

let core: Core
beforeEach(() => {
  core = wellCore()
})
const behind = 'r0 is Inconsistent there'
const refusal = (order: Order, lacks: readonly GroupName[]) =>
  noDataThere(core.cluster(), order, name => (lacks.includes(name) ? behind : undefined), core.nowMs())

describe('a group that runs here', () => {
  test.each<Order>([{ verb: 'standby' }, { verb: 'give-away', scope: 'all' }, { verb: 'move', group: web, to: beta }])(
    'is not given where its data are not: $verb',
    order => {
      expect(refusal(order, [web])).toBe(
        `web runs on alpha and could not start on beta: ${behind}; tandem status says what to type`,
      )
      expect(refusal(order, [db])).toBeUndefined()
    },
  )
})

describe('a group that runs there', () => {
  test.each<Order>([
    { verb: 'takeover', scope: 'all' },
    { verb: 'move', group: db, to: alpha },
  ])('is not taken without its data: $verb', order => {
    expect(refusal(order, [db])).toContain('db runs on beta and could not start on alpha')
    // It stays: that nobody else could have it hinders nobody.
    expect(refusal(order, [web])).toBeUndefined()
  })

  test('is let be by orders that concern others', () => {
    expect(refusal({ verb: 'takeover', scope: 'local' }, [db])).toBeUndefined()
    expect(refusal({ verb: 'clear' }, [web, db])).toBeUndefined()
  })
})

test('what runs nowhere may be tried: its start has the last word', () => {
  core = newCore()
  core.obey()
  core.hear({ web: { state: 'stopped' }, db: { state: 'stopped' } })
  expect(refusal({ verb: 'takeover', scope: 'all' }, [db])).toBeUndefined()
})
