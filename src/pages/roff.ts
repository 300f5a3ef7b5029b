/** Manual pages in the man(7) language, from plain text: nothing in it can be taken for a command or a quote. */

/** What is written as it is; a line never begins a request. */
export function roff(text: string): string {
  return text
    .replace(/[\\]/g, '\\e')
    .replace(/-/g, '\\-')
    .replace(/'/g, '\\(aq')
    .replace(/`/g, '\\(ga')
    .replace(/\^/g, '\\(ha')
    .replace(/~/g, '\\(ti')
    .replace(/^\./gm, '\\&.')
}

export const bold = (text: string): string => `\\fB${roff(text)}\\fR`
/** One paragraph of its own. */
export const paragraph = (text: string): string => `.PP\n${roff(text)}\n`
/** A term, already formatted, and what it is. */
export const tagged = (term: string, text: string): string => `.TP\n${term}\n${roff(text)}\n`
/** As it stands, indented. */
export const verbatim = (text: string): string => `.PP\n.in +4\n.nf\n${roff(text)}\n.fi\n.in\n`
export const section = (title: string, ...parts: readonly string[]): string => `.SH ${title}\n${parts.join('')}`
export const subsection = (title: string, ...parts: readonly string[]): string => `.SS ${title}\n${parts.join('')}`

export interface Page {
  readonly name: string
  readonly section: '1' | '5' | '8'
  /** Half a sentence. */
  readonly about: string
  readonly version: string
}

/** The package of Heartbeat has pages of the same names in section 5, and both may be installed; `man ha.cf` finds either. */
export const filesSection = '5tandem'

export function page({ name, section: number, about, version }: Page, ...parts: readonly string[]): string {
  const title = `.TH "${roff(name.toUpperCase())}" "${number === '5' ? filesSection : number}" "" "Tandem ${roff(version)}" "Tandem"\n`
  const plain = '.nh\n.ad l\n'
  return `${title}${plain}${section('NAME', `${roff(name)} \\- ${roff(about)}\n`)}${parts.join('')}`
}

/** The blocks of a text: paragraphs, and what is indented or a table, as it stands. */
export const prose = (text: string): string =>
  text
    .trim()
    .split(/\n\s*\n/)
    .map(block =>
      /^ {2,}/m.test(block) ? verbatim(block.replace(/^\n+/, '').replace(/^ {2}/gm, '')) : paragraph(block),
    )
    .join('')

export const seeAlso = (...pages: readonly string[]): string =>
  section(
    'SEE ALSO',
    `${pages.map(name => name.replace(/^(.*)(\(\d\))$/, (_, what, number) => `${bold(what)}${number}`)).join(',\n')}\n`,
  )
