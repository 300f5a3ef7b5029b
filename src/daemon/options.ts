/** The options of tandemd, as it takes them, `--help` shows them and its manual page lists them. */
import { parseArgs } from 'node:util'
import { usualFolders } from './folders.ts'
import { version } from './version.ts'

export interface DaemonOption {
  readonly name: string
  readonly value?: string
  readonly default?: string
  readonly text: string
}

export const daemonOptions: readonly DaemonOption[] = [
  {
    name: 'config-dir',
    value: 'DIR',
    default: usualFolders.configDir,
    text: 'ha.cf, haresources, authkeys, agents.ini, resource.d',
  },
  {
    name: 'state-dir',
    value: 'DIR',
    default: usualFolders.stateDir,
    text: 'what survives a restart',
  },
  {
    name: 'run-dir',
    value: 'DIR',
    default: usualFolders.runDir,
    text: 'sockets, pid files, output of agents',
  },
  {
    name: 'beat-dir',
    value: 'DIR',
    text: 'a tandem-beat that the service manager keeps has its socket there (without it tandemd starts one itself)',
  },
  { name: 'node', value: 'NAME', text: 'the name of this node (default: nodeinfo in the config folder, or uname -n)' },
  { name: 'foreground', text: 'stay in the foreground, as it always does: start it from a service manager' },
  { name: 'help', text: 'print this and end' },
  { name: 'version', text: 'print the version and end' },
]

/** For `--help` and the manual page. */
export const optionText = ({ text, default: usual }: DaemonOption): string =>
  usual === undefined ? text : `${text} (default ${usual})`

const written = ({ name, value }: DaemonOption): string => `--${name}${value === undefined ? '' : ` ${value}`}`

const width = Math.max(...daemonOptions.map(option => written(option).length)) + 3

/** In lines of 80 characters, below each other. */
function wrapped(text: string): string {
  const lines: string[] = ['']
  for (const word of text.split(' ')) {
    const last = lines.at(-1)!
    if (last !== '' && last.length + 1 + word.length > 78 - width) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines.join(`\n${' '.repeat(2 + width)}`)
}

const daemonUsage = `Usage: tandemd [option ...]

The cluster daemon. Start it from a service manager: systemctl enable --now tandemd

Options:
${daemonOptions.map(option => `  ${written(option).padEnd(width)}${wrapped(optionText(option))}\n`).join('')}`

/** Those of the command line; ends the process where they ask for no more than a text, or are wrong. */
export function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        foreground: { type: 'boolean', default: true },
        'config-dir': { type: 'string', default: usualFolders.configDir },
        'state-dir': { type: 'string', default: usualFolders.stateDir },
        'run-dir': { type: 'string', default: usualFolders.runDir },
        'beat-dir': { type: 'string' },
        node: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
        version: { type: 'boolean', short: 'V', default: false },
      },
    })
    if (values.help) {
      process.stdout.write(daemonUsage)
      process.exit(0)
    }
    if (values.version) {
      process.stdout.write(`tandemd ${version}\n`)
      process.exit(0)
    }
    return values
  } catch (error) {
    process.stderr.write(`tandemd: ${(error as Error).message}\n\n${daemonUsage}`)
    process.exit(2)
  }
}
