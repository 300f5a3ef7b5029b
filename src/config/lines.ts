/** Text into lines and words that know where they stand. Comments and carriage returns are gone afterwards. */
import type { Place } from './problem.ts'

export interface Word extends Place {
  readonly text: string
}

/** Blanks and tabs; carriage returns, non-breaking blanks and a byte order mark count as such. */
const blankWords = /\S+/g
/** ha.cf separates by commas too. */
const commaWords = /[^\s,]+/g

/** The words of each line. An empty list stands for an empty line or one that is all comment. */
export function readLines(text: string, separator: 'blank' | 'comma' = 'blank'): Word[][] {
  return text.split('\n').map((line, index) => wordsOf(line, index + 1, separator))
}

function wordsOf(line: string, number: number, separator: 'blank' | 'comma'): Word[] {
  const words = withoutComment(line).matchAll(separator === 'comma' ? commaWords : blankWords)
  return [...words].map(match => wordAt(match[0], number, match.index + 1))
}

/** `#` starts a comment anywhere, also inside a word. */
export function withoutComment(line: string): string {
  const hash = line.indexOf('#')
  return hash < 0 ? line : line.slice(0, hash)
}

export function wordAt(text: string, line: number, column: number): Word {
  return { text, line, column, endColumn: column + text.length }
}

/** A piece of a word, as a word of its own. */
export function part(word: Word, from: number, to: number = word.text.length): Word {
  return wordAt(word.text.slice(from, to), word.line, word.column + from)
}

/** The pieces of a word between the separators, each where it stands. */
export function splitWord(word: Word, separator: string): Word[] {
  const parts: Word[] = []
  let from = 0
  for (const text of word.text.split(separator)) {
    parts.push(part(word, from, from + text.length))
    from += text.length + separator.length
  }
  return parts
}
