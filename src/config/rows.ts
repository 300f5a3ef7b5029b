/** What the rows of haresources must be together: keys, addresses and scripts that do not collide. */
import type { NodeId, Resource } from '../types.ts'
import { fnv1a } from './digest.ts'
import type { Word } from './lines.ts'
import { type Complaints, type Place, wholeFile } from './problem.ts'
import type { ResourceWord } from './words.ts'

/** A datagram has room for so many. */
export const mostGroups = 100

/** A resource, and where it stands. */
export interface Placed extends ResourceWord {
  readonly resource: Resource
  /** Of a service address, for comparison. */
  readonly address: string | undefined
}

export interface Row {
  readonly node: Word
  readonly home: NodeId
  /** Never empty. */
  readonly placed: readonly Placed[]
  /** False: a word of this row was wrong and is missing. */
  readonly complete: boolean
}

/** Addresses in comparable form that ha.cf gives to others: nodes that ucast lines name, and ping nodes. */
export interface Taken {
  readonly peers: ReadonlySet<string>
  readonly pings: ReadonlySet<string>
}

export function checkRows(rows: readonly Row[], taken: Taken, complain: Complaints): void {
  checkKeys(
    rows.filter(row => row.complete),
    complain,
  )
  checkAddresses(rows, taken, complain)
  checkSharing(rows, complain)
  checkCount(rows, complain)
}

/** The first resource names the group: it must be the only one of its name. */
function checkKeys(rows: readonly Row[], complain: Complaints): void {
  const seen = new Map<string, Place>()
  const hashes = new Map<number, string>()
  for (const { placed } of rows) {
    const { word } = placed[0]!
    const first = seen.get(word.text)
    const alike = hashes.get(fnv1a(word.text))
    if (first) {
      const text = `two groups begin with "${word.text}"`
      complain.error('HA203', word, {
        text,
        why: `names the group of line ${first.line} already`,
        fix: 'put another resource first',
      })
    } else if (alike !== undefined) {
      const text = `the heartbeat cannot tell "${word.text}" from "${alike}"`
      complain.error('HA217', word, { text, why: 'both have the same checksum', fix: 'put another resource first' })
    }
    seen.set(word.text, first ?? word)
    hashes.set(fnv1a(word.text), word.text)
  }
}

function checkAddresses(rows: readonly Row[], { peers, pings }: Taken, complain: Complaints): void {
  const seen = new Map<string, Word>()
  for (const { args, address } of rows.flatMap(row => row.placed)) {
    if (address === undefined) continue
    const word = args[0]!
    const first = seen.get(address)
    if (first) {
      const why = `already in line ${first.line}`
      complain.error('HA209', word, {
        text: `the address of "${word.text}" is given twice`,
        why,
        fix: 'keep it in one place',
      })
    } else if (peers.has(address)) {
      const why = 'the address of a node itself (see ucast in ha.cf)'
      complain.error('HA209', word, {
        text: 'a service address belongs to no node',
        why,
        fix: 'write an address that nobody has',
      })
    } else if (pings.has(address)) {
      const why = 'it moves with the group, so that its holder would answer itself'
      complain.error('HA219', word, {
        text: `"${word.text}" is a ping node in ha.cf`,
        why,
        fix: 'write ping in ha.cf with the address of a router that the clients use',
      })
    }
    seen.set(address, first ?? word)
  }
}

/** A service in two groups is stopped for both when one of them moves. */
function checkSharing(rows: readonly Row[], complain: Complaints): void {
  const seen = new Map<string, Word>()
  for (const { placed } of rows) {
    for (const { word, address } of placed) {
      const first = seen.get(word.text)
      if (first && address === undefined && word !== placed[0]!.word) {
        const text = `"${word.text}" is named twice`
        const why = `also in line ${first.line}: stopping it here stops it there`
        complain.warning('HA213', word, { text, why, fix: 'keep it in one group, or put both groups on one line' })
      }
      seen.set(word.text, first ?? word)
    }
  }
}

function checkCount(rows: readonly Row[], complain: Complaints): void {
  const surplus = rows[mostGroups]
  if (surplus) {
    const text = `${rows.length} groups; Tandem takes ${mostGroups}`
    complain.error('HA212', surplus.node, {
      text,
      why: 'one heartbeat has room for no more',
      fix: 'put several addresses on one line',
    })
  }
  if (rows.length === 0 && complain.problems.length === 0) {
    const fix = 'write a line such as: alpha 10.0.0.100/24/eth0 apache2'
    complain.warning('HA216', wholeFile, { text: 'no groups', why: 'there is nothing to move', fix })
  }
}
