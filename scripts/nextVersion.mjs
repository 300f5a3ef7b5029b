/**
 * The next version of this tree, for tests of an upgrade. Its heartbeats are of the next version of the protocol, with a byte
 * more, and so is what it keeps on disk, with a word more and not to be read by this one. Only while bundling; the tree is not
 * touched.
 */
import { mutation } from './mutate.mjs'

const changes = [
  {
    file: 'src/membership/wire.ts',
    search: 'export const wire: Wire = { oldest: 1, newest: 1 }',
    replace: 'export const wire: Wire = { oldest: 1, newest: 2 }',
  },
  {
    file: 'src/membership/packet.ts',
    search: '  writeUint(to, 4, book.nodesDigest)\n',
    replace: '  if (datagram.version > 1) writeUint(to, 1, 77)\n  writeUint(to, 4, book.nodesDigest)\n',
    also: {
      search: '  const flags = readByte(from)\n  // Nodes go',
      replace:
        "  const flags = readByte(from)\n  if (version > 1 && readByte(from) !== 77) from.fault ??= 'malformed'\n  // Nodes go",
    },
  },
  {
    file: 'src/daemon/disk.ts',
    search: 'const format = { version: 1, readableBy: 1 }',
    replace: 'const format = { version: 2, readableBy: 2 }',
  },
  {
    file: 'src/daemon/kept.ts',
    search: '  standby: v.boolean(),\n',
    replace: "  standby: v.boolean(),\n  writtenBy: v.optional(v.string(), 'the version before'),\n",
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
