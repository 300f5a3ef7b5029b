/** `tandem status --links` as text: who hears whom as a grid, this node's links, and the cuts. Pure. */
import type { HearingRow, HearingStatus, LinkStatus, NodeStatus, Status } from '../daemon/protocol.ts'
import { painter, type Tone, type Toned } from './tone.ts'
import { clean, span, wrap } from './words.ts'

export interface LinksOptions {
  /** Longest line; sixteen nodes need 80. */
  readonly width: number
  readonly color: boolean
}

type Paint = (cell: Toned) => string

/** The page, ending with a newline. */
export function renderLinks(status: Status, { width, color }: LinksOptions): string {
  const paint = painter(color)
  const { hearing } = status
  const grid =
    hearing === undefined
      ? wrap('who hears whom is not known now: the heartbeat process gave no answer', width)
      : [...gridLines(hearing, width, paint), '', ...cutLines(status, hearing, width, paint)]
  const lines = [...grid, '', ...linkLines(status, width, paint)]
  return lines.map(line => `${line.trimEnd()}\n`).join('')
}

const gap = 1
const longestName = 20

/** Names as headings where they fit, else the numbers of the rows. */
function gridLines({ rows }: HearingStatus, width: number, paint: Paint): string[] {
  const names = shortNames(rows.map(({ listener }) => listener))
  const widest = Math.max(4, ...names.map(name => name.length))
  const named = widest + rows.length * (widest + gap) <= width
  const number = (index: number): string => `${index + 1}`.padStart(`${rows.length}`.length)
  const room = named ? 0 : `${rows.length}`.length + 1
  const cellSize = named ? widest : Math.min(6, Math.max(3, Math.floor((width - room - widest) / rows.length) - gap))
  const nameSize = named ? widest : Math.min(widest, width - room - rows.length * (cellSize + gap))
  const pad = ' '.repeat(gap)
  const heading = names.map((name, index) => pad + (named ? name : number(index)).padStart(cellSize)).join('')
  const lines = rows.map((row, index) => {
    const name = `${named ? '' : `${number(index)} `}${names[index]!.slice(0, nameSize).padEnd(nameSize)}`
    const cells = rows.map(({ listener }) => cellOf(row, listener, cellSize))
    return name + cells.map(({ text, tone }) => pad + paint({ text: text.padStart(cellSize), tone })).join('')
  })
  return [
    'who hears whom: each row listens, each column is heard; seconds since the last',
    'heartbeat had arrived there when it last said so',
    paint({ text: ' '.repeat(room + nameSize) + heading, tone: 'dim' }),
    ...lines,
    ...legend(rows, cellSize, width).map(text => paint({ text, tone: 'dim' })),
  ]
}

const deafWord = (size: number): string => (size < 4 ? 'XXX' : 'DEAF')

function cellOf({ listener, known, hears }: HearingRow, node: string, size: number): Toned {
  if (listener === node) return { text: '.', tone: 'dim' }
  const heard = hears.find(one => one.node === node)
  if (!known || heard === undefined) return { text: '?', tone: 'dim' }
  const { state, lastS } = heard
  if (state === 'deaf') return { text: deafWord(size), tone: 'bad' }
  if (state === 'silent' || lastS === undefined) return { text: '-', tone: 'dim' }
  return { text: age(lastS), tone: state === 'late' ? 'warn' : 'plain' }
}

const age = (seconds: number): string => (seconds < 9.95 ? seconds.toFixed(1) : `${Math.min(999, Math.round(seconds))}`)

/** Only the signs that are there. */
function legend(rows: readonly HearingRow[], size: number, width: number): string[] {
  const states = rows.flatMap(({ hears }) => hears)
  const signs = [
    states.some(({ state }) => state === 'deaf') ? `${deafWord(size)} does not hear it though it lives` : '',
    states.some(({ state }) => state === 'silent') ? '- heard by nobody for long' : '',
    rows.some(({ known }) => !known) ? '? not known: nothing arrives here that tells' : '',
  ]
  return wrap(signs.filter(sign => sign !== '').join('; '), width)
}

