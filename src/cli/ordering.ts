/** What all commands that order something have in common: their options, and how the order is sent. */
import { type Command, InvalidArgumentError } from 'commander'
import type { Order } from '../daemon/protocol.ts'
import { orderCommand } from './orders.ts'
import type { Terminal } from './terminal.ts'

export interface OrderFlags {
  readonly wait: boolean
  readonly timeout: number
  readonly quiet: boolean
  readonly dryRun: boolean
}

export interface Ordering {
  ordering(name: string, description: string, under?: Command): Command
  send(order: Order, flags: OrderFlags): Promise<void>
}

export const orderingIn = (program: Command, terminal: Terminal, finish: (code: number) => void): Ordering => ({
  ordering: (name, description, under = program) =>
    under
      .command(name)
      .description(description)
      .option('--no-wait', 'return as soon as the order is accepted')
      .option('--timeout <seconds>', 'how long to wait for the result', seconds, 60)
      .option('-q, --quiet', 'print failures only', false)
      .option('--dry-run', 'say what it would do, and change nothing', false),
  async send(order, { wait, timeout, quiet, dryRun }) {
    const { runDir } = program.opts<{ runDir: string }>()
    finish(await orderCommand(order, { runDir, wait, timeoutS: timeout, quiet, dryRun }, terminal))
  },
})

function seconds(word: string): number {
  const value = Number(word)
  if (/^[0-9.]+$/.test(word) && value > 0 && value <= 86_400) return value
  throw new InvalidArgumentError('It must be a number of seconds, as in 60 or 2.5.')
}
