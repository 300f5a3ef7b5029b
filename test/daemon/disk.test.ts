import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { openDisk } from '../../src/daemon/disk.ts'

const folders: string[] = []
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tandem-disk-'))
  folders.push(path)
  return path
}
afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true })
})

describe('the state folder', () => {
  test('a new one knows nothing, and says that its generation is a guess', async () => {
    const disk = await openDisk(join(folder(), 'new'))
    expect(disk.kept).toEqual({ generation: 0, epochCeiling: 0, standby: false, lastMan: [], halts: [] })
    expect(disk.guessed).toBe(true)
    expect(disk.trouble).toBeUndefined()
  })

  test('what was saved is there again', async () => {
    const path = folder()
    const disk = await openDisk(path)
    await Promise.all([disk.save({ generation: 3 }), disk.save({ epochCeiling: 32 }), disk.save({ standby: true })])
    const again = await openDisk(path)
    expect(again.kept).toEqual({ generation: 3, epochCeiling: 32, standby: true, lastMan: [], halts: [] })
    expect(again.guessed).toBe(false)
  })

  test('a broken file is named, kept out, and replaced by the next save', async () => {
    const path = folder()
    writeFileSync(join(path, 'state.json'), '{"generation": -4')
    const disk = await openDisk(path)
    expect(disk.trouble).toContain('state.json')
    expect(disk.guessed).toBe(true)
    await disk.save({ generation: 9 })
    expect(JSON.parse(readFileSync(join(path, 'state.json'), 'utf8')).generation).toBe(9)
  })

  test('one without a version, of the first builds, is read, and gets one', async () => {
    const path = folder()
    writeFileSync(join(path, 'state.json'), '{"generation":7,"epochCeiling":64,"standby":true}')
    const disk = await openDisk(path)
    expect(disk.kept).toEqual({ generation: 7, epochCeiling: 64, standby: true, lastMan: [], halts: [] })
    await disk.save({ generation: 8 })
    expect(JSON.parse(readFileSync(join(path, 'state.json'), 'utf8'))).toMatchObject({ version: 1, generation: 8 })
  })

  test('of a later version is read where that says so, and else refused in a sentence and left as it is', async () => {
    const path = folder()
    const later = (readableBy: number) =>
      JSON.stringify({ version: 2, readableBy, generation: 7, epochCeiling: 64, standby: false, news: ['x'] })
    writeFileSync(join(path, 'state.json'), later(1))
    const disk = await openDisk(path)
    expect([disk.refused, disk.trouble, disk.kept.generation]).toEqual([undefined, undefined, 7])
    writeFileSync(join(path, 'state.json'), later(2))
    const { refused } = await openDisk(path)
    expect(refused).toMatch(
      /state\.json is of version 2, this tandem reads version 1: .*; install that again, or remove/,
    )
    expect(readFileSync(join(path, 'state.json'), 'utf8')).toBe(later(2))
  })

  test('a folder that cannot be written rejects the save, and the next one is tried afresh', async () => {
    const path = folder()
    const place = join(path, 'state')
    mkdirSync(place)
    const disk = await openDisk(place)
    // Root may write anywhere, so the obstacle is a folder in the place of the new file.
    mkdirSync(join(place, 'state.json.new'))
    await expect(disk.save({ generation: 1 })).rejects.toThrow(/EISDIR|directory/)
    expect(disk.kept.generation).toBe(0)
    rmSync(join(place, 'state.json.new'), { recursive: true })
    await disk.save({ standby: true })
    expect(disk.kept).toMatchObject({ generation: 1, standby: true }) // what was owed went with it
    expect((await openDisk(place)).kept).toMatchObject({ generation: 1, standby: true })
  })
})
