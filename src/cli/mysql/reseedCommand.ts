/** `tandem mysql reseed`: this node's database thrown away and copied from the primary. */

import { reseed } from '../../agents/mysqlrole/reseed.ts'
import { DatabaseError } from '../../agents/mysqlrole/session.ts'
import { type ExitCode, exit } from '../../daemon/protocol.ts'
import { readStatus } from '../statusCommand.ts'
import { failOn, type Terminal } from '../terminal.ts'
import { drawer, megabytes } from './bar.ts'
import { type Folders, findPair } from './pairs.ts'

export interface ReseedFlags {
  readonly acceptDataLoss: boolean
  readonly dryRun: boolean
}

/** 0 rebuilt, 1 failed half way, 2 no such pair, 4 refused: nothing was done. */
export async function reseedCommand(
  word: string | undefined,
  folders: Folders,
  { acceptDataLoss, dryRun }: ReseedFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const read = await readStatus(folders.runDir)
  const found = findPair(word, { ...folders, node: read.ok ? read.status.node : undefined }, terminal)
  const fail = failOn(terminal)
  if (typeof found === 'string') return fail(exit.usage, found)
  const { pair } = found
  const bar = drawer({ isTty: terminal.isTty, out: terminal.out, nowMs: pair.host.clock.nowMs })
  try {
    const result = await reseed(pair, { acceptDataLoss, dryRun, tell: bar.draw })
    bar.end()
    if ('why' in result)
      return fail(pair.memories.memory().role === 'rebuilding' ? exit.failed : exit.refused, result.why)
    const { from, bytes, tookMs } = result
    terminal.out(
      `${pair.resource} rebuilt from ${from}: ${megabytes(bytes)} in ${(tookMs / 1_000).toFixed(1)} s, and replicates\n`,
    )
    return exit.done
  } catch (error) {
    bar.end()
    if (error instanceof DatabaseError) return fail(exit.failed, error.message)
    throw error
  }
}
