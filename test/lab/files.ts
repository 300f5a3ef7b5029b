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

/** Nagios with one host that is always well. */
const nagiosCfg = (state: string, run: string): string => `log_file=${state}/nagios.log
cfg_file=/etc/nagios-lab/objects.cfg
status_file=${state}/status.dat
status_update_interval=2
state_retention_file=${state}/retention.dat
command_file=${run}/nagios.cmd
query_socket=${run}/nagios.qh
check_result_path=${run}
lock_file=${run}/nagios.pid
temp_file=${run}/nagios.tmp
temp_path=${run}
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
my ($host, $port) = @ARGV;
my $socket = IO::Socket::INET->new(LocalAddr => $host, LocalPort => $port, Listen => 64, ReuseAddr => 1) or die "port: $!";
open my $out, '>>', '${journal}' or die "${journal}: $!";
if (my $pid = fork) { open my $f, '>', '/run/journal.pid'; print $f $pid; close $f; exit 0 }
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
export const apacheConf = (name: string, listen: number, more: string): string => `ServerRoot /etc/apache-lab
ServerName lab
DefaultRuntimeDir /run/apache-lab
PidFile /run/apache-lab/${name}.pid
ErrorLog /run/apache-lab/${name}.log
Listen ${listen}
User www-data
Group www-data
${['mpm_event', 'authz_core', 'dir', 'proxy', 'proxy_http'].map(module => `LoadModule ${module}_module /usr/lib/apache2/modules/mod_${module}.so\n`).join('')}${more}`

/** Apache in front of the journal, where there is one. */
const opsviewWeb = (hasApache: boolean): string => `#!/bin/sh
mkdir -p /run/apache-lab
apache() { ${hasApache ? 'apache2 -f /etc/apache-lab/web.conf -k $1' : ':'}; }
lives() { [ -s $1 ] && kill -0 $(cat $1) 2>/dev/null; }
ends() { lives $1 && { n=$(cat $1); kill $n; while kill -0 $n 2>/dev/null; do sleep 0.1; done; }; rm -f $1; }
runs() { lives /run/journal.pid${hasApache ? ' && lives /run/apache-lab/web.pid' : ''}; }
case $1 in
start) lives /run/journal.pid || perl /etc/ha.d/journal.pl ${hasApache ? '127.0.0.1 8081' : `0.0.0.0 ${port}`} || exit 1
  runs || apache start ;;
stop) ends /run/apache-lab/web.pid; ends /run/journal.pid; exit 0 ;;
status) runs && echo running || echo stopped ;;
esac
`

/** The second group, of two systemd units: only for scenes. */
export const secondGroup = 'IPaddr2::10.77.0.101/24/eth0'
const secondUnits = ' nagios::nagios-two::/etc/nagios-two/nagios.cfg webui::page-two::http://127.0.0.1:8080/'
/** It moves at the first failure, so that its first node goes on telling why. */
const agentsIni = '[default]\nmonitor_interval = 3s\n[nagios]\nretries = 0\n[webui]\nretries = 0\nwithin = 2s\n'
const service = (lines: readonly string[]): string => `[Service]\n${lines.map(line => `${line}\n`).join('')}`
const nagiosTwo = service(['RuntimeDirectory=nagios-two', 'ExecStart=/usr/sbin/nagios4 /etc/nagios-two/nagios.cfg'])
const pageTwo = service([
  'RuntimeDirectory=apache-lab',
  'RuntimeDirectoryPreserve=yes',
  'ExecStart=/usr/sbin/apache2 -D FOREGROUND -f /etc/apache-lab/page.conf',
])

/** What the scenes need beside the first group. */
export async function furnishSecond(lab: Laboratory, guest: GuestName): Promise<void> {
  const missing = await missingHere(lab, guest, programs)
  const files: readonly (readonly [string, string, string?])[] = [
    [
      '/etc/ha.d/haresources',
      `${haResourcesFor(missing)}n1 ${secondGroup}${missing.length === 0 ? secondUnits : ''}\n`,
    ],
    ['/etc/ha.d/agents.ini', agentsIni, '600'],
    ['/etc/nagios-two/nagios.cfg', nagiosCfg('/run/nagios-two', '/run/nagios-two')],
    ['/etc/systemd/system/nagios-two.service', nagiosTwo],
    ['/etc/systemd/system/page-two.service', pageTwo],
    [
      '/etc/apache-lab/page.conf',
      apacheConf('page', 8080, 'DocumentRoot /etc/apache-lab/www\nDirectoryIndex index.html\n'),
    ],
    ['/etc/apache-lab/www/index.html', 'well\n'],
  ]
  for (const [path, text, mode] of files) await lab.write(guest, path, text, mode)
  await lab.sh(guest, 'systemctl daemon-reload && sync')
}

const programs = ['nagios4', 'apache2']

/** Programs of /usr/sbin that are not there. */
export async function missingHere(
  lab: Laboratory,
  guest: GuestName,
  wanted: readonly string[],
): Promise<readonly string[]> {
  const there = await lab.sh(guest, `cd /usr/sbin; ls ${wanted.join(' ')} 2>/dev/null || :`)
  return wanted.filter(program => !there.split('\n').includes(program))
}

const haResourcesFor = (missing: readonly string[]): string =>
  missing.includes('nagios4') ? haResources.replace(' opsview ', ' ') : haResources

/** Everything a guest needs, once. @param root of the checkout, as the guests see it. @returns what is missing here. */
export async function furnish(lab: Laboratory, guest: GuestName, root: string): Promise<readonly string[]> {
  const missing = await missingHere(lab, guest, programs)
  const files: readonly (readonly [string, string, string?])[] = [
    ['/etc/ha.d/ha.cf', haCf],
    ['/etc/ha.d/haresources', haResourcesFor(missing)],
    ['/etc/ha.d/authkeys', `auth 1\n1 sha256 ${'5a'.repeat(32)}\n`, '600'],
    ['/etc/drbd.d/global_common.conf', 'global { usage-count no; }\n'],
    ['/etc/drbd.d/r0.res', drbd],
    ['/etc/systemd/system/tandemd.service', unit(root)],
    ['/etc/nagios-lab/nagios.cfg', nagiosCfg(`${mountPoint}/nagios`, '/run/nagios-lab')],
    ['/etc/nagios-lab/objects.cfg', nagiosObjects],
    ['/etc/ha.d/resource.d/opsview', opsview, '755'],
    ['/etc/ha.d/resource.d/opsview-web', opsviewWeb(!missing.includes('apache2')), '755'],
    ['/etc/ha.d/journal.pl', server, '755'],
    ['/etc/apache-lab/web.conf', apacheConf('web', port, 'ProxyPass / http://127.0.0.1:8081/ retry=0\n')],
  ]
  for (const [path, text, mode] of files) await lab.write(guest, path, text, mode)
  await lab.sh(guest, 'systemctl daemon-reload && systemctl enable -q tandemd && sync')
  return missing
}
