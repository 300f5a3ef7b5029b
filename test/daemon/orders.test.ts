import { describe, expect, test } from 'vitest'
import { Orders, type Result } from '../../src/daemon/orders.ts'
import type { Order } from '../../src/events.ts'
import { beta, type Core, db, web, wellCore } from './cores.ts'

interface Given {
  readonly notes: string[]
  /** undefined while it is still waited for. */
  result(): Result | undefined
  /** Passes on what the core has said since, as the daemon does. */
  look(): Promise<void>
}

function give(core: Core, order: Order, wait = true, timeoutMs = 60_000): Given {
  const orders = new Orders(core.nowMs)
  const notes: string[] = []
  let result: Result | undefined
  let read = core.effects.length
  const opened = orders.open(order, wait, timeoutMs, line => notes.push((line as { note: string }).note))
  void opened.result.then(value => {
    result = value
  })
  core.post({ type: 'order', id: opened.id, order })
  return {
    notes,
    result: () => result,
    async look() {
      for (const effect of core.effects.slice(read)) {
        if (effect.type === 'answer') orders.answered(effect.id, effect.answer)
        if (effect.type === 'note') orders.noted(effect.note)
      }
      read = core.effects.length
      orders.look(core.cluster())
      await new Promise(resolve => setImmediate(resolve))
    },
  }
}
const failing = { ok: false, why: 'exit code 1' } as const

describe('takeover', () => {
  test('is done when the group runs here and the other has let go', async () => {
    const core = wellCore()
    const given = give(core, { verb: 'takeover', scope: 'all' })
    await given.look()
    core.hear({ db: { state: 'stopping' } })
    await given.look()
    expect(given.result()).toBeUndefined()
    core.hear({ db: { state: 'stopped' } })
    core.obey()
    await given.look()
    expect(given.result()).toEqual({
      code: 0,
      text: 'db active on alpha after 2000 ms',
      moved: [{ group: db, owner: 'alpha', ms: 2_000 }],
    })
    expect(given.notes).toContain('db is running here')
  })

  test('fails with the reason of the start, or when the other cannot stop', async () => {
    const core = wellCore()
    const given = give(core, { verb: 'takeover', scope: 'all' })
    await given.look()
    core.hear({ db: { state: 'stopped' } })
    core.finish(db, failing)
    await given.look()
    expect(given.result()).toMatchObject({ code: 1, text: 'db failed to start here: exit code 1' })

    const other = wellCore()
    const blocked = give(other, { verb: 'takeover', scope: 'all' })
    await blocked.look()
    other.hear({ db: { state: 'blocked' } })
    await blocked.look()
    expect(blocked.result()).toMatchObject({
      code: 1,
      text: expect.stringContaining('db is blocked, a stop failed on beta'),
    })
  })

  test('without waiting it is answered at once; a refusal is code 4', async () => {
    const quick = give(wellCore(), { verb: 'takeover', scope: 'all' }, false)
    await quick.look()
    expect(quick.result()).toMatchObject({ code: 0, text: 'ordered' })
    const core = wellCore()
    core.post({ type: 'not-saved', why: 'ENOSPC' })
    const refused = give(core, { verb: 'takeover', scope: 'all' })
    await refused.look()
    expect(refused.result()).toMatchObject({ code: 4, text: expect.stringContaining('state folder') })
  })

  test('of what is here already moves nothing', async () => {
    const given = give(wellCore(), { verb: 'takeover', scope: 'local' })
    await given.look()
    expect(given.result()).toMatchObject({ code: 0, text: 'nothing to move', moved: [] })
  })

  test('what is not done in time is code 5', async () => {
    const given = give(wellCore(), { verb: 'takeover', scope: 'all' }, true, 1)
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(given.result()).toMatchObject({ code: 5, text: expect.stringContaining('still in progress after 0.001 s') })
  })
})

describe('move', () => {
  const toBeta = { verb: 'move', group: web, to: beta } as const

  test('is done when it runs there and nowhere else', async () => {
    const core = wellCore()
    const given = give(core, toBeta)
    await given.look()
    core.hear({ web: { state: 'starting' } })
    core.obey()
    await given.look()
    expect(given.result()).toBeUndefined()
    core.hear({ web: { state: 'running' } })
    await given.look()
    expect(given.result()).toMatchObject({ code: 0, moved: [{ group: web, owner: beta, ms: 2_000 }] })
  })

  test('to where it is already says so, and makes it stick', async () => {
    const core = wellCore()
    const given = give(core, { ...toBeta, group: db })
    await given.look()
    expect(given.result()).toEqual({
      code: 0,
      text: 'db is on beta already; it stays there until beta dies or an operator moves it',
      moved: [],
    })
    expect(core.cluster().groups.get(db)!.assignment).toMatchObject({ owner: beta, by: 'operator', because: 'moved' })
    expect(core.cluster().groups.get(db)!.assignment.epoch.counter).toBeGreaterThan(0)
  })

  test('fails when the start there fails, also if it has been given back by then', async () => {
    const core = wellCore()
    const given = give(core, toBeta)
    await given.look()
    core.obey()
    core.hear({ web: { failed: true } })
    await given.look()
    expect(given.result()).toMatchObject({ code: 1, text: 'web failed to start on beta' })
  })

  test('fails when somebody gives it to another node meanwhile', async () => {
    const core = wellCore()
    const given = give(core, toBeta)
    await given.look()
    core.order({ verb: 'takeover', scope: 'local' })
    await given.look()
    expect(given.result()).toMatchObject({ code: 1, text: 'web was given to alpha meanwhile' })
  })
})

describe('standby', () => {
  test('is done when everything held here is elsewhere', async () => {
    const core = wellCore()
    const given = give(core, { verb: 'standby' })
    await given.look()
    core.obey()
    await given.look()
    expect(given.result()).toBeUndefined()
    core.hear({ web: { state: 'running' } })
    await given.look()
    expect(given.result()).toMatchObject({ code: 0, moved: [{ group: web, owner: beta }] })
  })

  test('a group that is already given away but still held here is waited for', async () => {
    const core = wellCore()
    core.order({ verb: 'give-away', scope: 'all' })
    const given = give(core, { verb: 'standby' })
    await given.look()
    expect(given.result()).toBeUndefined()
    core.obey()
    await given.look()
    expect(given.result()).toMatchObject({ code: 0, text: 'alpha is in standby' })
  })

  test('a stop that fails ends it', async () => {
    const core = wellCore()
    const given = give(core, { verb: 'standby' })
    await given.look()
    core.finish(web, failing)
    core.finish(web, failing)
    await given.look()
    expect(given.result()).toMatchObject({ code: 1, text: 'web is blocked here, a stop failed: exit code 1' })
  })
})

test('clear and unstandby say what they did', async () => {
  const core = wellCore()
  const nothing = give(core, { verb: 'clear' })
  await nothing.look()
  expect(nothing.result()).toMatchObject({ code: 0, text: 'nothing was failed or blocked here' })
  const again = give(core, { verb: 'unstandby' })
  await again.look()
  expect(again.result()).toMatchObject({ code: 0, text: 'alpha takes part again' })
})

test('orders that nobody will look after any more are ended', async () => {
  const orders = new Orders(() => 0)
  const { result } = orders.open({ verb: 'standby' }, true, 60_000, () => {})
  orders.abandon('reloaded')
  expect(await result).toEqual({ code: 5, text: 'reloaded', moved: [] })
})
