/** What is told to an operator who stops a group or lets it start; stories tell what becomes of it. */
import { describe, expect, test } from 'vitest'
import { isHalted } from '../../src/cluster/halts.ts'
import type { Answer, Order } from '../../src/events.ts'
import type { GroupName } from '../../src/types.ts'
import { type Core, db, newCore, web } from '../daemon/cores.ts'

function answerTo(core: Core, order: Order): Answer {
  const id = core.order(order)
  return core.effects.flatMap(effect => (effect.type === 'answer' && effect.id === id ? [effect.answer] : []))[0]!
}

describe('tandem stop and start', () => {
  test('the reason is kept where it was given, and said again to whoever types it once more', () => {
    const core = newCore()
    core.obey()
    core.order({ verb: 'stop', group: web, reason: 'anna, 2026-11-21 14:05: new schema' })
    expect(core.cluster().disk.saved.halts.get(web)).toEqual({ count: 1, why: 'anna, 2026-11-21 14:05: new schema' })
    expect(answerTo(core, { verb: 'stop', group: web })).toEqual({
      ok: true,
      groups: [],
      text: 'web was stopped by an operator (anna, 2026-11-21 14:05: new schema) already',
    })
  })

  test('starting what is not stopped changes nothing, and says where to look', () => {
    const core = newCore()
    core.obey()
    expect(answerTo(core, { verb: 'start', group: db })).toMatchObject({
      ok: true,
      groups: [],
      text: expect.stringContaining('tandem status'),
    })
    expect(isHalted(core.cluster(), db)).toBe(false)
  })

  test('a name that haresources does not have', () => {
    const core = newCore()
    core.obey()
    expect(answerTo(core, { verb: 'stop', group: 'wbe' as GroupName })).toEqual({
      ok: false,
      why: 'no group wbe; did you mean web?',
    })
  })

  test('a folder that cannot be written would forget it', () => {
    const core = newCore()
    core.obey()
    core.post({ type: 'not-saved', why: 'No space left on device' })
    expect(answerTo(core, { verb: 'stop', group: web })).toMatchObject({
      ok: false,
      why: expect.stringContaining('would be forgotten'),
    })
  })
})
