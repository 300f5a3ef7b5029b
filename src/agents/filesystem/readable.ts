/** Does a mounted file system still answer? Only a program of its own may ask: one that hangs does so for ever. */
import type { Host, Seen } from '../agent.ts'
import { ask } from '../perl.ts'
import { processStat } from '../processStat.ts'
import { explain } from '../ran.ts'

/** Lists the directory, then reads the first block of the device past all caches. */
const readProgram = String.raw`
use strict; $| = 1;
my ($directory, $device) = @ARGV;
open my $in, '<', "/proc/$$/stat"; my $stat = <$in>; print "process $$ ", (split ' ', $stat =~ s/^.*\) //sr)[19], "\n";
opendir my $entries, $directory or die "$directory: $!\n";
readdir $entries; closedir $entries;
exec 'dd', "if=$device", 'of=/dev/null', 'iflag=direct', 'bs=4096', 'count=1', 'status=none' if $device ne '';
`

export type Reader = (host: Host, resource: string, directory: string, device: string) => Promise<Seen>

/** Remembers the program that hung: as long as it does no other is sent after it. */
export function newReader(withinMs: number): Reader {
  let stuck: { readonly pid: string; readonly startTime: string } | undefined
  return async (host, resource, directory, device) => {
    if (stuck && isStill(host, stuck)) return { status: 'unknown', why: hangs(directory, withinMs) }
    stuck = undefined
    const ran = await ask(host, { resource, action: 'monitor' }, readProgram, [directory, device], withinMs)
    if (ran.ok) return { status: 'running' }
    if (ran.end.by !== 'timeout') {
      return { status: 'unknown', why: explain({ ...ran, command: `reading ${directory}` }) }
    }
    const [, pid = '', startTime = ''] = /^process (\d+) (\d+)$/m.exec(ran.output) ?? []
    stuck = { pid, startTime }
    return { status: 'unknown', why: hangs(directory, withinMs) }
  }
}

const hangs = (directory: string, withinMs: number): string =>
  `${directory} is mounted, but does not answer within ${withinMs / 1_000} s: its device or server hangs`

function isStill(host: Host, { pid, startTime }: { readonly pid: string; readonly startTime: string }): boolean {
  const text = host.read(`/proc/${pid}/stat`)
  const stat = text === undefined ? undefined : processStat(text)
  return stat !== undefined && stat.state !== 'Z' && stat.startTime === startTime
}
