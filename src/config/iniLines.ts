/**
 * Text of an INI file into sections and keys that know where they stand. `#` and `;` begin a comment at the start of a
 * line and after a blank; a value in quotes keeps both. The words of a value appear in no message made here: it may be
 * a password.
 */
import { operationKeys } from './agentKeys.ts'
import { type Word, wordAt } from './lines.ts'
import type { Complaints } from './problem.ts'
import { nearest } from './suggest.ts'

export interface IniKey {
  readonly key: Word
  /** Without quotes. Empty where nothing was written. */
  readonly value: Word
}

export interface IniSection {
  /** What stands between the brackets, without blanks at its ends. */
  readonly name: Word
  readonly keys: readonly IniKey[]
}

type Line = { readonly section: Word } | IniKey

/** The sections in the order of the file. What is not understood has been said and is missing. */
export function readIni(text: string, complain: Complaints): IniSection[] {
  const sections: { name: Word; keys: IniKey[] }[] = []
  let homeless = false
  for (const [index, line] of text.split('\n').entries()) {
    const read = readLine(line, index + 1, complain)
    if (!read) continue
    const open = sections.at(-1)
    if ('section' in read) sections.push({ name: read.section, keys: [] })
    else if (open) open.keys.push(read)
    else if (!homeless) {
      homeless = true
      const fix = 'write [default] above it for all resources, or the name of a resource in brackets'
      complain.error('HA402', read.key, { text: 'a key before the first section', why: 'of which resource?', fix })
    }
  }
  return sections.filter(({ name }) => name.text !== '')
}

function readLine(line: string, number: number, complain: Complaints): Line | undefined {
  const from = line.length - line.trimStart().length
  const rest = line.slice(from)
  if (rest === '' || /^[#;]/.test(rest)) return undefined
  return rest.startsWith('[') ? readHeader(rest, number, from + 1, complain) : readKey(rest, number, from + 1, complain)
}

const withoutComment = (text: string): string => text.replace(/\s[#;].*$/, '').trimEnd()

/** Something may be wrong with it, but what stands below belongs to it all the same. */
function readHeader(text: string, line: number, column: number, complain: Complaints): Line {
  const said = withoutComment(text)
  const closing = said.lastIndexOf(']')
  const inner = closing < 0 ? said.slice(1) : said.slice(1, closing)
  const name = inner.trim()
  const after = closing < 0 ? '' : said.slice(closing + 1).trimStart()
  const refuse = (at: Word, what: string, why: string, fix: string): void =>
    complain.error('HA403', at, { text: what, why, fix })
  const usual = 'write [default], or what stands in haresources, in brackets: [Filesystem], [nginx]'
  if (closing < 0) refuse(wordAt(said, line, column), 'the bracket is not closed', '"]" is missing', usual)
  else if (name === '') refuse(wordAt(said, line, column), 'a section without a name', 'a name belongs here', usual)
  if (after !== '') {
    const at = wordAt(after, line, column + said.length - after.length)
    refuse(at, 'words after the name of a section', 'a key needs a line of its own', 'put it below')
  }
  return { section: wordAt(name, line, column + 1 + inner.indexOf(name)) }
}

function readKey(text: string, line: number, column: number, complain: Complaints): IniKey | undefined {
  const equals = text.indexOf('=')
  const name = (equals < 0 ? text : text.slice(0, equals)).trimEnd()
  if (equals < 0 || !/^\S+$/.test(name)) {
    sayNoKey(withoutComment(text), line, column, complain)
    return undefined
  }
  const after = text.slice(equals + 1)
  const value = after.trimStart()
  const at = column + equals + 1 + (after.length - value.length)
  return { key: wordAt(name, line, column), value: readValue(value, line, at) }
}

function readValue(text: string, line: number, column: number): Word {
  const quoted = /^(["'])(.*)\1\s*(?:[#;].*)?$/.exec(text)?.[2]
  if (quoted !== undefined) return wordAt(quoted, line, column + 1)
  // A value that is all comment has no blank before it any more.
  return wordAt(/^[#;]/.test(text) ? '' : withoutComment(text), line, column)
}

/** `key value`, `key: value`, or no key at all. */
function sayNoKey(said: string, line: number, column: number, complain: Complaints): void {
  const first = /^[^\s:=]+/.exec(said)?.[0] ?? ''
  const meant = nearest(
    first,
    operationKeys.map(({ name }) => name),
  )
  const fix = meant ? `write ${meant} = VALUE` : 'write KEY = VALUE, or [SECTION]'
  const why = said === '' || first === '' ? 'a key belongs here' : 'an equals sign belongs after the key'
  complain.error('HA401', wordAt(first || said, line, column), { text: 'not a line of agents.ini', why, fix })
}
