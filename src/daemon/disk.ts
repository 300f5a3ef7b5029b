/** The state folder: what must survive a restart, written whole, synced, and renamed into place. */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { writeDurably } from '../agents/writeDurably.ts'
import { keptSaved } from './kept.ts'

const Kept = v.object({
  /** Which start of the beat this is; Heartbeat's hb_generation. */
  generation: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  ...keptSaved,
})
export type Kept = v.InferOutput<typeof Kept>

export interface Disk {
  readonly kept: Kept
  /** What was wrong with the file found at the start, in words; undefined = nothing, or there was none. */
  readonly trouble: string | undefined
  /** Nothing was known of earlier lives: the generation is a guess that a peer may correct. */
  readonly guessed: boolean
  /** Rejects with the reason when it is not on disk. Writes follow one another; each is whole or not there. */
  save(change: Partial<Kept>): Promise<void>
}

/** Opens the state folder. Throws nothing: a folder that cannot be used is one that cannot be written. */
export async function openDisk(stateDir: string): Promise<Disk> {
  const file = join(stateDir, 'state.json')
  const found = await load(stateDir, file)
  let kept = found.kept
  /** What could not be written so far goes with the next write: the generation that already runs, above all. */
  let owed: Partial<Kept> = {}
  let last: Promise<void> = Promise.resolve()
  return {
    get kept() {
      return kept
    },
    trouble: found.trouble,
    guessed: found.fresh,
    save(change) {
      owed = { ...owed, ...change }
      const work = last.then(async () => {
        const writing = owed
        const next = { ...kept, ...writing }
        await writeDurably(file, `${JSON.stringify(next)}\n`)
        kept = next
        if (owed === writing) owed = {}
      })
      last = work.catch(() => undefined) // the next write does not inherit this one's failure
      return work
    },
  }
}

const nothing: Kept = { generation: 0, epochCeiling: 0, standby: false, lastMan: [], halts: [] }

async function load(
  stateDir: string,
  file: string,
): Promise<{ kept: Kept; fresh: boolean; trouble: string | undefined }> {
  try {
    await mkdir(stateDir, { recursive: true, mode: 0o750 })
    return { kept: v.parse(Kept, JSON.parse(await readFile(file, 'utf8'))), fresh: false, trouble: undefined }
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    const why = error instanceof Error ? error.message : String(error)
    return { kept: nothing, fresh: true, trouble: missing ? undefined : `${file}: ${why}; starting as if it were new` }
  }
}
