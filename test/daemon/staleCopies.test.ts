import { describe, expect, test } from 'vitest'
import { absorbLine, type DrbdStates } from '../../src/agents/drbd/state.ts'
import { watchCopies } from '../../src/daemon/staleCopies.ts'
import type { Outcome } from '../../src/types.ts'
import { type FakeDrbd, fakeHost, snapshot } from '../agents/drbd/fakeDrbd.ts'
import { fakeClock } from '../agents/fakes.ts'
import { groups, newCore, web } from './cores.ts'

/** beta works with r0, and here is its copy. Time is that of the core. */
function lab(more: Partial<FakeDrbd> = {}, answer: Outcome = { ok: true }) {
  const core = newCore()
  const { drbd } = fakeHost({ connection: 'Connecting', ...more })
  const outdated: string[] = []
  const said: string[] = []
  const clock = fakeClock(core.nowMs())
  const end = watchCopies({
    groups,
    clock: { nowMs: () => clock.nowMs(), after: (ms, call) => clock.after(ms, call) },
    state: () => core.cluster(),
    copies(group) {
      let states: DrbdStates = new Map()
      for (const line of snapshot(drbd).split('\n')) states = absorbLine(states, line)[0]
      return group !== web ? [] : drbd.isUp ? [...states] : [['r0', undefined]]
    },
    async outdate(_group, name) {
      outdated.push(name)
      if (answer.ok) drbd.disk = 'Outdated'
      return answer
    },
    say: text => said.push(text),
    post: event => core.post(event),
  })
  return {
    core,
    drbd,
    outdated,
    said,
    end,
    /** Each second beta says this of the group, or nobody is heard. Both clocks are one. */
    async pass(ms: number, says: 'running' | 'stopped' | undefined) {
      for (let passed = 0; passed < ms; passed += 1_000) {
        if (says === undefined) core.silence(1_000)
        else core.hear({ web: { state: says } })
        await clock.advance(1_000)
      }
    },
  }
}

describe('a copy that is not written while another node works with the original', () => {
  test('is outdated, once', async () => {
    const { core, pass, outdated, said } = lab()
    await pass(5_000, 'running')
    expect(outdated).toEqual(['r0'])
    expect(core.cluster().spoken?.claims.get(web)?.outdated).toBe(true)
    expect(said).toEqual([expect.stringContaining('r0 is outdated here: it is not written, while beta works with it')])
  })

  test('is outdated where it is not even up: a start would bring it up, old as it is', async () => {
    const { core, drbd, pass, outdated } = lab({ isUp: false })
    const saysSo = () => core.cluster().spoken?.claims.get(web)?.outdated
    await pass(5_000, undefined)
    expect([outdated, saysSo()]).toEqual([[], false])
    await pass(5_000, 'running')
    expect([outdated, saysSo()]).toEqual([['r0'], true])
    // Up and equal again, then taken down once more.
    Object.assign(drbd, { isUp: true, connection: 'Connected', disk: 'UpToDate' })
    await pass(2_000, 'running')
    expect(saysSo()).toBe(false)
    drbd.isUp = false
    await pass(5_000, 'running')
    expect(outdated).toEqual(['r0', 'r0'])
  })

  test('is left alone while nobody is heard: its owner may be dead, and this one the last copy', async () => {
    const { drbd, pass, outdated } = lab({ connection: 'Connected' })
    await pass(5_000, 'running')
    drbd.connection = 'Connecting'
    await pass(60_000, undefined)
    expect(outdated).toEqual([])
  })

  test.each([
    ['connected', { connection: 'Connected' }],
    ['primary', { role: 'Primary' }],
    ['not good anyway', { disk: 'Inconsistent' }],
  ])('is left alone when it is %s', async (_what, more) => {
    const { pass, outdated } = lab(more)
    await pass(10_000, 'running')
    expect(outdated).toEqual([])
  })

  test('is left alone where the group does not run there', async () => {
    const { pass, outdated } = lab()
    await pass(10_000, 'stopped')
    expect(outdated).toEqual([])
  })

  test('that cannot be outdated is said once, and again when it happens again', async () => {
    const { drbd, pass, said } = lab({}, { ok: false, why: 'exit code 17' })
    await pass(10_000, 'running')
    expect(said).toEqual([expect.stringContaining('cannot be outdated: exit code 17')])
    drbd.connection = 'Connected'
    await pass(1_000, 'running')
    drbd.connection = 'Connecting'
    await pass(5_000, 'running')
    expect(said).toHaveLength(2)
  })

  test('is nobody looked at after the end', async () => {
    const { pass, outdated, end } = lab()
    end()
    await pass(5_000, 'running')
    expect(outdated).toEqual([])
  })
})
