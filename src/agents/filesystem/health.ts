import type { Seen } from '../agent.ts'
import { type Mount, shown } from './mountinfo.ts'
import type { Survey } from './survey.ts'
import { nameOf, type Wanted } from './wanted.ts'

/**
 * From the list of mounts alone. Here but not well, or in another place, is no `stopped`: others must keep away from
 * the device.
 */
export function judgeHealth(wanted: Wanted, { ours, elsewhere, top, directory, facts }: Survey): Seen {
  const name = nameOf(wanted.source)
  if (ours.length === 0) {
    if (elsewhere.length > 0) return { status: 'unknown', why: `${name} is mounted on ${points(elsewhere)}` }
    if (facts?.source?.atWork) {
      const where = 'an umount that has not ended, a lazy umount, or another mount namespace'
      return { status: 'unknown', why: `${name} is mounted out of sight: ${where}` }
    }
    return top ? { status: 'stopped', why: `${shown(top)} is mounted on ${directory}` } : { status: 'stopped' }
  }
  const mount = ours.at(-1)!
  if (top && !ours.includes(top)) {
    return { status: 'unknown', why: `${name} is mounted on ${directory}, but ${shown(top)} is mounted over it` }
  }
  const trouble = troubleOf(wanted, mount)
  return trouble ? { status: 'unknown', why: trouble } : { status: 'running' }
}

export const points = (mounts: readonly Mount[]): string => mounts.map(({ point }) => point).join(', ')

/** A file system that met an error turns read-only, or stops to work; the kernel says so in its flags. */
function troubleOf(wanted: Wanted, { point, flags, superFlags, source }: Mount): string | undefined {
  if (superFlags.includes('shutdown')) return `${source} on ${point} was shut down after an error; dmesg says which`
  if (wanted.options.includes('ro')) return undefined
  // What a bind mount shows may be read-only at home.
  const isBind = wanted.source.type === 'directory'
  const readOnly = flags.includes('ro') || (!isBind && superFlags.includes('ro')) || superFlags.includes('emergency_ro')
  return readOnly
    ? `${source} on ${point} is read-only: by an error (dmesg says which), by hand, or its device is write-protected`
    : undefined
}
