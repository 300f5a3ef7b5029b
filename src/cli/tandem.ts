/** The command `tandem`: its verbs and options. */
import { randomBytes } from 'node:crypto'
import { Command, CommanderError, Help, InvalidArgumentError, type Option } from 'commander'
import about from '../../package.json' with { type: 'json' }
import { type Damage, damages, exit, type Scope, scopes } from '../daemon/protocol.ts'
import type { GroupName, NodeId } from '../types.ts'
import { addAgents } from './agentCommands.ts'
import { addCheck } from './checkCommand.ts'
import { defaultRunDir } from './client.ts'
import { addHalting } from './halting.ts'
import { addMysql } from './mysql/commands.ts'
import { type OrderFlags, orderingIn } from './ordering.ts'
import { reloadCommand } from './orders.ts'
import { statusCommand } from './statusCommand.ts'
import { addSuspending } from './suspending.ts'
import type { Terminal } from './terminal.ts'
import { addWhy } from './why.ts'

/** What other programs call our verbs, and what to type here. */
const otherWords: Readonly<Record<string, string>> = {
  failover: 'tandem takeover (typed on the node that shall take over)',
  migrate: 'tandem move GROUP --to NODE',
  relocate: 'tandem move GROUP --to NODE',
  acquire: 'tandem takeover',
  release: 'tandem standby',
  evict: 'tandem standby',
  drain: 'tandem standby',
  freeze: 'tandem maintenance on',
  unmanage: 'tandem maintenance on',
  manage: 'tandem maintenance off',
  pause: 'tandem disarm --for 30m --reason WHY, or tandem maintenance on',
  online: 'tandem unstandby',
  resume: 'tandem unstandby',
  cleanup: 'tandem clear',
  disable: 'tandem stop GROUP',
  enable: 'tandem start GROUP',
  restart: 'systemctl restart tandemd',
  test: 'tandem check --live, or tandem agent test RESOURCE',
  lint: 'tandem check',
  preflight: 'tandem check --live',
  doctor: 'tandem check --live',
  configtest: 'tandem check',
  show: 'tandem status',
  list: 'tandem status, or tandem agent list',
  monitor: 'tandem status --watch',
  describe: 'tandem agent describe NAME',
  agents: 'tandem agent list',
  why: 'tandem explain',
  log: 'tandem history',
  events: 'tandem history',
}

const exitCodes = `
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 daemon not running, 4 refused (the reason is printed),
5 not done in time and still in progress, 6 degraded (status) or warnings only (check).`

interface Globals {
  readonly runDir: string
  readonly color: boolean
}

/** Runs `tandem` with these words and returns its exit code. */
export async function tandem(words: readonly string[], terminal: Terminal): Promise<number> {
  let result: number = exit.done
  const program = commands(terminal, code => {
    result = code
  })
  try {
    await program.parseAsync([...words], { from: 'user' })
    return result
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.code === 'commander.unknownCommand') hint(program.args[0], terminal)
    return error.exitCode === 0 ? exit.done : exit.usage
  }
}

function hint(word: string | undefined, terminal: Terminal): void {
  const ours = word !== undefined && Object.hasOwn(otherWords, word) ? otherWords[word] : undefined
  if (ours !== undefined) terminal.err(`What "${word}" may mean here: ${ours}\n`)
}

/** As ever, but not that a switch is off where it is not given. */
const optionDescription = (option: Option): string =>
  new Help().optionDescription(option).replace(/ \(default: false\)$/, '')

/** The whole tree of commands; `finish` is given the exit code of the one that runs. */
export function commands(terminal: Terminal, finish: (code: number) => void): Command {
  const width = terminal.isTty ? Math.min(100, terminal.columns()) : 100
  const program = new Command('tandem')
    .description('Asks and orders the cluster daemon of this node.')
    .version(`tandem ${about.version}`)
    .option('--run-dir <dir>', 'where the daemon has its sockets', defaultRunDir)
    .option('--no-color', 'no colours, as with NO_COLOR set')
    .configureHelp({ showGlobalOptions: true, optionDescription })
    .addHelpText('after', exitCodes)
    .exitOverride()
    .showHelpAfterError('All commands: tandem --help')
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      getOutHelpWidth: () => width,
      getErrHelpWidth: () => width,
    })
  addReading(program, terminal, finish)
  addWhy(program, terminal, finish)
  addOrders(program, terminal, finish)
  addHalting(program, terminal, finish)
  addSuspending(program, terminal, finish)
  addCheck(program, terminal, finish)
  addFiles(program, terminal, finish)
  addAgents(program, terminal, finish)
  addMysql(program, terminal, finish)
  return program
}

