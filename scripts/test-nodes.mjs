/**
 * `npm run test:nodes`: unit tests and stories under the other supported versions of Node.js. Their plain binaries come
 * as an npm package and go away afterwards. A version that cannot be had is skipped, loudly; the exit code is then 0.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { line, results, runStep } from './steps.mjs'

const versions = ['22', '24']
const kind = `node-linux-${process.arch}`
const place = mkdtempSync(join(tmpdir(), 'tandem-nodes-'))
chmodSync(place, 0o755) // some tests start programs as another user
process.on('exit', () => rmSync(place, { recursive: true, force: true }))
mkdirSync(results, { recursive: true })

for (const version of versions) {
  const result = `${results}/node${version}.json`
  rmSync(result, { force: true })
  const binary = await fetchNode(version)
  if (binary === undefined) continue
  const exact = execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim()
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${result}`]
  const done = await runStep({
    name: `unit, stories on ${exact}`,
    command: [binary, 'node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', ...reporters],
    limitSeconds: 180,
  })
  if (!done.ok) console.log(done.output.trimEnd())
  console.log(line(done))
  if (!done.ok) process.exitCode = 1
}

async function fetchNode(version) {
  const home = join(place, version)
  mkdirSync(home)
  const install = ['npm', 'install', '--no-save', '--ignore-scripts', '--no-package-lock', '--prefix', home]
  const got = await runStep({
    name: `fetch Node ${version}`,
    command: [...install, `${kind}@${version}`],
    limitSeconds: 120,
  })
  const binary = join(home, 'node_modules', kind, 'bin', 'node')
  if (got.ok && existsSync(binary)) return binary
  const reason = got.output.trim().split('\n').slice(-3).join('\n  ')
  console.log(`${'*'.repeat(78)}\n  Node ${version} NOT TESTED: ${kind}@${version} could not be installed: ${got.why}`)
  console.log(`  ${reason}\n${'*'.repeat(78)}`)
  return undefined
}
