/** Bundles the three programs, and what they load when it is needed, into dist/, not minified, with source maps; dist/meta.json tells what is inside. */
import { readFileSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'

/** Another version than the one in package.json, for tests of an upgrade. */
const { TANDEM_VERSION: version } = process.env
const renamed = {
  name: 'version',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/package\.json$/ }, ({ path }) => {
      const about = JSON.parse(readFileSync(path, 'utf8'))
      return { contents: JSON.stringify(about.name === 'tandem' ? { ...about, version } : about), loader: 'json' }
    }),
}

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
  plugins: version === undefined ? [] : [renamed],
  logLevel: 'warning',
})
writeFileSync('dist/meta.json', JSON.stringify(result.metafile))
