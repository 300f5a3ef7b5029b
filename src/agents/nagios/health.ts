/**
 * Is a monitoring daemon alive, and not only its process? A stopped one keeps its process, its fresh files for a while, and a
 * command file that takes what nobody reads.
 */
import type { Host, Seen } from '../agent.ts'
import { ask, type Occasion } from '../perl.ts'
import { explain, type Ran } from '../ran.ts'
import type { MainConfig } from './mainConfig.ts'

/** Its main loop answers within moments; the socket is asked last, for it may stay silent. */
const echoWithinS = 2
/** Written so many times too late, and the status is old. */
const statusTimes = 3

const program = String.raw`
use strict; use Fcntl; use Socket; $| = 1;
my ($status, $command, $within, @sockets) = @ARGV;
my ($socket) = grep { -S $_ } @sockets;
my @file = stat $status;
print @file ? 'status ' . (time - $file[9]) . "\n" : "status $!\n";
if ($command ne '') {
  if (!lstat $command) { print "command missing\n" }
  elsif (!-p _) { print "command file\n" }
  elsif (sysopen my $pipe, $command, O_WRONLY | O_NONBLOCK) { print "command read\n" }
  else { print "command unread\n" }
}
if (defined $socket) {
  print "socket $socket\n";
  local $SIG{ALRM} = sub { print "echo silent\n"; exit };
  alarm $within;
  socket my $query, AF_UNIX, SOCK_STREAM, 0 or die "socket: $!\n";
  if (!connect $query, pack_sockaddr_un($socket)) { print "echo $!\n"; exit }
  syswrite $query, "\@echo tandem\0";
  sysread $query, my $answer, 64;
  print $answer =~ /^tandem/ ? "echo heard\n" : "echo cut\n";
}
`

export async function look(host: Host, occasion: Occasion, config: MainConfig): Promise<Seen> {
  const { statusFile, commandFile = '', querySockets } = config
  return judgeHealth(
    await ask(host, occasion, program, [statusFile, commandFile, String(echoWithinS), ...querySockets]),
    config,
  )
}

/** Not `stopped`: its unit runs. What is wrong twice in a row counts as a failure. */
export function judgeHealth(ran: Ran, config: MainConfig): Seen {
  const said = (what: string): string | undefined => new RegExp(`^${what} (.*)$`, 'm').exec(ran.output)?.[1]
  const wrong = (why: string): Seen => ({ status: 'unknown', why })
  const { statusFile, statusEveryMs, commandFile } = config
  const [age, echo, command, socket] = ['status', 'echo', 'command', 'socket'].map(said)
  if (!ran.ok || age === undefined) return wrong(explain(ran))
  if (echo === 'silent') return wrong(`does not answer on ${socket} within ${echoWithinS} s: it stands still`)
  if (echo === 'cut') return wrong(`hangs up on ${socket}: its main process is gone, or is about to go`)
  if (echo !== undefined && echo !== 'heard') return wrong(`nobody answers on ${socket}: ${echo}`)
  if (!/^-?\d+$/.test(age)) return wrong(`${statusFile}: ${age}`)
  const oldestS = (statusTimes * statusEveryMs) / 1_000
  if (Number(age) > oldestS) return wrong(`${statusFile} was last written ${age} s ago: it stands still`)
  return commands(command, commandFile ?? '') ?? { status: 'running' }
}

function commands(found: string | undefined, file: string): Seen | undefined {
  switch (found) {
    case 'file':
      return { status: 'unknown', why: `${file} is no pipe: no command reaches it; remove the file and start it again` }
    case 'missing':
      return { status: 'unknown', why: `${file} is missing: no command reaches it` }
    case 'unread':
      return { status: 'unknown', why: `nobody reads ${file}: no command reaches it` }
    default:
      return undefined
  }
}
