/** `npm run bench`: bench/bench.ts, after everything it needs. */
import { prepare, root } from '../bench/prepare.mjs'

const { bench } = await prepare('bench')
process.exit(
  await bench(root, process.argv.slice(2)).catch(error => {
    console.error(`bench failed: ${error.message}`)
    return 1
  }),
)
