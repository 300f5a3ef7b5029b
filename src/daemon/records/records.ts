/**
 * The records of the state folder: `records.jsonl`, and `records.1.jsonl` before it. Appended in order and synced in
 * batches soon after, so that no address waits for a disk; what a crash tears off is the last line at most.
 */
import { appendFileSync } from 'node:fs'
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { type Recalled, recall, recordFiles } from './recall.ts'
import type { HistoryRecord, RecordQuery } from './record.ts'

export interface Records {
  /** Never throws and never waits. */
  add(record: HistoryRecord): void
  /** All of it, also what the disk has refused so far. Rejects when the files cannot be read. */
  list(query: RecordQuery): Promise<Recalled>
  /** Resolves when everything that can be written has been. */
  flushed(): Promise<void>
  /** At the end of the process: what still waits, without a sync. Returns why it is lost, if it is. */
  flushNow(): string | undefined
}

export interface RecordsOptions {
  /** A file that would grow beyond this is set aside, and the one set aside before goes. */
  readonly maxBytes?: number
  /** From the first record of a batch to its write: a move and what follows from it go together. */
  readonly delayMs?: number
  /** Told once when records can no longer be written, with the reason, and once when they can again. */
  readonly tell?: (why: string | undefined) => void
}

/** What cannot be written is kept so long; then the oldest go. */
const waitingMax = 2_000
const retryMs = 5_000

/** Throws nothing: what a folder refuses waits in memory. */
export async function openRecords(stateDir: string, options: RecordsOptions = {}): Promise<Records> {
  const { maxBytes = 1024 * 1024, delayMs = 20, tell = () => undefined } = options
  const files = recordFiles(stateDir)
  const waiting: HistoryRecord[] = []
  const ready = await prepare(stateDir)
  let { torn } = ready
  let troubled = ready.why !== undefined
  if (troubled) tell(ready.why)
  let due = false
  let work: Promise<void> = Promise.resolve()

  function schedule(ms: number): void {
    if (due) return
    due = true
    setTimeout(() => {
      due = false
      work = work.then(write)
    }, ms).unref()
  }

  async function write(): Promise<void> {
    const batch = waiting.slice()
    if (batch.length === 0) return
    const text = linesOf(batch)
    try {
      if ((await sizeOf(files.current)) + text.length > maxBytes) await turnOver(stateDir, text)
      else await append(files.current, torn ? `\n${text}` : text, 'a')
      torn = false
      waiting.splice(0, batch.length) // whoever added meanwhile stands behind them
      if (troubled) tell(undefined)
      troubled = false
    } catch (error) {
      torn = await isTorn(files.current)
      if (!troubled) tell((error as Error).message)
      troubled = true
      waiting.splice(0, waiting.length - waitingMax)
      schedule(retryMs)
    }
  }

  return {
    add(record) {
      if (waiting.length >= 2 * waitingMax) return // a disk that neither takes nor refuses
      waiting.push(record)
      schedule(delayMs)
    },
    list(query) {
      const found = work.then(write).then(() => recall(stateDir, query, waiting)) // never amid a turn-over
      work = found.then(nothing, nothing)
      return found
    },
    flushed() {
      work = work.then(write)
      return work
    },
    flushNow() {
      if (waiting.length === 0) return undefined
      try {
        appendFileSync(files.current, (torn ? '\n' : '') + linesOf(waiting), { mode: 0o640 })
        waiting.length = 0
        return undefined
      } catch (error) {
        return (error as Error).message
      }
    },
  }
}

const nothing = (): void => undefined

const linesOf = (records: readonly HistoryRecord[]): string =>
  records.map(record => `${JSON.stringify(record)}\n`).join('')

/** Ends a turn-over that a crash has interrupted: is the last line torn, and why could the folder not be made ready? */
async function prepare(stateDir: string): Promise<{ torn: boolean; why: string | undefined }> {
  const { before, current, fresh } = recordFiles(stateDir)
  let why: string | undefined
  try {
    await mkdir(stateDir, { recursive: true, mode: 0o750 })
    if ((await sizeOf(fresh)) > 0) {
      if ((await sizeOf(current)) > 0) await rename(current, before)
      await rename(fresh, current)
    }
  } catch (error) {
    why = (error as Error).message
  }
  return { torn: await isTorn(current), why }
}

/** The new file is whole and synced before the old ones are touched. */
async function turnOver(stateDir: string, text: string): Promise<void> {
  const { before, current, fresh } = recordFiles(stateDir)
  try {
    await append(fresh, text, 'w')
  } catch (error) {
    await rm(fresh, { force: true }).catch(() => undefined)
    throw error
  }
  if ((await sizeOf(current)) > 0) await rename(current, before)
  await rename(fresh, current)
  const folder = await open(stateDir, 'r')
  await folder.sync().finally(() => folder.close())
}

/** All of it or nothing: what a full disk has taken of it is cut off again. */
async function append(file: string, text: string, how: 'a' | 'w'): Promise<void> {
  const handle: FileHandle = await open(file, how, 0o640)
  try {
    const { size } = await handle.stat()
    try {
      await handle.appendFile(text)
      await handle.datasync()
    } catch (error) {
      await handle.truncate(size).catch(() => undefined)
      throw error
    }
  } finally {
    await handle.close()
  }
}

const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  )

async function isTorn(file: string): Promise<boolean> {
  const handle = await open(file, 'r').catch(() => undefined)
  if (handle === undefined) return false
  try {
    const { size } = await handle.stat()
    if (size === 0) return false
    const last = Buffer.alloc(1)
    await handle.read(last, 0, 1, size - 1)
    return last[0] !== 0x0a
  } catch {
    return false
  } finally {
    await handle.close()
  }
}
