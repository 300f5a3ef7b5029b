/** The state folder: what must survive a restart, written whole, synced, and renamed into place. */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { writeDurably } from '../agents/writeDurably.ts'
import { keptSaved } from './kept.ts'

/**
 * Of state.json. Whoever changes what stands in it raises `version`, goes on reading the one before, as a node is upgraded
 * with the state it has, and raises `readableBy` only where an older tandem would misread it.
 */
const format = { version: 1, readableBy: 1 }

/** What is read first, and never changes its meaning. The first builds wrote no version. */
const Format = v.object({
  version: v.optional(v.pipe(v.number(), v.safeInteger()), 1),
  readableBy: v.optional(v.pipe(v.number(), v.safeInteger()), 1),
})

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
  /** Why nobody may start with this folder, in words: a later version has written it, and we would overwrite it. */
  readonly refused: string | undefined
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
    refused: found.refused,
    guessed: found.fresh,
    save(change) {
      owed = { ...owed, ...change }
      const work = last.then(async () => {
        const writing = owed
        const next = { ...kept, ...writing }
        await writeDurably(file, `${JSON.stringify({ ...format, ...next })}\n`)
        kept = next
        if (owed === writing) owed = {}
      })
      last = work.catch(() => undefined) // the next write does not inherit this one's failure
      return work
    },
  }
}

const nothing: Kept = { generation: 0, epochCeiling: 0, standby: false, lastMan: [], halts: [] }

interface Found {
  readonly kept: Kept
  readonly fresh: boolean
  readonly trouble?: string
  readonly refused?: string
}

async function load(stateDir: string, file: string): Promise<Found> {
  try {
    await mkdir(stateDir, { recursive: true, mode: 0o750 })
    const found = JSON.parse(await readFile(file, 'utf8'))
    const { version, readableBy } = v.parse(Format, found)
    if (readableBy > format.version) return { kept: nothing, fresh: true, refused: tooNew(file, version) }
    return { kept: v.parse(Kept, found), fresh: false }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kept: nothing, fresh: true }
    const why = error instanceof Error ? error.message : String(error)
    return { kept: nothing, fresh: true, trouble: `${file}: ${why}; starting as if it were new` }
  }
}

const tooNew = (file: string, version: number): string =>
  `${file} is of version ${version}, this tandem reads version ${format.version}: a later one has written it; install that again, or remove the file if this node may forget whose data are the newest`
