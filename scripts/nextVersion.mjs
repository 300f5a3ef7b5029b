/**
 * The next version of this tree, for tests of an upgrade: what is kept on disk is of the next version there, with a word more,
 * and not to be read by this one. Only while bundling; the tree is not touched.
 */
import { mutation } from './mutate.mjs'

const changes = [
  {
    file: 'src/daemon/disk.ts',
    search: 'const format = { version: 1, readableBy: 1 }',
    replace: 'const format = { version: 2, readableBy: 2 }',
    also: {
      search: '  standby: v.boolean(),\n',
      replace: "  standby: v.boolean(),\n  writtenBy: v.optional(v.string(), 'the version before'),\n",
    },
  },
]

/** Plugins for esbuild, and what did not apply afterwards. */
export function nextVersion(root) {
  const all = changes.map(change => ({ ...mutation(root, change), file: change.file }))
  return {
    plugins: all.map(({ plugin }, index) => ({ ...plugin, name: `next-${index}` })),
    missed: () => all.filter(({ isApplied }) => !isApplied()).map(({ file }) => file),
  }
}
