/** The commands that change something: send the order, show its progress, end with its result. */

import { type Answer, exit, type FileProblem, type Order } from '../daemon/protocol.ts'
import { ask } from './client.ts'
import { clockOf, dayOf } from './clockText.ts'
import type { Terminal } from './terminal.ts'
import { clean, span } from './words.ts'

export interface OrderOptions {
  readonly runDir: string
  /** False: return as soon as the daemon has accepted or refused. */
  readonly wait: boolean
  readonly timeoutS: number
  /** Print nothing but failures. */
  readonly quiet: boolean
  /** Say what it would do, and do nothing. */
  readonly dryRun?: boolean
}

/** The daemon ends its wait by itself; this much later we stop believing that it will. */
const graceMs = 3000
const verdictMs = 10_000

/** Sends one order and, unless told not to, waits until it is done. Returns the exit code. */
export async function orderCommand(order: Order, options: OrderOptions, terminal: Terminal): Promise<number> {
  const timeoutMs = Math.round(options.timeoutS * 1000)
  const say = (line: string): void => {
    if (!options.quiet) terminal.out(`${/^ */.exec(line)![0]}${clean(line)}\n`)
  }
  const reply = await ask(
    options.runDir,
    { verb: 'order', order, wait: options.wait, timeoutMs, ...(options.dryRun ? { dryRun: true } : {}) },
    { timeoutMs: options.wait ? timeoutMs + graceMs : verdictMs, onNote: say },
  )
  if (!reply.ok) {
    terminal.err(`tandem: ${reply.why}\n`)
    return reply.code
  }
  const code = reply.answer.code ?? exit.done
  const { moved, text } = resultOf(order, reply.answer)
  moved.forEach(say)
  if (code === exit.done) text.forEach(say)
  else terminal.err(`tandem: ${text.map(clean).join('; ') || failures[code] || `failed with code ${code}`}\n`)
  const undo = undoing(order)
  if (code === exit.done && undo !== undefined && !options.dryRun) say(undo)
  return code
}

function undoing(order: Order): string | undefined {
  switch (order.verb) {
    case 'standby':
      return 'to undo: tandem unstandby'
    case 'disarm':
      return `ends by itself about ${clockAfter(order.forMs)}; to end it now: tandem arm`
    case 'maintenance-on':
      return `ends by itself about ${clockAfter(order.forMs)}; to end it now: tandem maintenance off${order.group === undefined ? '' : ` ${order.group}`}`
    default:
      return undefined
  }
}

/** `14:05:10`, with the day where it is not today's. */
function clockAfter(ms: number): string {
  const [now, then] = [new Date(), new Date(Date.now() + ms)]
  const day = now.toDateString() === then.toDateString() ? '' : `${dayOf(then.toISOString())} `
  return `${day}${clockOf(then.toISOString()).slice(0, 8)}`
}

/** Where the daemon sends no sentence of its own. */
const failures: Readonly<Record<number, string>> = {
  [exit.failed]: 'it failed; tandem status says where things stand',
  [exit.refused]: 'refused',
  [exit.timedOut]: 'not done in time, still in progress: tandem status --watch',
}

/** The sentences of the result; where groups have moved as ordered there is nothing to add to that. */
function resultOf(
  order: Order,
  { moved = [], text = '', code = exit.done }: Answer,
): { moved: string[]; text: string[] } {
  const moving = order.verb !== 'clear' && order.verb !== 'unstandby'
  const lines = moving
    ? moved.map(({ group, owner, ms }) => `group ${group} active on ${owner} after ${after(ms)}`)
    : []
  const told = code === exit.done && lines.length > 0
  return { moved: lines, text: told ? [] : text.split('\n').filter(line => line !== '') }
}

function after(ms: number): string {
  return ms < 100 ? `${Math.round(ms)} ms` : span(ms / 1000)
}

/** Has the daemon read its files again; a broken file keeps the old settings and is told with its place. */
export async function reloadCommand(runDir: string, quiet: boolean, terminal: Terminal): Promise<number> {
  const reply = await ask(runDir, { verb: 'reload' }, { timeoutMs: 30_000 })
  if (!reply.ok) {
    terminal.err(`tandem: ${reply.why}\n`)
    return reply.code
  }
  const { code = exit.done, text = '', problems = [] } = reply.answer
  for (const problem of problems) terminal.err(`${problemLine(problem)}\n`)
  if (code !== exit.done) terminal.err(`tandem: ${clean(text) || 'reload failed, the old settings stay'}\n`)
  else if (!quiet) terminal.out(`${clean(text) || 'reloaded'}\n`)
  return code
}

function problemLine({ file, line, column, level, code, text, fix }: FileProblem): string {
  const place = [file, line, column].filter(part => part !== undefined).join(':')
  return `${place === '' ? '' : `${place}: `}${level}[${code}]: ${clean(text)}${fix ? `\n    fix: ${clean(fix)}` : ''}`
}
