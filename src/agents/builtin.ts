/** Our own agents: found by their names before anything that lies on the disk, but for those that yield to a script. */
import { ipaddr } from './address/ipaddr.ts'
import type { Agent } from './agent.ts'
import { drbd } from './drbd/drbd.ts'
import { filesystem } from './filesystem/filesystem.ts'
import { mysqlrole } from './mysqlrole/mysqlrole.ts'
import { mysqlwait } from './mysqlwait/mysqlwait.ts'
import { nagios } from './nagios/nagios.ts'
import { webui } from './webui/webui.ts'

export const builtins: readonly Agent[] = [ipaddr, drbd, filesystem, nagios, webui, mysqlrole, mysqlwait]

/** By its name or one of its other names. */
export function builtin(name: string): Agent | undefined {
  return builtins.find(({ meta }) => meta.name === name || meta.aliases?.includes(name))
}
