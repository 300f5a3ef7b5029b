/** ha.cf as a list of known directives with their words, each checked for itself. Their order means nothing. */
import { type Directive, directives, isDirective, type Rule, renamed } from './directives.ts'
import { readLines, type Word } from './lines.ts'
import { type Complaints, span } from './problem.ts'
import { nearest } from './suggest.ts'
import type { Parsed } from './values.ts'

export interface Entry {
  readonly directive: Directive
  /** The directive as written. */
  readonly word: Word
  readonly values: readonly Word[]
  /** False: something is wrong with it, which has been said; its values are not to be used. */
  readonly sound: boolean
}

export function readEntries(text: string, complain: Complaints): Entry[] {
  const byComma = readLines(text, 'comma')
  const byBlank = readLines(text, 'blank')
  const entries = byComma.flatMap((words, index) => {
    const [name, ...values] = words
    if (!name) return []
    const directive = directiveOf(name, values, complain)
    if (!directive) return []
    // Commas separate names and interfaces, but belong to the arguments of a program.
    const own = directives[directive].takes === 'line' ? byBlank[index]!.slice(1) : values
    return [{ directive, word: name, values: own, sound: true }]
  })
  const checked = entries.map(entry => ({ ...entry, sound: checkEntry(entry, complain) }))
  warnOfRepeats(
    checked.filter(entry => entry.sound),
    complain,
  )
  return checked
}

/** The value that counts: the last one written. */
export function lastOf(entries: readonly Entry[], directive: Directive): Word | undefined {
  return allOf(entries, directive).at(-1)
}

/** All values of a directive, over all its lines. */
export function allOf(entries: readonly Entry[], directive: Directive): Word[] {
  return entries.flatMap(entry => (entry.sound && entry.directive === directive ? entry.values : []))
}

/** The last value as its kind reads it; undefined when there is none. */
export function readLast<T>(
  entries: readonly Entry[],
  directive: Directive,
  read: (text: string) => Parsed<T>,
): T | undefined {
  const word = lastOf(entries, directive)
  const parsed = word && read(word.text)
  return parsed && 'value' in parsed ? parsed.value : undefined
}

function directiveOf(name: Word, values: readonly Word[], complain: Complaints): Directive | undefined {
  if (isDirective(name.text)) return name.text
  const modern = renamed.get(name.text)
  if (modern) {
    const fix = `write ${modern} ${values.map(value => value.text).join(' ')}`.trimEnd()
    complain.warning('HA108', name, { text: `"${name.text}" is now called "${modern}"`, why: `read as ${modern}`, fix })
    return modern
  }
  const equals = name.text.indexOf('=')
  const before = name.text.slice(0, equals)
  if (equals > 0 && isDirective(before)) {
    const fix = `write ${before} ${name.text.slice(equals + 1)}`.trimEnd()
    complain.error('HA107', name, {
      text: `"${before}" and its value are joined by "="`,
      why: 'a blank belongs here',
      fix,
    })
    return undefined
  }
  const torn = `${name.text}${values[0]?.text}`.replaceAll('_', '')
  const known = Object.keys(directives)
  const meant = known.find(candidate => candidate.replaceAll('_', '') === torn) ?? nearest(name.text, known)
  const fix = meant ? `did you mean "${meant}"?` : 'remove the line, or put # before it'
  const why = meant === name.text.toLowerCase() ? 'directives are written in lower case' : 'not a directive of ha.cf'
  complain.error('HA101', name, { text: `unknown directive "${name.text}"`, why, fix })
  return undefined
}

/** False: the entry is of no use to anybody, and it has been said why. */
function checkEntry(entry: Entry, complain: Complaints): boolean {
  const { directive, word, values } = entry
  const rule = directives[directive]
  if (!checkStanding(entry, rule, complain)) return false
  if (values.length === 0) {
    sayEmpty(word, directive, rule, complain)
    return false
  }
  if (rule.takes === 'line') return true
  const equals = values.find(value => value.text === '=')
  if (equals) {
    const fix = `write ${directive} ${values
      .filter(value => value !== equals)
      .map(value => value.text)
      .join(' ')}`
    complain.error('HA107', equals, { text: `no "=" in ha.cf`, why: 'blanks are enough', fix })
    return false
  }
  return values.map((value, index) => checkValue(value, values[index - 1], entry, complain)).every(Boolean)
}

/** False: refused. */
function checkStanding({ directive, word, values }: Entry, rule: Rule, complain: Complaints): boolean {
  const { standing } = rule
  const at = span(word, values.at(-1) ?? word)
  if (standing.is === 'idle') {
    complain.note('HA112', at, `${directive}: ${standing.because}`)
    return values.length > 0
  }
  if (standing.is === 'obeyed' || values.length === 0) return true
  if (values.every(value => standing.unless?.test(value.text))) return true
  const says = { why: standing.because, fix: standing.fix }
  if (standing.is === 'later') complain.warning('HA111', at, { text: `${directive} is not yet used`, ...says })
  else complain.error('HA110', at, { text: `Tandem does not run with ${directive}`, ...says })
  return standing.is === 'later'
}

function sayEmpty(word: Word, directive: Directive, rule: Rule, complain: Complaints): void {
  const says = {
    text: `"${directive}" without a value`,
    why: 'a value is missing after this',
    fix: `write ${directive} ${rule.usage}, or remove the line`,
  }
  // Heartbeat passes over an empty scalar; an empty list is one that somebody meant to fill.
  if (rule.takes === 'one') complain.warning('HA102', word, says)
  else complain.error('HA102', word, says)
}

function checkValue(value: Word, before: Word | undefined, { directive }: Entry, complain: Complaints): boolean {
  const rule = directives[directive]
  const parsed = rule.read(value.text)
  if ('value' in parsed) return true
  // `keepalive 2 s`: the unit became a value of its own.
  const joined = parsed.code === 'HA103' && before ? `${before.text}${value.text}` : undefined
  const mended = joined !== undefined && 'value' in rule.read(joined)
  complain.error(parsed.code, value, mended ? { ...parsed.bad, fix: `write ${directive} ${joined}` } : parsed.bad)
  return false
}

function warnOfRepeats(entries: readonly Entry[], complain: Complaints): void {
  for (const { directive, word, values } of entries) {
    if (directives[directive].takes !== 'one' || directives[directive].standing.is === 'idle') continue
    const winner = lastOf(entries, directive)
    for (const value of values) {
      if (value === winner) continue
      const where = winner?.line === value.line ? 'later on this line' : `in line ${winner?.line}`
      const says = {
        text: `${directive} is set again ${where}`,
        why: `${winner?.text} counts, the last one`,
        fix: 'keep one of them',
      }
      complain.warning('HA106', span(word, value), says)
    }
  }
}
