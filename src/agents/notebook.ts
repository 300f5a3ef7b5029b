import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Notebook } from './agent.ts'
import { writeDurably } from './writeDurably.ts'

/** Files that only root may read. */
export function notebook(folder: string): Notebook {
  const path = (name: string): string => join(folder, name)
  let nth = 0
  return {
    path,
    read(name) {
      try {
        return readFileSync(path(name), 'utf8')
      } catch {
        return undefined
      }
    },
    async write(name, text) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      nth += 1
      // A command may write the same word at the same time.
      await writeDurably(path(name), text, `${path(name)}.${process.pid}.${nth}.new`)
    },
  }
}
