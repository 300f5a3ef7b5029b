/** Who keeps a file system from being unmounted, found in /proc by a program of its own. */
import type { Host } from '../agent.ts'
import { ask } from '../perl.ts'
import { type Mount, unescapeOctal } from './mountinfo.ts'

export interface User {
  readonly pid: number
  /** In clock ticks since boot: with the number it names a process for good. */
  readonly startTime: string
  readonly uid: number
  readonly command: string
  /** Its parent, the parent of that, and so on, up to process 1. */
  readonly ancestors: readonly number[]
  /** `cwd`, `root`, `exe`, `fd 3`, `map`. */
  readonly how: string
  readonly path: string
}

export interface Users {
  readonly processes: readonly User[]
  /** What the kernel itself uses: a swap file, the file behind a loop device, an NFS export. */
  readonly kernel: readonly string[]
  /** Mount namespaces of others in which the file system is mounted too: one process of each. */
  readonly namespaces: readonly { readonly pid: number; readonly command: string }[]
  /** Of the manager, for whom this was looked up. */
  readonly managerAncestors: readonly number[]
  /** The search did not come to its end: a process hangs in the kernel. */
  readonly cut: boolean
}

/**
 * Arguments: the manager's process, the file systems as major:minor, the directory. Links of /proc are read, never
 * followed, so that nothing of the mount is touched. The maps come last: reading those of a process that hangs may hang.
 * A descriptor is told from one of a file that lies hidden under the mount by the mount it is of.
 */
const searchProgram = String.raw`
use strict; $| = 1;
my ($manager, $devices, $directory) = @ARGV;
my $most = 150; # the rest is found when these have gone
my %wanted = map { $_ => 1 } split /,/, $devices;
sub escaped { my ($text) = @_; $text =~ s/([\x00-\x20\x5c\x7f])/sprintf '\\%03o', ord $1/ge; $text }
sub inside { my ($path) = @_; defined $path && ($path eq $directory || index($path, "$directory/") == 0) }
sub slurp { my ($file) = @_; open my $in, '<', $file or return ''; local $/; my $text = <$in>; defined $text ? $text : '' }
sub fields { slurp("/proc/$_[0]/stat") =~ /^\d+ \((.*)\) (.*)$/s ? ($1, split ' ', $2) : () }
sub ancestors {
  my ($pid) = @_; my @line;
  while (@line < 100) { my @f = fields($pid); last unless @f && $f[2] > 0; $pid = $f[2]; push @line, $pid }
  join ',', @line;
}
my %space;
sub space {
  my ($pid) = @_;
  my $name = readlink "/proc/$pid/ns/mnt"; return undef unless defined $name;
  return $space{$name} if $space{$name};
  my (%mounts, $has);
  for (split /\n/, slurp("/proc/$pid/mountinfo")) {
    next unless /^(\d+) \d+ (\d+:\d+) /; $mounts{$1} = $2; $has = 1 if $wanted{$2};
  }
  return $space{$name} = { mounts => \%mounts, has => $has, pid => $pid };
}
sub found {
  my ($pid, $how, $path) = @_;
  my @f = fields($pid) or return;
  my $uid = slurp("/proc/$pid/status") =~ /^Uid:\s+\d+\s+(\d+)/m ? $1 : -1;
  print join(' ', 'user', $pid, $f[20], $uid, escaped($f[0]), ancestors($pid), $how, escaped(substr $path, 0, 100)), "\n";
  $most--;
}
my $own = readlink '/proc/self/ns/mnt';
opendir my $proc, '/proc' or die "/proc: $!";
my (@rest, %commands);
for my $pid (sort { $a <=> $b } grep { /^\d+$/ } readdir $proc) {
  next if $pid == $$;
  last if $most <= 0;
  my @f = fields($pid) or next;
  next if $f[7] & 0x200000;
  my $space = space($pid);
  my $hit;
  for my $link ('cwd', 'root', 'exe') {
    my $path = readlink "/proc/$pid/$link";
    if (inside($path)) { found($pid, $link, $path); $hit = 1; last }
  }
  next if $hit;
  if (opendir my $fds, "/proc/$pid/fd") {
    for my $fd (sort { $a <=> $b } grep { /^\d+$/ } readdir $fds) {
      my $path = readlink "/proc/$pid/fd/$fd";
      next unless inside($path);
      if ($space && slurp("/proc/$pid/fdinfo/$fd") =~ /^mnt_id:\s*(\d+)/m) {
        my $device = $space->{mounts}{$1};
        next if defined $device && !$wanted{$device};
      }
      found($pid, "fd$fd", $path); $hit = 1; last;
    }
  }
  push @rest, $pid unless $hit || $f[1] eq 'D';
}
print join(' ', 'manager', ancestors($manager)), "\n";
for (split /\n/, slurp('/proc/swaps')) { my ($file) = /^(\S+)/; print 'kernel ', escaped("swap on $file"), "\n" if inside($file) }
for my $loop (glob '/sys/block/loop*/loop/backing_file') {
  my $file = slurp($loop); chomp $file; my ($name) = $loop =~ m{/block/(\w+)/};
  print 'kernel ', escaped("/dev/$name, a loop device on $file"), "\n" if inside($file);
}
for (split /\n/, slurp('/proc/fs/nfsd/exports')) {
  my ($path) = /^(\S+)/; print 'kernel ', escaped("an NFS export of $path"), "\n" if inside($path);
}
for my $name (sort keys %space) {
  my $one = $space{$name};
  next if $name eq $own || !$one->{has};
  my @f = fields($one->{pid}) or next;
  print join(' ', 'namespace', $one->{pid}, escaped($f[0])), "\n";
}
for my $pid ($most > 0 ? @rest : ()) {
  open my $maps, '<', "/proc/$pid/maps" or next;
  while (my $line = <$maps>) {
    chomp $line;
    my $path = (split ' ', $line, 6)[5];
    if (inside($path)) { found($pid, 'map', $path); last }
  }
}
print "end\n";
`

