import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { mutants } from './list.ts'

/** A rule that has moved would be broken nowhere, and its mutant not be missed before the whole list is run. */
test('each mutant finds its place, once', () => {
  const lost = mutants.filter(({ file, search }) => readFileSync(file, 'utf8').split(search).length !== 2)
  expect(lost.map(({ name }) => name)).toEqual([])
})

test('no two have one name', () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length)
})
