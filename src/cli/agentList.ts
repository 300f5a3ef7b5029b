/** `tandem agent list`: every agent that a word of haresources can mean on this host, and where it comes from. */
import { createColors } from 'picocolors'
import type { Kind } from '../agents/agent.ts'
import { builtins } from '../agents/builtin.ts'
import { catalog, namesIn, type Shelf } from '../agents/catalog.ts'
import { filesHere } from '../agents/program.ts'
import { type ExitCode, exit } from '../daemon/protocol.ts'
import type { Look } from './renderAgentTest.ts'
import { type Terminal, wantsColor } from './terminal.ts'
import { clean, wrap } from './words.ts'

export interface AgentListOptions {
  readonly configDir: string
  /** Only names with this in them, in any case of letters. */
  readonly like: string | undefined
  readonly color: boolean
  readonly json: boolean
}

/** Exit code 0; 1 when nothing has such a name. */
export function agentList({ configDir, like = '', color, json }: AgentListOptions, terminal: Terminal): ExitCode {
  const wanted = (name: string): boolean => name.toLowerCase().includes(like.toLowerCase())
  const all = catalog(configDir, { ...filesHere, names: namesIn })
  const shelves = all
    .map(shelf => ({ ...shelf, names: shelf.names.filter(wanted) }))
    .filter(({ names }) => names.length > 0)
  const look = { width: Math.min(100, Math.max(60, terminal.columns())), color: wantsColor(terminal, color) }
  if (json)
    terminal.out(`${JSON.stringify({ schema: 'tandem/agents/v1', agents: shelves.flatMap(asJson) }, null, 2)}\n`)
  else if (shelves.length > 0) terminal.out(renderShelves(shelves, like !== '', look))
  else terminal.err(`tandem: no agent here has "${like}" in its name; all of them: tandem agent list\n`)
  return shelves.length > 0 ? exit.done : exit.failed
}

const asJson = ({ kind, from, written, names }: Shelf): object[] =>
  names.map(name => ({
    name,
    kind,
    ...(from === undefined ? {} : { from }),
    written: written.replace('NAME', name),
  }))

const titles: Readonly<Partial<Record<Kind | 'built in', string>>> = {
  'resource.d': 'resource scripts',
  lsb: 'init scripts',
  systemd: 'systemd units',
  ocf: 'OCF agents',
}

/** Nobody puts them under a cluster manager; asked for by name they are there. */
const ofSystemd = /^(systemd-|initrd-|dbus-org\.)/

function renderShelves(shelves: readonly Shelf[], filtered: boolean, { width, color }: Look): string {
  const c = createColors(color)
  const blocks = shelves.map(shelf => {
    if (shelf.kind === 'built in') return renderOurs(shelf, width, c)
    const title = shelf.translated ? "Heartbeat's names, as OCF agents" : titles[shelf.kind]
    const from = shelf.from === 'systemd' ? '' : ` of ${shelf.from}`
    const how = shelf.written === 'NAME' ? '' : `, written ${shelf.written}`
    const shown = filtered ? shelf.names : shelf.names.filter(name => !ofSystemd.test(name))
    const hidden = shelf.names.length - shown.length
    const more = hidden > 0 ? ` and ${hidden} of systemd itself` : ''
    const names = wrap(`${shown.map(clean).join(', ')}${more}`, width - 2).map(line => `  ${line}`)
    return [`${c.bold(`${title}`)}${c.dim(`${from}${how}`)}`, ...names]
  })
  const last = [c.dim('more about one: tandem agent describe NAME')]
  return `${[...blocks, last].map(lines => lines.join('\n')).join('\n\n')}\n`
}

function renderOurs({ names }: Shelf, width: number, c: ReturnType<typeof createColors>): string[] {
  const lines = builtins
    .filter(({ meta }) => [meta.name, ...(meta.aliases ?? [])].some(name => names.includes(name)))
    .flatMap(({ meta }) => {
      const also = meta.aliases ? ` (also ${meta.aliases.join(', ')})` : ''
      const [first = '', ...rest] = wrap(`${meta.summary}${also}`, width - 16)
      return [`  ${meta.name.padEnd(13)} ${first}`, ...rest.map(line => `${' '.repeat(16)}${line}`)]
    })
  return [c.bold('built in'), ...lines]
}