export async function findUsers(
  host: Host,
  resource: string,
  directory: string,
  mounts: readonly Pick<Mount, 'device'>[],
): Promise<Users> {
  const devices = [...new Set(mounts.map(({ device }) => device))].join(',')
  const args = [String(process.pid), devices, directory]
  return readUsers((await ask(host, { resource, action: 'stop' }, searchProgram, args)).output)
}

/** Reads what the search has found, also when it was cut short. */
export function readUsers(output: string): Users {
  const lines = output.split('\n').map(line => line.split(' '))
  // Whom to spare is not known then: nobody is to be ended.
  const knowsManager = lines.some(([first]) => first === 'manager')
  const of = (word: string) => lines.filter(([first]) => first === word).map(([, ...rest]) => rest)
  return {
    processes: knowsManager ? of('user').map(readUser) : [],
    kernel: of('kernel').map(([text = '']) => unescapeOctal(text)),
    namespaces: of('namespace').map(([pid, command = '']) => ({ pid: Number(pid), command: unescapeOctal(command) })),
    managerAncestors: readNumbers(of('manager')[0]?.[0]),
    cut: of('end').length === 0,
  }
}

function readUser([pid, startTime = '', uid, command = '', ancestors, how = '', path = '']: readonly string[]): User {
  return {
    pid: Number(pid),
    startTime,
    uid: Number(uid),
    command: unescapeOctal(command),
    ancestors: readNumbers(ancestors),
    how: how.replace(/^fd(\d)/, 'fd $1'),
    path: unescapeOctal(path),
  }
}

const readNumbers = (text = ''): readonly number[] => text.split(',').filter(Boolean).map(Number)

const killProgram = String.raw`
use strict;
my ($signal, @processes) = @ARGV;
for (@processes) {
  my ($pid, $time) = split /:/;
  open my $in, '<', "/proc/$pid/stat" or next;
  my $stat = <$in>;
  my @f = defined $stat && $stat =~ /^\d+ \(.*\) (.*)$/s ? split(' ', $1) : next;
  kill $signal, $pid if $f[19] eq $time;
}
print "signalled\n";
`

/** Signals each that is still the process it was. */
export async function signalUsers(
  host: Host,
  resource: string,
  signal: 'TERM' | 'KILL',
  users: readonly User[],
): Promise<void> {
  const processes = users.map(({ pid, startTime }) => `${pid}:${startTime}`)
  await ask(host, { resource, action: 'stop' }, killProgram, [signal, ...processes])
}
