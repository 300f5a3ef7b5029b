/** Who keeps a device open: mounts and programs by name, LVM and the like by what stands on it. */

import { unescapeOctal } from '../filesystem/mountinfo.ts'
import { ask } from '../perl.ts'
import type { Operation } from './call.ts'

/** Arguments: minors of DRBD. Links of /proc are read, never followed. */
const searchProgram = String.raw`
use strict; $| = 1;
sub escaped { my ($text) = @_; $text =~ s/([\x00-\x20\x5c\x7f])/sprintf '\\%03o', ord $1/ge; $text }
my %minors = map { $_ => 1 } @ARGV;
my %mounts;
for my $pid (sort { $a <=> $b } map { m{/(\d+)$} } glob '/proc/[0-9]*') {
  if (open my $in, '<', "/proc/$pid/mountinfo") {
    while (<$in>) {
      my @f = split ' ';
      next unless $f[2] =~ /^147:(\d+)$/ && $minors{$1};
      print "mount ", $f[4], "\n" unless $mounts{$f[4]}++;
    }
  }
  opendir my $fds, "/proc/$pid/fd" or next;
  for my $fd (grep { /^\d+$/ } readdir $fds) {
    my $path = readlink "/proc/$pid/fd/$fd"; next unless defined $path;
    next unless $path =~ m{^/dev/drbd(\d+)$} && $minors{$1};
    open my $in, '<', "/proc/$pid/comm" or next;
    my $name = <$in>; chomp $name;
    print "program ", escaped("$name ($pid)"), "\n"; last;
  }
}
for my $minor (keys %minors) { print "above ", escaped((m{([^/]+)$})[0]), "\n" for glob "/sys/block/drbd$minor/holders/*" }
if (open my $in, '<', '/proc/swaps') { while (<$in>) { print "swap $1\n" if m{^(/dev/drbd(\d+))\s} && $minors{$2} } }
print "end\n";
`

/** "held open by the mount on /data, by dd (123)"; nothing where nobody is seen. */
export async function heldOpenBy(operation: Operation, minors: readonly number[]): Promise<string | undefined> {
  const { host, resource, untilMs } = operation
  const occasion = { resource, action: operation.action, withinMs: Math.max(500, untilMs - host.clock.nowMs()) }
  const ran = await ask(host, occasion, searchProgram, minors.map(String), 5_000)
  return readHolders(ran.output)
}

const forms: Readonly<Record<string, (name: string) => string>> = {
  mount: name => `the mount on ${name}`,
  program: name => name,
  above: name => `/dev/${name}, which stands on it`,
  swap: name => `swap on ${name}`,
}

export function readHolders(output: string): string | undefined {
  const found = output.split('\n').flatMap(line => {
    const [word = '', name = ''] = line.split(' ')
    return Object.hasOwn(forms, word) && name !== '' ? [forms[word]!(unescapeOctal(name))] : []
  })
  if (found.length === 0) return undefined
  const shown = found.slice(0, 5)
  const more = found.length - shown.length
  return `held open by ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
