/** `npm run test:lab`: test/lab/testLab.ts, after everything it needs. Left out, loudly, where no guests can be made. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { prepare, root } from '../bench/prepare.mjs'

/** The folder of the laboratory that boots guests with a DRBD kernel: `lab` and `client.mjs`. */
const lab = process.env.TANDEM_LAB ?? join(dirname(root), 'shared', 'lab')

const why = !existsSync(join(lab, 'client.mjs'))
  ? `there is no laboratory in ${lab}; name its folder with TANDEM_LAB`
  : process.getuid?.() !== 0
    ? 'guests need root'
    : undefined
if (why === undefined) {
  const { testLab } = await prepare('testLab', 'test/lab')
  process.exit(
    await testLab(root, lab, process.argv.slice(2)).catch(error => {
      console.error(`test:lab failed: ${error.message}`)
      return 1
    }),
  )
}
console.log(`\n*** SKIPPED: test:lab did not run: ${why}. Nothing about real DRBD was shown. ***\n`)
