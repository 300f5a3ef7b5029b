/** The verbs about databases: `switchover`, `mysql promote`, `mysql reseed`. */
import type { Command } from 'commander'
import { usualFolders } from '../../daemon/folders.ts'
import type { Terminal } from '../terminal.ts'
import type { Folders } from './pairs.ts'

const aboutSwitchover = `
Looks whether the other node's database can be primary (it replicates, does not lag beyond max_lag, has nothing that the
primary has not), and refuses if not. Then the group is moved: the old primary becomes read-only and its sessions end, the
new one applies everything, both have to be at the same place, and only then it takes writes.

  tandem switchover mysqlrole::main
  tandem switchover mysqlrole::main --to beta`

const aboutPromote = `
A replica that is broken, lags, or may miss commits is not made primary. Once you have decided that what may be lost is to
be lost, this takes it on this node, once, within ten minutes. The reason is kept and shown in status until the next change.

  tandem mysql promote mysqlrole::main --accept-data-loss --reason "alpha burnt down, its disk is gone"`

const aboutReseed = `
Typed on the node whose database is to be rebuilt: everything in it is thrown away, copied from the primary without locking
that, and replicated from there. Transactions that nobody else has must be in a file before, as status says, or be given up
with --accept-data-loss.`

interface Flags {
  readonly configDir: string
  readonly stateDir: string
}
interface AcceptFlags extends Flags {
  readonly acceptDataLoss: boolean
  readonly reason?: string
}

export function addMysql(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  const folders = ({ configDir, stateDir }: Flags): Folders => ({
    configDir,
    stateDir,
    runDir: program.opts<{ runDir: string }>().runDir,
  })
  const verb = (name: string, description: string, under: Command): Command =>
    under
      .command(name)
      .description(description)
      .option('--config-dir <dir>', 'where haresources and agents.ini are', usualFolders.configDir)
      .option('--state-dir <dir>', 'where the daemon keeps what survives a restart', usualFolders.stateDir)
  verb('switchover', 'a group goes to the other node, its data first: looked at before and after', program)
    .argument('<group>', 'as written in haresources: the first resource of its line')
    .option('--to <node>', 'where more than one other node may have it')
    .option('--timeout <seconds>', 'how long it may take', Number, 180)
    .option('--dry-run', 'look, and move nothing', false)
    .addHelpText('after', aboutSwitchover)
    .action(async (group: string, flags: Flags & { to?: string; timeout: number; dryRun: boolean }) => {
      const { switchover } = await import('./switchover.ts')
      const { to, timeout, dryRun } = flags
      finish(await switchover(group, folders(flags), { to, timeoutS: timeout, dryRun }, terminal))
    })
  const mysql = program.command('mysql').description('databases that replicate: promote, and rebuild')
  verb('promote', 'this node takes the role in spite of a refusal', mysql)
    .argument('[resource]', 'the only mysqlrole of haresources, or this one')
    .option('--accept-data-loss', 'what was committed last may be gone', false)
    .option('--reason <text>', 'why; kept and shown')
    .addHelpText('after', aboutPromote)
    .action(async (resource: string | undefined, flags: AcceptFlags, command: Command) => {
      if (!flags.acceptDataLoss)
        command.error(
          'error: without a refusal the group is moved (tandem switchover); to override one: --accept-data-loss --reason WHY',
        )
      const reason = reasonOf(flags, command)
      const { promoteCommand } = await import('./promoteCommand.ts')
      finish(await promoteCommand(resource, folders(flags), reason, terminal))
    })
  verb('reseed', "this node's database is thrown away and copied from the primary", mysql)
    .argument('[resource]', 'the only mysqlrole of haresources, or this one')
    .option('--accept-data-loss', 'transactions that are only here may be gone', false)
    .option('--reason <text>', 'why; printed with the result')
    .option('--dry-run', 'say what would be done, and do nothing', false)
    .addHelpText('after', aboutReseed)
    .action(async (resource: string | undefined, flags: AcceptFlags & { dryRun: boolean }, command: Command) => {
      if (flags.acceptDataLoss) reasonOf(flags, command)
      const { reseedCommand } = await import('./reseedCommand.ts')
      finish(await reseedCommand(resource, folders(flags), flags, terminal))
    })
}

/** Whoever accepts a damage says why. */
function reasonOf({ reason }: AcceptFlags, command: Command): string {
  if (!reason?.trim()) command.error('error: --accept-data-loss wants a reason: write --reason "what you have seen"')
  return reason!.trim().slice(0, 300)
}
