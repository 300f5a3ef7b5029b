/** Is a block device free? Whoever mounts one claims it, so asking for it alone is refused while it is mounted anywhere. */
import type { Host } from '../agent.ts'
import { ask, type Occasion } from '../perl.ts'
import { explain, type Ran } from '../ran.ts'

export type Claim =
  | { readonly is: 'free' }
  /** By a mount, in any mount namespace or detached by a lazy umount; by LVM, md, DRBD, or a check that runs. */
  | { readonly is: 'busy' }
  /** There is nothing that could be mounted. `secondary`: DRBD lets nobody open it here. */
  | { readonly is: 'absent'; readonly why: string; readonly secondary: boolean }
  | { readonly is: 'unknown'; readonly why: string }

const claimProgram = String.raw`
use strict; use Fcntl;
sysopen(my $device, $ARGV[0], O_RDONLY | O_EXCL) ? print "free\n" : print 'error ', $! + 0, " $!\n";
`

export async function claim(host: Host, occasion: Occasion, device: string): Promise<Claim> {
  const ran = await ask(host, occasion, claimProgram, [device])
  return readClaim({ ...ran, command: `opening ${device}` })
}

const busy = 16
const wrongMediumType = 124
/** ENOENT, ENXIO, ENODEV, ENOMEDIUM, EMEDIUMTYPE: errno(3) */
const absent: readonly number[] = [2, 6, 19, 123, wrongMediumType]

export function readClaim(ran: Ran): Claim {
  if (/^free$/m.test(ran.output)) return { is: 'free' }
  const [, code, why = ''] = /^error (\d+) (.*)$/m.exec(ran.output) ?? []
  if (code === undefined) return { is: 'unknown', why: explain(ran) }
  if (Number(code) === busy) return { is: 'busy' }
  if (absent.includes(Number(code))) return { is: 'absent', why, secondary: Number(code) === wrongMediumType }
  return { is: 'unknown', why }
}
