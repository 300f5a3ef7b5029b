/**
 * One DRBD resource as `drbdsetup events2` tells it, of module 8.4 and 9: the same words, but that 9 names its peers, may
 * have several of them, and tells more. Pure.
 */

/** Worst first, and what is not among them counts as the worst. */
const disks = [
  'Diskless',
  'Attaching',
  'Detaching',
  'Failed',
  'Negotiating',
  'DUnknown',
  'Inconsistent',
  'Outdated',
  'Consistent',
  'UpToDate',
] as const

export interface Volume {
  readonly minor: number | undefined
  /** One of DRBD's words: UpToDate, Inconsistent, Diskless, ... */
  readonly disk: string
}

export interface PeerVolume {
  readonly replication: string
  readonly disk: string
  /** Percent of the device that is in sync, where the module tells. */
  readonly done?: number
}

export interface Connection {
  /** The host of the peer; with module 8.4 `peer`. */
  readonly peer: string
  /** StandAlone, Connecting, Connected, ... */
  readonly state: string
  /** Primary, Secondary, Unknown. */
  readonly role: string
  readonly volumes: ReadonlyMap<string, PeerVolume>
}

export interface DrbdState {
  readonly role: string
  /** Why I/O is frozen: `fencing`, `user`, ...; undefined: it is not. */
  readonly suspended: string | undefined
  /** By number. */
  readonly volumes: ReadonlyMap<string, Volume>
  /** By the peer's node id. */
  readonly connections: ReadonlyMap<string, Connection>
  /** DRBD has called its helper for a split brain that nobody solved, and has not been connected since. */
  readonly splitBrain: boolean
}

/** By name; what is not there is not up. */
export type DrbdStates = ReadonlyMap<string, DrbdState>

const blank: DrbdState = {
  role: 'Unknown',
  suspended: undefined,
  volumes: new Map(),
  connections: new Map(),
  splitBrain: false,
}

/** The last line of the snapshot: everything that is up has been told. */
export const isSnapshotEnd = (line: string): boolean => /^exists -\s*$/.test(line)

/** The states after one line of events2, and whom it was about; the same object where it says nothing new. */
export function absorbLine(states: DrbdStates, line: string): readonly [DrbdStates, name?: string] {
  const [event, object, ...words] = line.trim().split(/\s+/)
  const fields = new Map(
    words.flatMap((word): [string, string][] => {
      const at = word.indexOf(':')
      return at > 0 ? [[word.slice(0, at), word.slice(at + 1)]] : []
    }),
  )
  const name = fields.get('name')
  if (event === undefined || object === undefined || name === undefined) return [states]
  const before = states.get(name)
  const after = changed(before, event, object, fields)
  if (after === before) return [states]
  const next = new Map(states)
  if (after === undefined) next.delete(name)
  else next.set(name, after)
  return [next, name]
}

type Fields = ReadonlyMap<string, string>

function changed(before: DrbdState | undefined, event: string, object: string, fields: Fields): DrbdState | undefined {
  if (event === 'call' && object === 'helper') {
    const splits = fields.get('helper') === 'split-brain'
    return splits && before !== undefined ? { ...before, splitBrain: true } : before
  }
  if (!/^(exists|create|change|destroy)$/.test(event)) return before
  const gone = event === 'destroy'
  const state = before ?? blank
  switch (object) {
    case 'resource':
      return gone ? undefined : withResource(state, fields)
    case 'device':
      return { ...state, volumes: edited(state.volumes, fields.get('volume') ?? '0', gone, volume(fields)) }
    case 'connection':
      return withConnection(state, fields, gone)
    case 'peer-device':
      return withPeerVolume(state, fields, gone)
    default:
      return before
  }
}

function withResource(state: DrbdState, fields: Fields): DrbdState {
  const suspended = fields.get('suspended')
  return {
    ...state,
    role: fields.get('role') ?? state.role,
    ...(suspended === undefined ? {} : { suspended: suspended === 'no' ? undefined : suspended }),
  }
}

const volume =
  (fields: Fields) =>
  (before: Volume | undefined): Volume => ({
    minor: numberOf(fields.get('minor')) ?? before?.minor,
    disk: fields.get('disk') ?? before?.disk ?? 'Diskless',
  })

