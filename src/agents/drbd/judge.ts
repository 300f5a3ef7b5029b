/** What a look means: does it run, and may it be made primary? Pure. */
import type { Seen } from '../agent.ts'
import {
  connectionsOf,
  type DrbdState,
  diskOf,
  hasGoodPeer,
  isLost,
  isStandAlone,
  isSyncTarget,
  primaryPeer,
} from './state.ts'

/**
 * A primary whose disk has gone is ailing only where another node has all data: then that one serves better. Where none
 * has, moving would lose data, so it stays. It is `unknown` and not `stopped`: it is still primary here.
 */
export function judgeRunning(name: string, state: DrbdState | undefined): Seen {
  if (state === undefined) return { status: 'stopped', why: `${name} is not up` }
  if (state.role !== 'Primary') return { status: 'stopped', why: `${name} is ${state.role} here` }
  const disk = diskOf(state)
  if (!isLost(disk)) return { status: 'running' }
  const what = `the disk of ${name} has failed here (${disk})`
  if (hasGoodPeer(state)) return { status: 'unknown', why: `${what}, and the peer's is UpToDate` }
  return { status: 'running', why: `${what}, and no peer has an UpToDate one: it stays here` }
}

/** Of several resources the one that is worst; where two are alike, the one that has something to say. */
export function worstOf(seen: readonly Seen[]): Seen {
  const rank = ({ status, why }: Seen): number => ['running', 'stopped', 'unknown'].indexOf(status) * 2 + (why ? 1 : 0)
  const worst = seen.reduce((a, b) => (rank(b) > rank(a) ? b : a), { status: 'running' })
  // Some of it runs: whoever takes this for stopped would start it elsewhere.
  const some = worst.status === 'stopped' && seen.some(({ status }) => status === 'running')
  return some ? { ...worst, status: 'unknown' } : worst
}

export type Verdict =
  | { readonly is: 'promote'; readonly note?: string }
  /** It may become good by itself, in moments. */
  | { readonly is: 'wait'; readonly why: string }
  | { readonly is: 'refuse'; readonly why: string }

/**
 * @param split there is a split brain that nobody has solved.
 * @param percent how far the resync is, where it can be told.
 */
export function mayPromote(name: string, state: DrbdState, split: boolean, percent?: string): Verdict {
  const disk = diskOf(state)
  if (split)
    return { is: 'refuse', why: `${name} has a split brain: both nodes have changed it. ${splitBrainFix(name)}` }
  switch (disk) {
    case 'UpToDate':
      return promotable(name, state)
    // DRBD asks its fence-peer handler whether the peer has newer data, and refuses where that cannot be told.
    case 'Consistent':
      return primaryPeer(state) ? promotable(name, state) : { is: 'promote' }
    case 'Attaching':
    case 'Negotiating':
      return { is: 'wait', why: `the disk of ${name} is ${disk}` }
    case 'Inconsistent':
    case 'Outdated':
      return isSyncTarget(state)
        ? {
            is: 'wait',
            why: `${name} is ${disk} and being made equal to its peer${percent ?? ''}: wait until drbdadm status ${name} says UpToDate`,
          }
        : { is: 'refuse', why: `${name} is ${disk} here: ${staleFix(name, disk)}` }
    default:
      return {
        is: 'refuse',
        why: `${name} has no disk here (${disk}): mend it, then type here: drbdadm attach ${name}`,
      }
  }
}

function promotable(name: string, state: DrbdState): Verdict {
  if (connectionsOf(state).every(one => one.state !== 'Connected') && isStandAlone(state))
    return {
      is: 'promote',
      note: `${name} is StandAlone: it runs without its copy until somebody types: drbdadm connect ${name}`,
    }
  return { is: 'promote' }
}

function staleFix(name: string, disk: string): string {
  if (disk === 'Outdated')
    return `the peer has newer data; let it connect (drbdadm connect ${name}, on both nodes), or, where the peer is lost for good and the newest data may be lost, type here: drbdadm primary --force ${name}`
  return `it has parts of old and new data, or was never in sync; let the peer connect and resync it (drbdadm connect ${name}, on both nodes), or, where both are new and empty, type here once: drbdadm primary --force ${name}`
}

/** What to type where, and what is lost by it. */
export const splitBrainFix = (name: string): string =>
  `Choose the node whose changes are to be lost and type there: drbdadm secondary ${name}; drbdadm disconnect ${name}; drbdadm connect --discard-my-data ${name}; then on the other one: drbdadm connect ${name}`
