/** `tandem agent test` on a real address, in a namespace of its own. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'

const here = `tcontract${process.pid}`
const dir = mkdtempSync(join(tmpdir(), 'tandem-agent-test-'))
const program = join(dir, 'tandem.cjs')
const ip = (...args: string[]): string => execFileSync('ip', ['-n', here, ...args], { encoding: 'utf8' })

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'error',
  })
  mkdirSync(join(dir, 'ha.d'))
  execFileSync('ip', ['netns', 'add', here])
  ip('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'port')
  for (const device of ['eth0', 'port']) ip('link', 'set', device, 'up')
  ip('addr', 'add', '10.9.0.1/24', 'dev', 'eth0')
})
afterAll(() => {
  execFileSync('ip', ['netns', 'del', here])
  rmSync(dir, { recursive: true, force: true })
})

function agentTest(...words: string[]): { readonly status: number | null; readonly out: string; readonly err: string } {
  const places = ['--run-dir', join(dir, 'run'), 'agent', 'test', '--config-dir', join(dir, 'ha.d')]
  const command = ['netns', 'exec', here, process.execPath, program, ...places, ...words]
  const { status, stdout, stderr } = spawnSync('ip', command, { encoding: 'utf8', timeout: 30_000 })
  return { status, out: stdout, err: stderr }
}

/** All that `ip monitor` says until it is told to stop. */
function watch(): { readonly child: ChildProcess; readonly said: () => string } {
  let said = ''
  const child = spawn('ip', ['-n', here, '-o', 'monitor', 'address'], { stdio: ['ignore', 'pipe', 'ignore'] })
  child.stdout.on('data', data => {
    said += data
  })
  return { child, said: () => said }
}

test('an address keeps the contract, is held on a lease meanwhile, and is gone afterwards', async () => {
  const { child, said } = watch()
  try {
    await new Promise(resolve => setTimeout(resolve, 500))
    const { status, out, err } = agentTest('IPaddr2::10.9.0.9/24/eth0')
    expect(err).toBe('')
    expect(out.match(/ {2}ok( |$)/gm)).toHaveLength(7)
    expect(status).toBe(0)
    await expect.poll(said, { timeout: 5_000 }).toMatch(/^Deleted .*10\.9\.0\.9/m)
    expect(said()).toMatch(/inet 10\.9\.0\.9\/32 .*valid_lft [1-8]sec/)
    expect(ip('-4', '-o', 'addr', 'show', 'dev', 'eth0')).not.toContain('10.9.0.9')
    expect(ip('-4', '-o', 'addr', 'show', 'dev', 'eth0')).toContain('10.9.0.1/24')
  } finally {
    child.kill()
  }
})

test('one that is here already is left alone, and one without an interface breaks', () => {
  ip('addr', 'add', '10.9.0.8/32', 'dev', 'eth0')
  expect(agentTest('10.9.0.8/24/eth0')).toMatchObject({
    status: 4,
    err: expect.stringContaining('10.9.0.8/24/eth0 runs here'),
  })
  expect(ip('-4', '-o', 'addr', 'show', 'dev', 'eth0')).toContain('10.9.0.8/32')
  expect(agentTest('10.9.0.7/24/eth7')).toMatchObject({
    status: 1,
    out: expect.stringContaining('there is no interface eth7 here'),
  })
})

test('a script that cannot be stopped twice, as JSON', () => {
  mkdirSync(join(dir, 'ha.d/resource.d'))
  const flag = join(dir, 'flag')
  const body = `case $1 in start) touch ${flag};; stop) rm ${flag};; status) [ -e ${flag} ] && echo OK;; esac`
  writeFileSync(join(dir, 'ha.d/resource.d/thing'), `#!/bin/sh\n${body}\n`, { mode: 0o755 })
  const { status, out } = agentTest('thing', '--json')
  expect(status).toBe(1)
  expect(JSON.parse(out).steps[5]).toMatchObject({ rule: 'stop-twice', breach: { rule: 'stop-twice' } })
})
