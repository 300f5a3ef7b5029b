/** What one database says of itself, in one look: a few short questions. */
import { type Gtids, parseGtids, union } from './gtids.ts'
import { type Replica, type Row, readReplica } from './replica.ts'
import type { Session } from './session.ts'
import { type Flavour, flavourOf, type Statements, statementsFor } from './statements.ts'

export interface Facts {
  readonly version: string
  readonly flavour: Flavour
  /** How its own transactions are marked: its number (MariaDB), or its UUID. */
  readonly writer: string
  /** Nobody but the server's own threads and whoever may write all the same can write. */
  readonly readOnly: boolean
  readonly replica: Replica | undefined
  /** It fetches from several: more than this agent looks after. */
  readonly sources: number
  /** All that it has, committed. */
  readonly has: Gtids
  /** Where it is: the last of each domain in its own log, or all of MySQL. */
  readonly at: string
  /** Where the applier is. */
  readonly applied: string
  readonly semiSync: SemiSync | undefined
  /** What it has been given that stands in the way of changing roles, in sentences. */
  readonly unfit: readonly string[]
}

export interface SemiSync {
  readonly sourceEnabled: boolean
  /** Commits wait for a replica now. */
  readonly sourceOn: boolean
  readonly clients: number
  readonly replicaEnabled: boolean
  readonly replicaOn: boolean
}

const always = [
  ...['version', 'server_id', 'read_only', 'super_read_only', 'log_bin', 'binlog_format', 'log_slave_updates'],
  ...['log_replica_updates', 'gtid_strict_mode', 'gtid_mode', 'gtid_binlog_pos', 'gtid_binlog_state', 'gtid_slave_pos'],
  'gtid_executed',
  'server_uuid',
]
const ours = ['rpl_semi_sync_master_enabled', 'rpl_semi_sync_slave_enabled']
const theirs = ['rpl_semi_sync_source_enabled', 'rpl_semi_sync_replica_enabled']

/** Throws a DatabaseError. */
export async function look(session: Session): Promise<Facts> {
  const names = [...always, ...ours, ...theirs].map(name => `'${name}'`).join(', ')
  const variables = pairs(await session.query(`SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names})`))
  const version = variables.get('version') ?? ''
  const statements = statementsFor(version)
  const [replicaStatus] = statements.replicaStatus
  const rows = await session.query(replicaStatus)
  const status = pairs(await session.query("SHOW GLOBAL STATUS LIKE 'Rpl_semi_sync%'"))
  return factsOf(variables, rows, status)
}

/** Of names in lower case; pure. */
export function factsOf(
  variables: ReadonlyMap<string, string>,
  rows: readonly Row[],
  status: ReadonlyMap<string, string>,
): Facts {
  const version = variables.get('version') ?? ''
  const flavour = flavourOf(version)
  const statements = statementsFor(version)
  const text = (name: string): string => (variables.get(name) ?? '').replace(/\s+/g, '')
  const [row] = rows
  const own = flavour === 'MariaDB' ? [text('gtid_binlog_state'), text('gtid_slave_pos')] : [text('gtid_executed')]
  return {
    version,
    flavour,
    writer: flavour === 'MariaDB' ? text('server_id') : text('server_uuid').toLowerCase(),
    readOnly: statements.readOnlyVariables.every(name => isOn(variables.get(name))),
    replica: row === undefined ? undefined : readReplica(version, row),
    sources: rows.length,
    has: union(...own.map(one => parseGtids(flavour, one))),
    at: flavour === 'MariaDB' ? text('gtid_binlog_pos') : text('gtid_executed'),
    applied: flavour === 'MariaDB' ? text('gtid_slave_pos') : text('gtid_executed'),
    semiSync: semiSyncOf(statements, variables, status),
    unfit: unfitFor(flavour, variables),
  }
}

function semiSyncOf(
  { semiSync }: Statements,
  variables: ReadonlyMap<string, string>,
  status: ReadonlyMap<string, string>,
): SemiSync | undefined {
  const enabled = variables.get(semiSync.sourceEnabled)
  if (enabled === undefined) return undefined
  return {
    sourceEnabled: isOn(enabled),
    sourceOn: isOn(status.get(semiSync.sourceOn.toLowerCase())),
    clients: Number(status.get(semiSync.clients.toLowerCase()) ?? 0),
    replicaEnabled: isOn(variables.get(semiSync.replicaEnabled)),
    replicaOn: isOn(status.get(semiSync.replicaOn.toLowerCase())),
  }
}

function unfitFor(flavour: Flavour, variables: ReadonlyMap<string, string>): string[] {
  const updates = variables.get('log_replica_updates') ?? variables.get('log_slave_updates')
  const format = variables.get('binlog_format')
  const strict = flavour === 'MariaDB' ? variables.get('gtid_strict_mode') : variables.get('gtid_mode')
  const name = flavour === 'MariaDB' ? 'gtid_strict_mode' : 'gtid_mode'
  return [
    ...(isOn(variables.get('log_bin')) ? [] : ['log_bin is off: write log_bin = mysql-bin in my.cnf']),
    ...(isOn(updates) ? [] : ['what it replicates is not in its own log: write log_slave_updates = ON in my.cnf']),
    ...(format === undefined || format === 'ROW'
      ? []
      : [`binlog_format is ${format}: write binlog_format = ROW in my.cnf`]),
    ...(isOn(strict) ? [] : [`${name} is off: write ${name} = ON in my.cnf`]),
  ]
}

const isOn = (value: string | undefined): boolean => value !== undefined && /^(ON|1|YES)$/i.test(value)

function pairs(rows: readonly Row[]): Map<string, string> {
  return new Map(rows.map(row => [String(row['Variable_name']).toLowerCase(), String(row['Value'])]))
}
