/** `tandem status`: once or again each second, for people or as JSON. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type ExitCode, exit, type Status } from '../daemon/protocol.ts'
import { ask } from './client.ts'
import { renderLinks } from './renderLinks.ts'
import { renderStatus } from './renderStatus.ts'
import { type Terminal, wantsColor } from './terminal.ts'

export interface StatusOptions {
  readonly runDir: string
  readonly group?: string | undefined
  readonly json: boolean
  /** Who hears whom instead of what runs where; as JSON both are always there. */
  readonly links: boolean
  readonly watch: boolean
  readonly color: boolean
}

type Read =
  | { readonly ok: true; readonly status: Status }
  | { readonly ok: false; readonly code: ExitCode; readonly why: string }

const readingMs = 5000
const homeAndClear = '\u001b[H\u001b[J'

/** Exit code 0 when all is well, 6 when not; of one group: 0 when it runs and another node could take it. */
export async function statusCommand(options: StatusOptions, terminal: Terminal): Promise<number> {
  if (options.links && options.group !== undefined) {
    terminal.err(`tandem: --links is about nodes, not about a group; type tandem status --links\n`)
    return exit.usage
  }
  if (options.watch) return watch(options, terminal)
  const read = await readStatus(options.runDir)
  if (!read.ok) {
    terminal.err(`tandem: ${read.why}\n`)
    return read.code
  }
  const status = read.status
  const group = status.groups.find(({ name }) => name === options.group)
  if (options.group !== undefined && group === undefined) {
    terminal.err(`tandem: no group "${options.group}"; ${groupNames(status)}\n`)
    return exit.usage
  }
  terminal.out(options.json ? `${asJson(status, options.group, 2)}\n` : asText(status, options, terminal, 24))
  const well = group === undefined ? status.state === 'ok' : group.state === 'running'
  return well ? exit.done : exit.degraded
}

/** Asks for the status and looks whether it is one. */
export async function readStatus(runDir: string): Promise<Read> {
  const reply = await ask(runDir, { verb: 'status' }, { timeoutMs: readingMs })
  if (!reply.ok) return { ...reply, code: reply.code === exit.timedOut ? exit.failed : reply.code }
  const { status, text } = reply.answer
  if (status?.schema === 'tandem/status/v1' && Array.isArray(status.nodes) && Array.isArray(status.groups))
    return { ok: true, status }
  return {
    ok: false,
    code: exit.failed,
    why: text ?? 'the daemon gave no status this command understands; is it older or newer?',
  }
}

function groupNames(status: Status): string {
  const names = status.groups.map(({ name }) => name)
  if (names.length === 0) return 'there are none: haresources is empty'
  return `there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}`
}

function asJson(status: Status, group: string | undefined, indent: number): string {
  const shown = group === undefined ? status : { ...status, groups: status.groups.filter(({ name }) => name === group) }
  return JSON.stringify(shown, null, indent)
}

function asText(status: Status, options: StatusOptions, terminal: Terminal, height: number): string {
  const width = Math.min(100, Math.max(60, terminal.columns()))
  const color = wantsColor(terminal, options.color)
  if (options.links) return renderLinks(status, { width: Math.max(80, width), color })
  return renderStatus(status, { width, height, color, group: options.group })
}

/** Redraws each second until interrupted; a daemon that is away is shown, not the end. As JSON: one line a second. */
async function watch(options: StatusOptions, terminal: Terminal): Promise<number> {
  const interrupted = new Promise<'interrupted'>(resolve => terminal.whenInterrupted(() => resolve('interrupted')))
  for (;;) {
    const read = await Promise.race([readStatus(options.runDir), interrupted])
    if (read === 'interrupted') break
    if (options.json) showJson(read, options, terminal)
    else showPage(read, options, terminal)
    if ((await Promise.race([sleep(1000), interrupted])) === 'interrupted') break
  }
  return exit.done
}

function showJson(read: Read, options: StatusOptions, terminal: Terminal): void {
  if (read.ok) terminal.out(`${asJson(read.status, options.group, 0)}\n`)
  else terminal.err(`tandem: ${read.why}\n`)
}

function showPage(read: Read, options: StatusOptions, terminal: Terminal): void {
  const rows = terminal.isTty ? Math.max(10, terminal.rows()) : 24
  const text = read.ok
    ? asText(read.status, options, terminal, rows - 2)
    : `${read.code === exit.notRunning ? 'daemon not running' : 'no status'}: ${read.why}\n`
  const lines = text.trimEnd().split('\n')
  const over = lines.length - (rows - 2)
  const shown = terminal.isTty && over > 0 ? [...lines.slice(0, rows - 3), `... ${over + 1} more lines`] : lines
  const at = read.ok ? `as of ${read.status.time}; ` : ''
  terminal.out(`${terminal.isTty ? homeAndClear : ''}${shown.join('\n')}\n${at}Ctrl-C ends\n`)
}
