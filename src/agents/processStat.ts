/** A process as proc(5) has it in /proc/PID/stat. With its number the start time names it for good. */
import { readFileSync } from 'node:fs'

export interface ProcessStat {
  /** Z: only its remains are there. */
  readonly state: string
  /** In ticks since the start of the machine. */
  readonly startTime: string
}

/** @param text the whole file; the name in it, in brackets, may hold anything. */
export function processStat(text: string): ProcessStat {
  const fields = (text.split(') ').at(-1) ?? '').split(' ')
  return { state: fields[0] ?? '', startTime: fields[19] ?? '' }
}

/** undefined: there is no such process. */
export function readProcessStat(pid: number): ProcessStat | undefined {
  try {
    return processStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return undefined
  }
}

/** '' where there is no such process. */
export const startTimeOf = (pid: number): string => readProcessStat(pid)?.startTime ?? ''
