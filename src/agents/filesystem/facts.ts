/** Device and directory, looked at by a program of its own: one that hangs takes nobody along. */
import type { Host } from '../agent.ts'
import { ask, type Occasion } from '../perl.ts'
import { explain, type Ran } from '../ran.ts'
import { unescapeOctal } from './mountinfo.ts'
import type { Wanted } from './wanted.ts'

export type FileKind = 'block' | 'directory' | 'other' | 'missing'

export interface Looked {
  readonly kind: FileKind
  /** Without symbolic links; as written where it is missing. */
  readonly path: string
  /** `major:minor` that a block device is. */
  readonly device?: string
  /** The kernel has a file system of this device at work, mounted where no list of ours shows it too. */
  readonly atWork?: boolean
  /** Of a directory: there is something in it. */
  readonly filled?: boolean
}

export interface Facts {
  /** undefined where the source has only a name. */
  readonly source: Looked | undefined
  readonly directory: Looked
  /** Block devices that mountinfo names, as `major:minor`: btrfs hides its own. */
  readonly devices: ReadonlyMap<string, string>
}

/**
 * Arguments: the source (path, TAG=value or nothing), the directory, further devices. A tag is looked up as udev has it;
 * findfs, which reads every disk, is asked only where there is no such link.
 */
const lookProgram = String.raw`
use strict; use Cwd ();
my ($source, $directory, @devices) = @ARGV;
sub escaped { my ($text) = @_; $text =~ s/([\x00-\x20\x5c\x7f])/sprintf '\\%03o', ord $1/ge; $text }
sub number { my ($rdev) = @_; (($rdev >> 8) & 0xfff | ($rdev >> 32) & ~0xfff) . ':' . ($rdev & 0xff | ($rdev >> 12) & ~0xff & 0xffffffff) }
sub look {
  my ($path) = @_;
  my @stat = stat $path;
  return ('missing', escaped($path), '-', '-', '-') unless @stat;
  my $kind = -b _ ? 'block' : -d _ ? 'directory' : 'other';
  my $filled = '-';
  if ($kind eq 'directory' && opendir my $entries, $path) {
    $filled = (grep { $_ ne '.' && $_ ne '..' && $_ ne 'lost+found' } readdir $entries) ? 'filled' : 'empty';
  }
  my $real = Cwd::realpath($path);
  my $number = $kind eq 'block' ? number($stat[6]) : '-';
  return ($kind, escaped(defined $real ? $real : $path), $number, $filled, atWork($number) ? 'work' : '-');
}
sub atWork {
  my ($number) = @_;
  my $link = readlink "/sys/dev/block/$number" or return 0;
  my ($name) = $link =~ m{([^/]+)$};
  return -e "/sys/fs/ext4/$name" || -e "/sys/fs/xfs/$name" || glob "/sys/fs/btrfs/*/devices/$name";
}
sub tagged {
  my ($tag, $value) = @_;
  my $name = $value;
  $name =~ s/([^A-Za-z0-9#+\-.:=\@_\x80-\xff])/sprintf '\\x%02x', ord $1/ge;
  my $link = '/dev/disk/by-' . lc($tag) . "/$name";
  return $link if -e $link;
  open my $found, '-|', 'findfs', "$tag=$value" or return "$tag=$value";
  my $line = <$found>; close $found;
  return "$tag=$value" unless defined $line;
  chomp $line; return $line;
}
if ($source ne '') {
  my $path = $source =~ /^((?:PART)?(?:LABEL|UUID))=(.*)$/s ? tagged($1, $2) : $source;
  print join(' ', 'source', look($path)), "\n";
}
for my $device (@devices) { print join(' ', 'device', escaped($device), (look($device))[2]), "\n" }
print join(' ', 'directory', look($directory)), "\n";
`

export async function lookAt(
  host: Host,
  occasion: Occasion,
  wanted: Wanted,
  devices: readonly string[],
): Promise<Facts | { readonly unknown: string }> {
  const ran = await ask(host, occasion, lookProgram, [argumentOf(wanted), wanted.directory, ...devices])
  return readFacts({ ...ran, command: `looking at ${argumentOf(wanted)} and ${wanted.directory}` })
}

function argumentOf({ source }: Wanted): string {
  switch (source.type) {
    case 'tag':
      return `${source.tag}=${source.value}`
    case 'name':
      return ''
    default:
      return source.path
  }
}

export function readFacts(ran: Ran): Facts | { readonly unknown: string } {
  const lines = ran.output.split('\n').map(line => line.split(' '))
  const directory = lines.find(([word]) => word === 'directory')
  // It comes last.
  if (!ran.ok || directory?.length !== 6) return { unknown: explain(ran) }
  const source = lines.find(([word]) => word === 'source')
  const devices = lines.filter(([word, , device]) => word === 'device' && device !== '-')
  return {
    source: source && looked(source),
    directory: looked(directory),
    devices: new Map(devices.map(([, path = '', device = '']) => [unescapeOctal(path), device])),
  }
}

function looked([, kind, path = '', device, filled, work]: readonly string[]): Looked {
  return {
    kind: kind as FileKind,
    path: unescapeOctal(path),
    ...(device && device !== '-' ? { device } : {}),
    ...(work === 'work' ? { atWork: true } : {}),
    ...(filled && filled !== '-' ? { filled: filled === 'filled' } : {}),
  }
}