/** Without the domain if that leaves them different; the rest of what is too long is cut. */
function shortNames(names: readonly string[]): readonly string[] {
  const bare = names.map(name => clean(name).replace(/\..*$/, ''))
  const told = new Set(bare).size === names.length ? bare : names.map(clean)
  return told.map(name => (name.length > longestName ? `${name.slice(0, longestName - 1)}~` : name))
}

function cutLines(status: Status, { rows, cuts }: HearingStatus, width: number, paint: Paint): string[] {
  if (cuts.length > 0)
    return cuts.flatMap(({ text, fix }) => [
      ...wrap(text, width).map(line => paint({ text: line, tone: 'bad' })),
      ...wrap(`fix: ${fix}`, width - 7, width - 2).map((line, index) => `${index === 0 ? '  ' : '       '}${line}`),
    ])
  const unheard = status.nodes.filter(
    // One that said good-bye has no links any more.
    ({ name, links }) => links.length > 0 && rows.some(row => row.listener === name && !row.known),
  )
  const all = rows.every(({ known, hears }) => known && hears.every(({ state }) => state === 'hears'))
  if (unheard.length === 0) return [all ? 'no cut: every node hears every other' : 'no cut is seen']
  const names = unheard.map(({ name }) => clean(name)).join(', ')
  return wrap(
    `nothing of ${names} arrives here, so whether it hears this node cannot be told: if it runs, type there: tandem status --links`,
    width,
  )
}

/** What this node hears over each link, in columns. */
function linkLines({ node, nodes }: Status, width: number, paint: Paint): string[] {
  const peers = nodes.filter(({ here, links }) => !here && links.length > 0)
  if (peers.length === 0) return []
  const cells = peers.flatMap(peer => peer.links.map(link => linkCells(peer, link)))
  const titles = ['from', 'link', 'state', 'lost', 'longest gap', 'last'].map((text): Toned => ({ text, tone: 'dim' }))
  const sizes = titles.map((_, at) => Math.max(...[titles, ...cells].map(row => row[at]!.text.length)))
  const spare = Math.min(0, width - sizes.reduce((sum, size) => sum + size + 2, -2))
  // Names give way: a multicast link has a long one.
  const [first = 0, second = 0] = sizes
  const link = Math.max(Math.min(12, second), second + spare)
  const from = Math.max(4, first + spare + second - link)
  const fit = [from, link, ...sizes.slice(2)]
  const line = (row: readonly Toned[]): string =>
    row.map(({ text, tone }, at) => paint({ text: text.slice(0, fit[at]).padEnd(fit[at]!), tone })).join('  ')
  return [`what ${clean(node)} (this node) hears over each link:`, line(titles), ...cells.map(line)]
}

function linkCells({ name }: NodeStatus, link: LinkStatus): readonly Toned[] {
  const tone: Tone = link.state === 'up' ? 'plain' : 'bad'
  const plain = (text: string): Toned => ({ text, tone: 'plain' })
  const seen = link.received + link.lost > 0
  return [
    plain(clean(name)),
    plain(clean(link.name)),
    { text: link.state === 'unseen' ? 'never heard' : link.state === 'dead' ? 'DEAD' : link.state, tone },
    { text: seen ? lossOf(link) : '-', tone: link.lost > 0 ? 'warn' : 'plain' },
    plain(seen ? span(link.longestGapS) : '-'),
    plain(link.lastS === undefined ? '-' : `${span(link.lastS)} ago`),
  ]
}

function lossOf({ received, lost }: LinkStatus): string {
  const percent = (100 * lost) / (received + lost)
  return lost === 0 ? '0 %' : percent < 0.1 ? '<0.1 %' : `${percent.toFixed(1)} %`
}
