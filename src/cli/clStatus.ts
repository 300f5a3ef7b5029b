/** `cl_status` of Heartbeat 3.0.6 (HA API client): its sub-commands, words and exit codes, told from our status. */

import { exit, type NodeState, type NodeStatus, type Status } from '../daemon/protocol.ts'
import { ask } from './client.ts'
import { optionsOf, parseOptions, usage } from './clStatusOptions.ts'
import { readStatus } from './statusCommand.ts'
import type { Terminal } from './terminal.ts'

/** Heartbeat's own exit codes, other than ours. */
const code = { ok: 0, fail: 1, parameter: 11, timeout: 12, unknown: 13 } as const

/** Late is active: Heartbeat had no such state. Sick too: it still beats. */
const nodeWords: Readonly<Record<NodeState, string>> = {
  up: 'active',
  late: 'active',
  sick: 'active',
  unseen: 'init',
  dead: 'dead',
}

interface Call {
  readonly name: string
  /** The option letters given. */
  readonly flags: ReadonlySet<string>
  /** The value of `-p` of hbparameter. */
  readonly parameter: string | undefined
  readonly words: readonly string[]
  readonly runDir: string
  readonly terminal: Terminal
}

/** Without sub-command, or with -h: usage and 0. Returns the exit code. */
export async function clStatus(args: readonly string[], runDir: string, terminal: Terminal): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined || name === '-h' || name === '--help') {
    terminal.out(usage)
    return code.ok
  }
  const letters = Object.hasOwn(optionsOf, name) ? optionsOf[name] : undefined
  if (letters === undefined) return complain(terminal, code.parameter, `${name}: invalid sub-command.`)
  const options = parseOptions(rest, letters)
  const call: Call = { name, ...options, runDir, terminal }
  const read = await readStatus(runDir)
  if (!read.ok && name === 'hbstatus') return stopped(call, read.why)
  if (!read.ok) {
    const reason = read.code === exit.notRunning ? "hb_api_signon: Can't initiate connection to heartbeat" : read.why
    return complain(terminal, code.fail, 'Cannot signon with heartbeat', `REASON: ${reason}`)
  }
  if (options.wrong !== undefined)
    return complain(terminal, code.parameter, `Error: getopt returned character code ${options.wrong}.`)
  return name === 'hbparameter' ? hbparameter(call) : (commands[name] ?? listnodes)(call, read.status)
}

const commands: Readonly<Record<string, (call: Call, status: Status) => number>> = {
  hbstatus,
  listnodes,
  nodestatus: (call, status) =>
    ofNode(call, status, 'Not enough parameters.', node => {
      const word = nodeWords[node.state]
      say(call, word, `The cluster node ${node.name} is ${word}`)
      return word === 'active' ? code.ok : code.fail
    }),
  nodetype: (call, status) =>
    ofNode(call, status, 'No enough parameter.', ({ name }) => say(call, 'normal', `The node ${name}'s type: normal`)),
  nodeweight: (call, status) =>
    ofNode(call, status, 'Not enough parameters.', ({ name }) =>
      say(call, '100', `The weight of the cluster node ${name} is 100`),
    ),
  nodesite: (call, status) =>
    ofNode(call, status, 'Not enough parameters.', ({ name }) =>
      say(call, '', `The site of the cluster node ${name} is `),
    ),
  listhblinks,
  hblinkstatus,
  clientstatus,
  rscstatus: (call, status) => {
    const held = holding(status)
    return say(call, held, `This node is holding ${held} resources.`)
  },
}

function say({ flags, terminal }: Call, short: string, human: string): number {
  terminal.out(`${flags.has('m') ? human : short}\n`)
  return code.ok
}

function complain(terminal: Terminal, exitCode: number, ...lines: readonly string[]): number {
  for (const line of lines) terminal.err(`ERROR: ${line}\n`)
  return exitCode
}

function lacking({ terminal }: Call, text: string): number {
  terminal.err(`${text}\n`)
  return code.parameter
}

function stopped({ flags, terminal }: Call, why: string): number {
  terminal.out(`Heartbeat is stopped on this machine.\n${flags.has('v') ? `(${why})\n` : ''}`)
  return code.fail
}

function hbstatus(call: Call, status: Status): number {
  const { terminal, flags } = call
  if (!flags.has('v')) {
    terminal.out('Heartbeat is running on this machine.\n')
    return code.ok
  }
  const version = `tandem ${status.version} (node: ${status.node})`
  terminal.out(
    flags.has('m')
      ? `Heartbeat version ${version}\nResources controlled by "haresources"\n`
      : `version:\t${version}\nmanaged by:\t"haresources"\n`,
  )
  return listnodes(call, status)
}

