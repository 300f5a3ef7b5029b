/**
 * Every directive of ha.cf that Heartbeat 3.0.6 accepts, and ours: what its values are and what becomes of it. Obeyed,
 * recognised as having nothing to do here (a note), not yet used (a standing warning), or refused with the reason.
 * A word that is not in this table is an error, so nothing in the file is ever silently dropped.
 */
import { splitPolicies } from '../types.ts'
import { failback, oneOf, type Parsed, path, time, truth, wholeNumber, word } from './values.ts'

export type Standing =
  | { readonly is: 'obeyed' }
  | { readonly is: 'idle'; readonly because: string }
  /** `unless`: a value that asks for nothing, as `crm no`. */
  | { readonly is: 'later'; readonly because: string; readonly fix: string; readonly unless?: RegExp }
  | { readonly is: 'refused'; readonly because: string; readonly fix: string; readonly unless?: RegExp }

/** How values count. one: a scalar, the last one wins. each: every value is one more. line: the words of a line belong together. */
export type Takes = 'one' | 'each' | 'line'

export interface Rule {
  readonly takes: Takes
  readonly usage: string
  readonly read: (text: string) => Parsed<unknown>
  readonly standing: Standing
}

const obeyed: Standing = { is: 'obeyed' }
const facilities = [
  'auth',
  'authpriv',
  'cron',
  'daemon',
  'ftp',
  'kern',
  'lpr',
  'mail',
  'news',
  'syslog',
  'user',
  'uucp',
  'local0',
  'local1',
  'local2',
  'local3',
  'local4',
  'local5',
  'local6',
  'local7',
  'none',
] as const
const nothing = /^(no|n|off|false|0|none)$/i

const one = (usage: string, read: Rule['read'] = word, standing: Standing = obeyed): Rule => ({
  takes: 'one',
  usage,
  read,
  standing,
})
const each = (usage: string, standing: Standing = obeyed): Rule => ({ takes: 'each', usage, read: word, standing })
const line = (usage: string, standing: Standing = obeyed): Rule => ({ takes: 'line', usage, read: word, standing })
const idle = (because: string): Rule => line('...', { is: 'idle', because })
const later = (usage: string, because: string, fix: string): Rule => line(usage, { is: 'later', because, fix })
const refused = (usage: string, because: string, fix: string, unless?: RegExp): Rule =>
  line(usage, { is: 'refused', because, fix, ...(unless ? { unless } : {}) })

const noFence = 'you rely on it to end a node that hangs; Tandem cannot do that yet'
const noFenceFix = 'remove the line only if you accept running without it; Tandem does not start while it is there'
const noSerial = 'heartbeats travel over the network only'
const ourWire = 'the datagrams of Tandem are its own'
const noCrm = 'resources are those of haresources'
const journal = 'logging goes to logfile, debugfile, logfacility and the journal, never through a logging daemon'

const table = {
  keepalive: one('TIME', time),
  deadtime: one('TIME', time),
  warntime: one('TIME', time),
  initdead: one('TIME', time),
  udpport: one('PORT', wholeNumber(1, 65_535)),
  bcast: each('INTERFACE ...'),
  ucast: line('INTERFACE ADDRESS'),
  ucast6: line('INTERFACE ADDRESS'),
  mcast: line('INTERFACE GROUP PORT TTL LOOP'),
  mcast6: line('INTERFACE GROUP PORT TTL LOOP'),
  node: each('NAME ...'),
  auto_failback: one('on|off|legacy', failback),
  nice_failback: one('on|off', truth),
  logfile: one('PATH', path),
  debugfile: one('PATH', path),
  logfacility: one('FACILITY', oneOf(facilities, 'a syslog facility')),
  cluster: one('NAME'),
  realtime: one('on|off', truth),
  respawn: line('USER PROGRAM ARGUMENT ...'),
  allow_insecure_auth: one('yes|no', truth),
  split_policy: one('take|ask|wait', oneOf(splitPolicies)),
  ping: each('ADDRESS ...'),
  ping_group: line('NAME ADDRESS ...'),
  deadping: one('TIME', time),
  spare: each('NODE ...'),
  announce: one('frames|kernel', oneOf(['frames', 'kernel']), {
    is: 'later',
    because: 'addresses are announced by frames (gratuitous ARP, neighbour advertisement)',
    fix: 'write announce frames, or leave the line out',
    unless: /^frames$/i,
  }),

  hbaping: later('...', 'a node that lost its storage network does not give way', 'remove the line; ping is obeyed'),
  env: later('NAME=VALUE', 'scripts do not see this variable', 'set it in the script'),
  qserver: later('HOST', 'no quorum server is asked', 'keep the line, or remove it'),

  stonith: refused('TYPE FILE', noFence, noFenceFix),
  stonith_host: refused('HOST TYPE PARAMETER ...', noFence, noFenceFix),
  watchdog: refused('DEVICE', noFence, noFenceFix),
  failfast: refused(
    'USER PROGRAM ARGUMENT ...',
    'you rely on a reboot when this program ends',
    'write respawn to run it without the reboot',
  ),
  serial: refused(
    'DEVICE',
    noSerial,
    'remove the line; write a second bcast or ucast over another interface, such as a crossover cable',
  ),
  'ppp-udp': refused('DEVICE ...', noSerial, 'remove the line; write a bcast over another interface'),
  baud: idle('there are no serial links'),
  crm: refused('no', noCrm, 'write crm no, or keep Pacemaker for this cluster', nothing),
  pacemaker: refused('no', noCrm, 'write pacemaker no, or keep Pacemaker for this cluster', nothing),
  autojoin: refused(
    'none',
    'the nodes are those of the node lines, so that a majority means something',
    'write autojoin none and name every node',
    nothing,
  ),

  use_logd: idle(journal),
  conn_logd_time: idle(journal),
  syslogmsgfmt: idle(journal),
  log_badpack: idle('refused datagrams are always counted and reported'),
  debug: idle('what is decided and why is always recorded'),
  hopfudge: idle('nodes hear each other directly; no datagram is passed on'),
  apiauth: idle('clients ask the control socket, which belongs to root'),
  msgfmt: idle(ourWire),
  compression: idle(ourWire),
  compression_threshold: idle(ourWire),
  traditional_compression: idle(ourWire),
  max_rexmit_delay: idle('nothing is retransmitted: each heartbeat carries the whole state'),
  normalpoll: idle('nothing is polled'),
  uuidfrom: idle('a node is known by its name'),
  hbgenmethod: idle('the generation is kept in the state folder'),
  rtprio: idle('the heartbeat process has a real-time priority of its own (see realtime)'),
  memreserve: idle('memory is not reserved'),
  coredumps: idle('core files are left to the system'),
  coreroot: idle('core files are left to the system'),
  record_config_changes: idle(noCrm),
  record_pengine_inputs: idle(noCrm),
  enable_config_writes: idle(noCrm),
  crm_daemon_dir: idle(noCrm),
  crmd_spawns_pengine: idle(noCrm),
} satisfies Record<string, Rule>

export type Directive = keyof typeof table
export const directives: Readonly<Record<Directive, Rule>> = table

/** Names of earlier versions of Heartbeat. */
export const renamed: ReadonlyMap<string, Directive> = new Map([['udp', 'bcast']])

export function isDirective(name: string): name is Directive {
  return Object.hasOwn(directives, name)
}
