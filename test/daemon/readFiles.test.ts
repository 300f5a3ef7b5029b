import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { builtins } from '../../src/agents/builtin.ts'
import { scriptFinder } from '../../src/daemon/readFiles.ts'

test('what is built in is found on every host; a script only where it lies and may be run', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tandem-read-'))
  try {
    const isThere = scriptFinder(dir)
    const names = builtins.flatMap(({ meta }) => [meta.name, ...(meta.aliases ?? [])])
    expect(names.filter(name => !isThere(name))).toEqual([])
    mkdirSync(join(dir, 'resource.d'))
    writeFileSync(join(dir, 'resource.d', 'our-own'), '#!/bin/sh\n', { mode: 0o755 })
    writeFileSync(join(dir, 'resource.d', 'not-yet'), '#!/bin/sh\n', { mode: 0o644 })
    expect(['our-own', 'not-yet', 'nowhere-at-all'].map(isThere)).toEqual([true, false, false])
  } finally {
    rmSync(dir, { recursive: true })
  }
})
