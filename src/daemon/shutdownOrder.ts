/**
 * What is told to systemd of the units that this node runs as resources: at a shutdown of the host they stop after tandemd,
 * and tandemd ends when it has stopped them itself, in the order of haresources. Systemd alone would stop all at once. It is a
 * drop-in of our own unit; theirs are left as they are. (How they are stopped nevertheless: `src/agents/systemd.ts`.)
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Run } from '../agents/runner.ts'

export const dropInFolder = '/run/systemd/system/tandemd.service.d'
const fileName = '50-resources.conf'

export interface ShutdownOrder {
  readonly folder: string
  readonly run: Run
  /** For the log: why a shutdown may stop things in another order. */
  readonly say: (text: string) => void
}

/** Writes it where it is not so already; systemd reads it some moments later. Resolves then, and never rejects. */
export async function orderAtShutdown(units: readonly string[], { folder, run, say }: ShutdownOrder): Promise<void> {
  const path = join(folder, fileName)
  const wanted = dropIn(units)
  if (wanted === textOf(path)) return
  try {
    if (wanted === undefined) rmSync(path)
    else {
      mkdirSync(folder, { recursive: true, mode: 0o755 })
      writeFileSync(`${path}.new`, wanted, { mode: 0o644 })
      renameSync(`${path}.new`, path)
    }
  } catch (error) {
    return say(`${path} cannot be written (${(error as Error).message}): ${consequence}`)
  }
  const words = { resource: 'tandemd', action: 'daemon-reload', file: 'systemctl', args: ['daemon-reload'] }
  const ran = await run({ ...words, timeoutMs: reloadLimitMs })
  if (!ran.ok) say(`systemctl daemon-reload failed: ${consequence}`)
}

const consequence = 'at a shutdown of this host systemd may stop units before their turn'
/** Systemd reads all units again. */
const reloadLimitMs = 60_000

function dropIn(units: readonly string[]): string | undefined {
  if (units.length === 0) return undefined
  return [
    '# Written by tandemd. At a shutdown these are stopped by it, in the order of haresources, and then by systemd.',
    '[Unit]',
    ...[...new Set(units)].sort().map(unit => `After=${unit}`),
    '',
  ].join('\n')
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
