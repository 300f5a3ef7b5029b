import { readFileSync } from 'node:fs'
import { mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Notebook } from './agent.ts'

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
      const next = `${path(name)}.${process.pid}.${nth}.new`
      const file = await open(next, 'w', 0o600)
      try {
        await file.writeFile(text)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(next, path(name))
    },
  }
}
