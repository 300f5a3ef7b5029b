/** `npm test`: build, unit tests and stories, then integration tests against the build. At most five minutes. */
import { mkdirSync, rmSync } from 'node:fs'
import { line, node, results, runStep, vitest } from './steps.mjs'

const isRoot = process.getuid?.() === 0
const withJson = name => ['--reporter=default', '--reporter=json', `--outputFile.json=${results}/${name}.json`]
const steps = [
  { name: 'build', command: node('scripts/build.mjs'), limitSeconds: 60 },
  {
    name: 'unit and stories',
    command: vitest('--project', 'unit', ...withJson('unit')),
    limitSeconds: 180,
  },
  {
    name: 'integration',
    command: vitest('--project', 'integration', ...withJson('integration')),
    limitSeconds: 240,
    needsRoot: true,
  },
]

rmSync(results, { recursive: true, force: true }) // an old result must never pass for a new one
mkdirSync(results, { recursive: true })

const skipped = []
const done = []
for (const step of steps) {
  if (step.needsRoot && !isRoot) {
    skipped.push(step.name)
    continue
  }
  console.log(`\n=== ${step.name}`)
  done.push(await runStep(step, 'terminal'))
  if (step.name === 'build' && !done[0].ok) break // nothing below would test the code as it is now
}

console.log(`\n${done.map(line).join('\n')}`)
for (const name of skipped) {
  console.log(`\n${'*'.repeat(78)}\n  ${name} tests NOT RUN: they build network namespaces, which needs root.`)
  console.log(`  The rest says nothing about addresses, agents or fail-over. Run: sudo npm test\n${'*'.repeat(78)}`)
}
if (done.some(result => !result.ok)) process.exitCode = 1
