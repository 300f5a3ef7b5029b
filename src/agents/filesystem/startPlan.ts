/** What a start has to do, from what was seen. */
import { judgeHealth, points } from './health.ts'
import { shown } from './mountinfo.ts'
import { hiddenBy, type Survey } from './survey.ts'
import { hasBlockDevice, nameOf, type Wanted } from './wanted.ts'

export type StartPlan =
  | { readonly type: 'running' }
  | { readonly type: 'refused'; readonly why: string }
  | {
      readonly type: 'mount'
      /** What mount(8) is told: a device found by its label is named. */
      readonly source: string
      /** As the OCF agent does. */
      readonly makeDirectory: boolean
      readonly note?: string
    }

export function planStart(wanted: Wanted, survey: Survey): StartPlan {
  const refused = (why: string): StartPlan => ({ type: 'refused', why })
  const { ours, elsewhere, top, directory, facts } = survey
  const name = nameOf(wanted.source)
  if (ours.length > 0) {
    const { status, why = '' } = judgeHealth(wanted, survey)
    return status === 'running' ? { type: 'running' } : refused(why)
  }
  if (elsewhere.length > 0) {
    return refused(`${name} is mounted on ${points(elsewhere)} already; umount ${points(elsewhere)}`)
  }
  if (top) return refused(`${shown(top)} is mounted on ${directory} already; umount ${directory}`)
  const hidden = hiddenBy(survey)
  if (hidden.length > 0) return refused(`a mount on ${directory} would hide ${points(hidden)}; umount it first`)
  const kind = facts?.directory.kind
  if (kind !== 'directory' && kind !== 'missing') return refused(`${directory} is not a directory`)
  const source = facts?.source
  const wrong = wrongSource(wanted, source?.kind)
  if (wrong) return refused(wrong)
  const filled = `${directory} is not empty: what is in it is hidden while ${name} is mounted`
  return {
    type: 'mount',
    source: wanted.source.type === 'tag' ? (source?.path ?? name) : name,
    makeDirectory: kind === 'missing',
    ...(facts?.directory.filled ? { note: filled } : {}),
  }
}

function wrongSource(wanted: Wanted, kind: string | undefined): string | undefined {
  const name = nameOf(wanted.source)
  if (wanted.source.type === 'directory') {
    return kind === 'directory' ? undefined : `${name}, to be shown at ${wanted.directory}, is not a directory here`
  }
  if (!hasBlockDevice(wanted)) return undefined
  if (kind === 'missing') {
    return wanted.source.type === 'tag'
      ? `no device with ${name} is found; blkid shows what there is, and of DRBD nothing while it is Secondary`
      : `there is no device ${name} here; what provides it comes before Filesystem in haresources`
  }
  return kind === 'block' ? undefined : `${name} is not a block device`
}

/** What mount(8) said, with what to do about it. */
export function mountHint(output: string, fstype: string | undefined): string {
  if (/unknown filesystem type/.test(output))
    return `; modprobe ${fstype ?? 'TYPE'} says why the kernel does not know it`
  const helper = /mount\.(\w+)/.exec(output)?.[1] ?? fstype ?? ''
  if (/helper program/.test(output) && /^nfs/.test(helper)) return '; apt-get install nfs-common'
  if (/helper program/.test(output) && /^(cifs|smb)/.test(helper)) return '; apt-get install cifs-utils'
  if (/[Ww]rong medium type/.test(output)) return '; DRBD is Secondary here'
  if (/Structure needs cleaning/.test(output)) return '; run xfs_repair on it by hand, on one node only'
  if (/bad superblock|bad option/.test(output)) return '; dmesg may say more'
  return ''
}
