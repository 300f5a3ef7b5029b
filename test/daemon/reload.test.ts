import { expect, test } from 'vitest'
import type { Settings } from '../../src/config/settings.ts'
import { hindrance } from '../../src/daemon/reload.ts'
import { alpha, type Core, groups, newCore, web, wellCore } from './cores.ts'

const next = (core: Core, changes: Partial<Settings>): string | undefined =>
  hindrance(core.cluster(), { self: alpha, groups, ...changes } as Settings)

test('what is held here must keep its line; what is elsewhere may change', () => {
  const core = wellCore()
  expect(next(core, {})).toBeUndefined()
  expect(next(core, { groups: groups.slice(1) })).toMatch(/^web is held here and has no line in the new haresources/)
  expect(next(core, { groups: groups.slice(0, 1) })).toBeUndefined()
  const shorter = { ...groups[0]!, resources: groups[0]!.resources.slice(1) }
  expect(next(core, { groups: [shorter, groups[1]!] })).toMatch(/^web is held here and has other resources/)
  const moved = { ...groups[0]!, homes: [...groups[0]!.homes].reverse() }
  expect(next(core, { groups: [moved, groups[1]!] })).toBeUndefined()
})

test('not under another name, not while something is being done, not while leaving', () => {
  const core = wellCore()
  expect(next(core, { self: 'gamma' as typeof alpha })).toContain('this node would be gamma instead of alpha')
  core.order({ verb: 'standby' })
  expect(next(core, {})).toBe(`${web} is being stopped; try again when that is over`)
  core.post({ type: 'leave' })
  expect(next(core, {})).toBe('this node is shutting down')
  expect(next(newCore(), {})).toMatch(/is being looked at; try again when that is over$/)
})
