/** Looks at both guests ten times a second: is it primary, is it mounted? Never both at once. */
import { mountPoint } from './files.ts'
import { type GuestName, guests, type Laboratory, other } from './laboratory.ts'

/** Of the clock of the guest, which is that of the machine. */
interface Sample {
  readonly ms: number
  readonly primary: boolean
  readonly mounted: boolean
}

const program = String.raw`
use strict; use Time::HiRes qw(time sleep); $| = 1;
while (1) {
  my ($primary, $mounted) = (0, 0);
  my $at = time;
  if (open my $in, '<', '/proc/drbd') { while (<$in>) { $primary = 1 if m{^ 0: .* ro:Primary} } }
  if (open my $in, '<', '/proc/mounts') { while (<$in>) { $mounted = 1 if m{ MOUNTPOINT } } }
  printf "%.0f %d %d\n", $at * 1000, $primary, $mounted;
  sleep 0.1;
}
`.replace('MOUNTPOINT', mountPoint)

export interface Watch {
  /** Sentences, one for each time that both were seen to have it. */
  violations(): readonly string[]
  samples(): number
  stop(): void
}

export function startWatch(lab: Laboratory): Watch {
  const seen: Record<GuestName, Sample[]> = { n1: [], n2: [] }
  const ends = guests.map(guest => watchOne(lab, guest, seen[guest]))
  return {
    violations: () => guests.flatMap(guest => overlaps(guest, seen[guest], seen[other(guest)])),
    samples: () => seen.n1.length + seen.n2.length,
    stop() {
      for (const end of ends) end.abort()
    },
  }
}

/** Again and again: a guest that dies takes it along. */
function watchOne(lab: Laboratory, guest: GuestName, samples: Sample[]): AbortController {
  const ended = new AbortController()
  const look = async (): Promise<void> => {
    let rest = ''
    const onStdout = (data: Buffer): void => {
      const lines = (rest + data.toString()).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const [ms = 0, primary, mounted] = line.split(' ').map(Number)
        samples.push({ ms, primary: primary === 1, mounted: mounted === 1 })
      }
    }
    await lab
      .exec(guest, ['perl', '-e', program], { timeout: 3_600_000, onStdout, signal: ended.signal })
      .catch(() => {})
    if (!ended.signal.aborted) setTimeout(() => void look(), 200)
  }
  void look()
  return ended
}

/** A sample of the other one between two of this one, all of them the same: then both had it at that instant. */
function overlaps(guest: GuestName, own: readonly Sample[], others: readonly Sample[]): string[] {
  const found: string[] = []
  for (const what of ['primary', 'mounted'] as const) {
    let at = 0
    for (let i = 1; i < own.length; i += 1) {
      const [from, to] = [own[i - 1]!, own[i]!]
      if (!from[what] || !to[what] || to.ms - from.ms > 1_000) continue
      while (at < others.length && others[at]!.ms < from.ms) at += 1
      const there = others[at]
      if (there !== undefined && there.ms <= to.ms && there[what])
        found.push(`${what} on ${guest} and ${other(guest)} at ${new Date(there.ms).toISOString()}`)
    }
  }
  return found
}
