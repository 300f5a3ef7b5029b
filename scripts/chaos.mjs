/** `npm run chaos`: test/chaos/chaos.ts, after everything it needs. */
import { prepare, root } from '../bench/prepare.mjs'

const { chaos } = await prepare('chaos', 'test/chaos')
process.exit(
  await chaos(root, process.argv.slice(2)).catch(error => {
    console.error(`chaos failed: ${error.message}`)
    return 1
  }),
)
