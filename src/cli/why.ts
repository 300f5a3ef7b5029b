/** The verbs that tell why: `explain`, `history`, `timeline`, and their options. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { usualFolders } from '../daemon/folders.ts'
import { recordsMax } from '../daemon/records/record.ts'
import { parseInstant } from './instant.ts'
import type { Terminal } from './terminal.ts'
import { explainCommand, historyCommand, timelineCommand, type WhyOptions } from './whyCommands.ts'

interface Flags {
  readonly format: 'text' | 'json'
  readonly stateDir: string
}

interface HistoryFlags extends Flags {
  readonly group?: string
  readonly since?: Date
  readonly limit: number
  readonly verbose: boolean
}

export function addWhy(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  const telling = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
      .option('--state-dir <dir>', 'where the records are, for when no daemon is running', usualFolders.stateDir)
  const options = (flags: Flags): WhyOptions => {
    const { runDir, color } = program.opts<{ runDir: string; color: boolean }>()
    return { runDir, color, stateDir: flags.stateDir, format: flags.format }
  }
  telling('explain', 'why a group is where it is: the decision, what was known, and what was rejected')
    .argument('[group]', 'a group, or "last": the one that moved last', 'last')
    .action(async (word: string, flags: Flags) => finish(await explainCommand(word, options(flags), terminal)))
  telling('history', 'what was decided and done, on this node and as seen from it')
    .option('--group <group>', 'only this group, and what is about no group')
    .option('--since <when>', 'not older: 2h, 7d, 09:30, "2026-11-21 09:30"', instant)
    .option('--limit <count>', 'the newest so many', count, 40)
    .option('-v, --verbose', 'each start and stop too', false)
    .action(async ({ group, since, limit, verbose, ...flags }: HistoryFlags) => {
      const about = {
        ...(group === undefined ? {} : { group }),
        ...(since === undefined ? {} : { since: since.toISOString() }),
      }
      finish(await historyCommand({ ...options(flags), ...about, limit, verbose }, terminal))
    })
  telling('timeline', 'the parts of a move and how long each took')
    .argument('[event]', 'an event as explain and history show it, a group, or "last"', 'last')
    .action(async (word: string, flags: Flags) => finish(await timelineCommand(word, options(flags), terminal)))
}

function instant(word: string): Date {
  const found = parseInstant(word, new Date())
  if (found !== undefined) return found
  throw new InvalidArgumentError('Write how long ago, as in 30m, 2h or 7d, or since when, as in 09:30 or 2026-11-21.')
}

function count(word: string): number {
  if (/^\d+$/.test(word) && Number(word) >= 1 && Number(word) <= recordsMax) return Number(word)
  throw new InvalidArgumentError(`It must be a number from 1 to ${recordsMax}.`)
}
