/** The bundled program as a process: who may ask, how it ends. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'tandem-program-'))
const program = join(folder, 'tandem.cjs')
const servers: Server[] = []
const nobody = 65_534
const isRoot = process.getuid?.() === 0

beforeAll(async () => {
  chmodSync(folder, 0o755)
  await build({
    entryPoints: [fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'error',
  })
  const status = JSON.parse(readFileSync(new URL('./stories/all-well.json', import.meta.url), 'utf8'))
  for (const [name, mode] of [
    ['control.sock', isRoot ? 0o600 : 0],
    ['monitor.sock', 0o666],
  ] as const) {
    const server = createServer(socket => {
      socket.on('error', () => {})
      socket.on('data', () => socket.write(`${JSON.stringify({ done: true, status, text: `by ${name}` })}\n`))
    })
    await new Promise<void>(resolve => server.listen(join(folder, name), resolve))
    chmodSync(join(folder, name), mode)
    servers.push(server)
  }
})

afterAll(() => {
  for (const server of servers) server.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly out: string
  readonly err: string
}

function start(words: readonly string[], onOut?: (child: ChildProcess) => void): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...words, '--run-dir', folder], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(isRoot ? { uid: nobody, gid: nobody } : {}),
  })
  let out = ''
  let err = ''
  child.stdout.on('data', data => {
    out += data
    onOut?.(child)
  })
  child.stderr.on('data', data => {
    err += data
  })
  return new Promise(resolve => child.on('close', (code, signal) => resolve({ code, signal, out, err })))
}

describe('somebody who is not root', () => {
  test('reads the status from monitor.sock', async () => {
    const { code, out } = await start(['status'])
    expect([code, out.slice(0, 22)]).toEqual([0, 'cluster shop   all wel'])
  })

  test('may not order, and is told why: 4', async () => {
    const { code, err } = await start(['takeover'])
    expect(code).toBe(4)
    expect(err).toContain('run this as root')
  })
})

test('Ctrl-C ends --watch with 0', async () => {
  const { code, signal } = await start(['status', '--watch'], child => child.kill('SIGINT'))
  expect([code, signal]).toEqual([0, null])
})

test('a reader that leaves early is no failure', async () => {
  const { code, err } = await start(['status', '--watch', '--json'], child => child.stdout?.destroy())
  expect([code, err]).toEqual([0, ''])
})

test('a hidden first word names the program', async () => {
  const { code, out } = await start(['--called=/usr/bin/cl_status', 'nodestatus', 'beta'])
  expect([code, out]).toEqual([0, 'active\n'])
})
