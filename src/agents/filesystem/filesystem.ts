import {
  type Agent,
  type BindContext,
  type Bound,
  isProblem,
  type Problem,
  type Timeouts,
  timeoutsFor,
} from '../agent.ts'
import { newErrorWatch } from './errors.ts'
import { judgeHealth } from './health.ts'
import { newReader } from './readable.ts'
import { filesystemReadiness } from './readiness.ts'
import { startFilesystem } from './start.ts'
import { stopFilesystem } from './stop.ts'
import { survey } from './survey.ts'
import { hasBlockDevice, parseWanted, usage } from './wanted.ts'

/** A check of a big file system takes its time, and so does writing back what is in memory. */
const timeouts: Timeouts = { startMs: 600_000, stopMs: 120_000, monitorMs: 20_000 }

export interface FilesystemOptions {
  /** A look reads from the file system and its device too, and waits so long. Default: no, as a busy disk may be slow. */
  readonly readWithinMs?: number
  readonly timeouts?: Timeouts
}

/** Heartbeat's Filesystem. What is mounted is what the kernel's list says; no mounted path is touched by this process. */
export const filesystem: Agent = {
  meta: {
    name: 'Filesystem',
    summary: 'A file system, mounted on one node at a time',
    usage,
    timeouts,
    yieldsToScript: true,
    keys: [
      {
        name: 'read_within',
        kind: 'time or off',
        default: 'off',
        summary: 'a look reads from directory and device too, and they have to answer within this time',
      },
    ],
  },
  bind(args, context) {
    const within = context.operations?.own.get('read_within')
    const read = typeof within === 'number' ? { readWithinMs: within } : {}
    return bindFilesystem(args, context, { ...read, timeouts: timeoutsFor(timeouts, context) })
  },
}

export function bindFilesystem(
  args: readonly string[],
  { resource }: BindContext,
  options: FilesystemOptions = {},
): Bound | Problem {
  const wanted = parseWanted(args)
  if (isProblem(wanted)) return wanted
  const limits = options.timeouts ?? timeouts
  const reader = options.readWithinMs === undefined ? undefined : newReader(options.readWithinMs)
  const errorsOf = newErrorWatch()
  let doubt = false
  const hung = (): void => {
    doubt = true
  }
  return {
    resource,
    kind: 'filesystem',
    timeouts: limits,
    lastStop: () => ({ by: 'umount', directory: wanted.directory, limitMs: limits.stopMs }),
    start(host) {
      const untilMs = host.clock.nowMs() + limits.startMs
      return startFilesystem({ host, resource, wanted, untilMs, hung })
    },
    async stop(host) {
      const untilMs = host.clock.nowMs() + limits.stopMs
      const outcome = await stopFilesystem({ host, resource, wanted, untilMs, hung }, doubt)
      if (outcome.ok) doubt = false
      return outcome
    },
    async monitor(host) {
      const around = await survey(host, { resource, action: 'monitor', withinMs: limits.monitorMs }, wanted)
      if ('unknown' in around) return { status: 'unknown', why: around.unknown }
      const seen = judgeHealth(wanted, around)
      const errors = seen.status === 'running' ? errorsOf(host, around.ours.at(-1)!) : undefined
      if (errors !== undefined) return { status: 'unknown', why: errors }
      if (seen.status !== 'running' || !reader) return seen
      return reader(host, resource, around.directory, hasBlockDevice(wanted) ? around.ours.at(-1)!.source : '')
    },
    ready: host => filesystemReadiness(host, resource, wanted),
  }
}
