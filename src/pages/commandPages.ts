/** tandem(8) and tandemd(8), out of the commands and options themselves. */
import type { EventEmitter } from 'node:events'
import type { Command, Option } from 'commander'
import { usualFolders } from '../daemon/folders.ts'
import { daemonOptions, optionText } from '../daemon/options.ts'
import { bold, page, paragraph, prose, roff, section, seeAlso, subsection, tagged, verbatim } from './roff.ts'

const files = [
  ['/etc/ha.d/ha.cf', 'who belongs to the cluster, and how its nodes hear each other'],
  ['/etc/ha.d/haresources', 'what runs, and where it is at home'],
  ['/etc/ha.d/authkeys', 'the keys that prove a heartbeat; root, mode 0600'],
  ['/etc/ha.d/agents.ini', 'how each resource is looked after; may be missing'],
  ['/etc/ha.d/resource.d', 'your own resource scripts'],
  [usualFolders.stateDir, 'what survives a restart'],
  [usualFolders.runDir, 'sockets, pid files, output of agents'],
  ['/usr/share/doc/tandem/examples', 'commented files to begin with'],
] as const
const fileList = section('FILES', ...files.map(([path, text]) => tagged(bold(path), text)))

/** Every command that can be typed, with the words before it. */
export function leaves(
  command: Command,
  words: readonly string[] = [],
): readonly { words: readonly string[]; command: Command }[] {
  const below = command.commands.filter(one => one.name() !== 'help')
  if (below.length === 0) return [{ words, command }]
  return below.flatMap(one => leaves(one, [...words, one.name()]))
}

const optionItem = (option: Option): string => {
  const usual = option.defaultValue
  const shown = usual === undefined || typeof usual === 'boolean' ? '' : ` (default: ${usual})`
  const choices = option.argChoices === undefined ? '' : `: ${option.argChoices.join(', ')}`
  return tagged(bold(option.flags), `${option.description}${choices}${shown}`)
}

/** What stands after the help of a command. */
function after(command: Command): string {
  let text = ''
  const write = (part: string): void => {
    text += part
  }
  const emitter = command as unknown as EventEmitter // which commander's types do not say
  emitter.emit('afterHelp', { error: false, command, write })
  return text
}

const argumentText = (argument: Command['registeredArguments'][number]): string =>
  argument.required ? `<${argument.name()}>` : `[${argument.name()}]`

function commandPart({ words, command }: { words: readonly string[]; command: Command }): string {
  const args = command.registeredArguments
  const usage = `.PP\n${bold(['tandem', ...words].join(' '))} ${roff(['[options]', ...args.map(argumentText)].join(' '))}\n`
  return subsection(
    roff(words.join(' ')),
    usage,
    paragraph(`${command.description()}.`),
    ...args.map(one => tagged(`\\fI${roff(one.name())}\\fR`, one.description)),
    ...command.options.map(optionItem),
    prose(after(command)),
  )
}

/** A command, or those below it and then what is said of them together. */
function verb(command: Command): readonly string[] {
  const parts = leaves(command, [command.name()]).map(commandPart)
  return command.commands.length === 0 ? parts : [...parts, prose(after(command))]
}

export function tandemPage(program: Command, version: string): string {
  return page(
    { name: 'tandem', section: '8', about: 'asks and orders the cluster daemon of this node', version },
    section('SYNOPSIS', `${bold('tandem')} ${roff('[options] command [options] [arguments]')}\n`),
    section(
      'DESCRIPTION',
      paragraph(
        'Tandem runs services on one of two servers, or of up to sixteen, and moves them when a server dies. This command asks the daemon of this node, tandemd(8), what runs where and why, and gives it orders. A command that changes something ends with the result, not when the order is sent.',
      ),
    ),
    section('OPTIONS', ...program.options.map(optionItem), tagged(bold('-h, --help'), 'of any command, too')),
    section('COMMANDS', ...program.commands.flatMap(verb)),
    section('EXIT STATUS', prose(after(program).replace(/^\s*Exit codes: /, ''))),
    section('ENVIRONMENT', tagged(bold('NO_COLOR'), 'set to anything: no colours')),
    fileList,
    section('EXAMPLES', verbatim('tandem check\ntandem status --watch\ntandem takeover --dry-run\ntandem explain')),
    seeAlso('tandemd(8)', 'ha.cf(5)', 'haresources(5)', 'authkeys(5)', 'agents.ini(5)'),
  )
}

export function tandemdPage(version: string): string {
  return page(
    { name: 'tandemd', section: '8', about: 'the cluster daemon', version },
    section('SYNOPSIS', `${bold('tandemd')} ${roff('[option ...]')}\n\n${bold('systemctl enable --now tandemd')}\n`),
    section(
      'DESCRIPTION',
      paragraph(
        'Reads the files in /etc/ha.d, starts and stops resources, and answers tandem(8). Heartbeats are sent and received by a second process, tandem-beat, which goes on while the daemon is busy or being restarted.',
      ),
      paragraph('Both are idle until /etc/ha.d has ha.cf, haresources and authkeys, and tandemd has been enabled.'),
    ),
    section(
      'OPTIONS',
      ...daemonOptions.map(option => {
        const { name, value } = option
        return tagged(bold(`--${name}${value ? ` ${value}` : ''}`), optionText(option))
      }),
    ),
    section(
      'EXIT STATUS',
      tagged(bold('0'), 'left in good order'),
      tagged(bold('1'), 'could not start'),
      tagged(bold('2'), 'wrong usage'),
      tagged(bold('6'), 'the files have errors, which it has printed; tandem check shows them again'),
    ),
    section(
      'SIGNALS',
      tagged(bold('SIGHUP'), 'reads its files again, as tandem reload does; broken files change nothing'),
      tagged(bold('SIGUSR2'), 'ends and leaves everything as it runs, for the next daemon to adopt'),
      tagged(bold('SIGTERM, SIGINT'), 'stops all resources in order, hands them over, says good-bye, and ends'),
    ),
    section(
      'AS A SERVICE',
      tagged(
        bold('systemctl stop tandemd'),
        'as a shutdown does: all is stopped in order and handed over, and only then systemd stops units that are resources, mounts and DRBD',
      ),
      tagged(
        bold('systemctl restart tandemd'),
        'all runs on, and is adopted by the next daemon; so it does after a crash, or when the watchdog has ended a daemon that stood still for a quarter of the deadtime. That left-over processes are found then is as it should be.',
      ),
      tagged(
        bold('systemctl restart tandemd && systemctl restart tandem-beat'),
        'after an upgrade, which restarts nothing itself: one node after the other',
      ),
      tagged(
        bold('tandem-last-resort.service'),
        'when tandemd, or both daemons, have ended and do not come back, it releases all that this node holds before a peer takes it; journalctl -u tandem-last-resort tells what it did',
      ),
    ),
    fileList,
    seeAlso('tandem(8)', 'ha.cf(5)', 'haresources(5)', 'authkeys(5)', 'agents.ini(5)', 'systemctl(1)'),
  )
}
