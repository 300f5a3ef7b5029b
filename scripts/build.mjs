/** Bundles the three programs, and what they load when it is needed, into dist/, not minified, with source maps; dist/meta.json tells what is inside. */
import { readFileSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import { nextVersion } from './nextVersion.mjs'
import { root } from './steps.mjs'

/** Another version than the one in package.json, and what it would change, for tests of an upgrade. */
const { TANDEM_VERSION: version, TANDEM_NEXT: isNext } = process.env
const next = nextVersion(root)
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
  plugins: [...(version === undefined ? [] : [renamed]), ...(isNext ? next.plugins : [])],
  logLevel: 'warning',
})
if (isNext && next.missed().length > 0)
  throw new Error(
    `the next version would change ${next.missed().join(', ')}, but that has changed: mend scripts/nextVersion.mjs`,
  )
writeFileSync('dist/meta.json', JSON.stringify(result.metafile))
