/** An operation that a manager began which then died: it goes on, and nothing else may be done to its resource. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { RunRequest } from './agent.ts'
import type { Clock } from './clock.ts'
import { readProcessStat } from './processStat.ts'

const pollMs = 100

/** Leaves word of a running operation; call the returned function when it has ended. */
export function leaveWord(path: string, pid: number, action: string): () => void {
  try {
    writeFileSync(path, `${pid} ${startTime(pid)} ${action}\n`, { mode: 0o600 })
  } catch {
    // The run directory is full: a restart of the manager in this moment would not know.
  }
  return () => rmSync(path, { force: true })
}

/**
 * Waits for an operation that an earlier manager left running, as long as this one itself may take. Looking gives up
 * then, with a reason; starting and stopping may go on after `end` was called for the process group.
 */
export async function waitForEarlier(
  path: string,
  request: RunRequest,
  clock: Clock,
  end: (pid: number) => Promise<void>,
): Promise<string | undefined> {
  const earlier = readWord(path)
  if (!earlier) return undefined
  const untilMs = clock.nowMs() + request.timeoutMs
  while (startTime(earlier.pid) === earlier.startTime) {
    if (clock.nowMs() >= untilMs) {
      if (request.action === 'monitor') return `its ${earlier.action}, process ${earlier.pid}, is still running`
      await end(earlier.pid)
      break
    }
    await new Promise<void>(resolve => void clock.after(pollMs, resolve))
  }
  rmSync(path, { force: true })
  return undefined
}

function readWord(
  path: string,
): { readonly pid: number; readonly startTime: string; readonly action: string } | undefined {
  try {
    const [pid = '', time = '', action = ''] = readFileSync(path, 'utf8').trim().split(' ')
    return Number(pid) > 1 && time !== '' ? { pid: Number(pid), startTime: time, action } : undefined
  } catch {
    return undefined
  }
}

/** '' when there is none, or only its remains. */
function startTime(pid: number): string {
  const stat = readProcessStat(pid)
  return stat === undefined || stat.state === 'Z' ? '' : stat.startTime
}
