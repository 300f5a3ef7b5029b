/** The claims of a report: nine bytes for each group (more once it was stopped by an order), and the part of a heartbeat that seldom changes. */
import {
  type Claim,
  type ClaimState,
  claimStates,
  type GroupName,
  type NodeId,
  type Reason,
  reasons,
} from '../types.ts'
import { type Reader, readByte, readUint, readVarint, type Writer, writeUint, writeVarint } from './bytes.ts'
import { type Codebook, mostGroups, nodeAt } from './codebook.ts'
import { sameClaim } from './sameReport.ts'

const claimFlags = { failed: 8, operator: 16, dark: 32, maintained: 64, newest: 128 } as const
/** In the byte of the reason. */
const moreFlags = { outdated: 32, unready: 64, halts: 128 } as const
const reasonMask = 31

export interface Claims {
  readonly claims: ReadonlyMap<GroupName, Claim>
  /** Groups that are marked as being in maintenance. */
  readonly maintained: readonly GroupName[]
}

/**
 * What each sender claimed last, as bytes and as read: whoever says the same again is not read again. Of one codebook: who
 * changes the lists begins a new one.
 */
export type Lately = Map<NodeId, { readonly bytes: Uint8Array; readonly read: Claims }>

/** Claims on groups or by nodes that left the lists (a reload) are left out: no peer with these lists could read them. */
export function writeClaims(
  to: Writer,
  book: Codebook,
  claims: ReadonlyMap<GroupName, Claim>,
  maintained: ReadonlySet<GroupName>,
): void {
  const countAt = to.at
  let count = 0
  writeUint(to, 1, 0)
  for (const [group, { assignment, state, failed, dark, newest, unready, outdated, halts }] of claims) {
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
    writeUint(to, 1, claimStates.indexOf(state) + flags + more + (newest ? claimFlags.newest : 0))
    const last = (outdated ? moreFlags.outdated : 0) + (unready ? moreFlags.unready : 0)
    writeUint(to, 1, reasonByte(because) + last + (halts > 0 ? moreFlags.halts : 0))
    if (halts > 0) writeVarint(to, halts)
  }
  to.bytes[countAt] = count
}

/** A reason that only the manager knows, being newer, is one that no reader knows either. */
function reasonByte(because: Reason): number {
  const index = reasons.indexOf(because)
  return index < 0 ? reasonMask : index
}

/** The rest of the bytes. */
export function readClaims(
  from: Reader,
  book: Codebook,
  nodes: readonly NodeId[] | undefined,
  sender: NodeId,
  lately: Lately | undefined,
): Claims {
  const bytes = from.bytes.subarray(from.at)
  const before = nodes && lately?.get(sender)
  if (before !== undefined && from.fault === undefined && sameBytes(bytes, before.bytes)) {
    from.at = from.bytes.length
    return before.read
  }
  const count = readByte(from)
  if (count > mostGroups) from.fault ??= 'malformed'
  const claims = new Map<GroupName, Claim>()
  const inMaintenance: GroupName[] = []
  for (let index = 0; index < count && from.fault === undefined; index += 1) {
    const group = book.groupOfHash.get(readUint(from, 4))
    const { claim, maintained } = readClaim(from, nodes)
    // A group that is not in my files is not mine to judge; the groups digest tells that they differ.
    if (group !== undefined && claim !== undefined) claims.set(group, kept(before?.read.claims.get(group), claim))
    if (group !== undefined && maintained) inMaintenance.push(group)
  }
  const read = { claims, maintained: inMaintenance }
  const whole = from.fault === undefined && from.at === from.bytes.length
  if (nodes !== undefined && whole) lately?.set(sender, { bytes: bytes.slice(), read })
  return read
}

/** The old object where it says the same: whoever compares later compares objects. */
const kept = (was: Claim | undefined, now: Claim): Claim => (was !== undefined && sameClaim(was, now) ? was : now)

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at])

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
  const word = readByte(from)
  const because: Reason = reasons[word & reasonMask] ?? 'adopted'
  const halts = word & moreFlags.halts ? readVarint(from) : 0
  const state: ClaimState | undefined = claimStates[flags % 8]
  const maintained = (flags & claimFlags.maintained) !== 0
  const dark = (flags & claimFlags.dark) !== 0
  if (state === undefined) from.fault ??= 'malformed'
  if (owner === undefined || minter === undefined || state === undefined) return {}
  const by = flags & claimFlags.operator ? 'operator' : 'policy'
  const [failed, newest] = [(flags & claimFlags.failed) !== 0, (flags & claimFlags.newest) !== 0]
  const assignment = { owner, epoch: { counter, minter }, by, because } as const
  const [outdated, unready] = [(word & moreFlags.outdated) !== 0, (word & moreFlags.unready) !== 0]
  return { claim: { assignment, state, failed, dark, newest, unready, outdated, halts }, maintained }
}
