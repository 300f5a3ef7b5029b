import { rmSync } from 'node:fs'

/** How the scripts bundle a TypeScript file of this tree, to run it. */
export const bundling = (root, entry, logLevel = 'warning') => ({
  entryPoints: [`${root}${entry}`],
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel,
})

/** A folder of its own for what this process bundles and needs no longer than it lives; a signal takes it away too. */
export function passingFolder(root) {
  const folder = `${root}dist/passing-${process.pid}/`
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1))
  return folder
}
