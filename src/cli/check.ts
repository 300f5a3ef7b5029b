/** `tandem check`: everything that is wrong with the files, and what was understood of them. */
import { earlyContext } from '../agents/bindContext.ts'
import { filesHere } from '../agents/program.ts'
import { resolve } from '../agents/resolve.ts'
import { describeSettings } from '../config/describe.ts'
import type { HostFacts } from '../config/host.ts'
import { readSettings } from '../config/readSettings.ts'
import { exitCodeOf, renderProblems } from '../config/render.ts'
import type { Settings } from '../config/settings.ts'
import { usualFolders } from '../daemon/folders.ts'
import { hostFacts, readFiles } from '../daemon/readFiles.ts'
import type { NodeId } from '../types.ts'
import { type LiveOptions, lookLive } from './live/live.ts'
import { findingsOf, renderLive } from './live/render.ts'

export interface CheckOptions {
  readonly configDir: string
  /** Check as this node would. */
  readonly node?: string
  readonly format: 'text' | 'json' | 'gcc'
  readonly color: boolean
}

export interface Checked {
  readonly output: string
  /** 0 clean, 1 errors, 6 warnings only. */
  readonly exitCode: 0 | 1 | 6
  /** undefined: they have errors. */
  readonly settings: Settings | undefined
}

export async function runCheck({ configDir, node, format, color }: CheckOptions): Promise<Checked> {
  const files = readFiles(configDir)
  const { settings, problems, notes } = readSettings(files, factsFor(configDir, node))
  const rendered = renderProblems(problems, files, { format, color, notes })
  const exitCode = exitCodeOf(problems)
  if (format !== 'text') return { output: rendered, exitCode, settings }
  const verdict = { 0: 'no problems', 1: 'not usable', 6: 'usable' }[exitCode]
  const understood = `${configDir}: ${verdict}\n${settings ? describeSettings(settings) : ''}`
  return { output: rendered === '' ? understood : `${rendered}\n${understood}`, exitCode, settings }
}

/** And what only this host can tell, now. Nothing is looked at for files that have errors. */
export async function withLive(
  { output, exitCode, settings }: Checked,
  options: Pick<CheckOptions, 'configDir' | 'format' | 'color'> & Pick<LiveOptions, 'runDir' | 'files' | 'ssh'>,
): Promise<Checked> {
  if (settings === undefined) {
    const note = options.format === 'text' ? '\nthis host was not looked at: the files come first\n' : ''
    return { output: `${output}${note}`, exitCode, settings }
  }
  const live = await lookLive(settings, { ...options, stateDir: usualFolders.stateDir })
  const levels = findingsOf(live).map(({ level }) => level)
  const worst = levels.includes('error') ? 1 : levels.includes('warning') && exitCode === 0 ? 6 : exitCode
  const both =
    options.format === 'json'
      ? `${JSON.stringify({ ...JSON.parse(output), live }, null, 2)}\n`
      : `${output}${output.endsWith('\n') ? '' : '\n'}\n${renderLive(live, options.color)}`
  return { output: both, exitCode: worst, settings }
}

/** Resources are looked for where the daemon looks for them. */
function factsFor(configDir: string, node: string | undefined): HostFacts {
  const facts = hostFacts(configDir, () => undefined, node)
  return {
    ...facts,
    hindrance(resource) {
      const found = resolve(resource, earlyContext(resource, facts.nodeName as NodeId, configDir), filesHere)
      return 'problem' in found ? found.problem : undefined
    },
  }
}
