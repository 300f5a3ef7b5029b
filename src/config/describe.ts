/** What was understood, in a few lines for people: the answer to "is this what I meant?". */
import type { Group } from '../types.ts'
import { sayDuration as say } from './durations.ts'
import type { Settings } from './settings.ts'

export function describeSettings(settings: Settings): string {
  const { self, nodes, links, timing, groups } = settings
  const rows: readonly (readonly [string, string])[] = [
    ['nodes', nodes.map(node => (node === self ? `${node} (this one)` : node)).join(', ')],
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
    ['cut network', 'a silent node is taken over from (split_policy take)'],
    ['keys', describeKeys(settings.keys)],
    ...groups.flatMap(describeGroup),
  ]
  return rows.map(([title, text]) => `  ${title.padEnd(12)} ${text}\n`).join('')
}

function describeKeys({ send, secrets }: Settings['keys']): string {
  const others = [...secrets.keys()].filter(number => number !== send)
  return `number ${send} is sent${others.length > 0 ? `, ${others.join(', ')} accepted too` : ''}`
}

function describeGroup({ homes, resources }: Group): [string, string][] {
  const [home, ...others] = homes
  const places = others.length > 0 ? `${home}, then ${others.join(', ')}` : `${home} only`
  return [
    ['group', places],
    ['', resources.map(resource => resource.name).join(' -> ')],
  ]
}
