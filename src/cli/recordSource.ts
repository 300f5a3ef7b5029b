/** Where records come from: the daemon, or the files themselves where none is running. */
import { type ExitCode, exit } from '../daemon/protocol.ts'
import { recall, recordFiles } from '../daemon/records/recall.ts'
import type { HistoryRecord, RecordQuery } from '../daemon/records/record.ts'
import { ask } from './client.ts'
import type { Terminal } from './terminal.ts'

export interface Places {
  readonly runDir: string
  readonly stateDir: string
}

export type Found =
  | {
      readonly ok: true
      readonly records: readonly HistoryRecord[]
      readonly skipped: number
      readonly source: 'daemon' | 'files'
    }
  | { readonly ok: false; readonly code: ExitCode; readonly why: string }

const readingMs = 10_000

export async function findRecords({ runDir, stateDir }: Places, query: RecordQuery): Promise<Found> {
  const reply = await ask(runDir, { verb: 'records', query }, { timeoutMs: readingMs })
  if (reply.ok) {
    const { records, skipped = 0, text } = reply.answer
    if (Array.isArray(records)) return { ok: true, records, skipped, source: 'daemon' }
    return { ok: false, code: exit.failed, why: text ?? 'the daemon gave no records; is it older than this command?' }
  }
  if (reply.code !== exit.notRunning) return { ...reply, code: reply.code === exit.timedOut ? exit.failed : reply.code }
  try {
    const { records, skipped } = await recall(stateDir, query)
    return { ok: true, records, skipped, source: 'files' }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EACCES' || code === 'EPERM')
      return { ok: false, code: exit.refused, why: `no permission for ${stateDir}: run this as root, with sudo` }
    return { ok: false, code: exit.failed, why: `the records in ${stateDir} cannot be read: ${message}` }
  }
}

/** What the reader should know about where it comes from. */
export function tellSource(found: Found & { ok: true }, { stateDir }: Places, terminal: Terminal): void {
  if (found.source === 'files')
    terminal.err(`tandem: the daemon is not running; read from ${recordFiles(stateDir).current}\n`)
  if (found.skipped > 0)
    terminal.err(
      `tandem: ${found.skipped} damaged line${found.skipped === 1 ? '' : 's'} in ${stateDir}/records*.jsonl left out\n`,
    )
}
