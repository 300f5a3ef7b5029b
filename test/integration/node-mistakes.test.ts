/** The first ten minutes of an administrator: each mistake is one sentence that says what to do. */
import { type ExecFileException, execFile } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signal } from '../../bench/shell.ts'
import {
  calls,
  clean,
  configure,
  ended,
  log,
  type NodeLab,
  openNodes,
  pidOf,
  quick,
  runs,
  startDaemon,
  status,
  type TestNode,
  untilStatus,
} from './nodeLab.ts'

let lab: NodeLab
let alpha: TestNode

beforeAll(async () => {
  lab = await openNodes(['alpha'])
  alpha = lab.node('alpha')
  chmodSync(lab.dir, 0o755)
})
afterAll(() => lab?.close())

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

const start = (argv: readonly string[], asUser?: number): Promise<Ended> =>
  new Promise(resolve => {
    const [file = '', ...args] = argv
    const user = asUser === undefined ? {} : { uid: asUser, gid: asUser }
    execFile(file, args, { timeout: 10_000, killSignal: 'SIGKILL', cwd: '/', ...user }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number((error as ExecFileException).code ?? -1), out, err }),
    )
  })

const daemon = (...more: string[]): string[] => {
  const folders = ['--config-dir', alpha.configDir, '--state-dir', alpha.stateDir, '--run-dir', alpha.runDir]
  return [process.execPath, join(lab.dist, 'tandemd.cjs'), ...folders, ...more]
}
const good = () => configure(alpha, { haCf: `${quick}bcast eth0\nnode alpha\n`, haresources: 'alpha svc::web\n' })

test('files that are missing are named, all at once, with what to write', async () => {
  rmSync(alpha.configDir, { recursive: true })
  const { code, err } = await start(daemon('--node', 'alpha'))
  expect(code).toBe(6)
  for (const file of ['ha.cf', 'haresources', 'authkeys']) expect(err).toContain(`${alpha.configDir}/${file}`)
  expect(err).toContain('tandemd: not started: the files above have errors')
  expect(err).not.toMatch(/^ +at /m)
  mkdirSync(join(alpha.configDir, 'resource.d'), { recursive: true })
})

test('a node that the files do not name is told its name', async () => {
  good()
  const { code, err } = await start(daemon('--node', 'gamma'))
  expect(code).toBe(6)
  expect(err).toMatch(/error\[HA\d+\].*gamma/)
})

test('a mistyped option is code 2 with the usage', async () => {
  const { code, err } = await start(daemon('--state-dri', '/tmp'))
  expect(code).toBe(2)
  expect(err).toContain("Unknown option '--state-dri'")
  expect(err).toContain('--run-dir DIR')
})

test('not root: said before anything else', async () => {
  good()
  const { code, err } = await start(daemon('--node', 'alpha'), 65_534)
  expect([code, err]).toEqual([1, 'tandemd: must be run as root: it configures addresses and starts services\n'])
})

test('a checkout that was not built, and a bundle without its other half', async () => {
  const bin = join(lab.dir, 'checkout', 'bin')
  mkdirSync(bin, { recursive: true })
  copyFileSync('bin/tandemd', join(bin, 'tandemd'))
  const unbuilt = await start([join(bin, 'tandemd')])
  expect(unbuilt.code).toBe(1)
  expect(unbuilt.err).toMatch(/^tandemd: .*dist\/tandemd\.cjs is missing; run "npm ci && npm run build" first\n$/)
  good()
  copyFileSync(join(lab.dist, 'tandemd.cjs'), join(lab.dir, 'checkout', 'tandemd.cjs'))
  const [node = '', , ...folders] = daemon('--node', 'alpha')
  const half = await start([node, join(lab.dir, 'checkout', 'tandemd.cjs'), ...folders])
  expect(half.code).toBe(1)
  expect(half.err).toMatch(/tandemd: .*checkout\/tandem-beat\.cjs is missing; run: npm run build\n$/)
})

test('a run folder that is not there is made; one that cannot be made is one line', async () => {
  good()
  rmSync(alpha.runDir, { recursive: true })
  startDaemon(lab, alpha)
  await untilStatus(alpha, 'web', runs('svc::web', 'alpha'))
  expect(existsSync(join(alpha.runDir, 'control.sock'))).toBe(true)
  writeFileSync(join(lab.dir, 'file'), '')
  const { code, err } = await start([
    ...daemon('--node', 'alpha').slice(0, -3),
    join(lab.dir, 'file', 'run'),
    '--node',
    'alpha',
  ])
  expect(code).toBe(1)
  expect(err).toMatch(/tandemd: .*ENOTDIR.*\n$/)
  expect(err).not.toMatch(/^ +at /m)
  await clean(lab)
})

test('a second daemon on the same run folder ends, and the first goes on', async () => {
  good()
  const first = startDaemon(lab, alpha)
  await untilStatus(alpha, 'web', runs('svc::web', 'alpha'))
  const second = startDaemon(lab, alpha)
  expect(await ended(second)).toBe(1)
  expect(log(alpha)).toMatch(/^tandemd: another tandemd runs already and answers on .*control\.sock$/m)
  alpha.daemon = first
  expect(runs('svc::web', 'alpha')((await status(alpha))!)).toBe(true)
  expect(calls(alpha)).toEqual(['start web'])
  signal(pidOf(alpha, 'tandemd')!, 'SIGTERM')
  expect(await ended(first)).toBe(0)
})
