/** Which pair of databases a command means, as this node's files have it. */
import { join } from 'node:path'
import { isProblem } from '../../agents/agent.ts'
import { monotonicClock } from '../../agents/clock.ts'
import { memoriesOf } from '../../agents/mysqlrole/memory.ts'
import { openDatabase } from '../../agents/mysqlrole/session.ts'
import type { Pair, PairHost } from '../../agents/mysqlrole/talk.ts'
import { readWanted } from '../../agents/mysqlrole/wanted.ts'
import { notebook } from '../../agents/notebook.ts'
import { runner } from '../../agents/runner.ts'
import { usualOperations } from '../../config/operations.ts'
import { readSettings } from '../../config/readSettings.ts'
import type { Settings } from '../../config/settings.ts'
import { hostFacts, readFiles } from '../../daemon/readFiles.ts'
import type { Group } from '../../types.ts'
import type { Terminal } from '../terminal.ts'

export interface Folders {
  readonly configDir: string
  readonly stateDir: string
  readonly runDir: string
  /** As the daemon calls itself. */
  readonly node?: string | undefined
}

export interface FoundPair {
  readonly pair: Pair
  readonly group: Group
}

/** @param node as the daemon calls itself; undefined: as the machine does. */
export function readOwnSettings(configDir: string, node: string | undefined): Settings | string {
  const facts = hostFacts(configDir, () => undefined, node)
  const { settings } = readSettings(readFiles(configDir), facts)
  return settings ?? `the files in ${configDir} have errors: tandem check`
}

/** @param word a resource or group as haresources has it; undefined: the only one there is. */
export function findPair(word: string | undefined, folders: Folders, terminal: Terminal): FoundPair | string {
  const settings = readOwnSettings(folders.configDir, folders.node)
  if (typeof settings === 'string') return settings
  const all = pairsOf(settings)
  const found =
    word === undefined ? all : all.filter(({ group, resource }) => group.name === word || resource.name === word)
  const names = all.map(({ resource }) => resource.name).join(', ')
  if (all.length === 0) return 'haresources has no mysqlrole'
  if (found.length === 0) return `haresources has no mysqlrole "${word}"; it has ${names}`
  if (found.length > 1) return `name one of them: ${names}`
  const { group, resource } = found[0]!
  const operations = settings.operations.get(resource.name) ?? usualOperations
  const wanted = readWanted(resource.args, resource.name, settings.self, operations)
  if (isProblem(wanted)) return wanted.problem
  const host = hostOf(folders, terminal)
  return {
    group,
    pair: { host, resource: resource.name, node: settings.self, wanted, memories: memoriesOf(host, wanted.name) },
  }
}

export const pairsOf = ({ groups }: Settings) =>
  groups.flatMap(group =>
    group.resources.filter(({ agent }) => agent === 'mysqlrole').map(resource => ({ group, resource })),
  )

/** Where the daemon has its own: what is written here it finds. */
function hostOf({ runDir, stateDir }: Folders, terminal: Terminal): PairHost {
  const logs = join(runDir, 'agents')
  return {
    clock: monotonicClock,
    run: runner(logs, monotonicClock),
    openDatabase,
    livedUntilMs: () => undefined,
    lasting: notebook(join(stateDir, 'agents')),
    sinceBoot: notebook(logs),
    note: text => terminal.err(`tandem: ${text}\n`),
  }
}
