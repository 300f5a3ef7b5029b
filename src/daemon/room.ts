/** Is there room on this host for what may come here? */
import { statfs } from 'node:fs/promises'
import type { Clock } from '../agents/clock.ts'

export interface Lack {
  readonly level: 'error' | 'warning'
  readonly text: string
}

/** Below these a daemon that has to take over more may fail at it. */
const leastFreeBytes = 50 * 2 ** 20
const leastAvailableShare = 0.05

/** @param read a file of this host; undefined: it cannot be read. */
export async function roomHere(read: (path: string) => string | undefined, stateDir: string): Promise<readonly Lack[]> {
  return [...(await diskRoom(stateDir)), ...memoryRoom(read('/proc/meminfo') ?? '')]
}

async function diskRoom(stateDir: string): Promise<readonly Lack[]> {
  try {
    const { bavail, bsize } = await statfs(stateDir)
    const freeBytes = bavail * bsize
    if (freeBytes >= leastFreeBytes) return []
    const text = `${stateDir} has ${Math.floor(freeBytes / 2 ** 20)} MiB left; a node that cannot write its state takes nothing over`
    return [{ level: 'error', text }]
  } catch {
    return [] // made at the first start
  }
}

/** By /proc/meminfo, proc(5). */
export function memoryRoom(meminfo: string): readonly Lack[] {
  const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(meminfo)?.[1] ?? Number.NaN)
  const share = kib('MemAvailable') / kib('MemTotal')
  if (!(share < leastAvailableShare)) return []
  return [
    { level: 'warning', text: `${Math.round(100 * share)} % of the memory is available; what comes here may not fit` },
  ]
}

/** Like the looks at what could start here. */
const firstMs = 30_000
const everyMs = 300_000

export interface RoomLooks {
  lacks(): readonly Lack[]
  end(): void
}

/** Looks now and then; what is new is said. */
export function startRoomLooks(
  clock: Clock,
  look: () => Promise<readonly Lack[]>,
  say: (text: string) => void,
): RoomLooks {
  let found: readonly Lack[] = []
  let ended = false
  async function round(): Promise<void> {
    const known = found.map(({ text }) => text)
    found = await look()
    for (const { text } of found) if (!known.includes(text)) say(text)
    if (!ended) cancel = clock.after(everyMs, round)
  }
  let cancel = clock.after(firstMs, round)
  return {
    lacks: () => found,
    end() {
      ended = true
      cancel()
    },
  }
}
