/** `tandem stop GROUP` and `tandem start GROUP`: a group that nobody runs until an operator says otherwise. */
import { userInfo } from 'node:os'
import type { Command } from 'commander'
import type { GroupName } from '../types.ts'
import { clockOf, dayOf } from './clockText.ts'
import { type OrderFlags, orderingIn } from './ordering.ts'
import type { Terminal } from './terminal.ts'

const aboutStop = `
Its resources are stopped wherever they run, and nobody starts them again: no fail-over, no restart of a daemon, no reboot of
a node. Each node that hears of it keeps it on its disk; one that is off learns of it when it is back. Until then status
says DEGRADED and the group is "halted".

  tandem stop web --reason "new schema"
  tandem start web

For a while, without stopping anything: tandem maintenance on GROUP. The daemon of this node: systemctl stop tandemd.`

const aboutStart = `
Ends tandem stop: the node that owns the group now starts it. May be typed on any node.

The daemon of this node: systemctl start tandemd. A group that failed: tandem clear GROUP.`

interface HaltFlags extends OrderFlags {
  readonly reason?: string
}

export function addHalting(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  const { ordering, send } = orderingIn(program, terminal, finish)
  const add = (verb: 'stop' | 'start', description: string, about: string): void => {
    ordering(verb, description)
      .argument('[group]', 'as written in haresources: the first resource of its line')
      .option('--reason <text>', 'why; shown in status here and kept with the order')
      .addHelpText('after', about)
      .action((group: string | undefined, { reason, ...flags }: HaltFlags, command: Command) => {
        if (group === undefined)
          command.error(`error: which group? tandem ${verb} GROUP; the daemon itself: systemctl ${verb} tandemd`)
        return send({ verb, group: group as GroupName, reason: signed(reason, terminal.env) }, flags)
      })
  }
  add('stop', 'a group runs nowhere until "start", whatever becomes of the nodes', aboutStop)
  add('start', 'ends "stop": the group is started by its owner', aboutStart)
}

/** Who and when, for whoever finds it stopped next week: "anna, 2026-11-21 14:05: new schema". */
function signed(reason: string | undefined, env: Terminal['env']): string {
  const now = new Date().toISOString()
  const who = env['SUDO_USER'] ?? userInfo().username
  const text = reason?.trim() ? `: ${reason.trim()}` : ''
  return `${who}, ${dayOf(now)} ${clockOf(now).slice(0, 5)}${text}`
}
