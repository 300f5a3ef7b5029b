import { describe, expect, test } from 'vitest'
import type { HistoryRecord } from '../../../src/daemon/records/record.ts'
import { newRecorder, newStamp } from '../../../src/daemon/records/recorder.ts'
import { alpha, beta, type Core, db, newCore, web, wellCore } from '../cores.ts'

/** Passes on what a core has said, as the daemon does. */
function recording(core: Core) {
  const records: HistoryRecord[] = []
  const stamp = newStamp('alpha', 'b00710ad', () => new Date(Date.UTC(2026, 10, 21)))
  const recorder = newRecorder(stamp, record => records.push(record))
  let read = core.effects.length
  recorder.look(core.cluster(), core.nowMs())
  return {
    records,
    /** What has come since, and its records. */
    look(): readonly HistoryRecord[] {
      const from = records.length
      for (const effect of core.effects.slice(read))
        if (effect.type === 'note') recorder.noted(effect.note, core.cluster(), core.nowMs())
      read = core.effects.length
      recorder.look(core.cluster(), core.nowMs())
      return records.slice(from)
    },
  }
}
const codes = (records: readonly HistoryRecord[]): string[] => records.map(({ code }) => code)

describe('a death and what follows', () => {
  const core = wellCore()
  const told = recording(core)
  core.silence(9_000)
  const late = told.look()
  core.silence(2_000)
  const dead = told.look()
  core.obey()
  const started = told.look()

  test('is recorded in its order', () => {
    expect([codes(late), codes(dead), codes(started)]).toEqual([
      ['node-late'],
      ['node-dead', 'assigned'],
      ['job-done', 'group-running'],
    ])
  })

  test('with the last sign of life, and what was allowed', () => {
    const [death] = dead
    expect(death).toMatchObject({ v: 1, node: 'alpha', boot: 'b00710ad', peer: beta, limitMs: 10_000, level: 'WARN' })
    expect(death!.atMs - death!.lastHeardAtMs!).toBeGreaterThanOrEqual(10_000)
    expect(death!.text).toContain('is dead')
  })

  test('with its decision whole', () => {
    const { move, event, group } = dead[1]!
    const { minter, counter } = core.cluster().groups.get(db)!.assignment.epoch
    expect([event, group]).toEqual([`db/${counter}.${minter}`, 'db'])
    expect(move).toMatchObject({ from: beta, to: alpha, by: 'policy', rule: 'owner-dead', decidedHere: true })
    expect(move!.because).toBe('beta is dead')
    expect(move!.ruleText).toMatch(/^When the owner .*\.$/)
    expect(move!.inputs).toHaveLength(2)
  })

  test('with every job under its move', () => {
    expect(started[0]).toMatchObject({ event: dead[1]!.event, group: db, level: 'debug' })
    expect(started[0]!.job).toEqual({ op: 'start', resources: ['db'], beganAtMs: core.nowMs(), ok: true })
    expect(started[1]).toMatchObject({ event: dead[1]!.event, text: 'db is running here' })
  })
})

describe('an order', () => {
  test('is recorded with its words, and each move that it made', () => {
    const core = wellCore()
    const told = recording(core)
    core.order({ verb: 'takeover', scope: 'all' })
    const [order, move] = told.look()
    expect(order).toMatchObject({ code: 'ordered', groups: [db], words: 'takeover all' })
    expect(move).toMatchObject({ code: 'assigned', group: db, move: { rule: 'takeover', from: beta, to: alpha } })
    core.hear({ db: { state: 'stopping' } })
    core.hear({ db: { state: 'stopped' } })
    const [stopped] = told.look()
    expect(stopped).toMatchObject({ code: 'claim', claim: 'stopped', peer: beta, event: move!.event })
  })

  test('that is refused is recorded with the reason', () => {
    const core = wellCore()
    const told = recording(core)
    core.order({ verb: 'clear', group: 'nothing' as typeof web })
    expect(told.look()).toMatchObject([{ code: 'refused', words: 'clear', why: expect.stringContaining('no group') }])
  })
})

describe('a start that fails', () => {
  test('belongs to the move that it was begun for, and the next move follows from it', () => {
    const core = wellCore()
    const told = recording(core)
    core.order({ verb: 'takeover', scope: 'all' })
    core.hear({ db: { state: 'stopped' } })
    const event = told.look().find(({ code }) => code === 'assigned')!.event
    core.finish(db, { ok: false, why: 'no luck' })
    const after = told.look()
    expect(after.find(({ code }) => code === 'job-failed')).toMatchObject({ event, job: { ok: false, why: 'no luck' } })
    expect(after.find(({ code }) => code === 'group-failed')).toMatchObject({ event, level: 'CRIT', why: 'no luck' })
    core.obey()
    const [stopped, back] = told.look().filter(({ code }) => code === 'job-done' || code === 'assigned')
    expect(stopped).toMatchObject({ event, job: { op: 'stop' } })
    expect(back!.event).not.toBe(event)
    expect(back!.move?.rejected[0]).toMatchObject({ choice: 'stay', node: alpha, why: 'failed to start it: no luck' })
  })
})

describe('a group that waits', () => {
  test('is told once, after two keepalives, and when it waits no longer', () => {
    const core = newCore()
    const told = recording(core)
    core.obey()
    core.silence(1_000)
    expect(codes(told.look())).toEqual([])
    core.silence(500)
    told.look()
    core.silence(3_000)
    const waits = told.look().filter(({ code }) => code === 'waits')
    expect(waits.map(({ group }) => group)).toEqual([web, db])
    expect(waits[0]).toMatchObject({
      level: 'WARN',
      event: 'web/0.alpha',
      why: expect.stringContaining('waits for beta'),
    })
    core.silence(3_000)
    expect(codes(told.look())).toEqual([])
    core.hear()
    core.obey()
    expect(codes(told.look())).toContain('waits-no-longer')
  })
})

describe('what flaps', () => {
  test('is kept a few times a minute and counted after that; deaths and moves are always kept', () => {
    const core = wellCore()
    const told = recording(core)
    for (let i = 0; i < 9; i++) {
      core.silence(3_500)
      core.hear()
      told.look()
    }
    expect(codes(told.records).filter(code => code === 'node-late')).toHaveLength(5)
    core.silence(2_500)
    for (let i = 0; i < 9; i++) core.hear()
    for (let i = 0; i < 20; i++) core.hear()
    core.silence(3_500)
    told.look()
    const lates = told.records.filter(({ code }) => code === 'node-late')
    expect(lates).toHaveLength(6)
    expect(lates[5]!.unkept).toBe(4)
  })
})
