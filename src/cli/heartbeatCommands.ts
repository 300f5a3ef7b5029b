/**
 * `hb_takeover` and `hb_standby` as Heartbeat 3.0.6 had them: its words, its exit codes, back at once. `--wait` asks for
 * the result instead, with our exit codes.
 */

import { exit, type Order, type Scope, scopes } from '../daemon/protocol.ts'
import { ask } from './client.ts'
import { orderCommand } from './orders.ts'
import type { Terminal } from './terminal.ts'

const verbs = { hb_takeover: 'takeover', hb_standby: 'give-away' } as const
export type HeartbeatCommand = keyof typeof verbs

export interface HeartbeatOptions {
  readonly runDir: string
  readonly wait: boolean
}

/** `called` is the path it was started as, which its usage shows. Returns the exit code: 0 once the order is delivered. */
export async function heartbeatCommand(
  called: string,
  name: HeartbeatCommand,
  words: readonly string[],
  options: HeartbeatOptions,
  terminal: Terminal,
): Promise<number> {
  const [word = 'all', ...more] = words
  if (more.length > 0) return usage(called, 'too many arguments', terminal)
  if (word === '--help' || word === '-h') return usage(called, undefined, terminal)
  if (!isScope(word)) return usage(called, `${called}: wrong resources(${word}).`, terminal)
  if (name === 'hb_standby') terminal.err(`Going standby [${word}].\n`)
  const order: Order = { verb: verbs[name], scope: word }
  if (options.wait) return orderCommand(order, { ...options, timeoutS: 60, quiet: false }, terminal)
  const reply = await ask(options.runDir, { verb: 'order', order, wait: false, timeoutMs: 0 }, { timeoutMs: 5000 })
  if (!reply.ok) {
    terminal.err(`${called}: ${reply.why}\n`)
    return reply.code
  }
  // Heartbeat's exit code never told the result; the reason of a refusal is at least shown.
  if (reply.answer.code !== undefined && reply.answer.code !== exit.done)
    terminal.err(`${called}: ${reply.answer.text ?? 'refused'}\n`)
  return exit.done
}

function isScope(word: string): word is Scope {
  return scopes.some(scope => scope === word)
}

function usage(called: string, mistake: string | undefined, terminal: Terminal): number {
  terminal.out(mistake === undefined ? 'usage:\n' : `${mistake}\nusage:\n`)
  terminal.err(`${called} [all|foreign|local|failback]\n`)
  return 1
}
