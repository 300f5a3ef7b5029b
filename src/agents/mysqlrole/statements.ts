/**
 * What is said to MariaDB 10.11 and later, and to MySQL 8.0.22 and later and 8.4, in one place. Those of MariaDB are run by
 * `npm run test:mysql`; those of MySQL follow its manual.
 */
export type Flavour = 'MariaDB' | 'MySQL'

/** A statement, and the values for its question marks. */
export type Statement = readonly [text: string, ...values: readonly (string | number)[]]

export interface SourceAddress {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
}

export interface Statements {
  /** One row for each source that it replicates from; none: it is no replica. */
  readonly replicaStatus: Statement
  readonly startReplica: Statement
  /** Only what applies the relay log. */
  readonly startApplier: Statement
  /** Only what fetches it. */
  readonly stopReceiver: Statement
  readonly stopReplica: Statement
  /** It is no replica any more; what it has stays. */
  readonly forgetSource: Statement
  /** `wasSource`: what it has written itself counts as received too. */
  pointAt(source: SourceAddress, wasSource: boolean): readonly Statement[]
  readOnly(on: boolean): readonly Statement[]
  /** The names that `read only` has: all of them have to be on, or off. */
  readonly readOnlyVariables: readonly string[]
  /** Of a database that is rebuilt: it forgets what it had. */
  readonly forgetAll: readonly Statement[]
  /** Options of the dump program: one consistent state of everything, with its place, and no locks. */
  readonly dumpOptions: readonly string[]
  /** Said before the dump is loaded, in the same session: nothing of it goes to the own log. */
  readonly loadQuietly: string
  /** What the source had written before, so that it is known here too whose transactions are old. */
  historyIs(state: string): readonly Statement[]
  readonly binlogs: Statement
  readonly semiSync: SemiSyncNames
  /** Client programs, the first that is installed. */
  readonly programs: {
    readonly client: readonly string[]
    readonly dump: readonly string[]
    readonly binlog: readonly string[]
  }
}

/** Variables that are set, and status variables that are read. */
export interface SemiSyncNames {
  readonly sourceEnabled: string
  readonly replicaEnabled: string
  readonly timeoutMs: string
  readonly waitPoint: string
  readonly waitNoReplica: string
  readonly sourceOn: string
  readonly clients: string
  readonly replicaOn: string
}

const dumpAll = [
  '--all-databases',
  '--single-transaction',
  '--flush-privileges',
  '--routines',
  '--events',
  '--triggers',
]

const mariadb: Statements = {
  replicaStatus: ['SHOW ALL SLAVES STATUS'],
  startReplica: ['START SLAVE'],
  startApplier: ['START SLAVE SQL_THREAD'],
  stopReceiver: ['STOP SLAVE IO_THREAD'],
  stopReplica: ['STOP SLAVE'],
  forgetSource: ['RESET SLAVE ALL'],
  pointAt: ({ host, port, user, password }, wasSource) => [
    [
      `CHANGE MASTER TO MASTER_HOST=?, MASTER_PORT=?, MASTER_USER=?, MASTER_PASSWORD=?, MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1${wasSource ? ', MASTER_DEMOTE_TO_SLAVE=1' : ''}`,
      host,
      port,
      user,
      password,
    ],
  ],
  readOnly: on => [[`SET GLOBAL read_only=${on ? 'ON' : 'OFF'}`]],
  readOnlyVariables: ['read_only'],
  forgetAll: [['STOP SLAVE'], ['RESET SLAVE ALL'], ['RESET MASTER'], ["SET GLOBAL gtid_slave_pos=''"]],
  dumpOptions: [...dumpAll, '--gtid', '--master-data=1'],
  loadQuietly: 'SET SESSION sql_log_bin=0;',
  historyIs: state => [['SET GLOBAL gtid_binlog_state=?', state]],
  binlogs: ['SHOW BINARY LOGS'],
  semiSync: {
    sourceEnabled: 'rpl_semi_sync_master_enabled',
    replicaEnabled: 'rpl_semi_sync_slave_enabled',
    timeoutMs: 'rpl_semi_sync_master_timeout',
    waitPoint: 'rpl_semi_sync_master_wait_point',
    waitNoReplica: 'rpl_semi_sync_master_wait_no_slave',
    sourceOn: 'Rpl_semi_sync_master_status',
    clients: 'Rpl_semi_sync_master_clients',
    replicaOn: 'Rpl_semi_sync_slave_status',
  },
  programs: {
    client: ['mariadb', 'mysql'],
    dump: ['mariadb-dump', 'mysqldump'],
    binlog: ['mariadb-binlog', 'mysqlbinlog'],
  },
}

