/** Bundles the three programs, and what they load when it is needed, into dist/, not minified, with source maps; dist/meta.json tells what is inside. */
import { writeFileSync } from 'node:fs'
import { build } from 'esbuild'

const result = await build({
  entryPoints: {
    tandemd: 'src/daemon/main.ts',
    'tandem-beat': 'src/beat/main.ts',
    tandem: 'src/cli/main.ts',
    'tandem-mysql2': 'src/agents/mysqlrole/driver.ts',
  },
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: true,
  metafile: true,
  logLevel: 'warning',
})
writeFileSync('dist/meta.json', JSON.stringify(result.metafile))
