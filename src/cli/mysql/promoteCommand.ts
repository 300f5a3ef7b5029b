/** `tandem mysql promote --accept-data-loss`: the one command that overrides a refusal, once, and is remembered for it. */
import { exit } from '../../daemon/protocol.ts'
import type { NodeId } from '../../types.ts'
import { orderCommand } from '../orders.ts'
import { readStatus } from '../statusCommand.ts'
import { failOn, type Terminal } from '../terminal.ts'
import { type Folders, findPair } from './pairs.ts'

/** The daemon starts the group; the agent finds what was accepted, and shows it from then on. */
export async function promoteCommand(
  word: string | undefined,
  folders: Folders,
  reason: string,
  terminal: Terminal,
): Promise<number> {
  const fail = failOn(terminal)
  const read = await readStatus(folders.runDir)
  if (!read.ok) return fail(read.code, read.why)
  const found = findPair(word, { ...folders, node: read.status.node }, terminal)
  if (typeof found === 'string') return fail(exit.usage, found)
  const { pair, group } = found
  const status = read.status.groups.find(({ name }) => name === group.name)
  if (status === undefined) return fail(exit.refused, `the daemon does not know ${group.name}: tandem reload`)
  if (status.on.length > 0)
    return fail(
      exit.refused,
      `${group.name} runs on ${status.on.join(' and ')}: to move it, tandem switchover ${group.name}`,
    )
  await pair.memories.accept({ reason, at: new Date().toISOString() })
  terminal.out(`accepted for the next promotion of ${pair.resource} on ${pair.node}, within 10 minutes: ${reason}\n`)
  const options = { runDir: folders.runDir, wait: true, timeoutS: 180, quiet: false }
  if (status.failedOn.includes(pair.node)) {
    const code = await orderCommand({ verb: 'clear', group: group.name }, options, terminal)
    if (code !== exit.done) return code
  }
  // Nothing held it back but the failure, and it has started by itself.
  const code = (await runsHere(folders.runDir, group.name))
    ? exit.done
    : await orderCommand({ verb: 'move', group: group.name, to: read.status.node as NodeId, reason }, options, terminal)
  if (code === exit.done)
    terminal.out(
      `${pair.resource} takes writes on ${pair.node}; the reason is shown by tandem status until the role moves\n`,
    )
  return code
}

async function runsHere(runDir: string, name: string): Promise<boolean> {
  const read = await readStatus(runDir)
  if (!read.ok) return false
  const group = read.status.groups.find(one => one.name === name)
  return group?.on.includes(read.status.node) === true && ['running', 'alone'].includes(group.state)
}
