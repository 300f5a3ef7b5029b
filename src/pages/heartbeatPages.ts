/** cl_status(1), hb_takeover(1), hb_standby(1): Heartbeat's commands, as they are here. */
import { usage } from '../cli/clStatusOptions.ts'
import { scopes } from '../events.ts'
import { bold, page, paragraph, roff, section, seeAlso, tagged, verbatim } from './roff.ts'

export function clStatusPage(version: string): string {
  return page(
    { name: 'cl_status', section: '1', about: 'asks the cluster as Heartbeat did', version },
    section('SYNOPSIS', `${bold('cl_status')} ${roff('SUB-COMMAND [OPTION ...] [ARGUMENT ...]')}\n`),
    section(
      'DESCRIPTION',
      paragraph('The sub-commands, words and exit codes of Heartbeat 3.0.6. tandem status tells more.'),
      verbatim(usage.trimEnd()),
    ),
    seeAlso('tandem(8)'),
  )
}

export function handOverPage(name: 'hb_takeover' | 'hb_standby', version: string): string {
  const about = name === 'hb_takeover' ? 'this node takes groups from the others' : 'this node gives its groups away'
  return page(
    { name, section: '1', about, version },
    section('SYNOPSIS', `${bold(name)} ${roff(`[${scopes.join('|')}] [--wait]`)}\n`),
    section(
      'DESCRIPTION',
      paragraph(
        'As in Heartbeat 3.0.6 it is back at once, with exit code 0 for any valid word, and tells nothing of the result. tandem takeover and tandem standby do.',
      ),
      tagged(bold('--wait'), 'ends with the result, and the exit codes of tandem(8)'),
    ),
    seeAlso('tandem(8)', 'cl_status(1)'),
  )
}
