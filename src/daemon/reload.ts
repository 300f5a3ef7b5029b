/** May these new settings replace the old ones now? A reload never costs a service: what runs here must stay what it is. */
import type { Cluster } from '../cluster.ts'
import type { Settings } from '../config/settings.ts'
import { holds } from '../resources/run.ts'
import type { Group } from '../types.ts'

const doing = { start: 'started', stop: 'stopped', probe: 'looked at' } as const

/** Why not, as a sentence; undefined = go ahead. */
export function hindrance(c: Cluster, next: Settings): string | undefined {
  if (next.self !== c.config.self)
    return `this node would be ${next.self} instead of ${c.config.self}; restart the daemon for that`
  if (c.leaving !== undefined) return 'this node is shutting down'
  for (const group of c.config.groups) {
    const { run } = c.groups.get(group.name)!
    if (run.job !== undefined) return `${group.name} is being ${doing[run.job.op]}; try again when that is over`
    const after = next.groups.find(({ name }) => name === group.name)
    if (holds(run) && (after === undefined || !sameResources(group, after))) {
      const what = after === undefined ? 'has no line' : 'has other resources'
      return `${group.name} is held here and ${what} in the new haresources; hand it over first (tandem standby), reload, then tandem unstandby`
    }
  }
  return undefined
}

const sameResources = (a: Group, b: Group): boolean =>
  a.resources.length === b.resources.length &&
  a.resources.every((resource, i) => resource.name === b.resources[i]!.name)
