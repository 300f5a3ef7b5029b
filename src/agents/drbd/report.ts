/** What people are told of DRBD: its state, what is wrong with it, and what to type. Pure. */
import { type Progress, progressOf } from './progress.ts'
import {
  connectionsOf,
  type DrbdState,
  diskOf,
  hasGoodPeer,
  isConnected,
  isLost,
  isStandAlone,
  peerDiskOf,
} from './state.ts'

/** Of one resource, as this node sees it. */
export interface DrbdReport {
  readonly resource: string
  readonly role: string
  readonly disk: string
  readonly splitBrain: boolean
  /** Why I/O is frozen; absent: it is not. */
  readonly suspended?: string
  /** Of a resync that is under way. */
  readonly resync?: Progress
  readonly peers: readonly {
    readonly name: string
    readonly connection: string
    readonly role: string
    readonly disk: string
  }[]
}

export function reportOf(resource: string, state: DrbdState, procDrbd: string | undefined): DrbdReport {
  const resync = progressOf(state, procDrbd)
  return {
    resource,
    role: state.role,
    disk: diskOf(state),
    splitBrain: state.splitBrain,
    ...(state.suspended === undefined ? {} : { suspended: state.suspended }),
    ...(resync && { resync }),
    peers: connectionsOf(state).map(one => ({
      name: one.peer,
      connection: one.state,
      role: one.role,
      disk: peerDiskOf(one),
    })),
  }
}

export interface DrbdProblem {
  readonly level: 'error' | 'warning'
  readonly code: 'SPLIT-BRAIN' | 'DRBD'
  readonly text: string
  readonly fix?: string
}

/** The worst first, and only what is worst: one thing leads to the next. */
export function problemOf(name: string, state: DrbdState, procDrbd: string | undefined): DrbdProblem | undefined {
  const isPrimary = state.role === 'Primary'
  const disk = diskOf(state)
  if (state.splitBrain)
    return {
      level: 'error',
      code: 'SPLIT-BRAIN',
      text: `${name} has a split brain: both nodes have changed it, and neither follows the other`,
      fix: giveUp(name, isPrimary),
    }
  if (state.suspended !== undefined)
    return {
      level: 'error',
      code: 'DRBD',
      text: `${name} is frozen (${state.suspended}): whoever writes to it waits until its peer is back or known to be off`,
      fix: `bring the peer back, or see that it is off and type here: drbdadm resume-io ${name}`,
    }
  if (isLost(disk)) return lost(name, state, disk)
  if (!isConnected(state)) return parted(name, state, isPrimary)
  return behind(name, state, isPrimary, sayResync(progressOf(state, procDrbd)))
}

/** Short, as a terminal cuts what is long: who is secondary by now is the one to lose, mostly. */
function giveUp(name: string, isPrimary: boolean): string {
  const [loser, winner] = isPrimary ? ['there', 'here'] : ['here', 'there']
  const whose = isPrimary ? 'what the other node changed' : 'what this node changed'
  return `to lose ${whose}, type ${loser}: drbdadm disconnect ${name}; drbdadm connect --discard-my-data ${name}; then ${winner}: drbdadm connect ${name}`
}

function lost(name: string, state: DrbdState, disk: string): DrbdProblem {
  const how = hasGoodPeer(state)
    ? 'it works with the disk of its peer'
    : 'no peer has an UpToDate one, so nothing could run elsewhere either'
  const fix = `mend the disk, then type here: drbdadm attach ${name} (a new one first: drbdadm create-md ${name})`
  return { level: 'error', code: 'DRBD', text: `the disk of ${name} has failed here (${disk}): ${how}`, fix }
}

function parted(name: string, state: DrbdState, isPrimary: boolean): DrbdProblem {
  const words = connectionsOf(state).map(one => one.state)
  const what = isPrimary ? 'runs without its copy' : 'here is not being written: it has old data or will have'
  const fix = isStandAlone(state)
    ? `somebody or something disconnected it; when that is over, type here: drbdadm connect ${name}`
    : `see that it is up on the other node (drbdadm up ${name}) and that its port is reached`
  return { level: 'warning', code: 'DRBD', text: `${name} ${what} (${words.join(', ') || 'StandAlone'})`, fix }
}

function behind(name: string, state: DrbdState, isPrimary: boolean, resync: string): DrbdProblem | undefined {
  if (isPrimary && !hasGoodPeer(state)) {
    const peers = connectionsOf(state).map(one => `${peerDiskOf(one)} on ${one.peer}`)
    return {
      level: 'warning',
      code: 'DRBD',
      text: `${name} is ${peers.join(', ')}${resync}: until it is UpToDate there, only this node has all data`,
    }
  }
  const disk = diskOf(state)
  if (disk === 'UpToDate') return undefined
  return {
    level: 'warning',
    code: 'DRBD',
    text: `${name} is ${disk} here${resync}: until it is UpToDate, this node cannot take it`,
  }
}

const sayResync = (progress: Progress | undefined): string =>
  progress === undefined ? '' : `, resync ${progress.percent} %${progress.left ? `, ${progress.left} left` : ''}`

/** Why no other node could start it now; undefined: nothing of DRBD would keep one from it. */
export function lacking(name: string, state: DrbdState): string | undefined {
  if (state.splitBrain) return `${name} has a split brain`
  if (state.role !== 'Primary') return diskOf(state) === 'UpToDate' ? undefined : `${name} is ${diskOf(state)} here`
  if (hasGoodPeer(state)) return undefined
  // Its manager outdates what is not written while we work with it.
  if (!isConnected(state)) return `${name} is not being written there`
  return `${name} is ${connectionsOf(state).map(peerDiskOf).join(', ')} there`
}
