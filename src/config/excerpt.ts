/** The line a problem is about, cut to a readable width, with keys and passwords covered. */
import { operationKeys } from './agentKeys.ts'
import { withoutComment } from './lines.ts'
import type { Files, Place, Problem, SourceFile } from './problem.ts'
import { nearest } from './suggest.ts'

export interface Excerpt {
  readonly text: string
  /** Blanks (and tabs, so that both lines stay in step) up to the caret. */
  readonly indent: string
  /** Number of carets. */
  readonly width: number
}

const widest = 100

/** undefined: the problem is about the file as a whole. */
export function excerptOf(problem: Problem, files: Files): Excerpt | undefined {
  const source = Object.values(files).find((file: SourceFile) => file.name === problem.file)
  const line = problem.line > 0 ? source?.text?.split('\n')[problem.line - 1] : undefined
  if (line === undefined) return undefined
  const bare = line.replace(/\r$/, '')
  if (source === files.agentsIni) return cut(coverValue(bare, problem), problem)
  return cut(source === files.authKeys ? coverKeys(bare) : coverPasswords(bare), problem)
}

/**
 * A value of agents.ini may be a password, also under a misspelt key. It is shown where the problem is the value itself,
 * which no password ever is, and where the key is nearly one that all resources have.
 */
function coverValue(line: string, { column }: Place): string {
  const [said = '', key = ''] = /^\s*([^\s=:]+)\s*[=:\s]?\s*/.exec(line) ?? []
  const common =
    nearest(
      key,
      operationKeys.map(({ name }) => name),
    ) !== undefined
  if (common || /^\s*[[#;]/.test(line) || column > said.length) return line
  const from = said.length < line.length ? said.length : 0
  return line.slice(0, from) + line.slice(from).replace(/\S/g, '*')
}

function cut(line: string, { column, endColumn }: Place): Excerpt {
  const from = line.length > widest && column > widest / 2 ? column - 1 - widest / 4 : 0
  const head = from > 0 ? '…' : ''
  const rest = line.slice(from)
  const shown = head + (rest.length > widest ? `${rest.slice(0, widest)}…` : rest)
  const before = head.length + column - 1 - from
  const width = Math.max(1, Math.min(endColumn - column, shown.length - before))
  return { text: shown, indent: shown.slice(0, before).replace(/[^\t]/g, ' '), width }
}

/** `stonith_host HOST TYPE` ends with the account of a power switch. */
function coverPasswords(line: string): string {
  const [said = ''] = /^\s*stonith_host\s+\S+\s+\S+\s/.exec(line) ?? []
  return said ? said + line.slice(said.length).replace(/\S/g, '*') : line
}

/** Everything that may be a key becomes asterisks; words that authkeys is made of stay. */
function coverKeys(line: string): string {
  const said = withoutComment(line)
  const covered = said.replace(/\S+/g, (word, at: number) => {
    const first = said.slice(0, at).trim() === ''
    const known = /^(auth|\d{1,2}|crc|md5|sha1|sha256)$/i.test(word)
    const methodPlace = /^\s*\d+\s+$/.test(said.slice(0, at)) && word.length <= 8
    const afterMethod = /^\s*\d+\s+\S+\s/.test(said.slice(0, at))
    return !afterMethod && (known || methodPlace || (first && word.length <= 5)) ? word : '*'.repeat(word.length)
  })
  return covered + line.slice(said.length)
}
