/**
 * Which resources a section of agents.ini is about. It is named after the beginning of a resource as haresources has it,
 * cut before a `::`, of an address before a `/` too: [Filesystem] is about all file systems, [Filesystem::/dev/drbd0]
 * about those on that disk, and the whole word about one. [default] is about everything. The longer name wins.
 */
import { wordAt } from './lines.ts'
import { nearest } from './suggest.ts'
import { addressAgents, bareAddress, splitArgs } from './words.ts'

/** The agent, then its arguments; an address is cut at its slashes, and its agent has one name. */
export type Pieces = readonly string[]

export const isDefault = (name: string): boolean => name.toLowerCase() === 'default'

/** Of a resource or the name of a section. */
export function piecesOf(text: string): Pieces {
  const split = splitArgs(wordAt(text, 1, 1)).map(word => word.text)
  const bare = text.startsWith('[') || bareAddress.test(text)
  const [agent = '', ...args] = bare ? ['IPaddr', ...split] : split
  if (!addressAgents.includes(agent)) return [agent, ...args]
  return ['IPaddr2', ...(args.length > 0 ? args.join('::').split('/') : [])]
}

export const covers = (section: Pieces, resource: Pieces): boolean =>
  section.length <= resource.length && section.every((piece, index) => piece === resource[index])

/** The name that was meant by one that is about no resource; undefined: none is near. */
export function meantSection(name: string, resources: readonly string[]): string | undefined {
  return nearest(name, ['default', ...resources.flatMap(beginnings)])
}

/** All names a section about this resource may have, the shortest first. */
function beginnings(resource: string): string[] {
  const parts = splitArgs(wordAt(resource, 1, 1)).map(word => word.text)
  const whole = parts.map((_, index) => parts.slice(0, index + 1).join('::'))
  const slash = resource.indexOf('/', resource.indexOf(']') + 1)
  return piecesOf(resource)[0] === 'IPaddr2' && slash > 0 ? [...whole, resource.slice(0, slash)] : whole
}
