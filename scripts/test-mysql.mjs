/** `npm run test:mysql`: test/mysql/proof.ts, bundled and run. */
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { bundling } from './bundling.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const outfile = `${root}dist/test/mysql.mjs`
await build({ ...bundling(root, 'test/mysql/proof.ts'), packages: 'external', outfile })
const { proof } = await import(outfile)
process.exit(
  await proof(process.argv.slice(2)).catch(error => {
    console.error(`test:mysql failed: ${error.stack}`)
    return 1
  }),
)
