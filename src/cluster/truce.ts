/**
 * What operators have suspended for a while, and how far a node may rely on it.
 *
 * The register travels like all state: everybody reports it, the highest epoch wins, and what a node reports it has on
 * disk. An end crosses the wire as what is left of it and is counted from our last heartbeat that its sender had: that
 * is never later than the sender's own end, whatever the network did; later words of it can only show that it is less.
 *
 * Two promises are in it. Nothing is taken from a silent node before the end. And whoever ends it early still owes that
 * to the silent nodes that have not confirmed the new epoch. A node may hold on without contact as far as all others
 * have promised, and for a deadtime less: it must have let go by the usual rules before the first of them is free.
 */
import type { OwnTruce } from '../events.ts'
import { leaseSeconds } from '../lease.ts'
import type { Heard, Peer } from '../membership/membership.ts'
import { compareEpochs, sameEpoch } from '../resources/epoch.ts'
import { leaseMarginMs } from '../resources/hold.ts'
import type { GroupName, NodeId, Timing, Truce } from '../types.ts'
import type { Cluster } from './state.ts'

/** What has been promised so far outlives the epoch under which it was. */
export const boundEndAfter = (was: OwnTruce | undefined): number =>
  was === undefined ? 0 : Math.max(was.disarmedEndMs, was.maintainedEndMs, was.boundEndMs)

/** The word of a peer by our clock; the same object as before as long as nothing changed. */
export function heardTruce(peer: Peer | undefined, heard: Heard): Truce | undefined {
  const word = heard.report?.truce
  const { echoedSentAtMs: sentMs, atMs } = heard
  if (word === undefined || sentMs === undefined) return undefined // how old it is cannot be told
  const before = peer?.boot === heard.boot ? peer.report?.truce : undefined
  if (before === undefined || !sameEpoch(before.epoch, word.epoch)) return from(word, sentMs)
  return shortened(before, word, atMs)
}

/**
 * Learn of a newer epoch. What was said to an earlier manager here teaches nothing new. The end of an epoch stays as it was
 * first understood and told here: others may rely on it, also those that do not hear that somebody understood less.
 */
export function learnTruce(c: Cluster, { report, echoedSentAtMs: sentMs }: Heard): Cluster {
  const word = report?.truce
  const own = c.truce
  if (word === undefined) return c
  if (own !== undefined && compareEpochs(word.epoch, own.epoch) <= 0) return c
  if (sentMs === undefined || sentMs < c.members.bornAtMs) return c
  const promises = own?.promises ?? []
  return { ...c, truce: { ...from(word, sentMs), boundEndMs: boundEndAfter(own), promises } }
}

const endFrom = (sinceMs: number, leftMs: number): number => (leftMs === 0 ? 0 : sinceMs + leftMs)

const from = ({ epoch, disarmedEndMs, maintainedEndMs, groups }: Truce, sinceMs: number): Truce => ({
  epoch,
  disarmedEndMs: endFrom(sinceMs, disarmedEndMs),
  maintainedEndMs: endFrom(sinceMs, maintainedEndMs),
  groups,
})

function shortened(ours: Truce, word: Truce, atMs: number): Truce {
  const disarmedEndMs = Math.min(ours.disarmedEndMs, atMs + word.disarmedEndMs)
  const maintainedEndMs = Math.min(ours.maintainedEndMs, atMs + word.maintainedEndMs)
  const same = disarmedEndMs === ours.disarmedEndMs && maintainedEndMs === ours.maintainedEndMs
  return same ? ours : { ...ours, disarmedEndMs, maintainedEndMs }
}

/** Judged at the instant of the beat's last turn, as everything that allows to take something. */
export const isDisarmed = ({ truce, members }: Cluster): boolean => (truce?.disarmedEndMs ?? 0) > members.turnAtMs

export function maintainedNow({ truce, members }: Cluster): readonly GroupName[] {
  return truce !== undefined && truce.maintainedEndMs > members.turnAtMs ? truce.groups : []
}

