/** What each directive that is obeyed means, in half a sentence, with what holds without it. */
import type { Directive } from '../config/directives.ts'

type Idle =
  | 'use_logd'
  | 'conn_logd_time'
  | 'syslogmsgfmt'
  | 'log_badpack'
  | 'debug'
  | 'hopfudge'
  | 'apiauth'
  | 'msgfmt'
  | 'compression'
  | 'compression_threshold'
  | 'traditional_compression'
  | 'max_rexmit_delay'
  | 'normalpoll'
  | 'uuidfrom'
  | 'hbgenmethod'
  | 'rtprio'
  | 'memreserve'
  | 'coredumps'
  | 'coreroot'
  | 'record_config_changes'
  | 'record_pengine_inputs'
  | 'enable_config_writes'
  | 'crm_daemon_dir'
  | 'crmd_spawns_pengine'
  | 'baud'
type Refused =
  | 'stonith'
  | 'stonith_host'
  | 'watchdog'
  | 'failfast'
  | 'serial'
  | 'ppp-udp'
  | 'crm'
  | 'pacemaker'
  | 'autojoin'
type Later = 'hbaping' | 'env' | 'qserver' | 'announce'

export const directiveTexts: Readonly<Record<Exclude<Directive, Idle | Refused | Later>, string>> = {
  keepalive: 'how often a node says that it lives; 2 s if left out',
  deadtime: 'silent for so long on all links: dead, and its groups start elsewhere; 30 s if left out',
  warntime: 'silent for so long: late; half the deadtime if left out',
  initdead: 'after its own start a node waits so long for one that it has never heard; at least twice the deadtime',
  udpport: 'the port of bcast and ucast; 694 if left out',
  bcast: 'heartbeats to everybody on the network of each interface',
  ucast: 'heartbeats to one address, one line for each node; an own address does no harm',
  ucast6: 'the same as ucast, for an IPv6 address',
  mcast: 'heartbeats to a multicast group',
  mcast6: 'the same as mcast, for an IPv6 group',
  node: 'the nodes of the cluster, as uname -n prints them there',
  auto_failback: 'on: a group returns as soon as its home is back; off if left out',
  nice_failback: 'the old opposite of auto_failback',
  logfile: 'what is decided and why; standard output, the journal, if left out',
  debugfile: 'the same, and all that scripts print',
  logfacility: 'a facility of syslog, or none',
  cluster: 'what the cluster is called; linux-ha if left out',
  realtime: 'whether the heartbeat process asks for real-time priority; on if left out',
  respawn: 'a program that runs with the daemon, and again when it ends; ipfail is built in',
  allow_insecure_auth: 'accept crc and short keys in authkeys, with a warning',
  split_policy: 'of two nodes, what to do about a silent one: take it over, ask ping nodes, or wait for an order',
  ping: 'hosts outside the cluster that are always there: whoever none of them answers gives way',
  ping_group: 'several addresses that count as one ping node',
  deadping: 'a ping node silent for so long is dead; the deadtime if left out',
  spare: 'with three or more nodes: these take the groups of any other, in this order',
}
