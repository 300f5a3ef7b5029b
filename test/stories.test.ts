/** Stories on disk are what the simulator tells today. `RETELL=1` writes them anew: read the diff before it is committed. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { retell } from './sim/story.ts'

const folder = new URL('./stories/', import.meta.url)

describe('stories', () => {
  for (const name of readdirSync(folder).filter(file => file.endsWith('.txt'))) {
    test(name, () => {
      const file = new URL(name, folder)
      const text = readFileSync(file, 'utf8')
      const told = retell(text)
      if (process.env['RETELL']) writeFileSync(file, told)
      else expect(told).toBe(text)
      expect(told).not.toContain('VIOLATION')
    })
  }
})
