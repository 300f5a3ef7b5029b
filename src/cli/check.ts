/** `tandem check`: everything that is wrong with the three files, and what was understood of them. */
import { describeSettings } from '../config/describe.ts'
import { readSettings } from '../config/readSettings.ts'
import { exitCodeOf, renderProblems } from '../config/render.ts'
import { hostFacts, readFiles, scriptFinder } from './readFiles.ts'

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
}

export async function runCheck({ configDir, node, format, color }: CheckOptions): Promise<Checked> {
  const files = readFiles(configDir)
  const { settings, problems, notes } = readSettings(files, hostFacts(configDir, scriptFinder(configDir), node))
  const rendered = renderProblems(problems, files, { format, color, notes })
  const exitCode = exitCodeOf(problems)
  if (format !== 'text') return { output: rendered, exitCode }
  const verdict = `${configDir}: ${exitCode === 0 ? 'no problems' : exitCode === 6 ? 'usable' : 'not usable'}\n`
  const parts = [rendered, verdict + (settings ? describeSettings(settings) : '')]
  return { output: parts.filter(text => text !== '').join('\n'), exitCode }
}