function withConnection(state: DrbdState, fields: Fields, gone: boolean): DrbdState {
  const connections = edited(state.connections, idOf(fields), gone, before => ({
    peer: fields.get('conn-name') ?? before?.peer ?? 'peer',
    state: fields.get('connection') ?? before?.state ?? 'StandAlone',
    role: fields.get('role') ?? before?.role ?? 'Unknown',
    volumes: before?.volumes ?? new Map(),
  }))
  // Two nodes that are connected have agreed on whose data count.
  return { ...state, connections, splitBrain: state.splitBrain && fields.get('connection') !== 'Connected' }
}

function withPeerVolume(state: DrbdState, fields: Fields, gone: boolean): DrbdState {
  const id = idOf(fields)
  const connection = state.connections.get(id)
  if (connection === undefined) return state
  const volumes = edited(connection.volumes, fields.get('volume') ?? '0', gone, before => {
    const replication = fields.get('replication') ?? before?.replication ?? 'Off'
    const done = fields.has('replication')
      ? numberOf(fields.get('done'))
      : (numberOf(fields.get('done')) ?? before?.done)
    return {
      replication,
      disk: fields.get('peer-disk') ?? before?.disk ?? 'DUnknown',
      ...(done !== undefined && { done }),
    }
  })
  return { ...state, connections: edited(state.connections, id, false, () => ({ ...connection, volumes })) }
}

const idOf = (fields: Fields): string => fields.get('peer-node-id') ?? '0'

function numberOf(text: string | undefined): number | undefined {
  const value = Number(text)
  return text === undefined || Number.isNaN(value) ? undefined : value
}

function edited<Value>(
  map: ReadonlyMap<string, Value>,
  key: string,
  gone: boolean,
  edit: (before: Value | undefined) => Value,
): ReadonlyMap<string, Value> {
  const next = new Map(map)
  if (gone) next.delete(key)
  else next.set(key, edit(map.get(key)))
  return next
}

/** Made but not configured: neither a disk nor a peer. Counts as not up. */
export const isUp = (state: DrbdState | undefined): state is DrbdState =>
  state !== undefined && (state.volumes.size > 0 || state.connections.size > 0) && state.role !== 'Unconfigured'

/** The disk itself is gone; what is merely behind catches up. */
export const isLost = (disk: string): boolean => /^(Diskless|Failed|Detaching)$/.test(disk)

const rank = (disk: string): number => disks.indexOf(disk as (typeof disks)[number])
const worst = (words: readonly string[], none: string): string =>
  words.length === 0 ? none : words.reduce((a, b) => (rank(b) < rank(a) ? b : a))

/** Of the worst volume here. */
export const diskOf = ({ volumes }: DrbdState): string =>
  worst(
    [...volumes.values()].map(({ disk }) => disk),
    'Diskless',
  )

/** Of its worst volume there. */
export const peerDiskOf = ({ volumes }: Connection): string =>
  worst(
    [...volumes.values()].map(({ disk }) => disk),
    'DUnknown',
  )

export const connectionsOf = ({ connections }: DrbdState): readonly Connection[] => [...connections.values()]

/** It hears the peer, and the peer has all data. */
export const hasGoodPeer = (state: DrbdState): boolean =>
  connectionsOf(state).some(one => one.state === 'Connected' && peerDiskOf(one) === 'UpToDate')

export const isConnected = (state: DrbdState): boolean => connectionsOf(state).some(one => one.state === 'Connected')

/** It is to be made equal to the other one, and is not yet. */
export const isSyncTarget = (state: DrbdState): boolean =>
  connectionsOf(state).some(({ volumes }) =>
    [...volumes.values()].some(({ replication }) =>
      /^(PausedSyncT|SyncTarget|WFBitMapT|WFSyncUUID)$/.test(replication),
    ),
  )

export const primaryPeer = (state: DrbdState): Connection | undefined =>
  connectionsOf(state).find(one => one.state === 'Connected' && one.role === 'Primary')

/** The nodes do not talk, and DRBD does not try to by itself. */
export const isStandAlone = (state: DrbdState): boolean =>
  connectionsOf(state).some(one => one.state === 'StandAlone') || state.connections.size === 0

/** "Primary, UpToDate; peer Secondary, UpToDate" */
export function describe(state: DrbdState): string {
  const peers = connectionsOf(state).map(one =>
    one.state === 'Connected' ? `${one.peer} ${one.role}, ${peerDiskOf(one)}` : `${one.peer} ${one.state}`,
  )
  return [`${state.role}, ${diskOf(state)}`, ...peers].join('; ')
}
