/** The words of Heartbeat's drbddisk. */
import type { Problem } from '../agent.ts'

export const usage = 'drbddisk[::RESOURCE[::RESOURCE...]]'

/** The resources as named in drbd.conf; 'all': every one of them, as Heartbeat's script took it without a word. */
export type Wanted = readonly string[] | 'all'

export function parseWanted(args: readonly string[]): Wanted | Problem {
  const names = args.filter(word => word !== '')
  if (names.length === 0 || (names.length === 1 && names[0] === 'all')) return 'all'
  // A name goes to drbdadm as it is: nothing in it may be taken for an option, a volume or a minor.
  const wrong = names.find(name => !/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name) || name === 'all')
  if (wrong !== undefined)
    return { problem: `"${wrong}" is not the name of a DRBD resource; write ${usage}, as in drbddisk::r0` }
  const twice = names.find((name, nth) => names.indexOf(name) !== nth)
  return twice === undefined ? names : { problem: `${twice} is named twice; write it once` }
}
