/** `tandem status` as text. Pure: the same status and size give the same lines. */
import type { Status } from '../daemon/protocol.ts'
import { fates } from './statusFates.ts'
import { type GroupRow, groupRows, type Level, type NodeRow, nodeRows, type Sentence } from './statusSentences.ts'
import { painter, type Tone, type Toned } from './tone.ts'
import { clean, clip, wrap } from './words.ts'

export interface RenderOptions {
  /** Longest line. */
  readonly width: number
  /** Lines wished for; details are left out until it fits, never a node or a group. */
  readonly height: number
  readonly color: boolean
  /** Only this group, with all its details. */
  readonly group?: string | undefined
}

type Piece = string | Toned
type Line = readonly Piece[]

/** From all there is to one line per fact. */
const levels: readonly Level[] = [
  { resources: 'all', problems: 99, lines: 9, fixes: true },
  { resources: 'all', problems: 99, lines: 2, fixes: true },
  { resources: 'troubled', problems: 5, lines: 2, fixes: true },
  { resources: 'troubled', problems: 4, lines: 1, fixes: true },
  { resources: 'none', problems: 3, lines: 1, fixes: false },
]

/** The page, ending with a newline. Problems first, the worst node and group first, and last what a death would do. */
export function renderStatus(status: Status, options: RenderOptions): string {
  const shown = options.group === undefined ? status : { ...status, groups: onlyGroup(status, options.group) }
  let lines: readonly Line[] = []
  for (const level of levels) {
    lines = page(shown, level, options.width)
    if (lines.length <= options.height) break
  }
  const paint = painter(options.color)
  const paintPiece = (piece: Piece): string => (typeof piece === 'string' ? piece : paint(piece))
  return lines.map(line => `${line.map(paintPiece).join('').trimEnd()}\n`).join('')
}

function onlyGroup(status: Status, name: string): Status['groups'] {
  return status.groups.filter(group => group.name === name)
}

function page(status: Status, level: Level, width: number): Line[] {
  const nodes = nodeRows(status)
  const groups = groupRows(status, level)
  return [
    ...headline(status, level, width),
    ...problems(status, level, width),
    [],
    ...nodeTable(nodes, level, width),
    [],
    ...groupTable(groups, level, width),
    ...(groups.length > 0 ? [[]] : []),
    ...fates(status).flatMap(tail => paragraph('', '  ', tail.text, tail.tone, level, width)),
  ]
}

function headline(status: Status, level: Level, width: number): Line[] {
  const lead = `cluster ${clean(status.cluster)}   `
  const tone = status.state === 'ok' ? 'good' : 'bad'
  return paragraph(lead, '  ', status.headline, tone, level, width)
}

function problems(status: Status, level: Level, width: number): Line[] {
  const told = status.problems.filter(problem => problem.fix !== undefined || !status.headline.includes(problem.text))
  const shown = told.slice(0, level.problems)
  const lines = shown.flatMap(problem => [
    ...paragraph(
      `  ${problem.level.padEnd(9)}`,
      ' '.repeat(11),
      problem.text,
      problem.level === 'error' ? 'bad' : 'warn',
      level,
      width,
    ),
    ...(level.fixes && problem.fix
      ? paragraph(' '.repeat(11), ' '.repeat(16), `fix: ${problem.fix}`, 'plain', level, width)
      : []),
  ])
  const more = told.length - shown.length
  return more > 0 ? [...lines, [`  and ${more} more: tandem status --json`]] : lines
}

function nodeTable(rows: readonly NodeRow[], level: Level, width: number): Line[] {
  const cells = rows.map(row => [row.name, { text: row.state, tone: row.tone }])
  return table(['node', 'state'], cells, rows, level, width)
}

function groupTable(rows: readonly GroupRow[], level: Level, width: number): Line[] {
  if (rows.length === 0) return [['no groups: haresources is empty']]
  const cells = rows.map(row => [row.name, { text: row.state, tone: row.tone }, row.place, row.since])
  return table(['group', 'state', 'on', 'for'], cells, rows, level, width)
}

/**
 * Aligned columns, with the sentences beside them where there is room. Where there is little, only a first sentence
 * that fits stands beside, the others below; a name too long for its column has a line of its own.
 */
function table(
  titles: readonly string[],
  cells: readonly (readonly Piece[])[],
  rows: readonly { readonly sentences: readonly Sentence[] }[],
  level: Level,
  width: number,
): Line[] {
  const sizes = titles.map((title, i) =>
    Math.min(i === 0 ? 30 : 60, Math.max(title.length, ...cells.map(row => plain(row[i] ?? '').length))),
  )
  const taken = sizes.reduce((sum, size) => sum + size + 2, 0)
  const indent = width - taken >= 50 ? taken : 4
  const lines: Line[] = [[{ text: cellsLine(titles, sizes).map(plain).join(''), tone: 'dim' }]]
  rows.forEach((row, r) => {
    const [name = '', ...others] = cells[r] ?? []
    const long = plain(name).length > (sizes[0] ?? 0)
    const head = cellsLine([long ? '' : name, ...others], sizes)
    const [first, ...rest] = row.sentences.flatMap(({ text, tone }, i) => {
      const beside = i === 0 && clean(text).length <= width - taken
      const told = beside ? [clean(text)] : wrap(text, width - indent)
      return clip(told, level.lines, width - indent).map(line => ({
        text: line,
        tone,
        beside: beside || indent === taken,
      }))
    })
    if (long) lines.push([plain(name).slice(0, width)])
    lines.push(cut(first?.beside ? [...head, first] : head, width))
    const below = first === undefined || first.beside ? rest : [first, ...rest]
    lines.push(...below.map(line => [' '.repeat(indent), line]))
  })
  return lines
}

function cellsLine(cells: readonly Piece[], sizes: readonly number[]): Line {
  return cells.map((cell, i) => {
    const text = `${plain(cell).padEnd(sizes[i] ?? 0)}  `
    return typeof cell === 'string' ? text : { ...cell, text }
  })
}

/** A line that is still too long (names without end) is cut. */
function cut(line: Line, width: number): Line {
  let left = width
  return line.map(piece => {
    const text = plain(piece).slice(0, Math.max(0, left))
    left -= text.length
    return typeof piece === 'string' ? text : { ...piece, text }
  })
}

function paragraph(lead: string, indent: string, text: string, tone: Tone, level: Level, width: number): Line[] {
  const start = lead.slice(0, width - 20)
  const told = wrap(text, width - indent.length, width - start.length)
  const [head = '', ...more] = clip(told, level.lines, width - Math.max(start.length, indent.length))
  return [[start, { text: head, tone }], ...more.map((line): Line => [indent, { text: line, tone }])]
}

function plain(piece: Piece): string {
  return typeof piece === 'string' ? piece : piece.text
}
