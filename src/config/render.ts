/** Problems for people (the line, a caret, a fix), for editors (gcc), and for programs (JSON). Keys are never shown. */
import { excerptOf } from './excerpt.ts'
import type { Files, Note, Problem } from './problem.ts'

export interface Look {
  readonly format: 'text' | 'json' | 'gcc'
  readonly color: boolean
  /** Understood, with nothing to do: listed after the problems. */
  readonly notes?: readonly Note[]
}

/** 0 clean, 1 errors, 6 warnings only. */
export function exitCodeOf(problems: readonly Problem[]): 0 | 1 | 6 {
  if (problems.some(problem => problem.level === 'error')) return 1
  return problems.length > 0 ? 6 : 0
}

/** Ends with a newline, or is empty when there is nothing to say. */
export function renderProblems(problems: readonly Problem[], files: Files, look: Look): string {
  const notes = look.notes ?? []
  if (look.format === 'json') return `${JSON.stringify(asJson(problems, notes), null, 2)}\n`
  if (look.format === 'gcc') return [...problems, ...notes].map(gccLine).join('')
  const paint = look.color ? paintWith : plain
  const stories = problems.map(problem => tell(problem, files, paint))
  const asides = notes.map(
    note => `${clean(whereOf(note))}: ${paint('dim', `note[${note.code}]: ${clean(note.text)}`)}\n`,
  )
  const total =
    problems.length > 0 ? [`${paint(exitCodeOf(problems) === 1 ? 'red' : 'yellow', countOf(problems))}\n`] : []
  return [stories.join('\n'), asides.join(''), total.join('')].filter(text => text !== '').join('\n')
}

function asJson(problems: readonly Problem[], notes: readonly Note[]): object {
  const errors = problems.filter(problem => problem.level === 'error').length
  return {
    schema: 'tandem/check/v1',
    problems: problems.map(({ file, line, column, endColumn, level, code, text, why, fix }) => ({
      file,
      line,
      column,
      endColumn,
      level,
      code,
      text,
      why,
      fix,
    })),
    notes: notes.map(({ file, line, column, endColumn, code, text }) => ({
      file,
      line,
      column,
      endColumn,
      code,
      text,
    })),
    summary: { errors, warnings: problems.length - errors, notes: notes.length },
  }
}

/** One line each, as compilers write them. */
function gccLine(finding: Problem | Note): string {
  const [line, column] = [Math.max(finding.line, 1), Math.max(finding.column, 1)]
  const place = `${clean(finding.file)}:${line}:${column}`
  if (!('level' in finding)) return `${place}: note: ${clean(finding.text)} [${finding.code}]\n`
  return `${place}: ${finding.level}: ${clean(finding.text)}: ${clean(finding.why)}; ${clean(finding.fix)} [${finding.code}]\n`
}

function tell(problem: Problem, files: Files, paint: Paint): string {
  const color = problem.level === 'error' ? 'red' : 'yellow'
  const label = paint(color, `${problem.level}[${problem.code}]`)
  const head = `${paint('bold', clean(whereOf(problem)))}: ${label}: ${paint('bold', clean(problem.text))}`
  const fix = `    ${paint('green', 'fix:')} ${clean(problem.fix)}`
  const excerpt = excerptOf(problem, files)
  if (!excerpt) return `${head}\n    ${paint(color, clean(problem.why))}\n${fix}\n`
  const gutter = String(problem.line).padStart(5)
  const bar = paint('dim', '|')
  const source = `${paint('dim', gutter)} ${bar} ${clean(excerpt.text)}`
  const caret = `${' '.repeat(gutter.length)} ${bar} ${excerpt.indent}${paint(color, `${'^'.repeat(excerpt.width)} ${clean(problem.why)}`)}`
  return `${head}\n${source}\n${caret}\n${fix}\n`
}

function whereOf({ file, line, column }: Problem | Note): string {
  return line === 0 ? file : `${file}:${line}:${column}`
}

function countOf(problems: readonly Problem[]): string {
  const errors = problems.filter(problem => problem.level === 'error').length
  const counts = [plural(errors, 'error'), plural(problems.length - errors, 'warning')]
  return counts.filter(count => !count.startsWith('0 ')).join(', ')
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** What could take hold of a terminal or turn a line around is shown as a question mark; what is endless is cut. */
function clean(text: string): string {
  const shown = text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '?')
  return shown.length > 300 ? `${shown.slice(0, 299)}…` : shown
}

type Paint = (style: keyof typeof styles, text: string) => string
const styles = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const
const plain: Paint = (_style, text) => text
const paintWith: Paint = (style, text) => `\u001b[${styles[style]}m${text}\u001b[0m`
