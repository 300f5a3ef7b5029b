/** Reading records back: by the daemon for whoever asks, and by the command itself when there is no daemon. */
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as pause } from 'node:timers/promises'
import { fits, type HistoryRecord, parseRecord, type RecordQuery } from './record.ts'

export interface Recalled {
  /** Oldest first. */
  readonly records: readonly HistoryRecord[]
  /** Lines that were no records, as far as was read: torn by a crash, or damaged. */
  readonly skipped: number
}

/** Of a file that somebody else has blown up only the end is read. */
const readMax = 4 * 1024 * 1024
/** Between two looks at the queue of events. */
const atOnce = 200

export const recordFiles = (stateDir: string) => ({
  before: join(stateDir, 'records.1.jsonl'),
  current: join(stateDir, 'records.jsonl'),
  /** Becomes the current one when what is in it is safe: a full disk must not cost the oldest file. */
  fresh: join(stateDir, 'records.jsonl.new'),
})

/** @param waiting newer than all files. Throws what the files refuse, but for being missing. */
export async function recall(
  stateDir: string,
  query: RecordQuery,
  waiting: readonly HistoryRecord[] = [],
): Promise<Recalled> {
  const newest: HistoryRecord[] = []
  let skipped = 0
  const seen = new Set<string>()
  const take = (record: HistoryRecord): boolean => {
    const { boot, atMs, code, text } = record
    const key = `${boot} ${atMs} ${code} ${text}`
    if (seen.has(key)) return true // written once more by a process that was about to end
    seen.add(key)
    if (newest.length < query.limit && fits(record, query)) newest.push(record)
    return newest.length < query.limit
  }
  let wanted = waiting.toReversed().every(take)
  const { before, current, fresh } = recordFiles(stateDir)
  for (const file of [fresh, current, before]) {
    if (!wanted) break
    const lines = (await tailOf(file)).split('\n')
    for (let i = lines.length - 1; i >= 0 && wanted; i--) {
      if (i % atOnce === 0) await pause()
      const line = lines[i]!
      if (line === '') continue
      const record = parseRecord(line)
      if (record === undefined) skipped++
      else wanted = take(record)
    }
  }
  return { records: newest.reverse(), skipped }
}

async function tailOf(file: string): Promise<string> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (handle === undefined) return ''
  try {
    const { size } = await handle.stat()
    const from = Math.max(0, size - readMax)
    const bytes = Buffer.alloc(size - from)
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, from)
    const text = bytes.toString('utf8', 0, bytesRead)
    return from === 0 ? text : text.slice(text.indexOf('\n') + 1)
  } finally {
    await handle.close()
  }
}
