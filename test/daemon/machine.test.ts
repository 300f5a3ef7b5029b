import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openMachine } from '../../src/daemon/machine.ts'
import type { GroupName } from '../../src/types.ts'
import { settingsOf } from '../config/reading.ts'

test('an operation ends when agents.ini says', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tandem-machine-'))
  mkdirSync(join(dir, 'resource.d'))
  writeFileSync(join(dir, 'resource.d/slow'), '#!/bin/sh\ncase $1 in start) exec sleep 60;; esac\n')
  chmodSync(join(dir, 'resource.d/slow'), 0o755)
  const settings = settingsOf({ haResources: 'alpha slow\n', agentsIni: '[slow]\nstart_timeout = 600ms\n' })
  const machine = openMachine(settings, { configDir: dir, runDir: join(dir, 'run') }, () => undefined)
  try {
    const job = { id: 1, group: 'slow' as GroupName, op: 'start', first: 0, last: 0, holdUntilMs: undefined } as const
    const outcome = await machine.perform(job)
    expect(outcome).toMatchObject({ ok: false, why: expect.stringContaining('still running after 0.6 s, killed') })
  } finally {
    machine.close()
    rmSync(dir, { recursive: true, force: true })
  }
})
