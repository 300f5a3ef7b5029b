/** The exhaustive search in small: it finds nothing, it would find something, and it takes no two states for one. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { choiceOf, choices, happen, wordsOf } from './exhaustive/choices.ts'
import { searches, searchFor } from './exhaustive/main.ts'
import { rootsOf } from './exhaustive/search.ts'
import { settings } from './exhaustive/setting.ts'
import { Table } from './exhaustive/table.ts'
import { twins } from './exhaustive/twins.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

describe('the search', () => {
  for (const { name } of searches) {
    test(`breaks no law: ${name}`, () => {
      const { text, story, states, recovered } = searchFor(name, 2_500, 100)
      expect(text, story).toBeUndefined()
      expect(states).toBe(2_500)
      expect(recovered).toBeGreaterThan(0)
    })
  }

  test('does the same each time', () => {
    expect(searchFor('disk', 1_500, 100)).toEqual(searchFor('disk', 1_500, 100))
  })
})

describe('a rule that is taken out is missed', () => {
  const missing: readonly (readonly [mutant: string, setting: string, law: RegExp])[] = [
    ['start without clearance', 'disk', /^S2: /],
    ['a peer that still holds is no obstacle', 'disk', /^S2: /],
    ['an unseen peer is no obstacle', 'disk', /^S2: /],
    ['a failed start counts as not running', 'disk', /^S2: /],
    ['epochs count by steps of nothing', 'disk', /^S10: /],
    ['the lower epoch wins', 'disk', /^L6: /],
    ['deadtime is half', 'disk', /^S11: /],
    ['stop from left to right', 'address and disk', /^S3: /],
    ['a pause of our own accuses the others', 'address', /^S1: /],
    ['a peer that I hear need not echo me', 'address', /^S1: /],
    ['hand over at the first sight of a difference', 'service cables', /^S17: /],
  ]

  for (const [mutant, setting, law] of missing) {
    test(mutant, () => {
      const args = ['scripts/exhaustive.mjs', '--json', '--states', '20000', '--only', setting, '--mutant', mutant]
      const { status, stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
      expect(status).toBe(1)
      const [{ text, story }] = (JSON.parse(stdout) as { results: [{ text: string; story: string }] }).results
      expect(text).toMatch(law)
      expect(story).toContain(`VIOLATION ${text}`)
    })
  }
})

describe('states of one hash', () => {
  for (const setting of settings) {
    test(`go on alike: ${setting.name}`, () => {
      const { pairs, unlike } = twins(setting, 25, 150)
      expect(unlike).toEqual([])
      expect(pairs).toBeGreaterThan(50)
    })
  }
})

test('a choice is known by its words, and misfortunes run out', () => {
  const [setting] = settings
  const [{ world }] = rootsOf(setting!) as [ReturnType<typeof rootsOf>[number]]
  for (const misfortunes of [false, true]) {
    for (const choice of choices(setting!, world, misfortunes)) expect(choiceOf(wordsOf(choice))).toBe(choice)
  }
  const cut = choiceOf('the cable is cut')
  const mended = happen(setting!, happen(setting!, world, cut), choiceOf('the cable is mended'))
  expect(choices(setting!, world, true)).toContain(cut)
  expect(choices(setting!, mended, true)).not.toContain(cut)
})

test('the table of hashes takes each once, and grows', () => {
  const table = new Table(4)
  for (let n = 0; n < 1_000; n++) expect(table.add(n % 7, n)).toBe(true)
  for (let n = 0; n < 1_000; n++) expect(table.add(n % 7, n)).toBe(false)
  expect(table.size).toBe(1_000)
})
