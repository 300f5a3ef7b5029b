import { expect, test } from 'vitest'
import type { Effect } from '../../src/events.ts'
import { alpha, beta, type Core, wellCore } from '../daemon/cores.ts'

const told = (core: Core): readonly (readonly string[])[] =>
  core.effects
    .filter((effect): effect is Extract<Effect, { type: 'publish' }> => effect.type === 'publish')
    .map(({ report }) => [...report.dead])

test('a peer that dies is told at once, and so is its return', () => {
  const core = wellCore()
  expect(told(core).at(-1)).toEqual([])
  // Nothing to take over: the death itself is the only news.
  core.order({ verb: 'standby' })
  core.obey()
  const before = told(core).length
  core.silence(9_500)
  expect(told(core)).toHaveLength(before)
  core.silence(500)
  expect(told(core).slice(before)).toEqual([[beta], [beta]]) // and then that this node is the last man
  core.silence(5_000)
  core.hear()
  expect(told(core).slice(before)).toEqual([[beta], [beta], []])
})

test('a peer that says good-bye is not dead, also when it is silent for long', () => {
  const core = wellCore()
  core.hear({ db: { state: 'stopped' } }, { leaving: true, left: true })
  core.silence(20_000)
  expect(core.cluster().members.peers.get(beta)!.health).toBe('dead')
  expect(told(core).flat()).toEqual([])
})

test('whom a peer takes for dead is news of it', () => {
  const core = wellCore()
  const said = () => core.cluster().members.peers.get(beta)!.report
  const before = said()
  core.hear({}, { dead: new Set() })
  expect(said()).toBe(before)
  core.hear({}, { dead: new Set([alpha]) })
  expect(said()!.dead).toEqual(new Set([alpha]))
})
