/** haresources: one group a line, `node resource::argument::argument resource ...`. */
import type { Group, GroupName, NodeId, Resource } from '../types.ts'
import type { HostFacts } from './host.ts'
import { readLines, type Word } from './lines.ts'
import { checkInterface } from './media.ts'
import { findNode } from './nodes.ts'
import type { Complaints } from './problem.ts'
import { checkRows, type Placed, type Row, type Taken } from './rows.ts'
import { readServiceAddress } from './serviceAddress.ts'
import { heirsOf } from './spares.ts'
import { nearest } from './suggest.ts'
import { addressAgents, type ResourceWord, readResourceWord } from './words.ts'

/** What Heartbeat and its companions brought along, for "did you mean". */
const heartbeatScripts = [
  ...addressAgents,
  'apache',
  'AudibleAlarm',
  'db2',
  'Delay',
  'drbddisk',
  'drbdupper',
  'Filesystem',
  'ICP',
  'ids',
  'IPsrcaddr',
  'ldirectord',
  'LinuxSCSI',
  'LVM',
  'LVSSyncDaemonSwap',
  'MailTo',
  'portblock',
  'Raid1',
  'SendArp',
  'ServeRAID',
  'WAS',
  'WinPopup',
  'Xinetd',
]

export interface Surroundings {
  readonly nodes: readonly NodeId[]
  readonly spares: readonly NodeId[]
  readonly host: HostFacts
  readonly taken: Taken
  /** Groups go back to their homes by themselves. */
  readonly autoFailback?: boolean
}

export function readHaResources(text: string, around: Surroundings, complain: Complaints): Group[] {
  const rows = joinLines(readLines(text)).flatMap(words => readRow(words, around, complain))
  checkRows(rows, around.taken, complain)
  const heirs = readHeirs(rows, around, complain)
  return rows.map(({ home, placed }) => ({
    name: placed[0]!.word.text as GroupName,
    homes: [home, ...heirs.filter(node => node !== home)],
    resources: placed.map(({ resource }) => resource),
  }))
}

function readHeirs(rows: readonly Row[], { nodes, spares }: Surroundings, complain: Complaints): readonly NodeId[] {
  const heirs = heirsOf(nodes, new Set(rows.map(row => row.home)), spares)
  const lonely = rows.find(({ home }) => heirs.every(node => node === home))
  if (nodes.length > 2 && lonely && complain.problems.every(({ level }) => level === 'warning')) {
    const text = `no other node may take over what is at home on ${lonely.home}`
    const why = 'the others only vote: none is home of a group, none is a spare'
    const fix = `write spare ${nodes.find(node => node !== lonely.home)} in ha.cf`
    complain.error('HA220', lonely.node, { text, why, fix })
  }
  return heirs
}

/** A backslash at the end of a line joins it with the next. */
function joinLines(lines: readonly (readonly Word[])[]): Word[][] {
  const joined: Word[][] = []
  let open: Word[] = []
  for (const words of lines) {
    const last = words.at(-1)
    const continues = last?.text.endsWith('\\') ?? false
    const stem = last && { ...last, text: last.text.slice(0, -1), endColumn: last.endColumn - 1 }
    open.push(...(continues && stem ? [...words.slice(0, -1), ...(stem.text ? [stem] : [])] : words))
    if (continues) continue
    if (open.length > 0) joined.push(open)
    open = []
  }
  return open.length > 0 ? [...joined, open] : joined
}

function readRow([node, ...words]: readonly Word[], around: Surroundings, complain: Complaints): Row[] {
  if (!node) return []
  const home = readHome(node, around.nodes, complain)
  if (words.length === 0) {
    const why = 'nothing runs on it because of this line'
    complain.warning('HA202', node, {
      text: `no resources after "${node.text}"`,
      why,
      fix: 'remove the line, or name resources',
    })
  }
  const placed = words.flatMap(word => readResource(word, around, complain))
  return placed.length > 0 ? [{ node, home, placed, complete: placed.length === words.length }] : []
}

