/**
 * An ext4 that has met an error writes nothing any more. Some kernels (6.1 and 6.12, since a backport of 2024) do not show that
 * in the flags of its mount, but all count the errors: /sys/fs/ext4/DEVICE/errors_count.
 */
import type { Host } from '../agent.ts'
import type { Mount } from './mountinfo.ts'

/** What it has met since it was first looked at; an old count may stand in a file system that nobody has checked since. */
export function newErrorWatch(): (host: Pick<Host, 'read'>, mount: Mount) => string | undefined {
  let watched: { readonly id: number; readonly count: number } | undefined
  return (host, { id, device, fstype, source, point }) => {
    const name =
      fstype === 'ext4' ? /^DEVNAME=(.+)$/m.exec(host.read(`/sys/dev/block/${device}/uevent`) ?? '')?.[1] : ''
    const count = name
      ? Number(host.read(`/sys/fs/ext4/${name.replaceAll('/', '!')}/errors_count`) ?? Number.NaN)
      : Number.NaN
    if (Number.isNaN(count)) return undefined
    if (watched?.id !== id || count < watched.count) watched = { id, count }
    return count > watched.count
      ? `${source} on ${point} has met ${count - watched.count} errors: dmesg says which; nothing may be written to it any more`
      : undefined
  }
}
