/** `respawn USER PROGRAM ARGUMENT ...`: programs that run with the daemon. Heartbeat's own are recognised by name. */
import type { Entry } from './entries.ts'
import type { Word } from './lines.ts'
import { hasPings } from './pings.ts'
import { type Complaints, span } from './problem.ts'
import type { Respawn } from './settings.ts'

/** Heartbeat's ipfail is a part of ours: a line that would start it says that it is wanted. */
export function readIpfail(entries: readonly Entry[], complain: Complaints): boolean {
  const lines = entries.filter(entry => entry.directive === 'respawn' && entry.sound && isIpfail(entry.values[1]))
  for (const { values } of lines) {
    const program = values[1]!
    if (hasPings(entries)) continue
    const says = { text: 'ipfail can do nothing without ping', why: 'it compares how many ping nodes each node sees' }
    const fix = 'write ping with the address of a router that the clients use, or remove the line'
    complain.warning('HA171', program, { ...says, fix })
  }
  return lines.length > 0
}

const nameOf = (program: Word): string => program.text.slice(program.text.lastIndexOf('/') + 1)
const isIpfail = (program: Word | undefined): boolean => program !== undefined && nameOf(program) === 'ipfail'

export function readRespawns(entries: readonly Entry[], complain: Complaints): Respawn[] {
  return entries
    .filter(entry => entry.directive === 'respawn' && entry.sound)
    .flatMap(entry => readRespawn(entry, complain))
}

function readRespawn({ word, values }: Entry, complain: Complaints): Respawn[] {
  const [user, program, ...args] = values
  if (!user) return []
  if (!program) {
    const fix = `write respawn ${user.text} /path/to/program`
    complain.error('HA109', span(word, user), {
      text: 'respawn without a program',
      why: 'a program is missing after this',
      fix,
    })
    return []
  }
  if (isIpfail(program)) return []
  const name = nameOf(program)
  if (name === 'dopd') {
    const why = 'tandemd outdates the copy of a peer that is cut off from DRBD, and answers for it'
    const fix =
      'remove the line, and in DRBD\'s configuration write handlers { fence-peer "/usr/bin/tandem-drbd-fence"; } in the place of drbd-peer-outdater'
    complain.warning('HA170', program, { text: 'dopd is built in, and not started', why, fix })
    return []
  }
  if (/\/(lib|lib64|libexec)\/heartbeat\//.test(program.text)) {
    const why = "speaks Heartbeat's own protocol, and would end at once"
    complain.warning('HA170', program, { text: `${name} is not started`, why, fix: 'remove the line' })
    return []
  }
  if (!program.text.startsWith('/')) {
    const why = 'a daemon has no folder of its own to start from'
    complain.error('HA113', program, {
      text: `"${program.text}" is not a full path`,
      why,
      fix: 'write the path from / on',
    })
    return []
  }
  return [{ user: user.text, program: program.text, args: args.map(arg => arg.text) }]
}