function readHome(node: Word, nodes: readonly NodeId[], complain: Complaints): NodeId {
  const found = findNode(node.text, nodes)
  if (found && !found.exact) {
    const why = `taken for ${found.node}`
    complain.warning('HA134', node, {
      text: `"${node.text}" is not how ha.cf writes it`,
      why,
      fix: `write ${found.node}`,
    })
  }
  if (!found && nodes.length > 0) {
    const meant = nearest(node.text, nodes)
    const fix = meant ? `did you mean "${meant}"?` : `each line begins with a node: ${nodes.join(', ')}`
    complain.error('HA201', node, {
      text: `"${node.text}" is not a node of ha.cf`,
      why: 'a line begins with the node that is its home',
      fix,
    })
  }
  return found?.node ?? (node.text.toLowerCase() as NodeId)
}

function readResource(word: Word, { host, autoFailback }: Surroundings, complain: Complaints): Placed[] {
  const read = readResourceWord(word, complain)
  if (!read) return []
  const { agent, args } = read
  const isAddress = addressAgents.includes(agent.text)
  if (isAddress) return readAddress(read, host, complain)
  const misspelt = host.hasScript(agent.text)
    ? undefined
    : addressAgents.find(known => known.toLowerCase() === agent.text.toLowerCase())
  if (misspelt) {
    complain.error('HA211', agent, {
      text: `"${agent.text}" is not a resource script`,
      why: 'case matters',
      fix: `did you mean "${misspelt}"?`,
    })
    return []
  }
  const resource = { name: word.text, agent: agent.text, args: args.map(arg => arg.text), address: false }
  checkScript(agent, resource, host, complain)
  if (autoFailback && host.movesData?.(agent.text)) sayGoesBack(agent, complain)
  return [{ ...read, resource, address: undefined }]
}

/** Each way is an outage, and the node that comes back is the one whose data are old. */
function sayGoesBack(agent: Word, complain: Complaints): void {
  const text = `${agent.text} in a group that goes back to its home by itself`
  const why = 'auto_failback is on in ha.cf, and its data would move each time a node comes back'
  complain.error('HA221', agent, {
    text,
    why,
    fix: 'write auto_failback off in ha.cf, and move it back by: tandem switchover',
  })
}

/** A warning, not an error: the other node may have what is missing here. */
function checkScript(at: Word, resource: Resource, host: HostFacts, complain: Complaints): void {
  const byName = resource.agent === 'ocf' || resource.agent === 'systemd' || host.hasScript(resource.agent) !== false
  const nowhere = byName ? undefined : `no resource script "${resource.agent}" on this host`
  const text = host.hindrance ? host.hindrance(resource) : nowhere
  if (text === undefined) return
  const meant = nearest(resource.agent, heartbeatScripts)
  const fix = meant && meant !== resource.agent ? `did you mean "${meant}"?` : 'install it, or correct the word'
  complain.warning('HA210', at, { text, why: 'its group cannot start here', fix })
}

function readAddress(read: ResourceWord, host: HostFacts, complain: Complaints): Placed[] {
  const { word, agent, args } = read
  const [first, ...surplus] = args
  if (!first) {
    const fix = `write ${agent.text}::10.0.0.100/24/eth0`
    complain.error('HA208', agent, {
      text: `${agent.text} without an address`,
      why: 'an address is missing after this',
      fix,
    })
    return []
  }
  if (surplus.length > 0) {
    const at = { ...surplus[0]!, endColumn: surplus.at(-1)!.endColumn }
    const fix = `write ${agent.text}::${args.map(arg => arg.text).join('/')}`
    complain.error('HA215', at, { text: 'an address is one argument', why: 'mask and interface follow a slash', fix })
    return []
  }
  const found = readServiceAddress(first, complain)
  if (!found) return []
  if (found.device) checkServiceInterface(found.device, host, complain)
  const resource = {
    name: word.text,
    agent: agent.text === 'IPv6addr' ? 'IPaddr2' : agent.text,
    args: [first.text],
    address: true,
  }
  return [{ ...read, resource, address: found.address }]
}

function checkServiceInterface(device: Word, host: HostFacts, complain: Complaints): void {
  checkInterface(device.text, device, host.interfaces, {
    ...complain,
    warning: (_code, at, says) => complain.warning('HA218', at, { ...says, why: 'the address cannot start here' }),
  })
}
