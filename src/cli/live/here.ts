/** Each resource of haresources on this host: does it run, and if not, could it start? And is there room for it? */
import { statfsSync } from 'node:fs'
import { type BindContext, type Host, isProblem } from '../../agents/agent.ts'
import { bindContext } from '../../agents/bindContext.ts'
import { filesHere } from '../../agents/program.ts'
import { resolve } from '../../agents/resolve.ts'
import type { Settings } from '../../config/settings.ts'
import type { GroupName, Resource, Status } from '../../types.ts'
import type { Remark } from './remark.ts'

export interface ResourceHere {
  readonly group: GroupName
  readonly resource: string
  readonly status: Status
  readonly findings: readonly Remark[]
}

export async function lookHere(host: Host, settings: Settings, configDir: string): Promise<readonly ResourceHere[]> {
  const mine = settings.groups.filter(({ homes }) => homes.includes(settings.self))
  const looks = mine.flatMap(group =>
    group.resources.map(resource => lookAt(host, resource, bindContext(resource, group, settings, configDir))),
  )
  return Promise.all(looks)
}

async function lookAt(host: Host, resource: Resource, context: BindContext): Promise<ResourceHere> {
  const bound = resolve(resource, context, filesHere)
  const about = { group: context.group, resource: resource.name }
  if (isProblem(bound)) return { ...about, status: 'unknown', findings: [{ level: 'error', text: bound.problem }] }
  const { status, why } = await bound.monitor(host)
  const advice = (await bound.advice?.(host)) ?? []
  if (status === 'running') return { ...about, status, findings: advice }
  if (status === 'unknown')
    return { ...about, status, findings: [{ level: 'warning', text: why ?? 'it does not tell' }, ...advice] }
  return { ...about, status, findings: [...((await bound.ready?.(host)) ?? []), ...advice] }
}

/** Below these a daemon that has to take over more may fail at it. */
const leastFreeBytes = 50 * 2 ** 20
const leastAvailableShare = 0.05

export function roomHere(host: Host, stateDir: string): readonly Remark[] {
  return [...diskRoom(stateDir), ...memoryRoom(host.read('/proc/meminfo') ?? '')]
}

function diskRoom(stateDir: string): readonly Remark[] {
  try {
    const { bavail, bsize } = statfsSync(stateDir)
    const freeBytes = bavail * bsize
    if (freeBytes >= leastFreeBytes) return []
    const text = `${stateDir} has ${Math.floor(freeBytes / 2 ** 20)} MiB left; a node that cannot write its state takes nothing over`
    return [{ level: 'error', text }]
  } catch {
    return [] // made at the first start
  }
}

/** By /proc/meminfo, proc(5). */
export function memoryRoom(meminfo: string): readonly Remark[] {
  const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(meminfo)?.[1] ?? Number.NaN)
  const share = kib('MemAvailable') / kib('MemTotal')
  if (!(share < leastAvailableShare)) return []
  return [
    { level: 'warning', text: `${Math.round(100 * share)} % of the memory is available; what comes here may not fit` },
  ]
}
