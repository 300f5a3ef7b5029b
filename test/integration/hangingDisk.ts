/** A disk that can be made to answer nothing: a loop device on a file of a FUSE file system whose program is stopped. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'

export interface HangingDisk {
  readonly device: string
  /** From now on reads and writes wait, and those who wait cannot be killed. */
  hang(): void
  answer(): void
  close(): Promise<void>
}

export interface HangingServer {
  hang(): void
  answer(): void
  /** Its end ends all that still waits. */
  close(): Promise<void>
}

/** @param enter a command that runs another one in the mount namespace to use. */
export async function hangingServer(
  dir: string,
  sizeBytes: number,
  enter: readonly string[] = ['env'],
): Promise<HangingServer> {
  const [file = '', ...args] = [...enter, 'perl', '-e', fuseServer, dir, String(sizeBytes)]
  const server = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = new Promise(resolve => server.once('exit', resolve))
  await new Promise(resolve => server.stdout.once('data', resolve))
  return {
    hang: () => void server.kill('SIGSTOP'),
    answer: () => void server.kill('SIGCONT'),
    async close() {
      server.kill('SIGKILL')
      await gone
    },
  }
}

export async function hangingDisk(dir: string, sizeBytes: number): Promise<HangingDisk> {
  mkdirSync(dir)
  const server = await hangingServer(dir, sizeBytes)
  // Direct, so that nothing is answered from memory.
  const losetup = ['-f', '--show', '--direct-io=on', `${dir}/disk`]
  const device = execFileSync('losetup', losetup, { encoding: 'utf8' }).trim()
  return {
    ...server,
    device,
    async close() {
      server.answer()
      execFileSync('losetup', ['-d', device])
      execFileSync('umount', ['-l', dir])
      await server.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** One file in memory, served by the protocol of fuse(4), as in linux/fuse.h. */
const fuseServer = String.raw`
use strict; use Fcntl;
my ($dir, $size) = @ARGV;
$^F = 100;
sysopen(my $fuse, '/dev/fuse', O_RDWR) or die "/dev/fuse: $!";
my $options = 'fd=' . fileno($fuse) . ',rootmode=40000,user_id=0,group_id=0,allow_other';
my $parent = $$;
if (!fork) { system('mount', '-i', '-t', 'fuse', '-o', $options, 'hanging', $dir) == 0 or kill 'KILL', $parent; syswrite STDOUT, "mounted\n"; exit }
my $data = "\0" x $size;
sub attr {
  my ($node) = @_;
  my $mode = $node == 1 ? 040755 : 0100600;
  pack 'Q6L10', $node, $node == 1 ? 0 : $size, $size / 512, 0, 0, 0, 0, 0, 0, $mode, 1, 0, 0, 0, 4096, 0;
}
while (1) {
  my $read = sysread $fuse, my $request, 65536 + 8192;
  if (!defined $read && ($!{EINTR} || $!{EPERM} || $!{ENOENT})) { select undef, undef, undef, 0.01; next }
  exit if !$read;
  my ($length, $opcode, $unique, $node) = unpack 'LLQQ', $request;
  my $body = substr $request, 40;
  my ($error, $answer) = (0, '');
  if ($opcode == 26) { $answer = pack 'L4SSLLSSL8', 7, 31, 65536, 0, 16, 12, 65536, 1, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
  elsif ($opcode == 3) { $answer = pack('QLL', 3600, 0, 0) . attr($node) }
  elsif ($opcode == 1) {
    if ($body eq "disk\0") { $answer = pack('QQQQLL', 2, 0, 3600, 3600, 0, 0) . attr(2) } else { $error = -2 }
  }
  elsif ($opcode == 14 || $opcode == 27) { $answer = pack 'QLL', 0, 0, 0 }
  elsif ($opcode == 15) { my (undef, $at, $n) = unpack 'QQL', $body; $answer = substr $data, $at, $n }
  elsif ($opcode == 16) { my (undef, $at, $n) = unpack 'QQL', $body; substr($data, $at, $n) = substr $body, 40, $n; $answer = pack 'LL', $n, 0 }
  elsif ($opcode == 2 || $opcode == 42 || $opcode == 36) { next }
  elsif ($opcode == 18 || $opcode == 20 || $opcode == 25 || $opcode == 28 || $opcode == 29) { }
  else { $error = -38 }
  $answer = '' if $error;
  syswrite $fuse, pack('LlQ', 16 + length $answer, $error, $unique) . $answer;
}
`
