/** How bad it is when a group runs twice, or not at all: what a node that is alone may do with it. */
import type { Group, Resource } from '../types.ts'

/**
 * at-least-one: running on two nodes is a nuisance, on none an outage, as with an address. at-most-one: running on two
 * nodes can destroy data, as with a disk or a database.
 */
export type SafetyClass = 'at-least-one' | 'at-most-one'

/** They hold or announce addresses, or send mail: none of them keeps anything that a second one could spoil. */
const harmless: readonly string[] = ['IPaddr', 'IPaddr2', 'IPv6addr', 'IPsrcaddr', 'SendArp', 'MailTo']

/** One resource is enough to make a group at-most-one. What a script of its own does is unknown, and counts as the worse. */
export function safetyClass(group: Group): SafetyClass {
  return group.resources.every(isHarmless) ? 'at-least-one' : 'at-most-one'
}

function isHarmless({ address, agent, args }: Resource): boolean {
  if (address) return true
  const [provider, type] = agent === 'ocf' ? (args[0]?.split(':') ?? []) : ['heartbeat', agent]
  return provider === 'heartbeat' && type !== undefined && harmless.includes(type)
}
