/** What two guests need to be an Opsview pair of the old kind, by haresources: address, DRBD, ext4, monitoring, web. */
import type { GuestName, Laboratory } from './laboratory.ts'

export const address = '10.77.0.100'
export const port = 80
export const mountPoint = '/mnt/shared'
export const journal = `${mountPoint}/journal`

/** Dead times of Tandem and DRBD, in milliseconds. */
export const deadtimeMs = 5_000

const haCf = `logfile /var/log/ha-log
keepalive 500ms
warntime 2
deadtime ${deadtimeMs / 1_000}
initdead 15
udpport 694
bcast eth0
auto_failback off
split_policy take
node n1
node n2
`

/** Of the seed document, with an address that is filled in; the last two are scripts below. */
export const group = `IPaddr2::${address}/24/eth0`
const haResources = `n1 ${group} drbddisk::r0 Filesystem::/dev/drbd0::${mountPoint}::ext4 opsview opsview-web\n`

const drbd = `resource r0 {
  protocol C;
  device /dev/drbd0; disk /dev/ubdb; meta-disk internal;
  net { ping-int 2; connect-int 1; timeout 20; ping-timeout 5; }
  disk { c-max-rate 400M; c-min-rate 0; resync-rate 200M; }
  on n1 { address 10.77.0.1:7788; }
  on n2 { address 10.77.0.2:7788; }
}
`

/** Stopped before the network, as it is ordered after it; it lets go of everything before DRBD's disk goes. */
const unit = (root: string): string => `[Unit]
Description=Tandem
After=network.target local-fs.target
[Service]
ExecStart=${root}/bin/tandemd --foreground
TimeoutStopSec=120
KillMode=mixed
[Install]
WantedBy=multi-user.target
`

/** Nagios with its state on the shared disk and one host that is always well. */
const nagiosCfg = `log_file=${mountPoint}/nagios/nagios.log
cfg_file=/etc/nagios-lab/objects.cfg
status_file=${mountPoint}/nagios/status.dat
status_update_interval=2
state_retention_file=${mountPoint}/nagios/retention.dat
command_file=/run/nagios-lab/nagios.cmd
query_socket=/run/nagios-lab/nagios.qh
check_result_path=/run/nagios-lab
lock_file=/run/nagios-lab/nagios.pid
temp_file=/run/nagios-lab/nagios.tmp
temp_path=/run/nagios-lab
nagios_user=root
nagios_group=root
check_for_updates=0
`
const object = (kind: string, fields: readonly string[]): string =>
  `define ${kind} {\n${fields.map(field => `  ${field}\n`).join('')}}\n`
const contact = ['host', 'service'].flatMap(what => [
  `${what}_notification_commands well`,
  `${what}_notification_period always`,
  `${what}_notification_options n`,
])
const checked = ['check_command well', 'max_check_attempts 1', 'check_period always', 'contacts nobody']
const nagiosObjects = [
  object('command', ['command_name well', 'command_line /bin/true']),
  object('timeperiod', ['timeperiod_name always', 'alias always', 'monday 00:00-24:00']),
  object('contact', ['contact_name nobody', ...contact]),
  object('host', ['host_name here', 'address 127.0.0.1', 'notification_period always', ...checked]),
  object('service', ['host_name here', 'service_description well', 'notification_period always', ...checked]),
].join('')

const opsview = `#!/bin/sh
pid=/run/nagios-lab/nagios.pid
runs() { [ -s $pid ] && kill -0 $(cat $pid) 2>/dev/null; }
case $1 in
start) runs && exit 0
  mkdir -p /run/nagios-lab ${mountPoint}/nagios
  exec /usr/sbin/nagios4 -d /etc/nagios-lab/nagios.cfg ;;
stop) runs || exit 0
  n=$(cat $pid); kill $n
  for i in 1 2 3 4 5 6 7 8 9 10; do kill -0 $n 2>/dev/null || exit 0; sleep 0.5; done
  kill -9 $n; exit 0 ;;
status) runs && echo running || echo stopped ;;
esac
`

/** Answers 200 to a number when it is on the disk: the file of a journal, synced. One request a connection. */
const server = `#!/usr/bin/perl
use strict; use IO::Socket::INET; use IO::Handle;
my $socket = IO::Socket::INET->new(LocalPort => ${port}, Listen => 64, ReuseAddr => 1) or die "port: $!";
open my $out, '>>', '${journal}' or die "${journal}: $!";
if (my $pid = fork) { open my $f, '>', '/run/opsview-web.pid'; print $f $pid; close $f; exit 0 }
open STDIN, '<', '/dev/null'; open STDOUT, '>', '/dev/null'; open STDERR, '>', '/dev/null';
$SIG{PIPE} = 'IGNORE';
while (1) {
  my $client = $socket->accept or next;
  my $line = <$client>;
  my $good;
  if (defined $line && $line =~ m{^POST /(\\d+) }) {
    $good = syswrite($out, "record $1 end\\n") && $out->sync;
  }
  print $client $good ? "HTTP/1.0 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n" : "HTTP/1.0 500 No\\r\\nContent-Length: 0\\r\\n\\r\\n";
  close $client;
}
`
const opsviewWeb = `#!/bin/sh
pid=/run/opsview-web.pid
runs() { [ -s $pid ] && kill -0 $(cat $pid) 2>/dev/null; }
case $1 in
start) runs || exec perl /etc/ha.d/opsview-web.pl ;;
stop) runs && { n=$(cat $pid); kill $n; while kill -0 $n 2>/dev/null; do sleep 0.1; done; }; rm -f $pid; exit 0 ;;
status) runs && echo running || echo stopped ;;
esac
`

/** Everything a guest needs, once. @param root of the checkout, as the guests see it. @returns whether there is a Nagios. */
export async function furnish(lab: Laboratory, guest: GuestName, root: string): Promise<boolean> {
  const { code } = await lab.exec(guest, ['test', '-x', '/usr/sbin/nagios4'])
  const hasNagios = code === 0
  const files: readonly (readonly [string, string, string?])[] = [
    ['/etc/ha.d/ha.cf', haCf],
    ['/etc/ha.d/haresources', hasNagios ? haResources : haResources.replace(' opsview ', ' ')],
    ['/etc/ha.d/authkeys', `auth 1\n1 sha256 ${'5a'.repeat(32)}\n`, '600'],
    ['/etc/drbd.d/global_common.conf', 'global { usage-count no; }\n'],
    ['/etc/drbd.d/r0.res', drbd],
    ['/etc/systemd/system/tandemd.service', unit(root)],
    ['/etc/nagios-lab/nagios.cfg', nagiosCfg],
    ['/etc/nagios-lab/objects.cfg', nagiosObjects],
    ['/etc/ha.d/resource.d/opsview', opsview, '755'],
    ['/etc/ha.d/resource.d/opsview-web', opsviewWeb, '755'],
    ['/etc/ha.d/opsview-web.pl', server, '755'],
  ]
  for (const [path, text, mode] of files) await lab.write(guest, path, text, mode)
  await lab.sh(guest, 'systemctl daemon-reload && systemctl enable -q tandemd && sync')
  return hasNagios
}
