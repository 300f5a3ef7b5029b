/** The steps of `.ci/run` after the installation, one after the other, and the count of what passed and failed. */
import { readFileSync, rmSync } from 'node:fs'
import { line, results, runStep } from './steps.mjs'

const npm = (...args) => ['npm', '--silent', 'run', ...args]
const isRoot = process.getuid?.() === 0

/** Each counts its own results; what says nothing of itself counts as one, passed or failed. */
const steps = [
  { name: 'types', command: npm('types'), limitSeconds: 60, count: ofExitCode },
  { name: 'format and lint', command: npm('lint'), limitSeconds: 60, count: ofExitCode },
  { name: 'dead code', command: npm('dead-code'), limitSeconds: 60, count: ofExitCode },
  {
    name: 'npm test', // as the README says it
    command: ['npm', 'test'],
    limitSeconds: 330,
    count: () => sum([vitest('unit'), ...(isRoot ? [vitest('integration')] : [])]),
  },
  {
    name: 'Node 22 and 24',
    command: npm('test:nodes'),
    limitSeconds: 300,
    count: () => sum(['22', '24'].map(version => vitest(`node${version}`, 'may be missing'))),
  },
  { name: 'seeds', command: npm('sim', '--', '--seeds', '2000', '--json'), limitSeconds: 180, count: ofSeeds },
  { name: 'mutants', command: npm('mutants', '--', '--sample', '6', '--json'), limitSeconds: 300, count: ofMutants },
  {
    name: 'databases',
    command: npm('test:mysql', '--', '--times', '3', '--only', 'crashes,switchovers,returns,hang'),
    limitSeconds: 60,
    count: ofProof,
  },
  {
    name: 'databases on whole nodes',
    command: npm('test:mysql', '--', '--times', '1', '--only', 'nodes,four-nodes'),
    limitSeconds: 200,
    count: ofProof,
    ifTimeAllows: true,
  },
  {
    name: 'chaos',
    command: npm('chaos', '--', '--iterations', '10', '--timing', 'quick', '--nodes', '2'),
    limitSeconds: 180,
    count: ofIterations,
  },
  {
    name: 'lab',
    command: npm('test:lab', '--', '--iterations', '3', '--reboots', '1', '--only', 'deaths'),
    limitSeconds: 300,
    count: ofLab,
  },
  { name: 'Debian packages', command: npm('test:deb'), limitSeconds: 420, count: ofLastLine, ifTimeAllows: true },
]

/** For all steps together: with the installation before them the whole stays well within 25 minutes. */
const budgetSeconds = 20 * 60

rmSync(results, { recursive: true, force: true }) // an old result must never pass for a new one

const none = { passed: 0, failed: 0 }
const done = []
for (const step of steps) {
  console.log(`\n=== ${step.name}`)
  const leftSeconds = Math.max(1, budgetSeconds - performance.now() / 1000)
  if (step.ifTimeAllows && leftSeconds < step.limitSeconds) {
    console.log(
      `${'*'.repeat(78)}\n  NOT TESTED: ${step.name}: ${Math.round(leftSeconds)} s are left\n${'*'.repeat(78)}`,
    )
    continue
  }
  const result = await runStep({ ...step, limitSeconds: Math.min(step.limitSeconds, Math.floor(leftSeconds)) }, 'both')
  const { passed, failed } = step.count(result)
  // A step that ended badly has failed, whatever it counted before.
  done.push({ ...result, passed, failed: result.ok ? failed : Math.max(1, failed) })
}

console.log('')
for (const result of done) console.log(`${line(result)}   ${result.passed} passed, ${result.failed} failed`)
const total = sum(done)
if (total.failed > 0) process.exitCode = 1
console.log(`\n${total.passed} passed, ${total.failed} failed`)

function ofExitCode(result) {
  return result.ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

function sum(counts) {
  return counts.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed }), none)
}

/** From vitest's own report. A test file that could not be loaded has no tests to count and is one failure. */
function vitest(name, missing) {
  const report = json(() => readFileSync(`${results}/${name}.json`, 'utf8'))
  if (report === undefined) return missing ? none : { passed: 0, failed: 1 }
  const broken = report.testResults.filter(
    file => file.status === 'failed' && file.assertionResults.length === 0,
  ).length
  const failed = report.numFailedTests + broken
  return { passed: report.numPassedTests, failed: report.success ? failed : Math.max(1, failed) }
}

/** `N passed, M failed`; nothing passes where it says that it has tested nothing. */
function ofLastLine(result) {
  const [, passed, failed] = result.output.match(/^(\d+) passed, (\d+) failed$/m) ?? [0, 0, 1]
  return { passed: Number(passed), failed: Number(failed) }
}

/** One schedule is one test. Fewer than asked for is a failure, and so is a kind of fault that never struck. */
function ofSeeds(result) {
  const report = lastJson(result.output)
  if (report === undefined) return { passed: 0, failed: 1 }
  return { passed: report.seeds - report.violations, failed: report.violations }
}

/** A mutant that lives or that cannot be applied is a failure. */
function ofMutants(result) {
  const report = lastJson(result.output)
  if (report === undefined) return { passed: 0, failed: 1 }
  return { passed: report.killed, failed: report.mutants - report.killed }
}

/** What it says at its end; a laboratory that is not there is neither. */
function ofLab(result) {
  if (/^\*\*\* SKIPPED/m.test(result.output)) return none
  const [, passed = '0'] = result.output.match(/^(\d+) passed in /m) ?? []
  return { passed: Number(passed), failed: result.ok ? 0 : 1 }
}

/** The first iteration that fails is the last one, and there is always at least one. */
function ofIterations(result) {
  const [, passed = '0'] = result.output.match(/^(\d+) of \d+ iterations passed/m) ?? []
  return { passed: Number(passed), failed: result.ok ? 0 : 1 }
}

/** Without a server it says so, loudly, and proves nothing. */
function ofProof(result) {
  const report = lastJson(result.output)
  if (report !== undefined) return { passed: report.passed, failed: report.failed }
  return result.output.includes('NOT TESTED') ? none : { passed: 0, failed: 1 }
}

function lastJson(output) {
  const last = output
    .trimEnd()
    .split('\n')
    .findLast(text => text.startsWith('{'))
  return last === undefined ? undefined : json(() => last)
}

function json(read) {
  try {
    return JSON.parse(read())
  } catch (error) {
    console.log(`no result to read: ${error.message}`)
    return undefined
  }
}
