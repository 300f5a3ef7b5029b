/**
 * One heartbeat as bytes, without the tag: the shell appends 32 bytes HMAC-SHA256 over all of them and checks it before
 * anything here is called. Numbers are big-endian. No algorithm, no length and no wall clock on the wire.
 *
 *     0 'TDM'  3 newest version that is read, 4 bits, and version of these bytes, 4 bits  4 cluster id  8 key id  9 source: hash of the name  13 gen, 6 bytes  19 boot, 16 bytes
 *     35 seq, 8 bytes  43 age of the manager, ms  45 flags  46 digest of the node list  50 number of echoes
 *     51 echoes   index and flags, 8 bytes of boot, seq varint, age, and 6 bytes of generation where refused
 *        report   flags, config digest, groups digest, 2 bytes of dead nodes by index, ping nodes, number of claims
 *                 before that number, if flagged: epoch and minter of what is suspended, what is left of it in ms, twice
 *        claims   hash of the group, owner and minter, epoch counter varint, state and flags, reason and flags,
 *                 and, if flagged, a varint: how often it was stopped and started by orders
 */
import type { NodeId } from '../types.ts'
import {
  type Reader,
  readByte,
  reader,
  readHex,
  readSafe64,
  readUint,
  readVarint,
  type Writer,
  writeHex,
  writer,
  writeSafe64,
  writeUint,
  writeVarint,
  written,
} from './bytes.ts'
import type { Lately } from './claims.ts'
import { type Codebook, known, mostNodes, nodeAt } from './codebook.ts'
import type { Datagram, Echo } from './datagram.ts'
import { readReport, writeReport } from './report.ts'
import { versionByte, versionsOf, type Wire, wire } from './wire.ts'

export const tagBytes = 32
const headerBytes = 51
/**
 * With the tag: the shortest datagram there is, and the longest that is looked at. One Ethernet frame over IPv6 holds 1452;
 * only a hundred groups that have all been stopped by orders, and moved thousands of times, need a second one.
 */
export const shortestBytes = headerBytes + 13 + tagBytes
export const longestBytes = 1700
export const highestGen = 2 ** 48 - 1

/** `next-version`: its sender will answer us in ours as soon as it hears us. */
export type RefusedPacket =
  | 'truncated'
  | 'malformed'
  | 'not-tandem'
  | 'version'
  | 'next-version'
  | 'wrong-cluster'
  | 'unknown-node'

const magic = [0x54, 0x44, 0x4d] as const
const versionAt = 3
const keyIdAt = 8
const headerFlags = { realtime: 1 } as const
const echoFlags = { counted: 16, refused: 32 } as const

/** The key that made the tag, read before anything is believed; undefined when these bytes are nothing of ours. */
export function keyIdOf(bytes: Uint8Array): number | undefined {
  return magic.every((byte, index) => bytes[index] === byte) ? bytes[keyIdAt] : undefined
}

/** The versions that a heartbeat is said to be of. */
export const saidVersions = (bytes: Uint8Array): ReturnType<typeof versionsOf> => versionsOf(bytes[versionAt] ?? 0)

/** The bytes to sign and send. The report must be there and name only nodes and groups of the book. */
export function encode(book: Codebook, keyId: number, datagram: Datagram): Uint8Array {
  const to = writer(2048)
  for (const byte of magic) writeUint(to, 1, byte)
  writeUint(to, 1, versionByte(datagram.reads, datagram.version))
  writeUint(to, 4, book.clusterId)
  writeUint(to, 1, keyId)
  writeUint(to, 4, known(book.nodeHash.get(datagram.from), datagram.from))
  writeUint(to, 6, datagram.gen)
  writeHex(to, datagram.boot)
  writeSafe64(to, datagram.seq)
  writeUint(to, 2, datagram.managerAgeMs)
  writeUint(to, 1, datagram.realtime ? headerFlags.realtime : 0)
  writeUint(to, 4, book.nodesDigest)
  writeUint(to, 1, datagram.echoes.length)
  for (const echo of datagram.echoes) writeEcho(to, book, echo)
  writeReport(to, book, known(datagram.report, 'report'))
  return written(to)
}

function writeEcho(to: Writer, book: Codebook, echo: Echo): void {
  const flags = (echo.counted ? echoFlags.counted : 0) + (echo.knownGen === undefined ? 0 : echoFlags.refused)
  writeUint(to, 1, known(echo.peer && book.indexOf.get(echo.peer), 'echoed peer') + flags)
  writeHex(to, echo.boot)
  writeVarint(to, echo.seq)
  writeUint(to, 2, echo.ageMs)
  if (echo.knownGen !== undefined) writeUint(to, 6, echo.knownGen)
}

/**
 * What the bytes (without the tag) say, or why they are refused. Never throws, whatever the bytes.
 * @param lately spares reading claims again; one for each book.
 * @param known which versions are read.
 */
export function decode(
  book: Codebook,
  bytes: Uint8Array,
  lately?: Lately,
  known: Wire = wire,
): Datagram | { readonly refused: RefusedPacket } {
  if (keyIdOf(bytes) === undefined) return { refused: bytes.length > keyIdAt ? 'not-tandem' : 'truncated' }
  const from = reader(bytes)
  from.at = magic.length
  const { reads, version } = versionsOf(readByte(from))
  if (version === known.newest + 1) return { refused: 'next-version' }
  if (version < known.oldest || version > known.newest) return { refused: 'version' }
  if (readUint(from, 4) !== book.clusterId) return { refused: 'wrong-cluster' }
  readByte(from)
  const sender = book.nodeOfHash.get(readUint(from, 4))
  if (sender === undefined) return { refused: from.fault ?? 'unknown-node' }
  const gen = readUint(from, 6)
  const boot = readHex(from, 16)
  const seq = readSafe64(from)
  const managerAgeMs = readUint(from, 2)
  const flags = readByte(from)
  // Nodes go by their index in the list: where the lists differ, an index means another node.
  const nodes = readUint(from, 4) === book.nodesDigest ? book.nodes : undefined
  const echoes = readEchoes(from, nodes)
  const report = readReport(from, book, nodes, sender, lately)
  if (from.at !== bytes.length || flags > headerFlags.realtime) from.fault ??= 'malformed'
  if (from.fault !== undefined) return { refused: from.fault }
  const realtime = flags === headerFlags.realtime
  return { version, reads, from: sender, gen, boot, seq, managerAgeMs, realtime, echoes, report }
}

function readEchoes(from: Reader, nodes: readonly NodeId[] | undefined): readonly Echo[] {
  const echoes: Echo[] = []
  const count = readByte(from)
  if (count > mostNodes) from.fault ??= 'malformed'
  for (let index = 0; index < count && from.fault === undefined; index += 1) {
    const word = readByte(from)
    if (word > 63) from.fault ??= 'malformed'
    echoes.push({
      peer: nodeAt(from, nodes, word % 16),
      boot: readHex(from, 8),
      seq: readVarint(from),
      ageMs: readUint(from, 2),
      counted: (word & echoFlags.counted) !== 0,
      knownGen: word & echoFlags.refused ? readUint(from, 6) : undefined,
    })
  }
  return echoes
}
