/** The verbs that suspend something in the whole cluster for a while: `disarm` and `arm`, `maintenance on` and `off`. */
import { type Command, InvalidArgumentError } from 'commander'
import { parseDuration } from '../config/durations.ts'
import type { GroupName } from '../types.ts'
import { type OrderFlags, orderingIn } from './ordering.ts'
import type { Terminal } from './terminal.ts'

interface SpanFlags extends OrderFlags {
  readonly for: number
  readonly reason?: string
}

const aboutDisarm = `
Before the switch between the nodes restarts. Until it ends nobody takes over from a silent node, and nobody lets go of
what it has because it is not heard: its addresses stay. Orders between nodes that hear each other are obeyed as always.
A failed node is not replaced meanwhile: status says DEGRADED, its groups are "alone", and the exit code of status is 6.

The command waits until each living node has it on disk, and names those that have not. Only when all nodes have, a node
that is cut off relies on it, and only until a deadtime before the end. It survives restarts and ends by itself.

  tandem disarm --for 30m --reason "new firmware for the switch"
  tandem arm`

const aboutArm = `
A node that is silent cannot know that fail-over is armed again: nothing is taken from it until the time ordered before is
over. Once you have seen that it is off, say so with --accept-two-holders.`

const aboutMaintenance = `
Hands off: until it ends nobody starts, stops or moves the group, on any node, even if the node that runs it dies. Leases
of its addresses go on being renewed. Orders for it are refused. All groups without a name; the end is the same for all.

  tandem maintenance on web --for 45m --reason "restoring the database by hand"
  tandem maintenance off web`

const defaultSpan = '2h'

export function addSuspending(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  const { ordering, send } = orderingIn(program, terminal, finish)
  ordering('disarm', 'for a while nobody takes over, and nobody lets go because it is not heard')
    .requiredOption('--for <time>', 'for how long: 90s, 30m, 2h; at most 24h', span)
    .requiredOption('--reason <text>', 'why; shown in status here and kept with the order')
    .addHelpText('after', aboutDisarm)
    .action(({ for: forMs, reason, ...flags }: SpanFlags) => send({ verb: 'disarm', forMs, ...said(reason) }, flags))
  ordering('arm', 'ends disarm early')
    .option('--accept-two-holders', 'a silent node may still hold its groups: you have seen that it does not')
    .option('--reason <text>', 'why; kept with the order')
    .addHelpText('after', aboutArm)
    .action((options: OrderFlags & { acceptTwoHolders?: true; reason?: string }, command: Command) => {
      const { acceptTwoHolders, reason, ...flags } = options
      if (acceptTwoHolders && !reason?.trim())
        command.error('error: --accept-two-holders wants a reason: write --reason "what you have seen"')
      return send({ verb: 'arm', ...(acceptTwoHolders ? { accept: 'two-holders' } : {}), ...said(reason) }, flags)
    })
  const maintenance = program
    .command('maintenance')
    .description('hands off a group, or all of them, for a while')
    .addHelpText('after', aboutMaintenance)
  ordering('on', 'nobody starts, stops or moves it', maintenance)
    .argument('[group]', 'only this group')
    .option('--for <time>', `for how long: 90s, 30m, 2h; at most 24h (default: ${defaultSpan})`, span)
    .option('--reason <text>', 'why; shown in status here and kept with the order')
    .action(
      (
        group: string | undefined,
        { for: forMs = span(defaultSpan), reason, ...flags }: Partial<SpanFlags> & OrderFlags,
      ) => send({ verb: 'maintenance-on', ...named(group), forMs, ...said(reason) }, flags),
    )
  ordering('off', 'ends it early', maintenance)
    .argument('[group]', 'only this group')
    .action((group: string | undefined, flags: OrderFlags) => send({ verb: 'maintenance-off', ...named(group) }, flags))
}

const said = (reason: string | undefined): { reason?: string } => (reason === undefined ? {} : { reason })
const named = (group: string | undefined): { group?: GroupName } =>
  group === undefined ? {} : { group: group as GroupName }

function span(word: string): number {
  const read = parseDuration(word)
  if ('value' in read) return read.value
  throw new InvalidArgumentError(`${read.bad.text}; write a number with its unit: 90s, 30m, 2h.`)
}
