import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openDisk } from '../../src/daemon/disk.ts'
import { type Clocks, keptTruce, truceOf } from '../../src/daemon/truceFile.ts'
import type { OwnTruce } from '../../src/events.ts'
import { alpha, beta } from '../cluster/config.ts'
import { web } from './cores.ts'

const truce: OwnTruce = {
  epoch: { counter: 3, minter: alpha },
  disarmedEndMs: 5_000_000,
  maintainedEndMs: 0,
  boundEndMs: 4_000_000,
  groups: [web],
  promises: [
    {
      node: beta,
      word: { epoch: { counter: 3, minter: alpha }, disarmedEndMs: 4_900_000, maintainedEndMs: 0, groups: [] },
    },
  ],
  disarmedWhy: 'switch',
}
const written: Clocks = { boot: 'one', monotonicMs: 3_000_000, wallMs: 1_000_000_000 }
const kept = keptTruce(truce, written)

test('after a restart of the manager ends are what they were, whatever became of the wall clock', () => {
  expect(truceOf(kept, { boot: 'one', monotonicMs: 3_100_000, wallMs: 9_999_999_999 })).toEqual(truce)
})

test('after a restart of the kernel the wall clock tells what has passed', () => {
  const now = { boot: 'two', monotonicMs: 20_000, wallMs: written.wallMs + 600_000 }
  const ends = { disarmedEndMs: 20_000 + 2_000_000 - 600_000, boundEndMs: 20_000 + 1_000_000 - 600_000 }
  expect(truceOf(kept, now)).toMatchObject({
    ...ends,
    promises: [{ word: { disarmedEndMs: 20_000 + 1_900_000 - 600_000 } }],
  })
  expect(truceOf(kept, { ...now, wallMs: written.wallMs + 6_000_000 })).toMatchObject({
    disarmedEndMs: 0,
    boundEndMs: 0,
  })
})

test('a clock that was set back makes nothing longer than it was', () => {
  const now = { boot: 'two', monotonicMs: 20_000, wallMs: written.wallMs - 86_400_000 }
  expect(truceOf(kept, now).disarmedEndMs).toBe(20_000 + 2_000_000)
})

test('is in the state folder with the rest; a file of a version that knew nothing of it is read', async () => {
  const path = mkdtempSync(join(tmpdir(), 'tandem-truce-'))
  try {
    writeFileSync(join(path, 'state.json'), '{"generation":4,"epochCeiling":16,"standby":false,"lastMan":["web"]}\n')
    const disk = await openDisk(path)
    expect(disk.trouble).toBeUndefined()
    expect(disk.kept.truce).toBeUndefined()
    await disk.save({ truce: kept })
    expect(JSON.parse(readFileSync(join(path, 'state.json'), 'utf8'))).toMatchObject({ generation: 4, truce: kept })
    expect(truceOf((await openDisk(path)).kept.truce!, written)).toEqual(truce)
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
})
