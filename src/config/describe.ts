/** What was understood, in a few lines for people: the answer to "is this what I meant?". */
import type { Group, NodeId, SplitPolicy } from '../types.ts'
import { sayDuration as say } from './durations.ts'
import { sayOperations, usualOperations } from './operations.ts'
import type { Settings } from './settings.ts'

export function describeSettings(settings: Settings): string {
  const { links, timing, groups, pings, spares } = settings
  const rows: readonly (readonly [string, string])[] = [
    ['nodes', describeNodes(settings)],
    ['links', links.map(link => (link.kind === 'mcast' ? link.name : `${link.name} port ${link.port}`)).join(', ')],
    [
      'heartbeat',
      `every ${say(timing.keepaliveMs)}, late after ${say(timing.warntimeMs)}, dead after ${say(timing.deadtimeMs)}`,
    ],
    ['at start', `a node never heard is dead after ${say(timing.initdeadMs)}`],
    [
      'failback',
      settings.autoFailback ? 'on: a group returns to its home' : 'off: a group stays where it is after a fail-over',
    ],
    ...(pings.length > 0 ? [['ping', describePings(settings)] as const] : []),
    ...(settings.nodes.length > 1 ? [['cut network', describeCut(settings)] as const] : []),
    ...(spares.length > 0 && settings.nodes.length > 2
      ? [['spare', `${spares.join(', then ')}: takes what is at home elsewhere`] as const]
      : []),
    ['keys', describeKeys(settings.keys)],
    ...groups.flatMap(group => describeGroup(group, settings)),
  ]
  return rows.map(([title, text]) => `  ${title.padEnd(12)} ${text}\n`).join('')
}

function describeNodes({ self, nodes, groups }: Settings): string {
  const about = (node: NodeId): string[] => [
    ...(node === self ? ['this one'] : []),
    ...(groups.length > 0 && groups.every(({ homes }) => !homes.includes(node)) ? ['only votes'] : []),
  ]
  return nodes.map(node => [node, ...about(node).map(text => `(${text})`)].join(' ')).join(', ')
}

function describePings({ pings, deadpingMs }: Settings): string {
  const each = pings.map(({ name, addresses }) =>
    addresses.length === 1 && addresses[0] === name ? name : `${name} (${addresses.join(' or ')})`,
  )
  return `${each.join(', ')}; dead after ${say(deadpingMs)}`
}

const cuts: Readonly<Record<SplitPolicy, string>> = {
  take: 'a silent node is taken over from (split_policy take)',
  ask: 'one that a ping node answers takes over, one that none answers lets go (split_policy ask)',
  wait: 'a silent node is taken over from only by order (split_policy wait)',
}

function describeCut({ nodes, splitPolicy }: Settings): string {
  if (nodes.length === 2) return cuts[splitPolicy]
  return `at least ${Math.floor(nodes.length / 2) + 1} of ${nodes.length} nodes go on together; one that hears fewer lets go`
}

function describeKeys({ send, secrets }: Settings['keys']): string {
  const others = [...secrets.keys()].filter(number => number !== send)
  return `number ${send} is sent${others.length > 0 ? `, ${others.join(', ')} accepted too` : ''}`
}

function describeGroup({ homes, resources }: Group, { operations }: Settings): [string, string][] {
  const [home, ...others] = homes
  const places = others.length > 0 ? `${home}, then ${others.join(', ')}` : `${home} only`
  return [
    ['group', places],
    ['', resources.map(resource => resource.name).join(' -> ')],
    ...resources.flatMap(({ name }): [string, string][] => {
      const said = sayOperations(operations.get(name) ?? usualOperations)
      return said.length > 0 ? [['', `${name}: ${said.join(', ')}`]] : []
    }),
  ]
}
