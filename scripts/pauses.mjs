/** `npm run pauses`: test/chaos/pauses.ts, after everything it needs. */
import { prepare, root } from '../bench/prepare.mjs'

const { pauses } = await prepare('pauses', 'test/chaos')
process.exit(
  await pauses(root, process.argv.slice(2)).catch(error => {
    console.error(`pauses failed: ${error.message}`)
    return 1
  }),
)
