/** The verbs about agents: `agent list`, `agent describe`, `agent test`, and their options. */
import type { Command } from 'commander'
import { usualFolders } from '../daemon/folders.ts'
import type { Terminal } from './terminal.ts'

const aboutTest = `
Looks, starts twice, looks, stops twice and looks again: for real, on this host, as the daemon would. The plan is printed
first. A resource of the running daemon is never touched; nor is one of haresources, unless you have seen that no other node
runs it. What runs here is not stopped unless you say so. Ctrl-C stops it before the command ends.

  tandem agent test IPaddr2::10.0.0.9/24/eth0 --dry-run
  tandem agent test 'Filesystem::/dev/vg0/scratch::/mnt::ext4'

Exit codes: 0 keeps the contract, 1 breaks it, 2 no such resource, 4 not tried (the reason is printed).`

interface Flags {
  readonly configDir: string
  readonly json: boolean
}
interface TestFlags extends Flags {
  readonly dryRun: boolean
  readonly acceptTwoHolders: boolean
  readonly acceptOutage: boolean
}

export function addAgents(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  const globals = () => program.opts<{ runDir: string; color: boolean }>()
  const agent = program.command('agent').description('what starts and stops resources: list, describe, and test it')
  const verb = (name: string, description: string): Command =>
    agent
      .command(name)
      .description(description)
      .option('--config-dir <dir>', 'where resource.d, haresources and agents.ini are', usualFolders.configDir)
      .option('--json', 'for programs', false)
  verb('list', 'every agent that haresources can name on this host, and where it comes from')
    .argument('[text]', 'only those with this in their names')
    .action(async (like: string | undefined, { configDir, json }: Flags) => {
      const { agentList } = await import('./agentList.ts')
      finish(agentList({ configDir, json, like, color: globals().color }, terminal))
    })
  verb('describe', 'what an agent is, how it is written, and what agents.ini may say of it')
    .argument('<name>', 'an agent, or a resource as haresources has it')
    .action(async (words: string, { configDir, json }: Flags) => {
      const { agentDescribe } = await import('./agentDescribe.ts')
      finish(await agentDescribe(words, { configDir, json, color: globals().color }, terminal))
    })
  verb('test', 'start and stop a resource for real, and say which rule of the contract it breaks')
    .argument('<resource>', 'as haresources has it, with its arguments')
    .option('--dry-run', 'print the plan, and do nothing', false)
    .option('--accept-two-holders', 'another node may run it: you have seen that none does', false)
    .option('--accept-outage', 'it runs here now, and is stopped', false)
    .addHelpText('after', aboutTest)
    .action(async (words: string, flags: TestFlags) => {
      const { agentTest } = await import('./agentTest.ts')
      finish(await agentTest(words, { ...globals(), ...flags }, terminal))
    })
}
