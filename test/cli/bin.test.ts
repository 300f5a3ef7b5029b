/** The wrappers in bin/, copied beside a bundle of their own. */
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'

const root = mkdtempSync(join(tmpdir(), 'tandem-bin-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const commands = ['tandem', 'tandemd', 'hb_takeover', 'hb_standby', 'cl_status', 'tandem-drbd-fence']
const tell = 'console.log(JSON.stringify({ pid: process.pid, words: process.argv.slice(2), flags: process.execArgv }))'

/** A copy of bin/, with a bundle that tells how it was started where `built`. */
function checkout(name: string, built: boolean): string {
  const folder = join(root, name)
  const bin = fileURLToPath(new URL('../../bin', import.meta.url))
  cpSync(bin, join(folder, 'bin'), { recursive: true, verbatimSymlinks: true })
  if (!built) return folder
  mkdirSync(join(folder, 'dist'))
  for (const bundle of ['tandem', 'tandemd']) writeFileSync(join(folder, 'dist', `${bundle}.cjs`), tell)
  return folder
}

describe('without dist/', () => {
  const folder = checkout('fresh', false)
  test.each(commands)('%s says what to type', command => {
    const { status, stderr } = spawnSync(join(folder, 'bin', command), ['status'], { encoding: 'utf8' })
    expect(status).toBe(1)
    expect(stderr).toContain('run "npm ci && npm run build" first')
  })
})

describe('with dist/', () => {
  const folder = checkout('with a space', true)
  const start = (path: string, ...words: string[]) => spawnSync(path, words, { encoding: 'utf8' })

  test.each(commands)('%s passes its words on', command => {
    const told = JSON.parse(start(join(folder, 'bin', command), 'a b', '--', '*').stdout)
    expect(told.words.slice(-3)).toEqual(['a b', '--', '*'])
  })

  test('the bundle learns by which name it was called, also through links from elsewhere', () => {
    const link = join(root, 'hb_takeover')
    symlinkSync(join(folder, 'bin', 'hb_takeover'), link)
    expect(JSON.parse(start(link).stdout).words).toEqual([`--called=${link}`])
  })

  test('the daemon is told to stay small', () => {
    const { flags } = JSON.parse(start(join(folder, 'bin', 'tandemd')).stdout)
    expect(flags).toContain('--max-old-space-size=64')
    expect(flags).toContain('--max-semi-space-size=1')
  })

  test('the process started is the daemon itself', async () => {
    const child = spawn(join(folder, 'bin', 'tandemd'), ['--foreground'])
    let out = ''
    child.stdout.on('data', data => {
      out += data
    })
    await new Promise(resolve => child.on('close', resolve))
    expect(JSON.parse(out).pid).toBe(child.pid)
  })
})
