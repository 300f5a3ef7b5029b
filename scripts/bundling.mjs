/** How the scripts bundle a TypeScript file of this tree, to run it. */
export const bundling = (root, entry, logLevel = 'warning') => ({
  entryPoints: [`${root}${entry}`],
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel,
})
