import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Respawn } from '../../src/config/settings.ts'
import { keepRespawning, type Respawned } from '../../src/daemon/respawn.ts'

let dir: string
let told: string[]
let respawned: Respawned
const journal = { say: (_: string, text: string) => told.push(text) }
const program = (name: string, body: string): Respawn => {
  writeFileSync(join(dir, name), `#!/bin/sh\necho $$ >>${dir}/${name}.pids\n${body}\n`, { mode: 0o755 })
  return { user: 'root', program: join(dir, name), args: ['-x'] }
}
const pids = (name: string): number[] => {
  try {
    return readFileSync(join(dir, `${name}.pids`), 'utf8')
      .split('\n')
      .filter(line => line !== '') // it may be there, and its shell not have written yet
      .map(Number)
  } catch {
    return []
  }
}
const lives = (pid: number): boolean => {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z')
  } catch {
    return false
  }
}
const until = async (what: () => boolean): Promise<void> => {
  for (let i = 0; i < 400 && !what(); i++) await new Promise(resolve => setTimeout(resolve, 20))
  expect(what()).toBe(true)
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tandem-respawn-'))
  told = []
  respawned = keepRespawning(dir, journal)
})
afterEach(() => {
  respawned.stop()
  rmSync(dir, { recursive: true, force: true })
})

test('what ends is started again; exit 100 means enough', async () => {
  respawned.use([program('once', 'exit 100'), program('loyal', 'exec sleep 600')])
  await until(() => pids('loyal').length === 1 && pids('once').length === 1)
  process.kill(pids('loyal')[0]!, 'SIGKILL')
  await until(() => pids('loyal').length === 2)
  expect(pids('once')).toHaveLength(1)
  expect(told).toContain(`Managed ${dir}/once exited with return code 100.`)
  expect(told).toContain(`Managed ${dir}/loyal exited with SIGKILL.`)
  respawned.stop()
  await until(() => !lives(pids('loyal')[1]!))
})

test('a reload leaves alone what its line still names', async () => {
  const [kept, dropped] = [program('kept', 'exec sleep 600'), program('dropped', 'exec sleep 600')]
  respawned.use([kept, dropped])
  await until(() => pids('kept').length === 1 && pids('dropped').length === 1)
  respawned.use([kept])
  await until(() => !lives(pids('dropped')[0]!))
  expect([pids('kept').length, lives(pids('kept')[0]!)]).toEqual([1, true])
})

test('what a killed daemon has left is ended before it is started again', async () => {
  const line = program('client', 'exec sleep 600')
  respawned.use([line])
  await until(() => pids('client').length === 1)
  const next = keepRespawning(dir, journal)
  next.use([line])
  await until(() => pids('client').length >= 2 && !lives(pids('client')[0]!))
  next.stop()
})
