/** Whether two reports say the same: only then is there nothing to send at once. */
import type { Claim, NodeId, Report, Truce } from '../types.ts'

export function sameReport(a: Report, b: Report): boolean {
  if (a === b) return true
  return (
    a.standby === b.standby &&
    a.leaving === b.leaving &&
    a.left === b.left &&
    a.unwritable === b.unwritable &&
    a.configDigest === b.configDigest &&
    a.groupsDigest === b.groupsDigest &&
    a.pings === b.pings &&
    sameNodes(a.dead, b.dead) &&
    sameTruce(a.truce, b.truce) &&
    sameClaims(a.claims, b.claims)
  )
}

const sameClaims = (a: Report['claims'], b: Report['claims']): boolean =>
  a === b || (a.size === b.size && [...a].every(([group, claim]) => sameClaim(claim, b.get(group))))

function sameTruce(a: Truce | undefined, b: Truce | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return (
    a.epoch.counter === b.epoch.counter &&
    a.epoch.minter === b.epoch.minter &&
    a.disarmedEndMs === b.disarmedEndMs &&
    a.maintainedEndMs === b.maintainedEndMs &&
    a.groups.join() === b.groups.join()
  )
}

export function sameNodes(a: ReadonlySet<NodeId>, b: ReadonlySet<NodeId>): boolean {
  if (a === b) return true
  if (a.size !== b.size) return false
  for (const node of a) if (!b.has(node)) return false
  return true
}

export function sameClaim(a: Claim, b: Claim | undefined): boolean {
  if (a === b) return true
  if (b === undefined) return false
  const [one, other] = [a.assignment, b.assignment]
  return (
    a.state === b.state &&
    a.failed === b.failed &&
    a.dark === b.dark &&
    a.newest === b.newest &&
    a.unready === b.unready &&
    a.outdated === b.outdated &&
    a.halts === b.halts &&
    one.owner === other.owner &&
    one.epoch.counter === other.epoch.counter &&
    one.epoch.minter === other.epoch.minter &&
    one.by === other.by &&
    one.because === other.because
  )
}
