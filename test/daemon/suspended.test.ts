/** What the daemon tells of that which is suspended: status, groups, results of orders, and what an order would do. */
import { describe, expect, test } from 'vitest'
import { groupStatus } from '../../src/daemon/groupStatus.ts'
import { Orders, type Result } from '../../src/daemon/orders.ts'
import { planOf } from '../../src/daemon/plan.ts'
import { suspendedStatus, suspensionProblems } from '../../src/daemon/suspended.ts'
import type { Order } from '../../src/events.ts'
import { type Core, web, wellCore } from './cores.ts'

const disarm: Order = { verb: 'disarm', forMs: 1_800_000, reason: 'switch' }
const around = (core: Core) => ({
  nowMs: core.nowMs(),
  leaseS: () => undefined,
  sinceMs: () => undefined,
  formerOwner: () => undefined,
})
const groupIn = (core: Core) =>
  groupStatus(core.cluster(), core.cluster().config.groups.find(({ name }) => name === web)!, around(core))
/** beta has the register on disk and says so. */
const confirm = (core: Core): void => {
  const { epoch, disarmedEndMs, maintainedEndMs, groups } = core.cluster().truce!
  const left = (endMs: number): number => Math.max(0, Math.floor(endMs - core.nowMs() - 1_000))
  core.hear(
    {},
    { truce: { epoch, groups, disarmedEndMs: left(disarmedEndMs), maintainedEndMs: left(maintainedEndMs) } },
  )
}

describe('status', () => {
  test('says until when, on whose order, why, and who has not confirmed', () => {
    const core = wellCore()
    const time = new Date('2026-11-21T12:00:00.000Z')
    expect(suspendedStatus(core.cluster(), core.nowMs(), time)).toBeUndefined()
    core.order(disarm)
    expect(suspendedStatus(core.cluster(), core.nowMs(), time)).toEqual({
      disarmed: { until: '2026-11-21T12:30:00.000Z', remainingS: 1_800, by: 'alpha', reason: 'switch' },
      unconfirmed: ['beta'],
    })
    expect(suspensionProblems(core.cluster()).map(({ code, text }) => `${code}: ${text}`)).toEqual([
      'DISARMED: fail-over is disarmed for another 30 min (ordered on alpha: switch): nobody takes over from a silent node',
      'UNCONFIRMED: not confirmed by beta (has not said so yet): it may forget it and take over, so who is cut off lets go as always',
    ])
    confirm(core)
    expect(suspensionProblems(core.cluster()).map(({ code }) => code)).toEqual(['DISARMED'])
    core.order({ verb: 'arm' })
    expect(suspensionProblems(core.cluster())).toEqual([])
  })

  test('a group that runs is alone while fail-over is disarmed or it is in maintenance', () => {
    const core = wellCore()
    expect(groupIn(core)).toMatchObject({ state: 'running' })
    core.order(disarm)
    expect(groupIn(core)).toMatchObject({
      state: 'alone',
      why: 'fail-over is disarmed for another 30 min (ordered on alpha: switch): nobody takes over from a silent node',
      ifDies: expect.stringContaining('would NOT start elsewhere (fail-over is disarmed'),
    })
    core.order({ verb: 'arm' })
    core.order({ verb: 'maintenance-on', group: web, forMs: 7_200_000 })
    expect(groupIn(core)).toMatchObject({
      state: 'alone',
      why: 'web is in maintenance for another 2 h (ordered on alpha): nobody starts, stops or moves it',
      fix: 'to end that, type: tandem maintenance off web',
    })
  })
})

function give(core: Core, order: Order, timeoutMs = 60_000) {
  const orders = new Orders(core.nowMs)
  let read = core.effects.length
  let result: Result | undefined
  const opened = orders.open(order, true, timeoutMs, () => undefined)
  void opened.result.then(value => {
    result = value
  })
  core.post({ type: 'order', id: opened.id, order })
  return {
    result: () => result,
    async look() {
      for (const effect of core.effects.slice(read)) {
        if (effect.type === 'answer') orders.answered(effect.id, effect.answer)
      }
      read = core.effects.length
      orders.look(core.cluster())
      await new Promise(resolve => setImmediate(resolve))
    },
    end: () => opened.result,
  }
}

describe('an order', () => {
  test('is done when every living node has confirmed it', async () => {
    const core = wellCore()
    const given = give(core, disarm)
    await given.look()
    expect(given.result()).toBeUndefined()
    confirm(core)
    await given.look()
    expect(given.result()).toEqual({
      code: 0,
      text: 'fail-over is disarmed for another 30 min (ordered on alpha: switch)',
      moved: [],
    })
  })

  test('does not wait for the dead, and says what it means that they have not', async () => {
    const core = wellCore()
    core.silence(11_000)
    const given = give(core, disarm)
    await given.look()
    expect(given.result()).toMatchObject({ code: 0, text: expect.stringContaining('not confirmed by beta (dead)') })
    const armed = give(core, { verb: 'arm' })
    await armed.look()
    expect(armed.result()?.text).toContain('fail-over is armed\nbeta cannot know of it: nothing is taken from there')
  })

  test('names who has not confirmed when its time is over', async () => {
    const core = wellCore()
    const given = give(core, disarm, 20)
    await given.look()
    expect(await given.end()).toMatchObject({
      code: 5,
      text: expect.stringContaining('not confirmed yet by beta after 0.02 s'),
    })
  })

  test('that is too short or too long is refused with what to write', async () => {
    const core = wellCore()
    const text = (forMs: number): string => planOf(core.cluster(), { verb: 'disarm', forMs }, core.nowMs()).text
    expect(text(20_000)).toMatch(/would be refused: 20 s is too short: .*write --for 23s or more/)
    expect(text(86_400_001)).toMatch(/would be refused: 24 h is too long: .*write --for 24h or less/)
  })

  test('for a group in maintenance is refused with what to type', () => {
    const core = wellCore()
    core.order({ verb: 'maintenance-on', group: web, forMs: 7_200_000, reason: 'by hand' })
    const text = (order: Order): string => planOf(core.cluster(), order, core.nowMs()).text
    const why =
      'would be refused: web is in maintenance for another 2 h (ordered on alpha: by hand); to end that, type: tandem maintenance off web'
    expect(text({ verb: 'standby' })).toBe(why)
    expect(text({ verb: 'give-away', scope: 'all' })).toBe(why)
    expect(text({ verb: 'clear', group: web })).toBe(why)
    expect(text({ verb: 'takeover', scope: 'all' })).toContain('db goes from beta to alpha') // web is here already
    expect(text({ verb: 'maintenance-off', group: 'none' as never })).toContain(
      'no group none; haresources has web, db',
    )
  })

  test('says with --dry-run what it would do', () => {
    const core = wellCore()
    const text = (order: Order): string => planOf(core.cluster(), order, core.nowMs()).text
    expect(text(disarm)).toBe(
      [
        'fail-over is disarmed for another 30 min (ordered on alpha: switch): nobody takes over from a silent node',
        'to be confirmed by beta',
        'no group would move',
        'nothing has been changed',
      ].join('\n'),
    )
    expect(core.cluster().truce).toBeUndefined()
    core.order(disarm)
    expect(text({ verb: 'arm' })).toContain('fail-over is armed again\n')
    expect(text({ verb: 'maintenance-on', group: web, forMs: 60_000 })).toContain(
      'web is in maintenance for another 60 s',
    )
    core.order({ verb: 'maintenance-on', group: web, forMs: 60_000 })
    expect(text({ verb: 'maintenance-off' })).toContain('web is no longer in maintenance\n')
  })
})
