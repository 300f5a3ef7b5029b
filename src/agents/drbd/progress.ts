/** How far a resync is. Module 8.4 tells it in /proc/drbd only, 9 with its events. */
import { connectionsOf, type DrbdState } from './state.ts'

export interface Progress {
  /** Of the whole device. */
  readonly percent: number
  /** As DRBD writes it, `0:00:26`; undefined: it does not tell. */
  readonly left?: string
}

/** @param procDrbd the text of /proc/drbd; undefined: there is none. Of several volumes the one that is least far. */
export function progressOf(state: DrbdState, procDrbd: string | undefined): Progress | undefined {
  const told = connectionsOf(state).flatMap(({ volumes }) =>
    [...volumes.values()].flatMap(({ done, replication }) =>
      done === undefined || !/^(Sync|PausedSync)/.test(replication) ? [] : [{ percent: done }],
    ),
  )
  const read = [...state.volumes.values()].flatMap(({ minor }) => readProc(procDrbd ?? '', minor) ?? [])
  return [...read, ...told].sort((a, b) => a.percent - b.percent)[0]
}

/** The lines below ` 0: cs:SyncTarget ..`: `sync'ed: 33.4% (17848/20504)K` and `finish: 0:00:26 speed: ..`. */
function readProc(text: string, minor: number | undefined): Progress | undefined {
  const lines = text.split('\n')
  const from = lines.findIndex(line => new RegExp(`^\\s*${minor}: cs:(Paused)?Sync`).test(line))
  if (minor === undefined || from < 0) return undefined
  const rest = lines.slice(from + 1)
  const end = rest.findIndex(line => /^\s*\d+: cs:/.test(line))
  const own = rest.slice(0, end < 0 ? rest.length : end).join('\n')
  const [, percent] = /sync'ed:\s*([\d.]+)%/.exec(own) ?? []
  const [, left] = /finish:\s*(\d+:\d\d:\d\d)/.exec(own) ?? []
  return percent === undefined ? undefined : { percent: Number(percent), ...(left && { left }) }
}

/** " (33.4 % done, 0:00:26 left)", or nothing. */
export const sayProgress = (progress: Progress | undefined): string =>
  progress === undefined ? '' : ` (${progress.percent} % done${progress.left ? `, ${progress.left} left` : ''})`
