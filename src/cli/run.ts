/** Which of our programs this is, by the name it was started under. */
import { basename } from 'node:path'
import { exit } from '../daemon/protocol.ts'
import { defaultRunDir } from './client.ts'
import { clStatus } from './clStatus.ts'
import { drbdFence } from './drbdFence.ts'
import { heartbeatCommand } from './heartbeatCommands.ts'
import { tandem } from './tandem.ts'
import type { Terminal } from './terminal.ts'

/** Runs the program `called` with these words and returns its exit code. */
export async function run(called: string, words: readonly string[], terminal: Terminal): Promise<number> {
  const name = basename(called)
  if (name === 'tandem-drbd-fence') return drbdFence(words, terminal)
  if (name !== 'hb_takeover' && name !== 'hb_standby' && name !== 'cl_status') return tandem(words, terminal)
  const { rest, runDir, wait } = takeOurs(words)
  if (runDir === undefined) {
    terminal.err(`${called}: --run-dir needs a folder, as in --run-dir ${defaultRunDir}\n`)
    return exit.usage
  }
  if (name === 'cl_status') return clStatus(rest, runDir, terminal)
  return heartbeatCommand(called, name, rest, { runDir, wait }, terminal)
}

/** The two options Heartbeat's commands did not have. */
function takeOurs(words: readonly string[]): { rest: string[]; runDir: string | undefined; wait: boolean } {
  const rest: string[] = []
  let runDir: string | undefined = defaultRunDir
  let wait = false
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    if (word === '--wait') wait = true
    else if (word === '--run-dir') runDir = words[++i]
    else if (word.startsWith('--run-dir=')) runDir = word.slice('--run-dir='.length)
    else rest.push(word)
  }
  return { rest, runDir, wait }
}
