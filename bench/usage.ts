/** Processor time and memory of what runs on a host. */
import { readdirSync } from 'node:fs'
import { type Host, processesOf } from './host.ts'
import { peek } from './shell.ts'

/** Not ours: the host's own pid 1 and its helper. */
function ours(host: Host): number[] {
  const foreign = /^(sh -c |cat$|nsenter |unshare )/
  return processesOf(host)
    .filter(one => !foreign.test(one.command) && one.pid !== host.power?.init)
    .map(one => one.pid)
}

/** Since the start of each process, ended children included (those of pid 1 are the orphans among them). */
export function processorSeconds(host: Host): number {
  return [...ours(host), host.power?.init ?? 0].reduce((sum, pid) => sum + secondsOf(pid), 0)
}

/** Of one process: its own to the nanosecond, that of its ended children in steps of 10 ms. */
export function secondsOf(pid: number): number {
  const stat = peek(`/proc/${pid}/stat`)?.split(') ')[1]?.split(' ') ?? []
  const own = tasks(pid).reduce((sum, task) => sum + Number(task.split(' ')[0]) / 1e9, 0)
  return own + (Number(stat[13] ?? 0) + Number(stat[14] ?? 0)) / 100 // cutime, cstime: in 1/100 s
}

function tasks(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap(task => peek(`/proc/${pid}/task/${task}/schedstat`) ?? [])
  } catch {
    return []
  }
}

export interface Memory {
  readonly pssKib: number
  readonly dirtyKib: number
  readonly processes: number
}

export function memoryOf(host: Host): Memory {
  const sum = { pssKib: 0, dirtyKib: 0, processes: 0 }
  for (const pid of ours(host)) {
    const text = peek(`/proc/${pid}/smaps_rollup`)
    if (text === undefined) continue
    sum.pssKib += Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0)
    sum.dirtyKib += Number(/^Private_Dirty:\s+(\d+)/m.exec(text)?.[1] ?? 0)
    sum.processes++
  }
  return sum
}
