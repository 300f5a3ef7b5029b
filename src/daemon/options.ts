/** The options of tandemd, as it takes them, `--help` shows them and its manual page lists them. */

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
    default: '/etc/ha.d',
    text: 'ha.cf, haresources, authkeys, agents.ini, resource.d (default /etc/ha.d)',
  },
  {
    name: 'state-dir',
    value: 'DIR',
    default: '/var/lib/tandem',
    text: 'what survives a restart (default /var/lib/tandem)',
  },
  {
    name: 'run-dir',
    value: 'DIR',
    default: '/run/tandem',
    text: 'sockets, pid files, output of agents (default /run/tandem)',
  },
  {
    name: 'beat-dir',
    value: 'DIR',
    text: 'a tandem-beat that the service manager keeps has its socket there (without it tandemd starts one itself)',
  },
  { name: 'node', value: 'NAME', text: 'the name of this node (default: nodeinfo in the config folder, or uname -n)' },
  { name: 'foreground', text: 'stay in the foreground, as it always does: start it from a service manager' },
]

const written = ({ name, value }: DaemonOption): string => `--${name}${value === undefined ? '' : ` ${value}`}`

const width = Math.max(...daemonOptions.map(option => written(option).length)) + 3

export const daemonUsage = `tandemd [OPTION ...]

${daemonOptions.map(option => `  ${written(option).padEnd(width)}${option.text}\n`).join('')}`
