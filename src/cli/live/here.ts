/** Each resource of haresources on this host: does it run, and if not, could it start? */
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
