/** The part of a heartbeat that says what its sender has and wants: its report, 9 bytes a claim. */
import type { NodeId, Report, Truce } from '../types.ts'
import { type Reader, readByte, readUint, readVarint, type Writer, writeUint, writeVarint } from './bytes.ts'
import { type Lately, readClaims, writeClaims } from './claims.ts'
import { type Codebook, mostNodes, nodeAt } from './codebook.ts'

const reportFlags = { standby: 1, leaving: 2, left: 4, unwritable: 8, truce: 16 } as const
const knownFlags = Object.values(reportFlags).reduce((all: number, flag) => all | flag, 0)

export function writeReport(to: Writer, book: Codebook, report: Report): void {
  const set = (word: keyof typeof reportFlags) => (report[word] ? reportFlags[word] : 0)
  const { truce } = report
  const truceBy = truce && book.indexOf.get(truce.epoch.minter)
  const flags = set('standby') + set('leaving') + set('left') + set('unwritable')
  writeUint(to, 1, flags + (truceBy === undefined ? 0 : reportFlags.truce))
  writeUint(to, 4, report.configDigest)
  writeUint(to, 4, report.groupsDigest)
  writeUint(to, 2, maskOf(book, report.dead))
  writeUint(to, 1, Math.min(report.pings, 255))
  if (truce !== undefined && truceBy !== undefined) writeTruce(to, truce, truceBy)
  const maintained = new Set(truceBy === undefined ? [] : truce?.groups)
  writeClaims(to, book, report.claims, maintained)
}

/** `nodes` undefined: the sender's list is not mine; the bytes are checked all the same. */
export function readReport(
  from: Reader,
  book: Codebook,
  nodes: readonly NodeId[] | undefined,
  sender: NodeId,
  lately: Lately | undefined,
): Report | undefined {
  const flags = readByte(from)
  const configDigest = readUint(from, 4)
  const groupsDigest = readUint(from, 4)
  const dead = readNodes(from, nodes)
  const pings = readByte(from)
  const suspended = flags & reportFlags.truce ? readTruce(from, nodes) : undefined
  if ((flags & ~knownFlags) !== 0) from.fault ??= 'malformed'
  const { claims, maintained } = readClaims(from, book, nodes, sender, lately)
  if (nodes === undefined) return undefined
  const has = (word: keyof typeof reportFlags) => (flags & reportFlags[word]) !== 0
  const said = {
    standby: has('standby'),
    leaving: has('leaving'),
    left: has('left'),
    unwritable: has('unwritable'),
  }
  const truce = suspended === undefined ? {} : { truce: { ...suspended, groups: maintained } }
  return { ...said, configDigest, groupsDigest, dead, pings, claims, ...truce }
}

/** A set of nodes as 16 bits, the lowest for the first of the list. */
function maskOf(book: Codebook, nodes: ReadonlySet<NodeId>): number {
  let mask = 0
  for (const node of nodes) {
    const index = book.indexOf.get(node)
    if (index !== undefined) mask += 2 ** index
  }
  return mask
}

function readNodes(from: Reader, nodes: readonly NodeId[] | undefined): ReadonlySet<NodeId> {
  const mask = readUint(from, 2)
  const named = new Set<NodeId>()
  if (mask === 0) return named
  for (let index = 0; index < mostNodes; index += 1) {
    const node = mask & (2 ** index) ? nodeAt(from, nodes, index) : undefined
    if (node !== undefined) named.add(node)
  }
  return named
}

/** What is left of it; the groups in maintenance are marked at their claims. */
function writeTruce(to: Writer, { epoch, disarmedEndMs, maintainedEndMs }: Truce, minter: number): void {
  writeVarint(to, epoch.counter)
  writeUint(to, 1, minter)
  writeVarint(to, disarmedEndMs)
  writeVarint(to, maintainedEndMs)
}

function readTruce(from: Reader, nodes: readonly NodeId[] | undefined): Omit<Truce, 'groups'> | undefined {
  const counter = readVarint(from)
  const minter = nodeAt(from, nodes, readByte(from))
  const [disarmedEndMs, maintainedEndMs] = [readVarint(from), readVarint(from)]
  return minter === undefined ? undefined : { epoch: { counter, minter }, disarmedEndMs, maintainedEndMs }
}
