/** `npm run demo`: bench/demo.ts, after everything it needs. */
import { prepare, root } from '../bench/prepare.mjs'

const { demo } = await prepare('demo')
process.exit(
  await demo(root, process.argv.slice(2)).catch(error => {
    console.error(`demo failed: ${error.message}`)
    return 1
  }),
)
