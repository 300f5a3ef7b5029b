/** `tandem check`: everything that is wrong with the files, and what was understood of them. */
import { existsSync } from 'node:fs'
import { resolve } from '../agents/resolve.ts'
import { isExecutable } from '../agents/runner.ts'
import { describeSettings } from '../config/describe.ts'
import type { HostFacts } from '../config/host.ts'
import { readSettings } from '../config/readSettings.ts'
import { exitCodeOf, renderProblems } from '../config/render.ts'
import { hostFacts, readFiles } from '../daemon/readFiles.ts'
import type { GroupName, NodeId } from '../types.ts'

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
  const { settings, problems, notes } = readSettings(files, factsFor(configDir, node))
  const rendered = renderProblems(problems, files, { format, color, notes })
  const exitCode = exitCodeOf(problems)
  if (format !== 'text') return { output: rendered, exitCode }
  const verdict = { 0: 'no problems', 1: 'not usable', 6: 'usable' }[exitCode]
  const understood = `${configDir}: ${verdict}\n${settings ? describeSettings(settings) : ''}`
  return { output: rendered === '' ? understood : `${rendered}\n${understood}`, exitCode }
}

/** Resources are looked for where the daemon looks for them. */
function factsFor(configDir: string, node: string | undefined): HostFacts {
  const facts = hostFacts(configDir, () => undefined, node)
  const surroundings = { group: '' as GroupName, node: facts.nodeName as NodeId, configDir, directives: new Map() }
  return {
    ...facts,
    hindrance(resource) {
      const found = resolve(
        resource,
        { ...surroundings, resource: resource.name },
        { isExecutable, exists: existsSync },
      )
      return 'problem' in found ? found.problem : undefined
    },
  }
}
