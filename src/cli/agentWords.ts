/** A word of haresources typed on the command line: what it means on this host, whether haresources has it or not. */
import { type BindContext, type Bound, isProblem } from '../agents/agent.ts'
import { filesHere } from '../agents/program.ts'
import { resolve } from '../agents/resolve.ts'
import { readAgentsIni } from '../config/agentsIni.ts'
import { readHaResources } from '../config/haResources.ts'
import type { HostFacts } from '../config/host.ts'
import { type Operations, usualOperations } from '../config/operations.ts'
import { complaintsAbout, type Files, type Problem } from '../config/problem.ts'
import { readSettings } from '../config/readSettings.ts'
import { piecesOf } from '../config/sections.ts'
import { hostFacts, readFiles } from '../daemon/readFiles.ts'
import type { Group, GroupName, NodeId, Resource } from '../types.ts'

export interface Typed {
  readonly resource: Resource
  readonly bound: Bound
  readonly operations: Operations
  /** The group of this host's haresources that has it, whoever runs it. */
  readonly group: Group | undefined
  /** agents.ini has errors: what is wrong with it is not obeyed here. */
  readonly faultyIni: boolean
}

const nothingTaken = { peers: new Set<string>(), pings: new Set<string>() }
const self = 'node' as NodeId

/** @param words one resource as haresources has it, e.g. `IPaddr2::10.0.0.9/24/eth0`. */
export function readTyped(words: string, configDir: string): Typed | { readonly problem: string } {
  const host = { ...hostFacts(configDir, () => undefined), hindrance: () => undefined }
  const about = complaintsAbout('')
  const [group] = readHaResources(
    `${self} ${words.trim()}`,
    { nodes: [self], spares: [], host, taken: nothingTaken },
    about,
  )
  const wrong = about.problems.find(({ level }) => level === 'error')
  if (wrong) return { problem: `${wrong.text}; ${wrong.why}; ${wrong.fix}` }
  const [resource, surplus] = group?.resources ?? []
  if (!resource) return { problem: 'no resource; write one as in haresources, such as IPaddr2::10.0.0.9/24/eth0' }
  if (surplus)
    return { problem: `one resource at a time; arguments follow "::", as in ${resource.name}::${surplus.name}` }
  return bindTyped(resource, configDir, host)
}

function bindTyped(resource: Resource, configDir: string, host: HostFacts): Typed | { readonly problem: string } {
  const files = readFiles(configDir)
  const { operations, faultyIni } = operationsFor(resource, files, host)
  const group = groupsIn(files, host).find(({ resources }) => resources.some(one => sameThing(one.name, resource.name)))
  const context: BindContext = {
    resource: resource.name,
    group: (group?.name ?? resource.name) as GroupName,
    node: host.nodeName as NodeId,
    configDir,
    directives: readSettings(files, host).settings?.directives ?? new Map(),
    operations,
  }
  const bound = resolve(resource, context, filesHere)
  return isProblem(bound) ? bound : { resource, bound, operations, group, faultyIni }
}

/** Of the sections that are about it, though haresources may not have it. */
function operationsFor(resource: Resource, { agentsIni }: Files, { agentKeys = () => [] }: HostFacts) {
  const about = complaintsAbout('')
  const isError = ({ level }: Problem): boolean => level === 'error'
  const read = readAgentsIni(agentsIni, { resources: [resource], complete: false, agentKeys }, about)
  return { operations: read.get(resource.name) ?? usualOperations, faultyIni: about.problems.some(isError) }
}

/** Also of files with mistakes in them: what can be read of haresources counts. */
const groupsIn = ({ haResources }: Files, host: HostFacts): readonly Group[] =>
  readHaResources(haResources.text ?? '', { nodes: [], spares: [], host, taken: nothingTaken }, complaintsAbout(''))

/** Whether both words are about one thing: an address, the first argument of an agent, or a unit. */
export function sameThing(one: string, other: string): boolean {
  const [a, b] = [thingOf(one), thingOf(other)]
  return a.length === b.length && a.every((piece, index) => piece === b[index])
}

function thingOf(word: string): readonly string[] {
  const [agent = '', ...args] = piecesOf(word)
  if (agent === 'ocf') return [agent, ...args]
  if (agent === 'systemd') return [(args[0] ?? '').replace(/\.service$/, '')]
  return [agent, ...args.slice(0, 1)]
}
