import type { Outcome } from '../../types.ts'
import { done, failed, type Host } from '../agent.ts'
import { explain, type Ran } from '../ran.ts'
import { claim } from './claim.ts'
import { checkerOf, judgeCheck } from './fsck.ts'
import { judgeHealth } from './health.ts'
import { mountHint, planStart, type StartPlan } from './startPlan.ts'
import { survey } from './survey.ts'
import { hasBlockDevice, type Wanted } from './wanted.ts'

export interface Operation {
  readonly host: Host
  /** As written. */
  readonly resource: string
  readonly wanted: Wanted
  readonly untilMs: number
  /** Called when a program of a start hangs: it may still check or mount after it was given up. */
  hung(): void
}

export async function startFilesystem(operation: Operation): Promise<Outcome> {
  const { host, resource, wanted } = operation
  const around = await survey(host, { resource, action: 'start' }, wanted)
  if ('unknown' in around) return failed(around.unknown)
  const plan = planStart(wanted, around)
  if (plan.type === 'running') return done
  if (plan.type === 'refused') return failed(plan.why)
  if (plan.note) host.note(`${resource}: ${plan.note}`)
  const obstacle = hasBlockDevice(wanted) ? await prepareDevice(operation, plan.source) : undefined
  if (obstacle) return failed(obstacle)
  return judgeMount(operation, await mount(operation, plan))
}

/** Free, and checked where its type wants that. */
async function prepareDevice(operation: Operation, device: string): Promise<string | undefined> {
  const { host, resource, wanted } = operation
  const claimed = await claim(host, { resource, action: 'start' }, device)
  if (claimed.is === 'busy') {
    return `${device} is in use on this host, though no mount of it is seen: by LVM, md or DRBD above it, in a mount namespace of its own, or a lazy umount that has not ended; lsblk ${device} may tell`
  }
  if (claimed.is === 'unknown') return `${device} cannot be opened: ${claimed.why}`
  if (claimed.is === 'absent') {
    const how = claimed.secondary ? ': DRBD is Secondary here; drbddisk comes before Filesystem in haresources' : ''
    return `${device} cannot be opened: ${claimed.why}${how}`
  }
  const content = await contentOf(operation, device)
  if ('hangs' in content) return content.hangs
  if (/^(raid|crypto)$/.test(content.usage)) {
    return `${device} is a disk of ${content.type}, no file system; write the device that is made of it, as in /dev/drbd0`
  }
  const program = checkerOf(wanted.fstype ?? content.type, wanted.options)
  if (!program) return undefined
  const ran = await run(operation, program, ['-p', device])
  const checked = judgeCheck(ran, program, device)
  if (checked.note) host.note(`${resource}: ${checked.note}`)
  return checked.failed
}

/** '' where nobody knows: mount may still find out. A disk below DRBD has the label of the file system above it. */
async function contentOf(
  operation: Operation,
  device: string,
): Promise<{ readonly type: string; readonly usage: string } | { readonly hangs: string }> {
  const ran = await run(operation, 'blkid', ['-p', '-o', 'export', device])
  if (ran.end.by === 'timeout') return { hangs: `${explain(ran)}; ${device} does not answer` }
  const value = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(ran.output)?.[1] ?? ''
  return { type: value('TYPE'), usage: value('USAGE') }
}

async function mount(operation: Operation, plan: Extract<StartPlan, { type: 'mount' }>): Promise<Ran> {
  const { wanted } = operation
  if (plan.makeDirectory) {
    const made = await run(operation, 'mkdir', ['-p', '--', wanted.directory])
    if (!made.ok) return made
    operation.host.note(`${operation.resource}: ${wanted.directory} was not there and was made, as a mount point`)
  }
  const type = wanted.fstype === undefined ? [] : ['-t', wanted.fstype]
  const options = wanted.options.length === 0 ? [] : ['-o', wanted.options.join(',')]
  return run(operation, 'mount', [...type, ...options, '--', plan.source, wanted.directory])
}

/** By the list of mounts, not by the exit code. */
async function judgeMount({ host, resource, wanted }: Operation, ran: Ran): Promise<Outcome> {
  const after = await survey(host, { resource, action: 'start' }, wanted)
  const seen = 'unknown' in after ? undefined : judgeHealth(wanted, after)
  if (seen?.status === 'running') return done
  if (!ran.ok) return failed(`${explain(ran)}${mountHint(ran.output, wanted.fstype)}`)
  if ('unknown' in after) return failed(after.unknown)
  return failed(seen?.why ?? `mount said nothing, but nothing is mounted on ${wanted.directory}`)
}

/** A check is given time to leave its disk in order when it is told to end. */
async function run({ host, resource, untilMs, hung }: Operation, file: string, args: readonly string[]): Promise<Ran> {
  const timeoutMs = Math.max(1_000, untilMs - host.clock.nowMs())
  const graceMs = file.startsWith('fsck') ? 5_000 : 1_000
  const ran = await host.run({ resource, action: 'start', file, args, timeoutMs, graceMs })
  if (ran.end.by === 'timeout') hung()
  return ran
}
