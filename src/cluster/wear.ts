/**
 * What has failed here, kept over a restart of the manager: an upgrade or a crash of ours is no reason to try again what an
 * operator was asked to mend, nor to begin counting anew. With the machine it is forgotten.
 */
import type { Saved, Wear } from '../events.ts'
import { type Run, unknown } from '../resources/run.ts'
import type { Group } from '../types.ts'
import type { Cluster } from './state.ts'

/** What should be on disk; the map that is there if it says the same. */
export function wearOf({ config, disk, groups }: Cluster): Saved['wear'] {
  const { wear } = disk.saved
  const found = config.groups.flatMap(group => {
    const now = wearOfRun(group, groups.get(group.name)!.run)
    if (now === undefined) return []
    const before = wear.get(group.name)
    return [[group.name, before !== undefined && sameWear(before, now) ? before : now] as const]
  })
  const same = found.length === wear.size && found.every(([name, now]) => wear.get(name) === now)
  return same ? wear : new Map(found)
}

function wearOfRun({ resources }: Group, { failed, worn, failures }: Run): Wear | undefined {
  if (failed === undefined && failures.length === 0) return undefined
  return {
    failed,
    worn: worn === undefined ? undefined : resources[worn]!.name,
    failures: failures.map(({ at, atMs }) => ({ resource: resources[at]!.name, atMs })),
  }
}

const sameWear = (a: Wear, b: Wear): boolean =>
  a.failed === b.failed &&
  a.worn === b.worn &&
  a.failures.length === b.failures.length &&
  a.failures.every(({ resource, atMs }, at) => resource === b.failures[at]!.resource && atMs === b.failures[at]!.atMs)

/** At the start of a manager. What its files do not name any more has not failed. */
export function runAtStart({ name, resources }: Group, saved: Saved): Run {
  const wear = saved.wear.get(name)
  if (wear === undefined) return unknown
  const indexOf = (resource: string): number => resources.findIndex(one => one.name === resource)
  const failures = wear.failures.flatMap(({ resource, atMs }) => {
    const at = indexOf(resource)
    return at < 0 ? [] : [{ at, atMs }]
  })
  if (wear.worn === undefined) return { ...unknown, failures, failed: wear.failed }
  const worn = indexOf(wear.worn)
  return worn < 0 || failures.length === 0 ? unknown : { ...unknown, failures, failed: wear.failed, worn }
}
