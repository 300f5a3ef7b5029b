/** `tandem check` with its options, and `tandem facts`, which it asks other nodes for. */
import { type Command, Option } from 'commander'
import { usualFolders } from '../daemon/folders.ts'
import { exit } from '../daemon/protocol.ts'
import { type Terminal, wantsColor } from './terminal.ts'

interface CheckFlags {
  readonly configDir: string
  readonly node?: string
  readonly format: 'text' | 'json' | 'gcc'
  readonly live: boolean
  readonly facts: readonly string[]
  readonly ssh: boolean
}
interface Globals {
  readonly runDir: string
  readonly color: boolean
}

const aboutLive = `
With --live this host is looked at as well: could each resource start here, is nothing of it started at boot. And the nodes
are compared where they must be alike: files, numbers of users and groups, links to a shared disk, packages, clocks. The
others are asked by "ssh NODE tandem facts", without a password; where that is not wanted, bring a file with --facts.
Nothing is started, stopped or changed.

  tandem check --live
  tandem check --live --facts beta.json

Exit codes: 0 clean, 1 errors, 2 wrong usage, 6 warnings only.`

export function addCheck(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  program
    .command('check')
    .description('all problems of ha.cf, haresources, authkeys and agents.ini, each with its place and a fix')
    .option('--config-dir <dir>', 'the folder of these files', usualFolders.configDir)
    .option('--node <name>', 'check as this node would (default: uname -n)')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json', 'gcc']).default('text'))
    .option('--live', 'look at this host too, and compare it with the other nodes', false)
    .option('--facts <file...>', 'with --live: what "tandem facts" printed on another node', [])
    .option('--no-ssh', 'with --live: ask no other node')
    .addHelpText('after', aboutLive)
    .action(async (flags: CheckFlags, command: Command) => {
      if (flags.facts.length > 0 && !flags.live) command.error('error: --facts goes with --live')
      if (flags.live && flags.format === 'gcc') command.error('error: --live prints text or json, not gcc')
      if (flags.live && flags.node !== undefined) command.error('error: --live looks at this node, not at another one')
      const { runCheck, withLive } = await import('./check.ts')
      const { runDir, color } = program.opts<Globals>()
      const look = { configDir: flags.configDir, format: flags.format, color: wantsColor(terminal, color) }
      const checked = await runCheck({ ...look, ...(flags.node === undefined ? {} : { node: flags.node }) })
      const result = flags.live
        ? await withLive(checked, { ...look, runDir, files: flags.facts, ssh: flags.ssh })
        : checked
      terminal.out(result.output === '' || result.output.endsWith('\n') ? result.output : `${result.output}\n`)
      finish(result.exitCode)
    })
  program
    .command('facts')
    .description('what has to be alike on all nodes, as this one has it; for tandem check --live on another one')
    .option('--config-dir <dir>', 'the folder of ha.cf and haresources', usualFolders.configDir)
    .action(async ({ configDir }: { configDir: string }) => {
      const { runCheck } = await import('./check.ts')
      const { settings } = await runCheck({ configDir, format: 'text', color: false })
      if (settings === undefined) {
        terminal.err(`tandem: the files in ${configDir} have errors; tandem check tells which\n`)
        return finish(exit.failed)
      }
      const { factsHere } = await import('./live/live.ts')
      terminal.out(`${JSON.stringify(await factsHere(settings, program.opts<Globals>().runDir))}\n`)
    })
}
