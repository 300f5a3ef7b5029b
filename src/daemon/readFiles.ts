/** The files and the facts about this machine that `readSettings` needs, read from the disk. */
import { lstatSync, readFileSync, type Stats, statSync } from 'node:fs'
import { hostname, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { isProblem } from '../agents/agent.ts'
import { earlyContext } from '../agents/bindContext.ts'
import { builtin } from '../agents/builtin.ts'
import { isExecutable } from '../agents/program.ts'
import { unitFolders } from '../agents/systemd.ts'
import type { HostFacts } from '../config/host.ts'
import type { Operations } from '../config/operations.ts'
import type { Files, SourceFile } from '../config/problem.ts'
import type { NodeId, Resource } from '../types.ts'

/** Far more than any cluster needs; a mistake such as a log file in its place ends here. */
const mostBytes = 1_048_576

export function readFiles(configDir: string): Files {
  return {
    haCf: readSource(join(configDir, 'ha.cf')),
    haResources: readSource(join(configDir, 'haresources')),
    authKeys: readSource(join(configDir, 'authkeys')),
    agentsIni: readSource(join(configDir, 'agents.ini')),
  }
}

/** `nodeName` stands for `--node NAME`; else the first line of `nodeinfo` in the folder counts, else `uname -n`. */
export function hostFacts(configDir: string, hasScript: HostFacts['hasScript'], nodeName?: string): HostFacts {
  return {
    nodeName: nodeName ?? readNodeInfo(configDir) ?? hostname(),
    hasScript,
    interfaces: interfaceNames(),
    agentKeys: agent => builtin(agent)?.meta.keys ?? [],
    settingsProblem: (resource, operations, node) => settingsProblem(configDir, resource, operations, node),
    movesData: agent => builtin(agent)?.meta.movesData === true,
  }
}

/** What is wrong with the words alone is told elsewhere. */
function settingsProblem(configDir: string, resource: Resource, operations: Operations, node: NodeId) {
  const agent = builtin(resource.agent)
  if (agent?.meta.keys === undefined) return undefined
  const context = earlyContext(resource, node, configDir)
  if (isProblem(agent.bind(resource.args, context))) return undefined
  const bound = agent.bind(resource.args, { ...context, operations })
  return isProblem(bound) ? bound.problem.replace(/^agents\.ini: /, '') : undefined
}

/** Whether a resource of this name can be found: our own, resource.d, init script, unit, OCF agent. */
export function scriptFinder(configDir: string): (name: string) => boolean {
  return name => {
    if (builtin(name) !== undefined) return true
    const scripts = [join(configDir, 'resource.d', name), join('/etc/ha.d/resource.d', name), join('/etc/init.d', name)]
    if (scripts.some(isExecutable)) return true
    const unit = name.includes('.') ? name : `${name}.service`
    if (unitFolders.some(folder => exists(join(folder, unit)))) return true
    return ocfProviders.some(provider => isExecutable(join('/usr/lib/ocf/resource.d', provider, name)))
  }
}

const ocfProviders = ['heartbeat', 'linbit', 'pacemaker']

function readSource(name: string): SourceFile {
  try {
    const link = lstatSync(name)
    const file = statSync(name)
    const facts = { name, mode: file.mode & 0o7777, uid: file.uid, isSymlink: link.isSymbolicLink() }
    const unreadable = unfitFor(file)
    return unreadable ? { ...facts, text: undefined, unreadable } : { ...facts, text: readFileSync(name, 'utf8') }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT') return { name, text: undefined }
    return { name, text: undefined, unreadable: code === 'EACCES' ? 'permission denied' : String(code ?? error) }
  }
}

function unfitFor(file: Stats): string | undefined {
  if (!file.isFile()) return 'not a regular file'
  return file.size > mostBytes ? `${file.size} bytes; more than ${mostBytes} cannot be right` : undefined
}

function readNodeInfo(configDir: string): string | undefined {
  const first = readSource(join(configDir, 'nodeinfo')).text?.split('\n')[0]?.trim()
  return first === '' ? undefined : first
}

/** undefined where the kernel does not tell. Interfaces without an address count too. */
function interfaceNames(): readonly string[] | undefined {
  try {
    return readFileSync('/proc/net/dev', 'utf8')
      .split('\n')
      .slice(2)
      .flatMap(line => line.split(':')[0]?.trim() || [])
  } catch {
    const names = Object.keys(networkInterfaces())
    return names.length > 0 ? names : undefined
  }
}

function exists(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}
