/** Databases as the rules see them, made of what matters in a test. */
import { type Facts, factsOf } from '../../../src/agents/mysqlrole/facts.ts'
import type { Sighting } from '../../../src/agents/mysqlrole/memory.ts'
import type { Row } from '../../../src/agents/mysqlrole/replica.ts'
import type { Situation } from '../../../src/agents/mysqlrole/verdict.ts'

export interface Made {
  readonly id?: number
  readonly readOnly?: boolean
  /** Its own log, and what it has applied of others. */
  readonly state?: string
  readonly at?: string
  readonly applied?: string
  readonly semiSync?: Readonly<Record<string, string>>
  readonly variables?: Readonly<Record<string, string>>
  /** Missing: it is no replica. */
  readonly replica?: Row
}

export const good: Readonly<Record<string, string>> = {
  version: '10.11.19-MariaDB-log',
  log_bin: 'ON',
  log_slave_updates: 'ON',
  binlog_format: 'ROW',
  gtid_strict_mode: 'ON',
  rpl_semi_sync_master_enabled: 'OFF',
  rpl_semi_sync_slave_enabled: 'ON',
}

export function mariadb({ id = 1, readOnly = true, state = '', at, applied = '', ...more }: Made = {}): Facts {
  const variables = {
    ...good,
    server_id: String(id),
    read_only: readOnly ? 'ON' : 'OFF',
    gtid_binlog_state: state,
    gtid_binlog_pos: at ?? state,
    gtid_slave_pos: applied,
    ...more.variables,
  }
  const rows = more.replica === undefined ? [] : [more.replica]
  return factsOf(new Map(Object.entries(variables)), rows, new Map(Object.entries(more.semiSync ?? {})))
}

/** As MariaDB tells it of a replica of alpha that is well. */
export const wellRow: Row = {
  Master_Host: '10.0.0.1',
  Master_Port: 3306,
  Slave_IO_Running: 'Yes',
  Slave_SQL_Running: 'Yes',
  Slave_SQL_Running_State: 'Slave has read all relay log; waiting for more updates',
  Last_IO_Errno: 0,
  Last_SQL_Errno: 0,
  Using_Gtid: 'Slave_Pos',
  Gtid_IO_Pos: '0-1-50',
  Master_Log_File: 'mysql-bin.000001',
  Relay_Master_Log_File: 'mysql-bin.000001',
  Read_Master_Log_Pos: 400,
  Exec_Master_Log_Pos: 400,
  Seconds_Behind_Master: 0,
}

/** The same when its source has died. */
export const orphanRow: Row = {
  ...wellRow,
  Slave_IO_Running: 'Connecting',
  Last_IO_Errno: 2003,
  Last_IO_Error: 'error connecting',
  Seconds_Behind_Master: null,
}

export const seenWell: Sighting = {
  source: 'alpha',
  writer: '1',
  atMs: 1_000,
  lostAtMs: 3_000,
  lost: 'silent',
  inSync: true,
  receiving: true,
  lagMs: 0,
  has: '0-1-48',
}

/** Beta, the replica of alpha; alpha does not answer. */
export function situation(changes: Partial<Situation> = {}): Situation {
  return {
    node: 'beta',
    own: mariadb({ id: 2, state: '0-1-50', applied: '0-1-50', replica: orphanRow }),
    others: new Map([['alpha', undefined]]),
    gone: new Set(),
    lived: new Map(),
    memory: { role: 'replica' },
    sighting: seenWell,
    wanted: {
      places: new Map([
        ['alpha', { host: '10.0.0.1', port: 3306 }],
        ['beta', { host: '10.0.0.2', port: 3306 }],
      ]),
      maxLagMs: 60_000,
      semiSync: true,
      semiSyncMs: 10_000,
    },
    ...changes,
  }
}
