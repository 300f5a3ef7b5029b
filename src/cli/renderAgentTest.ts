/** `tandem agent test` as text: the plan, a line for each step, and what has to change. Pure. */
import { createColors } from 'picocolors'
import type { Kind } from '../agents/agent.ts'
import { type Breach, type Step, steps, type Trial, type Verdict } from '../agents/contract.ts'
import { lastWords } from '../agents/ran.ts'
import type { Typed } from './agentWords.ts'
import { fineSpan } from './clockText.ts'
import { clean, span, wrap } from './words.ts'

export interface Look {
  /** Longest line. */
  readonly width: number
  readonly color: boolean
}

const kinds: Readonly<Partial<Record<Kind, string>>> = {
  'resource.d': 'resource script',
  lsb: 'init script',
  systemd: 'systemd unit',
  ocf: 'OCF agent',
}
/** `resource script /etc/ha.d/resource.d/web`, `built in`. */
export const kindText = (kind: Kind, from: string | undefined): string =>
  [kinds[kind] ?? 'built in', ...(from === undefined ? [] : [from])].join(' ')

const lead = 11
const columns = { step: 8, must: 23, took: 8 }

export function renderPlan({ resource, bound }: Typed, output: string, { width, color }: Look): string {
  const c = createColors(color)
  const { startMs, stopMs, monitorMs } = bound.timeouts
  const limits = `start ${span(startMs / 1_000)}, stop ${span(stopMs / 1_000)}, monitor ${span(monitorMs / 1_000)}`
  const rows: readonly (readonly [string, string])[] = [
    ['resource', resource.name],
    ['agent', kindText(bound.kind, bound.from)],
    ['plan', `${steps.map(({ action }) => action).join(', ')}: for real, on this host; it ends stopped`],
    ...(bound.kind === 'address'
      ? []
      : ([
          ['limits', limits],
          ['output', output],
        ] as const)),
  ]
  const lines = rows.flatMap(([title, text]) =>
    wrap(text, width - lead).map((line, i) => `${c.dim((i === 0 ? title : '').padEnd(lead))}${line}`),
  )
  return `${lines.join('\n')}\n`
}

export function headingOf({ color }: Look): string {
  const heading = `${'step'.padEnd(columns.step)} ${'must'.padEnd(columns.must)} ${'took'.padStart(columns.took)}`
  return `\n${createColors(color).dim(heading)}\n`
}

/** What it would do. */
export function renderDryRun({ color }: Look): string {
  const c = createColors(color)
  const heading = `${'step'.padEnd(columns.step)} must`
  return `${['', c.dim(heading), ...steps.map(step => opening(step).trimEnd()), '', 'nothing was done'].join('\n')}\n`
}

const opening = ({ action, must }: Step): string => `${action.padEnd(columns.step)} ${must.padEnd(columns.must)}`

/** While it runs. */
export const beginningOf = (step: Step, { color }: Look): string => `${opening(step)} ${createColors(color).dim('...')}`

export function renderTrial(trial: Trial, { width, color }: Look): string {
  const c = createColors(color)
  const word = trial.breach ? c.red('BREAKS') : c.green('ok')
  const room = width - opening(trial.step).length - columns.took - 10
  const said = clean(saidIn(trial))
  const rest = said.length <= room ? said : room < 12 ? '' : `${said.slice(0, room - 3)}...`
  const took = fineSpan(trial.tookMs).padStart(columns.took)
  const end = rest === '' ? '' : `${trial.breach ? ' ' : '     '}${c.dim(rest)}`
  return `${opening(trial.step)} ${took}  ${word}${end}\n`
}

function saidIn({ result, notCalled, ran }: Trial): string {
  if (notCalled) return 'says it runs: not called'
  const last = ran.at(-1)
  const how = last?.end.by === 'exit' && last.end.code !== 0 ? `exit code ${last.end.code}` : ''
  const words =
    last && !/^(Result|SubState|ActiveState|LoadState)=/.test(lastWords(last.output)) ? lastWords(last.output) : ''
  const detail = [how, words && words !== result && `"${words}"`].filter(Boolean).join(', ')
  const status = result === 'done' || result === 'failed' ? '' : result
  return [status, detail].filter(Boolean).join(': ')
}

export function renderVerdict({ breaches, endedBy, left, trials }: Verdict, output: string, look: Look): string {
  const c = createColors(look.color)
  if (endedBy === 'runs-already') return '\n'
  const told = trials.flatMap(({ step, breach }) => (breach ? ['', ...breachLines(step, breach, look)] : []))
  const see =
    breaches.length > 0 && trials.some(({ ran }) => ran.length > 0) ? ['', c.dim(`all that was said: ${output}`)] : []
  const still =
    left === 'stopped'
      ? []
      : ['', c.red(`${left === 'running' ? 'it still runs' : 'it may still run'}: look, and stop it by hand`)]
  const sentence =
    endedBy === 'cannot-tell'
      ? c.red('breaks the contract; nothing was started, as it might run already')
      : breaches.length > 0
        ? c.red(`breaks the contract: ${breaches.length} of ${trials.length} steps`)
        : endedBy === 'interrupted'
          ? c.yellow('interrupted: stopped, and not all was tried')
          : c.green(`keeps the contract: start and stop may be repeated, and monitor tells the truth`)
  const alarms = endedBy === 'cannot-tell' ? [] : still
  return `${['', sentence, ...told, ...see, ...alarms].join('\n')}\n`
}

function breachLines({ action, must }: Step, { rule, why, fix }: Breach, { width, color }: Look): string[] {
  const c = createColors(color)
  const indented = (title: string, text: string): string[] =>
    wrap(text, width - 8).map((line, i) => `  ${(i === 0 ? title : '').padEnd(5)} ${line}`)
  return [
    `${c.bold(rule)}${c.dim(`: ${action} must ${rule === 'in-time' ? 'end within its limit' : must}`)}`,
    ...indented('', why),
    ...indented('fix:', fix).map((line, i) => (i === 0 ? line.replace('fix:', c.green('fix:')) : line)),
  ]
}