/** The words without MASTER and SLAVE: the old ones are gone in 8.4. */
const mysql: Statements = {
  replicaStatus: ['SHOW REPLICA STATUS'],
  startReplica: ['START REPLICA'],
  startApplier: ['START REPLICA SQL_THREAD'],
  stopReceiver: ['STOP REPLICA IO_THREAD'],
  stopReplica: ['STOP REPLICA'],
  forgetSource: ['RESET REPLICA ALL'],
  pointAt: ({ host, port, user, password }) => [
    [
      'CHANGE REPLICATION SOURCE TO SOURCE_HOST=?, SOURCE_PORT=?, SOURCE_USER=?, SOURCE_PASSWORD=?, SOURCE_AUTO_POSITION=1, GET_SOURCE_PUBLIC_KEY=1, SOURCE_CONNECT_RETRY=1',
      host,
      port,
      user,
      password,
    ],
  ],
  // super_read_only brings read_only with it, and read_only off takes both away.
  readOnly: on => [[on ? 'SET GLOBAL super_read_only=ON' : 'SET GLOBAL read_only=OFF']],
  readOnlyVariables: ['read_only', 'super_read_only'],
  forgetAll: [['STOP REPLICA'], ['RESET REPLICA ALL'], ['RESET BINARY LOGS AND GTIDS']],
  // With it comes what the source had executed, as gtid_purged.
  dumpOptions: [...dumpAll, '--set-gtid-purged=ON'],
  loadQuietly: 'SET SESSION sql_log_bin=0;',
  historyIs: () => [],
  binlogs: ['SHOW BINARY LOGS'],
  semiSync: {
    sourceEnabled: 'rpl_semi_sync_source_enabled',
    replicaEnabled: 'rpl_semi_sync_replica_enabled',
    timeoutMs: 'rpl_semi_sync_source_timeout',
    waitPoint: 'rpl_semi_sync_source_wait_point',
    waitNoReplica: 'rpl_semi_sync_source_wait_no_replica',
    sourceOn: 'Rpl_semi_sync_source_status',
    clients: 'Rpl_semi_sync_source_clients',
    replicaOn: 'Rpl_semi_sync_replica_status',
  },
  programs: { client: ['mysql'], dump: ['mysqldump'], binlog: ['mysqlbinlog'] },
}

/** 8.0 and 8.1 know the new names of everything but this. */
const mysql80: Statements = { ...mysql, forgetAll: [['STOP REPLICA'], ['RESET REPLICA ALL'], ['RESET MASTER']] }

export const flavourOf = (version: string): Flavour => (/mariadb/i.test(version) ? 'MariaDB' : 'MySQL')

/** @param version as the variable `version` has it. */
export function statementsFor(version: string): Statements {
  if (flavourOf(version) === 'MariaDB') return mariadb
  const [major = 0, minor = 0] = numbersOf(version)
  return major === 8 && minor < 2 ? mysql80 : mysql
}

/** Why this version is not served; undefined: it is. */
export function tooOld(version: string): string | undefined {
  const oldest = flavourOf(version) === 'MariaDB' ? [10, 11, 0] : [8, 0, 22]
  const found = numbersOf(version)
  const differs = oldest.findIndex((number, at) => (found[at] ?? 0) !== number)
  return differs >= 0 && (found[differs] ?? 0) < oldest[differs]!
    ? `version ${version} is too old; ${flavourOf(version)} ${oldest.join('.')} and later are served`
    : undefined
}

const numbersOf = (version: string): number[] => (/^\d+(\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number)
