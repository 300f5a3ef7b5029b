/** Keeps the agents' log files short, also under a child that stays behind and writes for ever. */
import { readdirSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from './clock.ts'

export const longestLog = 256 * 1024
const everyMs = 1_000

/** Of files that do not grow so many are looked at in one round: a hundred resources have several hundred of them. */
const atOnce = 20

/**
 * One round: truncates what is too long. Every writer has the file open for appending, so after this it goes on at its start.
 * What is new or has grown is looked at in each round, the rest in turn.
 */
export function newTruncation(logDir: string): () => void {
  let sizes = new Map<string, number>()
  let growing = new Set<string>()
  let round = 0
  return () => {
    const names = readdirSync(logDir)
    const rounds = Math.ceil(names.length / atOnce)
    const [known, grew] = [sizes, growing]
    sizes = new Map()
    growing = new Set()
    round += 1
    names.forEach((name, at) => {
      const before = known.get(name)
      const due = before === undefined || grew.has(name) || at % rounds === round % rounds
      const size = due ? shortened(join(logDir, name)) : before
      sizes.set(name, size)
      if (size !== before) growing.add(name)
    })
  }
}

/** Its size, as it was found. */
function shortened(path: string): number {
  try {
    const { size } = statSync(path)
    if (size > longestLog) truncateSync(path)
    return size
  } catch {
    return 0 // gone meanwhile, or not ours: nothing to keep short
  }
}

/** Looks each second until the returned function is called. */
export function keepLogsShort(logDir: string, clock: Clock): () => void {
  const truncate = newTruncation(logDir)
  let cancel = (): void => {}
  const look = (): void => {
    truncate()
    cancel = clock.after(everyMs, look)
  }
  look()
  return () => cancel()
}
