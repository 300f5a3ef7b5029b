/** What a database says of its replication, by the names of MariaDB or of MySQL. */
import { type Flavour, flavourOf } from './statements.ts'

/** A row of an answer: numbers, text, and null for what is not known. */
export type Row = Readonly<Record<string, unknown>>

export interface Replica {
  readonly sourceHost: string
  readonly sourcePort: number
  /** connecting: it wants to fetch, and its source does not answer. */
  readonly receiver: 'running' | 'connecting' | 'stopped'
  readonly applier: 'running' | 'stopped'
  /** It says that it has applied all of the relay log. */
  readonly idle: boolean
  /** Why it stopped; 0 = not because of an error. */
  readonly receiverErrno: number
  readonly receiverError: string
  readonly applierErrno: number
  readonly applierError: string
  readonly usesGtid: boolean
  /** GTIDs that have been received whole. */
  readonly received: string
  /** Read and applied up to the same place of the source's log. */
  readonly placesEqual: boolean
  /** Never to be trusted alone: unknown while the source is silent, and 0 may be false. */
  readonly behindS: number | undefined
}

export function readReplica(version: string, row: Row): Replica {
  const flavour = flavourOf(version)
  const pick = (old: string, now: string): unknown => row[old] ?? row[now]
  const text = (old: string, now = old): string => String(pick(old, now) ?? '')
  const number = (old: string, now = old): number => Number(pick(old, now) ?? 0)
  const behind = pick('Seconds_Behind_Master', 'Seconds_Behind_Source')
  const state = text('Slave_SQL_Running_State', 'Replica_SQL_Running_State') || text('Slave_SQL_State')
  return {
    sourceHost: text('Master_Host', 'Source_Host'),
    sourcePort: number('Master_Port', 'Source_Port'),
    receiver: receiverOf(text('Slave_IO_Running', 'Replica_IO_Running')),
    applier: text('Slave_SQL_Running', 'Replica_SQL_Running') === 'Yes' ? 'running' : 'stopped',
    idle: /^(Slave|Replica) has read all relay log/.test(state),
    receiverErrno: number('Last_IO_Errno'),
    receiverError: text('Last_IO_Error'),
    applierErrno: number('Last_SQL_Errno'),
    applierError: text('Last_SQL_Error'),
    usesGtid: usesGtid(flavour, row),
    received: text('Gtid_IO_Pos', 'Retrieved_Gtid_Set'),
    placesEqual:
      text('Master_Log_File', 'Source_Log_File') === text('Relay_Master_Log_File', 'Relay_Source_Log_File') &&
      number('Read_Master_Log_Pos', 'Read_Source_Log_Pos') === number('Exec_Master_Log_Pos', 'Exec_Source_Log_Pos'),
    behindS: behind === null || behind === undefined ? undefined : Number(behind),
  }
}

function receiverOf(word: string): Replica['receiver'] {
  if (word === 'Yes') return 'running'
  return word === 'Connecting' || word === 'Preparing' ? 'connecting' : 'stopped'
}

const usesGtid = (flavour: Flavour, row: Row): boolean =>
  flavour === 'MariaDB'
    ? /^(Slave_Pos|Current_Pos)$/i.test(String(row['Using_Gtid']))
    : Number(row['Auto_Position']) === 1

/** Numbers of errors that a dead source brings: trying again may help. Everything else is a replication that is broken. */
const passing = new Set([
  0, 1040, 1053, 1130, 1158, 1159, 1160, 1161, 1226, 1429, 2002, 2003, 2005, 2006, 2013, 2026, 2055,
])

/** Why it cannot go on by itself; undefined: nothing is wrong, or its source is only silent. */
export function brokenBecause(replica: Replica): string | undefined {
  if (replica.applierErrno !== 0)
    return `its replication stopped at an error it could not apply (${replica.applierErrno}: ${short(replica.applierError)})`
  if (replica.receiver === 'stopped' && !passing.has(replica.receiverErrno))
    return `its replication stopped (${replica.receiverErrno}: ${short(replica.receiverError)})`
  return undefined
}

const short = (text: string): string => text.replace(/\s+/g, ' ').slice(0, 200)
