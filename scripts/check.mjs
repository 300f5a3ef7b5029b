/** `npm run check`: is the tree fit to be committed? All steps run; the first failure is explained at the end. */
import { biome, knip, line, node, runAll, tsc, vitest } from './steps.mjs'

const ownSteps = ['test/layers.test.ts', 'test/stories.test.ts']

const steps = [
  { name: 'types', command: tsc('-p', '.'), limitSeconds: 60 },
  { name: 'format', command: biome('format', '.'), limitSeconds: 60 },
  { name: 'lint', command: biome('check', '--formatter-enabled=false', '.'), limitSeconds: 60 },
  { name: 'dead code', command: knip(), limitSeconds: 60 },
  { name: 'layers', command: vitest('--project', 'unit', 'test/layers.test.ts'), limitSeconds: 60 },
  {
    name: 'unit tests',
    command: vitest('--project', 'unit', ...ownSteps.flatMap(file => ['--exclude', file])),
    limitSeconds: 180,
  },
  { name: 'stories', command: vitest('--project', 'unit', 'test/stories.test.ts'), limitSeconds: 60 },
  { name: 'seeds (300)', command: node('scripts/sim.mjs', '--seeds', '300'), limitSeconds: 120 },
]

const begun = performance.now()
const done = await runAll(steps, 2, result => console.log(line(result)))
const failed = done.filter(result => !result.ok)
const seconds = ((performance.now() - begun) / 1000).toFixed(1)

if (failed.length === 0) {
  console.log(`\nAll ${done.length} steps passed in ${seconds} s.`)
} else {
  const [first] = failed
  console.log(`\n--- ${first.name}: ${first.why}\n    ${command(first)}\n`)
  console.log(first.output.trimEnd().split('\n').slice(-80).join('\n'))
  console.log(
    `\n${failed.length} of ${done.length} steps failed in ${seconds} s: ${failed.map(f => f.name).join(', ')}`,
  )
  if (failed.some(({ name }) => name === 'format' || name === 'lint')) console.log('`npm run format` mends most of it.')
  process.exitCode = 1
}

function command({ command: [, script, ...args] }) {
  return ['node', script, ...args].join(' ')
}
