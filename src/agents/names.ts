/** Heartbeat's own resource scripts in words of OCF: each was a wrapper around the agent of the same name. */
import type { Problem } from './agent.ts'
import type { OcfAgent } from './ocf.ts'

type Parameters = Readonly<Record<string, string>>

interface Name {
  readonly usage: string
  /** Names of the positional arguments; those after `required` may be left out. */
  readonly parameters: readonly string[]
  readonly required: number
  /** Where positions are not the whole story. */
  translate?(args: readonly string[]): Parameters | undefined
}

/** From /etc/ha.d/resource.d of Heartbeat 3.0.6. IPaddr, IPaddr2, IPv6addr and Filesystem are not here: they are ours. */
const names: Readonly<Record<string, Name>> = {
  AudibleAlarm: {
    usage: 'AudibleAlarm[::NODE...]',
    parameters: [],
    required: 0,
    translate: args => ({ nodelist: args.join(' ') }),
  },
  Delay: {
    usage: 'Delay[::SECONDS[::STOP-SECONDS]]',
    parameters: ['startdelay', 'stopdelay'],
    required: 0,
  },
  ICP: { usage: 'ICP::DRIVE-ID::DEVICE', parameters: ['driveid', 'device'], required: 2 },
  IPsrcaddr: { usage: 'IPsrcaddr::ADDRESS', parameters: ['ipaddress'], required: 1 },
  LVM: { usage: 'LVM::VOLUME-GROUP', parameters: ['volgrpname'], required: 1 },
  LinuxSCSI: { usage: 'LinuxSCSI::HOST:CHANNEL:TARGET[:LUN]', parameters: ['scsi'], required: 1 },
  MailTo: { usage: 'MailTo::EMAIL[::SUBJECT]', parameters: ['email', 'subject'], required: 1 },
  Raid1: { usage: 'Raid1::CONFIG-FILE::DEVICE', parameters: ['raidconf', 'raiddev'], required: 2 },
  SendArp: {
    usage: 'SendArp::ADDRESS/INTERFACE',
    parameters: ['ip'],
    required: 1,
    translate([place = '']) {
      const [ip = '', ...rest] = place.split('/')
      return { ip, nic: rest.join('/') }
    },
  },
  ServeRAID: {
    usage: 'ServeRAID::SERVERAID::MERGE-GROUP',
    parameters: ['serveraid', 'mergegroup'],
    required: 2,
  },
  WAS: {
    usage: 'WAS[::CONFIG-FILE-OR-PORT]',
    parameters: ['config'],
    required: 0,
    translate: ([word = '']) => (/^\d+$/.test(word) ? { port: word } : undefined),
  },
  WinPopup: {
    usage: 'WinPopup[::HOST-FILE]',
    parameters: ['hostfile'],
    required: 0,
    translate: args => (args.length > 0 ? undefined : { hostfile: 'hosts' }),
  },
  Xinetd: { usage: 'Xinetd::SERVICE', parameters: ['service'], required: 1 },
  apache: { usage: 'apache[::CONFIG-FILE]', parameters: ['configfile'], required: 0 },
  db2: { usage: 'db2::INSTANCE', parameters: ['instance'], required: 1 },
  ids: {
    usage: 'ids[::INFORMIXDIR::INFORMIXSERVER::ONCONFIG]',
    parameters: ['informixdir', 'informixserver', 'onconfig'],
    required: 0,
  },
  portblock: {
    usage: 'portblock::udp|tcp::PORT[,PORT]::block|unblock',
    parameters: ['protocol', 'portno', 'action'],
    required: 3,
  },
}

/** The scripts that are translated, for tests and for "did you mean". */
export const translatedNames: readonly string[] = Object.keys(names)

/** How its words are written; undefined = not one of Heartbeat's names. */
export const usageOf = (name: string): string | undefined =>
  Object.hasOwn(names, name) ? names[name]!.usage : undefined

/** undefined = not one of Heartbeat's names. */
export function translate(name: string, args: readonly string[]): OcfAgent | Problem | undefined {
  const known = Object.hasOwn(names, name) ? names[name] : undefined
  if (!known) return undefined
  const { parameters, required, usage } = known
  const most = name === 'AudibleAlarm' ? Number.POSITIVE_INFINITY : parameters.length
  const partOfAll = name === 'ids' && args.length !== 0 && args.length !== most
  if (args.length < required || args.length > most || partOfAll) {
    return { problem: `${[name, ...args].join('::')} has ${args.length} arguments; write ${usage}` }
  }
  const translated = known.translate?.(args) ?? Object.fromEntries(args.map((arg, i) => [parameters[i]!, arg]))
  return { provider: 'heartbeat', type: name, parameters: translated }
}
