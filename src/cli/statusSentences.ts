/** What status says of each node, each group and the next death: the sentences, before anybody lays them out. */
import type {
  GroupState,
  GroupStatus,
  LinkStatus,
  NodeState,
  NodeStatus,
  PingStatus,
  ResourceStatus,
  Status,
} from '../daemon/protocol.ts'
import type { Tone, Toned } from './tone.ts'
import { clean, list, span } from './words.ts'

export type Sentence = Toned

/** How much to tell. */
export interface Level {
  readonly resources: 'all' | 'troubled' | 'none'
  readonly problems: number
  /** Longest paragraph. */
  readonly lines: number
  readonly fixes: boolean
}

export interface NodeRow {
  readonly name: string
  readonly state: string
  readonly tone: Tone
  readonly sentences: readonly Sentence[]
}

export interface GroupRow extends NodeRow {
  readonly place: string
  readonly since: string
}

/** The worst first; what it means where the daemon gives no reason of its own. */
const nodeStates: Readonly<Record<NodeState, { rank: number; tone: Tone; means: string }>> = {
  dead: { rank: 0, tone: 'bad', means: 'no heartbeat for longer than deadtime' },
  sick: { rank: 1, tone: 'bad', means: 'its heartbeat comes, but its manager does not move' },
  unseen: { rank: 2, tone: 'warn', means: 'not heard since this daemon started' },
  late: { rank: 3, tone: 'warn', means: 'no heartbeat for longer than warntime' },
  up: { rank: 4, tone: 'good', means: '' },
}

const groupStates: Readonly<Record<GroupState, { rank: number; tone: Tone; means: string }>> = {
  failed: { rank: 0, tone: 'bad', means: 'it could be started on no node' },
  blocked: { rank: 1, tone: 'bad', means: 'a stop failed; it starts nowhere else until that is mended' },
  stuck: { rank: 2, tone: 'bad', means: 'a resource of it fails again and again; the ones before it run' },
  unknown: { rank: 3, tone: 'bad', means: 'whether it runs cannot be told, so it counts as running' },
  stopped: { rank: 4, tone: 'bad', means: 'it runs on no node' },
  halted: { rank: 5, tone: 'warn', means: 'stopped by an operator' },
  stopping: { rank: 6, tone: 'warn', means: 'its resources are being stopped' },
  starting: { rank: 7, tone: 'warn', means: 'its resources are being started' },
  alone: { rank: 8, tone: 'warn', means: 'it runs, but no other node could take it' },
  running: { rank: 9, tone: 'good', means: '' },
}

export function nodeRows(status: Status): NodeRow[] {
  const worstFirst = [...status.nodes].sort((a, b) => nodeStates[a.state].rank - nodeStates[b.state].rank)
  const nodes = worstFirst.map(node => ({
    name: clean(node.name),
    state: node.state,
    tone: nodeStates[node.state].tone,
    sentences: nodeSentences(status, node),
  }))
  return [...nodes, ...(status.pings ?? []).map(pingRow)]
}

/** A ping node stands below the nodes, as Heartbeat listed it among them. */
const pingRow = ({ name, state, lastS }: PingStatus): NodeRow => ({
  name: clean(name),
  state,
  tone: state === 'up' ? 'good' : 'bad',
  sentences: [{ text: lastS === undefined ? 'ping node' : `ping node, answered ${lastS} s ago`, tone: 'plain' }],
})

function nodeSentences(status: Status, node: NodeStatus): Sentence[] {
  const { tone, means } = nodeStates[node.state]
  const why = node.why ?? means
  const troubles = [
    why,
    node.standby ? 'standby: starts nothing until "tandem unstandby" is typed there' : '',
    node.leaving ? 'leaving: hands over what it has and shuts down' : '',
    node.here ? hereTroubles(status) : '',
  ].filter(text => text !== '')
  const facts = node.here ? hereFacts(status) : [node.links.map(link => linkWords(status, node, link)).join('; ')]
  const bad: Sentence[] =
    troubles.length > 0 ? [{ text: troubles.join('; '), tone: tone === 'good' ? 'warn' : tone }] : []
  const good = facts.filter(text => text !== '').join('; ')
  return good === '' ? bad : [...bad, { text: good, tone: 'plain' }]
}

function hereTroubles({ beat, lease }: Status): string {
  const left = lease.remainingS
  const texts = [
    beat.state === 'down' ? 'its heartbeat process is down: others will call this node dead' : '',
    left !== undefined && lease.seconds > 0 && left < lease.seconds / 2
      ? `address lease below half, ${span(left)} of ${lease.seconds} s left: its renewal is late`
      : '',
  ]
  return texts.filter(text => text !== '').join('; ')
}

