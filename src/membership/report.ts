/** The part of a heartbeat that says what its sender has and wants: its report, 9 bytes a claim. */
import {
  type Claim,
  type ClaimState,
  claimStates,
  type GroupName,
  type NodeId,
  type Reason,
  type Report,
  reasons,
  type Truce,
} from '../types.ts'
import { type Reader, readByte, readUint, readVarint, type Writer, writeUint, writeVarint } from './bytes.ts'
import { type Codebook, mostGroups, mostNodes, nodeAt } from './codebook.ts'

const reportFlags = { standby: 1, leaving: 2, left: 4, unwritable: 8, truce: 16, lastMan: 32 } as const
const knownFlags = Object.values(reportFlags).reduce((all: number, flag) => all | flag, 0)
const claimFlags = { failed: 8, operator: 16, dark: 32, maintained: 64 } as const

/** Claims on groups or by nodes that left the lists (a reload) are left out: no peer with these lists could read them. */
export function writeReport(to: Writer, book: Codebook, report: Report): void {
  const set = (word: keyof typeof reportFlags) => (report[word] ? reportFlags[word] : 0)
  const { truce } = report
  const truceBy = truce && book.indexOf.get(truce.epoch.minter)
  const flags = set('standby') + set('leaving') + set('left') + set('unwritable') + set('lastMan')
  writeUint(to, 1, flags + (truceBy === undefined ? 0 : reportFlags.truce))
  writeUint(to, 4, report.configDigest)
  writeUint(to, 4, report.groupsDigest)
  writeUint(to, 2, maskOf(book, report.dead))
  writeUint(to, 1, Math.min(report.pings, 255))
  if (truce !== undefined && truceBy !== undefined) writeTruce(to, truce, truceBy)
  const maintained = new Set(truceBy === undefined ? [] : truce?.groups)
  const countAt = to.at
  let count = 0
  writeUint(to, 1, 0)
  for (const [group, { assignment, state, failed, dark }] of report.claims) {
    const { epoch, by, because } = assignment
    const hash = book.groupHash.get(group)
    const owner = book.indexOf.get(assignment.owner)
    const minter = book.indexOf.get(epoch.minter)
    if (hash === undefined || owner === undefined || minter === undefined) continue
    count += 1
    writeUint(to, 4, hash)
    writeUint(to, 1, 16 * owner + minter)
    writeVarint(to, epoch.counter)
    const flags = (failed ? claimFlags.failed : 0) + (by === 'operator' ? claimFlags.operator : 0)
    const more = (dark ? claimFlags.dark : 0) + (maintained.has(group) ? claimFlags.maintained : 0)
    writeUint(to, 1, claimStates.indexOf(state) + flags + more)
    writeUint(to, 1, reasons.indexOf(because))
  }
  to.bytes[countAt] = count
}

/** `nodes` undefined: the sender's list is not mine; the bytes are checked all the same. */
export function readReport(from: Reader, book: Codebook, nodes: readonly NodeId[] | undefined): Report | undefined {
  const flags = readByte(from)
  const configDigest = readUint(from, 4)
  const groupsDigest = readUint(from, 4)
  const dead = readNodes(from, nodes)
  const pings = readByte(from)
  const suspended = flags & reportFlags.truce ? readTruce(from, nodes) : undefined
  const count = readByte(from)
  if ((flags & ~knownFlags) !== 0 || count > mostGroups) from.fault ??= 'malformed'
  const claims = new Map<GroupName, Claim>()
  const groups: GroupName[] = []
  for (let index = 0; index < count && from.fault === undefined; index += 1) {
    const group = book.groupOfHash.get(readUint(from, 4))
    const { claim, maintained } = readClaim(from, nodes)
    // A group that is not in my files is not mine to judge; the groups digest tells that they differ.
    if (group !== undefined && claim !== undefined) claims.set(group, claim)
    if (group !== undefined && maintained) groups.push(group)
  }
  if (nodes === undefined) return undefined
  const has = (word: keyof typeof reportFlags) => (flags & reportFlags[word]) !== 0
  const said = {
    standby: has('standby'),
    leaving: has('leaving'),
    left: has('left'),
    unwritable: has('unwritable'),
    lastMan: has('lastMan'),
  }
  const truce = suspended === undefined ? {} : { truce: { ...suspended, groups } }
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

function readClaim(
  from: Reader,
  nodes: readonly NodeId[] | undefined,
): { readonly claim?: Claim; readonly maintained?: boolean } {
  const pair = readByte(from)
  const owner = nodeAt(from, nodes, pair >> 4)
  const minter = nodeAt(from, nodes, pair % 16)
  const counter = readVarint(from)
  const flags = readByte(from)
  // A newer version may know more reasons. They are for people only, so an unknown one is no fault.
  const because: Reason = reasons[readByte(from)] ?? 'adopted'
  const state: ClaimState | undefined = claimStates[flags % 8]
  const maintained = (flags & claimFlags.maintained) !== 0
  const dark = (flags & claimFlags.dark) !== 0
  if (flags > 127 || state === undefined) from.fault ??= 'malformed'
  if (owner === undefined || minter === undefined || state === undefined) return {}
  const by = flags & claimFlags.operator ? 'operator' : 'policy'
  const failed = (flags & claimFlags.failed) !== 0
  return { claim: { assignment: { owner, epoch: { counter, minter }, by, because }, state, failed, dark }, maintained }
}
