/** What is wrong with the files, where, and what to write instead. All of it is collected before anything is said. */
import type { Code } from './codes.ts'

/** One of the files as it lay on the disk. What the reader could not tell (mode, owner) is left out. */
export interface SourceFile {
  /** As it is to be printed: a path the reader of a message can open. */
  readonly name: string
  /** undefined: the file is missing, or `unreadable` says why it could not be read. */
  readonly text: string | undefined
  readonly unreadable?: string
  /** Permission bits, e.g. 0o600. */
  readonly mode?: number
  readonly uid?: number
  readonly isSymlink?: boolean
}

export interface Files {
  readonly haCf: SourceFile
  readonly haResources: SourceFile
  readonly authKeys: SourceFile
  /** May be missing, and mostly is. */
  readonly agentsIni?: SourceFile
}

/** Where something stands: lines and columns count from 1, `endColumn` is the first one after it. Line 0: the whole file. */
export interface Place {
  readonly line: number
  readonly column: number
  readonly endColumn: number
}

/** `text` is the headline, `why` the words under the caret, `fix` what to write or do instead. */
export interface Says {
  readonly text: string
  readonly why: string
  readonly fix: string
}

export interface Problem extends Place, Says {
  readonly file: string
  readonly level: 'error' | 'warning'
  readonly code: Code
}

/** Not a problem: a directive that was understood and for which there is nothing to do, so that nothing is silently dropped. */
export interface Note extends Place {
  readonly file: string
  readonly code: Code
  readonly text: string
}

/** Collects what is wrong with one file. */
export interface Complaints {
  readonly problems: Problem[]
  readonly notes: Note[]
  error(code: Code, at: Place, says: Says): void
  warning(code: Code, at: Place, says: Says): void
  note(code: Code, at: Place, text: string): void
}

export function complaintsAbout(file: string): Complaints {
  const problems: Problem[] = []
  const notes: Note[] = []
  const add = (level: Problem['level'], code: Code, at: Place, says: Says): void => {
    problems.push({ file, ...placeOf(at), level, code, ...says })
  }
  return {
    problems,
    notes,
    error: (code, at, says) => add('error', code, at, says),
    warning: (code, at, says) => add('warning', code, at, says),
    note: (code, at, text) => void notes.push({ file, ...placeOf(at), code, text }),
  }
}

export const wholeFile: Place = { line: 0, column: 0, endColumn: 0 }

/** From the first to the last of several words of one line. */
export function span(first: Place, last: Place): Place {
  return {
    line: first.line,
    column: first.column,
    endColumn: last.line === first.line ? last.endColumn : first.endColumn,
  }
}

function placeOf({ line, column, endColumn }: Place): Place {
  return { line, column, endColumn }
}
