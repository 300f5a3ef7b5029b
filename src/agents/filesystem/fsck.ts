/** What a check before the mount said. */
import { explain, lastWords, type Ran } from '../ran.ts'

/** Only ext2, ext3 and ext4 are checked before: xfs and btrfs mend themselves when they are mounted. */
export function checkerOf(fstype: string, options: readonly string[]): string | undefined {
  return /^ext[234]$/.test(fstype) && !options.includes('ro') ? `fsck.${fstype}` : undefined
}

export interface Checked {
  /** Why it must not be mounted. */
  readonly failed?: string
  readonly note?: string
}

/** The exit code is a sum (fsck(8)): 1 corrected, 2 reboot, 4 left uncorrected, 8 could not work, 16 usage, 32 cancelled. */
export function judgeCheck(ran: Ran, program: string, device: string): Checked {
  const { end, output } = ran
  if (end.by !== 'exit') return { failed: explain(ran) }
  if (end.code === 0) return {}
  const said = lastWords(output)
  if (end.code === 1) return { note: `${program} has corrected ${device}: ${said}` }
  const meaning = end.code & 4 ? 'errors are left' : end.code & 2 ? 'it wants a reboot' : 'it could not check'
  const mend = end.code & 4 ? `; run ${program} -f ${device} by hand, on one node only` : ''
  return { failed: `${program} ${device}: ${meaning} (exit code ${end.code}), it said: ${said}${mend}` }
}
