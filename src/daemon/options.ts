/** The options of tandemd, as it takes them, `--help` shows them and its manual page lists them. */
import { usualFolders } from './folders.ts'

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
]

/** For `--help` and the manual page. */
export const optionText = ({ text, default: usual }: DaemonOption): string =>
  usual === undefined ? text : `${text} (default ${usual})`

const written = ({ name, value }: DaemonOption): string => `--${name}${value === undefined ? '' : ` ${value}`}`

const width = Math.max(...daemonOptions.map(option => written(option).length)) + 3

export const daemonUsage = `tandemd [OPTION ...]

${daemonOptions.map(option => `  ${written(option).padEnd(width)}${optionText(option)}\n`).join('')}`
