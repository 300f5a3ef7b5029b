import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { renderStatus } from '../../src/cli/renderStatus.ts'
import type { GroupState, NodeState, Status } from '../../src/daemon/protocol.ts'

const folder = new URL('./stories/', import.meta.url)
const stories = readdirSync(folder)
  .filter(name => name.endsWith('.json'))
  .map(name => name.slice(0, -'.json'.length))
const load = (story: string): Status => JSON.parse(readFileSync(new URL(`${story}.json`, folder), 'utf8'))
const plainly = (status: Status, width = 80): string => renderStatus(status, { width, height: 24, color: false })

describe('stories', () => {
  test('there are some', () => expect(stories.length).toBeGreaterThan(8))

  test.each(stories)('%s', story => {
    const path = new URL(`${story}.txt`, folder)
    const told = plainly(load(story))
    if (process.env['RETELL']) writeFileSync(path, told)
    expect(told).toBe(readFileSync(path, 'utf8'))
  })

  test.each(stories)('%s fits 24 lines at every width from 80 to 100, with and without colours', story => {
    const status = load(story)
    for (let width = 80; width <= 100; width++) {
      const text = plainly(status, width)
      expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(24)
      for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width)
      const coloured = renderStatus(status, { width, height: 24, color: true })
      expect(coloured.replaceAll(/\u001b\[\d+m/g, '').replaceAll(/ +$/gm, '')).toBe(text)
    }
  })
})

describe('what everybody looks for', () => {
  test('the worst comes first', () => {
    const text = plainly(load('beta-dead'))
    expect(text.indexOf('beta')).toBeLessThan(text.indexOf('alpha'))
    expect(text.indexOf('error')).toBe(-1) // the headline has said it
    const blocked = plainly(load('stop-failed'))
    expect(blocked.indexOf('db ')).toBeLessThan(blocked.indexOf('10.0.0.9/24/eth0'))
  })

  test('the same fate is told once, and last', () => {
    const last = plainly(load('all-well')).trimEnd().split('\n').slice(-2)
    expect(last).toEqual([
      'if alpha dies now: 10.0.0.9/24/eth0 and db start on beta about 10 s later',
      'if beta dies now: mail starts on alpha about 10 s later',
    ])
  })

  test('a lease below half is a warning', () => {
    const status = load('all-well')
    expect(plainly(status)).toContain('address lease 6.4 s of 7 s left')
    expect(plainly({ ...status, lease: { seconds: 7, remainingS: 3.4 } })).toContain('below half')
    expect(plainly({ ...status, lease: { seconds: 7, remainingS: 3.6 } })).not.toContain('below half')
  })

  test('one group alone, with its details', () => {
    const text = renderStatus(load('all-well'), { width: 80, height: 24, color: false, group: 'db' })
    expect(text).toContain('mysql')
    expect(text).not.toContain('mail')
  })

  test('text from a script cannot move the cursor', () => {
    const status = load('all-well')
    const nasty = { ...status, headline: 'a\u001b[2Jb\nc\td' }
    expect(plainly(nasty)).not.toMatch(/\u001b|\t/)
  })
})

const words = fc.array(fc.string({ maxLength: 30 }), { maxLength: 40 }).map(parts => parts.join(' '))
const nodeState = fc.constantFrom<NodeState>('up', 'late', 'dead', 'unseen', 'sick')
const groupState = fc.constantFrom<GroupState>(
  'running',
  'starting',
  'stopping',
  'stopped',
  'failed',
  'blocked',
  'unknown',
  'alone',
)
const trouble = fc.record({
  level: fc.constantFrom('error' as const, 'warning' as const),
  code: words,
  text: words,
  fix: words,
})

prop.prop([
  words,
  fc.array(nodeState, { minLength: 2, maxLength: 2 }),
  fc.array(groupState, { maxLength: 3 }),
  fc.array(trouble, { maxLength: 9 }),
  words,
  fc.integer({ min: 80, max: 100 }),
])('whatever is wrong with two nodes and three groups, it fits', (headline, nodes, groups, problems, why, width) => {
  const base = load('crowded')
  const status: Status = {
    ...base,
    headline,
    problems,
    nodes: nodes.map((state, i) => ({ ...base.nodes[i]!, state, why })),
    groups: groups.map((state, i) => ({ ...base.groups[i]!, state, why, because: why })),
  }
  const lines = plainly(status, width).trimEnd().split('\n')
  expect(lines.length).toBeLessThanOrEqual(24)
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(width)
  for (const state of nodes) expect(lines.join('\n')).toContain(state)
})
