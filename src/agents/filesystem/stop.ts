import type { Outcome } from '../../types.ts'
import { done, failed, type Host } from '../agent.ts'
import { explain } from '../ran.ts'
import { claim } from './claim.ts'
import { type Act, escalate, listUsers, patience } from './escalation.ts'
import { points } from './health.ts'
import { deepestFirst, hiderOf, type Mount } from './mountinfo.ts'
import type { Operation } from './start.ts'
import { judgeMounts, readMounts, type Survey, survey } from './survey.ts'
import { findUsers, signalUsers } from './users.ts'
import { hasBlockDevice, nameOf } from './wanted.ts'

const tryAgainMs = 500
/** A server that is gone answers never; then `umount -f` tells the kernel to give up. */
const networkUmountMs = 20_000
/** What was killed or detached lets go of the device a moment later. */
const releaseWithinMs = 5_000

/**
 * Unmounts what stands on it, then it, then what shows parts of it in other places; then the device must be free.
 * @param doubt a program of a start may still be at work.
 */
export async function stopFilesystem(operation: Operation, doubt: boolean): Promise<Outcome> {
  const { host, resource, wanted } = operation
  const before = await survey(host, { resource, action: 'stop' }, wanted)
  if ('unknown' in before) return failed(`whether ${wanted.directory} is mounted cannot be told: ${before.unknown}`)
  const device = before.ours[0]?.source ?? before.facts?.source?.path
  if (before.ours.length === 0) {
    if (before.elsewhere.length > 0) return failed(mountedElsewhere(operation, before.elsewhere))
    const suspect = doubt || before.facts?.source?.atWork
    return suspect && device && hasBlockDevice(wanted) ? released(operation, device, before, doubt) : done
  }
  let hangs = doubt
  const watched: Operation = {
    ...operation,
    hung() {
      hangs = true
      operation.hung()
    },
  }
  const emptied = await unmountOurs(watched, before)
  if (!emptied.ok) return emptied
  for (const mount of before.elsewhere) await unmount(watched, mount)
  const left = survivors(operation, before).elsewhere
  if (left.length > 0) return failed(mountedElsewhere(operation, left))
  return device && hasBlockDevice(wanted) ? released(operation, device, before, hangs) : done
}

const mountedElsewhere = ({ wanted }: Operation, mounts: readonly Mount[]): string =>
  `${nameOf(wanted.source)} is still mounted on ${points(mounts)}; umount ${points(mounts)}`

function survivors({ host, wanted }: Operation, { mounts, facts }: Survey): Survey {
  return judgeMounts(wanted, readMounts(host) ?? mounts, facts)
}

async function unmountOurs(operation: Operation, before: Survey): Promise<Outcome> {
  const { host } = operation
  for (;;) {
    const { mounts, ours } = survivors(operation, before)
    const [next] = deepestFirst(mounts, ours)
    if (!next) return done
    if (host.clock.nowMs() > operation.untilMs) return failed(`${next.point} is mounted again and again by others`)
    const hider = hiderOf(mounts, next)
    if (hider) return failed(`${next.point} is hidden by a mount on ${hider.point}; umount ${hider.point} first`)
    const outcome = await unmountWithUsers(operation, next)
    if (!outcome.ok) return outcome
  }
}

/** What `umount -f` cuts off is lost to its users: first they may end by themselves. */
const forceAfterMs = ({ act }: Act): number => (act === 'wait' ? 2_000 : patience.killAfterMs)

/** Until it is gone from the list of mounts, whatever umount says. */
async function unmountWithUsers(operation: Operation, mount: Mount): Promise<Outcome> {
  const { host, resource } = operation
  const isNetwork = /^(nfs|cifs|smb|ceph|9p|fuse|glusterfs)/.test(mount.fstype)
  let force = false
  let busySinceMs: number | undefined
  let somebodyAtMs: number | undefined
  let told: string | undefined
  for (;;) {
    const ran = await unmount(operation, mount, force, isNetwork && !force ? networkUmountMs : undefined)
    const hangs = ran.end.by === 'timeout'
    if (hangs) operation.hung()
    // It leaves the list before all of it is written back.
    if (isGone(host, mount)) return done
    if (hangs && (force || !isNetwork)) return failed(`${explain(ran)}; its device or server does not answer`)
    if (!hangs && !/busy/.test(ran.output)) return failed(explain(ran))
    const nowMs = host.clock.nowMs()
    busySinceMs ??= nowMs
    const users = await findUsers(host, resource, mount.point, [mount])
    somebodyAtMs ??= nowMs
    const act = escalate(nowMs - busySinceMs, nowMs - somebodyAtMs, users, process.pid)
    if (act.act === 'give up') return failed(`${mount.point} is busy: ${act.who}`)
    if (act.act === 'signal') {
      somebodyAtMs = nowMs
      // Once for each signal: what is asked to go may start others meanwhile.
      if (told !== act.signal) {
        host.note(`${resource}: ${mount.point} is busy, SIG${act.signal} to ${listUsers(act.users)}`)
      }
      told = act.signal
      await signalUsers(host, resource, act.signal, act.users)
    }
    force = isNetwork && (hangs || nowMs - busySinceMs >= forceAfterMs(act))
    if (nowMs > operation.untilMs) return failed(`${mount.point} is still mounted: ${explain(ran)}`)
    if (!hangs) await new Promise<void>(resolve => void host.clock.after(tryAgainMs, resolve))
  }
}

/** No path is made canonical: that would touch the mount. */
function unmount({ host, resource, untilMs }: Operation, { point }: Mount, force = false, atMostMs = untilMs) {
  const timeoutMs = Math.max(1_000, Math.min(atMostMs, untilMs - host.clock.nowMs()))
  const args = [...(force ? ['-f'] : []), '-c', '--', point]
  return host.run({ resource, action: 'stop', file: 'umount', args, timeoutMs, graceMs: 1_000 })
}

/** An unreadable list is no proof. */
function isGone(host: Host, { id, point, device }: Mount): boolean {
  const mounts = readMounts(host)
  return !!mounts && !mounts.some(mount => mount.id === id && mount.point === point && mount.device === device)
}

/**
 * A lazy umount, or another mount namespace, keeps a file system mounted that no list here shows.
 * @param hangs a program that was given up may still be at work on it.
 */
async function released(
  { host, resource, untilMs: endMs }: Operation,
  device: string,
  { ours, directory, facts }: Survey,
  hangs: boolean,
): Promise<Outcome> {
  const untilMs = Math.min(host.clock.nowMs() + releaseWithinMs, endMs)
  for (;;) {
    const claimed = await claim(host, { resource, action: 'stop' }, device)
    if (claimed.is === 'free' || claimed.is === 'absent') return done
    if (claimed.is === 'unknown') return failed(`${device} may still be in use: ${claimed.why}`)
    if (host.clock.nowMs() >= untilMs) break
    await new Promise<void>(resolve => void host.clock.after(tryAgainMs, resolve))
  }
  if (hangs)
    return failed(
      `${device} is still in use: its device or server does not answer, and a program that was given up hangs there (umount, mount or fsck); what was written last may not be on it`,
    )
  const numbers = facts?.source?.device ? [{ device: facts.source.device }] : []
  const { namespaces } = await findUsers(host, resource, directory, [...ours, ...numbers])
  const others = namespaces.map(({ command, pid }) => `${command} (${pid})`)
  return failed(
    others.length > 0
      ? `${device} is still mounted in the mount namespace of ${others.join(', ')}; stop it`
      : `${device} is unmounted but still in use: it does not answer and was not written to the end, or somebody unmounted it lazily or froze it (fsfreeze)`,
  )
}