function addReading(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  program
    .command('status')
    .description('what runs where, what is wrong, and what would happen if a node died now')
    .argument('[group]', 'only this group')
    .option('--json', 'for programs; schema tandem/status/v1', false)
    .option('-l, --links', 'who hears whom, one-way cuts, loss and gaps of each link', false)
    .option('-w, --watch', 'again each second, until Ctrl-C', false)
    .action(async (group: string | undefined, options: { json: boolean; links: boolean; watch: boolean }) =>
      finish(await statusCommand({ ...program.opts<Globals>(), ...options, group }, terminal)),
    )
}

function addOrders(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  const { ordering, send } = orderingIn(program, terminal, finish)
  ordering('takeover', 'this node takes groups from the others')
    .argument('[scope]', 'all, local (at home here), foreign (at home elsewhere) or failback', scope, 'all')
    .option('--accept-two-holders', 'a silent node may still hold them: you have seen that it does not')
    .option('--accept-stale-disk', 'a node not met yet may have newer data: you have seen that it has not')
    .option('--accept-outage', 'it could not be started there by the last look at it: it may be down for a while')
    .option('--reason <text>', 'why; kept with the decision')
    .action((which: Scope, flags: OrderFlags & AcceptFlags, command: Command) =>
      send({ verb: 'takeover', scope: which, ...accepted(flags, command) }, flags),
    )
  ordering('move', 'one group goes to that node, and stays there until it dies or an operator moves it')
    .argument('<group>', 'as written in haresources: the first resource of its line')
    .requiredOption('--to <node>', 'one of the nodes that may run it; the order may be given on any node')
    .option('--accept-two-holders', 'a silent node may still hold it: you have seen that it does not')
    .option('--accept-stale-disk', 'a node not met yet may have newer data: you have seen that it has not')
    .option('--accept-outage', 'it could not be started there by the last look at it: it may be down for a while')
    .option('--reason <text>', 'why; kept with the decision')
    .action((group: string, flags: OrderFlags & AcceptFlags & { to: string }, command: Command) =>
      send(
        {
          verb: 'move',
          group: group as GroupName,
          to: flags.to.toLowerCase() as NodeId,
          ...accepted(flags, command),
        },
        flags,
      ),
    )
  ordering('standby', 'this node gives up its groups; with "all" it starts none until unstandby')
    .argument('[scope]', 'all, local, foreign or failback; all but "all" is done once and leaves no mark', scope, 'all')
    .action((which: Scope, flags: OrderFlags) =>
      send(which === 'all' ? { verb: 'standby' } : { verb: 'give-away', scope: which }, flags),
    )
  ordering('unstandby', 'this node may run groups again').action((flags: OrderFlags) =>
    send({ verb: 'unstandby' }, flags),
  )
  ordering('clear', 'forget failed starts and look again at what is blocked')
    .argument('[group]', 'only this group')
    .action((group: string | undefined, flags: OrderFlags) =>
      send({ verb: 'clear', ...(group === undefined ? {} : { group: group as GroupName }) }, flags),
    )
}

interface AcceptFlags {
  readonly acceptTwoHolders?: boolean
  readonly acceptStaleDisk?: boolean
  readonly acceptOutage?: boolean
  readonly reason?: string
}

/** Whoever accepts a damage says why: it is asked for later. */
function accepted(
  { acceptTwoHolders, acceptStaleDisk, acceptOutage, reason }: AcceptFlags,
  command: Command,
): { accept?: Damage; reason?: string } {
  const given = { 'two-holders': acceptTwoHolders, 'stale-disk': acceptStaleDisk, outage: acceptOutage }
  const [accept, ...more] = damages.filter(damage => given[damage])
  if (more.length > 0) command.error('error: accept one damage at a time')
  if (accept !== undefined && !reason?.trim())
    command.error(`error: --accept-${accept} wants a reason: write --reason "what you have seen"`)
  return { ...(accept === undefined ? {} : { accept }), ...(reason === undefined ? {} : { reason }) }
}

function addFiles(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  program
    .command('reload')
    .description('the daemon reads its files again; broken files change nothing')
    .option('-q, --quiet', 'print failures only', false)
    .action(async ({ quiet }: { quiet: boolean }) =>
      finish(await reloadCommand(program.opts<Globals>().runDir, quiet, terminal)),
    )
  const key = program.command('key').description('keys for authkeys')
  key
    .command('new')
    .description('print an authkeys file with a new random key')
    .action(() => terminal.out(`auth 1\n1 sha256 ${randomBytes(32).toString('hex')}\n`))
}

function scope(word: string): Scope {
  const found = scopes.find(known => known === word)
  if (found !== undefined) return found
  throw new InvalidArgumentError(
    `It must be one of ${scopes.join(', ')}; for a single group: tandem move GROUP --to NODE.`,
  )
}