/** May nothing be taken from this silent peer? It may rely on what it knows to be suspended. */
export function isBound(c: Cluster, peer: Peer): boolean {
  if (isDisarmed(c)) return true
  return c.truce !== undefined && c.truce.boundEndMs > c.members.turnAtMs && !hasConfirmed(c.truce, peer)
}

function hasConfirmed(own: OwnTruce, peer: Peer): boolean {
  const word = wordOf(own, peer)
  return word !== undefined && sameEpoch(word.epoch, own.epoch)
}

/** Its last word: of this start of it, or, if it was never heard since we started ourselves, as we have it on disk. */
const wordOf = (own: OwnTruce, { node, boot, report }: Peer): Truce | undefined =>
  boot === '' ? own.promises.find(promise => promise.node === node)?.word : report?.truce

/** So that they outlive us. */
export function keepPromises(was: Cluster, c: Cluster): Cluster {
  const { truce, members } = c
  if (truce === undefined || (was.truce === truce && was.members.peers === members.peers)) return c
  const promises = [...members.peers.values()].flatMap(peer => {
    const word = wordOf(truce, peer)
    return word === undefined ? [] : [{ node: peer.node, word }]
  })
  const same = promises.every(({ node, word }, at) => {
    const before = truce.promises[at]
    return before?.node === node && before.word === word
  })
  return same && promises.length === truce.promises.length ? c : { ...c, truce: { ...truce, promises } }
}

/** Who has not said that it has the newest register on disk, this node included. */
export function unconfirmed({ truce, disk, members, config }: Cluster): readonly NodeId[] {
  if (truce === undefined) return []
  const { truce: kept } = disk.saved
  const here = kept !== undefined && sameEpoch(kept.epoch, truce.epoch)
  const others = [...members.peers.values()].filter(peer => !hasConfirmed(truce, peer))
  return [...(here ? [] : [config.self]), ...others.map(({ node }) => node)]
}

/** Until when this node may stay as it is although nobody is heard. */
export const mayHoldOnUntilMs = (c: Cluster): number => promisedUntilMs(c, truce => truce.disarmedEndMs)

/** The same for what it has of one group. */
export const mayKeepUntilMs = (c: Cluster, group: GroupName): number =>
  promisedUntilMs(c, truce => (truce.groups.includes(group) ? truce.maintainedEndMs : 0))

/** The earliest end that any other node has promised, and time enough to let go by the usual rules before it. */
function promisedUntilMs(c: Cluster, endOf: (truce: Truce) => number): number {
  const { truce, members, config } = c
  if (truce === undefined) return Number.NEGATIVE_INFINITY
  let untilMs = endOf(truce)
  for (const peer of members.peers.values()) untilMs = Math.min(untilMs, promiseOf(peer, truce, endOf))
  return untilMs - letGoMs(config.timing)
}

/**
 * A newer epoch than ours may have ended what we rely on. Whoever was shut down must have promised too: it may be started
 * while nobody hears it.
 */
function promiseOf(peer: Peer, own: OwnTruce, endOf: (truce: Truce) => number): number {
  const word = wordOf(own, peer)
  return word === undefined || compareEpochs(word.epoch, own.epoch) > 0 ? Number.NEGATIVE_INFINITY : endOf(word)
}

/** Does that silent peer take nothing itself, by its own word, which has not run out? */
export const keepsStill = ({ truce, members }: Cluster, peer: Peer): boolean =>
  truce !== undefined && promiseOf(peer, truce, word => word.disarmedEndMs) > members.turnAtMs

/** For stopping what is stopped, and for the kernel to remove addresses. */
export const letGoMs = (timing: Timing): number => timing.deadtimeMs + leaseMarginMs(leaseSeconds(timing))

/**
 * Must this group be left as it is? Being cut off ends that, unless all others have promised to leave it alone as well;
 * and of two holders one lets go.
 */
export function isUntouched(c: Cluster, group: GroupName): boolean {
  const { standing, members, duels } = c
  if (!standing.maintained.has(group)) return false
  if (standing.isolated && members.turnAtMs >= mayKeepUntilMs(c, group)) return false
  return ![...members.peers.keys()].some(node => duels.has(`${group}/${node}`))
}
