// Takes a safety rule out of the code while it is bundled; the working tree is not touched.
import { readFileSync } from 'node:fs'

/**
 * A plugin for esbuild. `isApplied` tells afterwards whether each text of the mutant stood exactly once in its file.
 * @param {string} root
 * @param {{ file: string, search: string, replace: string, also?: { search: string, replace: string } } | undefined} mutant
 */
export function mutation(root, mutant) {
  let applied = mutant === undefined
  const plugin = {
    name: 'mutate',
    setup(b) {
      if (mutant === undefined) return
      b.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        if (path !== `${root}${mutant.file}`) return undefined
        applied = true
        let contents = readFileSync(path, 'utf8')
        for (const { search, replace } of [mutant, ...(mutant.also ? [mutant.also] : [])]) {
          const parts = contents.split(search)
          applied &&= parts.length === 2
          contents = parts.join(replace)
        }
        return { contents, loader: 'ts' }
      })
    },
  }
  return { plugin, isApplied: () => applied }
}
