/** What an order would do, told without doing it. */
import { beforeEach, describe, expect, test } from 'vitest'
import { planOf } from '../../src/daemon/plan.ts'
import type { Order } from '../../src/events.ts'
import { alpha, type Core, newCore, web } from './cores.ts'

let core: Core
const plan = (order: Order) => planOf(core.cluster(), order, core.nowMs())

/** alpha has web, beta has db. */
beforeEach(() => {
  core = newCore()
  core.post({ type: 'tick' })
  core.finish(web)
  core.obey()
  core.hear({ db: { state: 'running' } })
  core.obey()
})

describe('a plan', () => {
  test('names what moves, why, and each step in its order', () => {
    const before = core.cluster()
    const { code, text } = plan({ verb: 'takeover', scope: 'all' })
    expect([code, text.split('\n')]).toEqual([
      0,
      [
        'db goes from beta to alpha: takeover ordered on alpha',
        '  beta stops db',
        '  alpha starts db',
        'nothing has been changed',
      ],
    ])
    expect(core.cluster()).toBe(before)
  })

  test('of a standby says what the node gives away, in reverse, and how to undo it', () => {
    expect(plan({ verb: 'standby' }).text.split('\n')).toEqual([
      'web goes from alpha to beta: alpha went to standby',
      '  alpha stops web, disk',
      '  beta starts disk, web',
      'alpha starts nothing until: tandem unstandby',
      'nothing has been changed',
    ])
  })

  test('of a move to where it is already says that it stays', () => {
    expect(plan({ verb: 'move', group: web, to: alpha }).text.split('\n')).toEqual([
      'web stays on alpha until that node dies or an operator moves it',
      'nothing has been changed',
    ])
    core.order({ verb: 'move', group: web, to: alpha })
    expect(plan({ verb: 'move', group: web, to: alpha }).text).toContain(
      'web is on alpha already; it stays there until',
    )
  })

  test('where nothing moves says so', () => {
    expect(plan({ verb: 'takeover', scope: 'local' }).text).toBe('no group would move\nnothing has been changed')
  })

  test('of a clear says what is forgotten', () => {
    core.post({ type: 'order', id: 1, order: { verb: 'takeover', scope: 'all' } })
    core.hear({ db: { state: 'stopped' } })
    core.hear()
    core.finish('db' as typeof web, { ok: false, why: 'no luck' })
    core.obey()
    expect(plan({ verb: 'clear' }).text).toContain('db may be started on alpha again')
  })

  test('that would be refused gives the reason, and its code', () => {
    core.hear({}, { standby: true })
    const { code, text } = plan({ verb: 'standby' })
    expect(code).toBe(4)
    expect(text).toBe('would be refused: no other node can take web: beta is in standby')
  })
})
