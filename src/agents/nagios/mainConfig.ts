/** What of nagios.cfg tells whether Nagios, Naemon or Icinga 1 is alive. */

export interface MainConfig {
  readonly statusFile: string
  /** How often that file is written. */
  readonly statusEveryMs: number
  /** Where its query socket may be; Icinga 1 has none. */
  readonly querySockets: readonly string[]
  /** Undefined: it takes no commands from outside. */
  readonly commandFile: string | undefined
}

const usualStatusEveryS = 10

/** undefined: the file does not say where the status is. Of a word that stands twice the last one counts, as in Nagios. */
export function readMainConfig(text: string): MainConfig | undefined {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const found = /^\s*([a-z_]+)\s*=\s*(.*?)\s*$/.exec(line)
    if (found !== null) values.set(found[1]!, found[2]!)
  }
  const statusFile = values.get('status_file')
  if (statusFile === undefined || statusFile === '') return undefined
  const commandFile = values.get('command_file')
  const socket = values.get('query_socket')
  const everyS = Number(values.get('status_update_interval') ?? usualStatusEveryS)
  return {
    statusFile,
    statusEveryMs: (everyS > 0 ? everyS : usualStatusEveryS) * 1_000,
    querySockets: socket === undefined ? besides(commandFile) : [socket],
    commandFile: values.get('check_external_commands') === '0' ? undefined : commandFile,
  }
}

/** Where it is built in: beside the command file. */
const besides = (commandFile = ''): readonly string[] =>
  commandFile === '' ? [] : ['nagios.qh', 'naemon.qh'].map(name => commandFile.replace(/[^/]*$/, name))
