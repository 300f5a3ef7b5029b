/** Keeps the agents' log files short, also under a child that stays behind and writes for ever. */
import { readdirSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from './clock.ts'

export const longestLog = 256 * 1024
const everyMs = 1_000

/** Every writer has the file open for appending, so after this it goes on at its start. */
export function truncateLogs(logDir: string): void {
  for (const name of readdirSync(logDir)) {
    const path = join(logDir, name)
    try {
      if (statSync(path).size > longestLog) truncateSync(path)
    } catch {
      // Gone meanwhile, or not ours: nothing to keep short.
    }
  }
}

/** Looks each second until the returned function is called. */
export function keepLogsShort(logDir: string, clock: Clock): () => void {
  let cancel = (): void => {}
  const look = (): void => {
    truncateLogs(logDir)
    cancel = clock.after(everyMs, look)
  }
  look()
  return () => cancel()
}
