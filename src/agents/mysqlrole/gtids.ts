/**
 * Which transactions a database has. MariaDB numbers them per domain and server (`0-1-206`: everything of server 1 in
 * domain 0 up to 206), MySQL by intervals of each source (`UUID:1-5:7`). Both are intervals by a name, and compared as such.
 */
import type { Flavour } from './statements.ts'

/** First and last, both included. */
type Interval = readonly [number, number]
/** By `domain-server` or UUID; sorted, apart, and never empty. */
export type Gtids = ReadonlyMap<string, readonly Interval[]>

/** Words that are no GTIDs are left out: a database says no others. */
export function parseGtids(flavour: Flavour, text: string): Gtids {
  const words = text.split(',').map(word => word.trim())
  const found = words.flatMap(word => (flavour === 'MariaDB' ? mariadbWord(word) : mysqlWord(word)))
  return gather(found)
}

type Found = readonly [string, Interval]

function mariadbWord(word: string): Found[] {
  const [, domain, server, number] = /^(\d+)-(\d+)-(\d+)$/.exec(word) ?? []
  return number === undefined ? [] : [[`${domain}-${server}`, [1, Number(number)]]]
}

/** A source may have a tag (8.3 and later): it belongs to the name. */
function mysqlWord(word: string): Found[] {
  const [uuid = '', ...parts] = word.toLowerCase().split(':')
  let name = uuid
  return parts.flatMap((part): Found[] => {
    const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? []
    if (first !== undefined) return [[name, [Number(first), Number(last ?? first)]]]
    name = `${uuid}:${part.trim()}`
    return []
  })
}

function gather(found: readonly Found[]): Gtids {
  const names = [...new Set(found.map(([name]) => name))]
  return new Map(names.map(name => [name, join(found.flatMap(([one, interval]) => (one === name ? [interval] : [])))]))
}

function join(intervals: readonly Interval[]): Interval[] {
  const joined: Interval[] = []
  for (const [first, last] of intervals.toSorted((a, b) => a[0] - b[0])) {
    const before = joined.at(-1)
    if (before && first <= before[1] + 1) joined[joined.length - 1] = [before[0], Math.max(before[1], last)]
    else joined.push([first, last])
  }
  return joined
}

export const union = (...all: readonly Gtids[]): Gtids =>
  gather(all.flatMap(gtids => [...gtids].flatMap(([name, intervals]) => intervals.map((one): Found => [name, one]))))

/** What the one has and the other has not. */
export function beyond(one: Gtids, other: Gtids): Gtids {
  const left = [...one].flatMap(([name, intervals]) =>
    intervals.flatMap(interval => minus(interval, other.get(name) ?? [])).map((rest): Found => [name, rest]),
  )
  return gather(left)
}

function minus(interval: Interval, taken: readonly Interval[]): Interval[] {
  return taken.reduce<Interval[]>(
    (rest, [from, to]) =>
      rest.flatMap(([first, last]) =>
        [[first, Math.min(last, from - 1)] as const, [Math.max(first, to + 1), last] as const].filter(
          ([a, b]) => a <= b,
        ),
      ),
    [interval],
  )
}

export const covers = (one: Gtids, other: Gtids): boolean => beyond(other, one).size === 0

/** For people: of MariaDB the last of each, as the numbers between belong to other servers too. */
export function sayGtids(flavour: Flavour, gtids: Gtids): string {
  const words = [...gtids].map(([name, intervals]) =>
    flavour === 'MariaDB'
      ? `${name}-${intervals.at(-1)![1]}`
      : [name, ...intervals.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`))].join(':'),
  )
  return words.sort().join(',')
}

/** Whether a position is at or past another: of MariaDB in each domain, whichever server wrote there last. */
export function reached(flavour: Flavour, at: string, target: string): boolean {
  if (flavour === 'MySQL') return covers(parseGtids(flavour, at), parseGtids(flavour, target))
  const [here, there] = [domains(at), domains(target)]
  return [...there].every(([domain, number]) => (here.get(domain) ?? 0) >= number)
}

/** Both have come to the same place. */
export function samePlace(flavour: Flavour, one: string, other: string): boolean {
  const [a, b] = [parseGtids(flavour, one), parseGtids(flavour, other)]
  return covers(a, b) && covers(b, a)
}

function domains(text: string): Map<string, number> {
  const highest = new Map<string, number>()
  for (const word of text.split(',')) {
    const [, domain = '', number] = /^(\d+)-\d+-(\d+)$/.exec(word.trim()) ?? []
    if (number !== undefined) highest.set(domain, Math.max(highest.get(domain) ?? 0, Number(number)))
  }
  return highest
}

/** Whether transactions of that name were first written by that server: its number, or its UUID. */
export const isFrom = (flavour: Flavour, name: string, writer: string): boolean =>
  flavour === 'MariaDB' ? name.endsWith(`-${writer}`) : name === writer || name.startsWith(`${writer}:`)