function hereFacts({ beat, lease, groups, node }: Status): string[] {
  const refused = Object.entries(beat.refused).filter(([, count]) => count > 0)
  const holds = groups.some(group => group.on.includes(node))
  return [
    'you are here',
    beat.realtime ? '' : 'realtime priority: unsupported here',
    beat.pauses > 0 ? `paused ${times(beat.pauses)}, woke up to ${span(beat.lateMaxMs / 1000)} late` : '',
    leaseWords(lease, holds),
    refused.length > 0
      ? `datagrams refused: ${refused.map(([why, count]) => `${count} ${clean(why)}`).join(', ')}`
      : '',
  ]
}

function leaseWords(lease: Status['lease'], holds: boolean): string {
  if (lease.seconds === 0) return 'no address lease at this timing'
  if (lease.remainingS === undefined) return holds ? '' : `address lease ${lease.seconds} s`
  return lease.remainingS < lease.seconds / 2
    ? ''
    : `address lease ${span(lease.remainingS)} of ${lease.seconds} s left`
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}

function linkWords(status: Status, node: NodeStatus, link: LinkStatus): string {
  const name = clean(link.name)
  if (link.state === 'unseen') return `${name} never heard`
  if (link.state === 'dead') {
    const silent = node.state === 'dead' || link.lastS === undefined ? '' : `, silent for ${span(link.lastS)}`
    return `${name} DEAD${silent}`
  }
  const lost = link.lost > 0 ? `, lost ${link.lost} of ${link.received + link.lost}` : ''
  const gap = link.longestGapS > status.timing.warntimeS / 2 ? `, longest gap ${span(link.longestGapS)}` : ''
  return `${name} up${lost}${gap}`
}

export function groupRows(status: Status, level: Level): GroupRow[] {
  const rank = (group: GroupStatus): number => (group.on.length > 1 ? -1 : groupStates[group.state].rank)
  const worstFirst = [...status.groups].sort((a, b) => rank(a) - rank(b))
  return worstFirst.map(group => ({
    name: clean(group.name),
    state: group.state,
    tone: group.on.length > 1 ? 'bad' : groupStates[group.state].tone,
    place: group.on.length === 0 ? '-' : group.on.map(clean).join('+'),
    since: group.sinceS === undefined ? '-' : span(group.sinceS),
    sentences: groupSentences(status, group, level),
  }))
}

function groupSentences(status: Status, group: GroupStatus, level: Level): Sentence[] {
  const { tone, means } = groupStates[group.state]
  const troubles = [
    group.on.length > 1 ? `HELD BY ${list(group.on)}` : '',
    group.why ?? means,
    group.failedOn.length > 0 && !group.why?.includes('failed to start')
      ? `start failed on ${list(group.failedOn)}`
      : '',
    group.on.length > 0 && group.state !== 'blocked' && !group.on.includes(group.owner)
      ? `on its way to ${group.owner}`
      : '',
  ].filter(text => text !== '')
  const fix = group.fix ?? (group.failedOn.length > 0 ? `when mended: tandem clear ${group.name}` : undefined)
  const bad = group.on.length > 1 ? 'bad' : tone === 'good' ? 'warn' : tone
  const resources = resourceWords(status, group, level)
  const usual = group.owner === group.home && group.by === 'policy'
  const moved: Sentence = { text: policy(status, group), tone: 'plain' }
  const sentences: (Sentence | undefined)[] = [
    troubles.length > 0 ? { text: troubles.join('; '), tone: bad } : undefined,
    level.fixes && fix !== undefined ? { text: `fix: ${fix}`, tone: 'plain' } : undefined,
    troubles.length === 0 || (!usual && level.resources !== 'none') ? moved : undefined,
    resources,
    group.data && level.resources !== 'none' ? { text: group.data.join('; '), tone: 'dim' } : undefined,
  ]
  return sentences.filter(sentence => sentence !== undefined)
}

/** Why it is where it is, and what would move it back. */
function policy(status: Status, group: GroupStatus): string {
  const settled = group.on.length === 1 && group.on[0] === group.owner
  if (group.owner === group.home || !settled) return group.because
  if (group.by === 'operator') return `${group.because}; stays on ${group.owner} until moved`
  if (status.autoFailback) return `${group.because}; goes back to ${group.home} when ${group.home} can run it`
  return `${group.because}; stays on ${group.owner} (auto_failback off)`
}

function resourceWords({ lease }: Status, group: GroupStatus, level: Level): Sentence | undefined {
  const low = (resource: ResourceStatus): boolean =>
    resource.leaseS !== undefined && resource.leaseS < lease.seconds / 2
  const troubled = group.resources.filter(resource => resource.state !== 'running' || low(resource))
  const shown = { all: group.resources, troubled, none: [] }[level.resources]
  if (shown.length === 0) return undefined
  const words = shown.map(resource => {
    const state = resource.state === 'running' ? '' : ` ${resource.state.toUpperCase()}`
    const left = resource.leaseS === undefined ? '' : ` (lease ${span(resource.leaseS)}${low(resource) ? ', LOW' : ''})`
    return `${resource.name}${state}${left}${resource.note ? `: ${resource.note}` : ''}`
  })
  return { text: words.join(', '), tone: troubled.length > 0 ? 'warn' : 'dim' }
}