function listnodes({ flags, terminal }: Call, status: Status): number {
  if (flags.has('m')) terminal.out('The nodes are as follow:\n')
  if (flags.has('p') && !flags.has('n')) return code.ok
  for (const node of status.nodes) {
    if (!flags.has('v')) {
      terminal.out(`${node.name}\n`)
      continue
    }
    terminal.out(`\n${node.name}\t${nodeWords[node.state]}\t(nodetype: normal)\n`)
    for (const link of linksOf(node, status)) terminal.out(`\t${link.name}\t${link.state}\n`)
  }
  return code.ok
}

function ofNode(call: Call, status: Status, few: string, then: (node: NodeStatus) => number): number {
  const [name] = call.words
  if (name === undefined) return lacking(call, few)
  const node = nodeNamed(status, name)
  return node === undefined ? lacking(call, 'Error. May be due to incorrect node name') : then(node)
}

function nodeNamed(status: Status, name: string): NodeStatus | undefined {
  return status.nodes.find(node => node.name.toLowerCase() === name.toLowerCase())
}

/** Links as Heartbeat knew them: up or dead. Our own links are those over which we hear others. */
function linksOf(node: NodeStatus, status: Status): { name: string; state: 'up' | 'dead' }[] {
  const own = node.here && node.links.length === 0
  const all = own ? status.nodes.flatMap(({ links }) => links) : node.links
  const names = [...new Set(all.map(({ name }) => name))]
  return names.map(name => ({
    name,
    state: own || all.some(link => link.name === name && link.state === 'up') ? 'up' : 'dead',
  }))
}

function listhblinks(call: Call, status: Status): number {
  const { words, flags, terminal } = call
  if (words[0] === undefined) return lacking(call, 'No enough parameter.')
  const node = nodeNamed(status, words[0])
  if (node === undefined) return complain(terminal, code.unknown, 'Cannot start heartbeat link interface walk.')
  if (flags.has('m')) terminal.out('\tthis node has the following heartbeat links:\n')
  for (const { name, state } of linksOf(node, status))
    terminal.out(flags.has('v') ? `\t${name}\t${state}\n` : `\t${name}\n`)
  return code.ok
}

function hblinkstatus(call: Call, status: Status): number {
  const [nodeName, linkName] = call.words
  if (nodeName === undefined || linkName === undefined) return lacking(call, 'No enough parameter.')
  const node = nodeNamed(status, nodeName)
  const link = node && linksOf(node, status).find(({ name }) => name === linkName)
  if (link === undefined) return complain(call.terminal, code.unknown, 'Cannot get heartbeat link status')
  say(call, link.state, `The node ${nodeName}'s heartbeat link ${linkName} is ${link.state}`)
  return link.state === 'up' ? code.ok : code.fail
}

/** Nobody registers with us as a client did with Heartbeat. */
function clientstatus(call: Call): number {
  if (call.words.length < 2) return lacking(call, 'No enough parameter.')
  call.terminal.out('offline\n')
  return code.fail
}

/**
 * What this node really holds: all groups, none, or of the own and the others' ones. Heartbeat told two bits that were
 * wrong after a failed start; who holds nothing is never said to hold something here.
 */
function holding(status: Status): string {
  if (status.groups.some(({ state }) => state === 'starting' || state === 'stopping')) return 'transition'
  const held = status.groups.filter(({ on }) => on.includes(status.node))
  if (held.length === 0) return 'none'
  if (held.length === status.groups.length) return 'all'
  return held.some(({ home }) => home === status.node) ? 'local' : 'foreign'
}

async function hbparameter(call: Call): Promise<number> {
  const { parameter, runDir, terminal } = call
  if (parameter === undefined) return complain(terminal, code.parameter, 'parameter name required')
  const reply = await ask(runDir, { verb: 'parameter', name: parameter }, { timeoutMs: 5000 })
  if (!reply.ok) return complain(terminal, reply.code === exit.timedOut ? code.timeout : code.fail, reply.why)
  const { value } = reply.answer
  if (value === undefined) return complain(terminal, code.fail, `Cannot get parameter ${parameter}'s value`)
  return say(call, value, `Heartbeat parameter ${parameter}'s value: ${value}`)
}
