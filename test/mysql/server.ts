/** One MariaDB server in a folder of its own, on a loopback address; ended by its process number. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openDatabase, type Session } from '../../src/agents/mysqlrole/session.ts'

export interface Server {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly socket: string
  readonly dir: string
  start(more?: readonly string[]): Promise<void>
  /** SIGKILL, and gone when it returns. */
  kill(): Promise<void>
  signal(name: NodeJS.Signals): void
  /** As root, over its socket. */
  root<T>(work: (session: Session) => Promise<T>): Promise<T>
  run(...statements: readonly string[]): Promise<void>
  value(query: string): Promise<string>
}

const daemon = ['/usr/sbin/mariadbd', '/usr/libexec/mariadbd'].find(existsSync)

/** Why no server can be started here; undefined: it can. */
export const missing = daemon === undefined ? 'mariadbd is not installed (apt-get install mariadb-server)' : undefined

const account = process.getuid?.() === 0 ? ['user=mysql'] : []

const config = (dir: string, id: number, host: string, port: number): string => `[mariadbd]
${account.join('\n')}
datadir=${dir}/data
socket=${dir}/s.sock
pid-file=${dir}/pid
port=${port}
bind-address=${host}
tmpdir=${dir}/tmp
server_id=${id}
log_bin=mysql-bin
log_slave_updates=ON
relay_log=relay-bin
gtid_strict_mode=ON
binlog_format=ROW
sync_binlog=1
innodb_flush_log_at_trx_commit=1
innodb_buffer_pool_size=16M
innodb_log_file_size=8M
performance_schema=OFF
skip_name_resolve=ON
log_error=${dir}/err.log
skip_slave_start=ON
read_only=ON
rpl_semi_sync_slave_enabled=ON
slave_net_timeout=5
`

let empty: string | undefined

/** An empty data folder takes seconds to make: it is made once, copied, and removed at the end of this process. */
function install(): string {
  if (empty !== undefined) return join(empty, 'data')
  const folder = mkdtempSync(join(tmpdir(), 'tandem-mysql-empty-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  chmodSync(folder, 0o755) // the servers run as another user
  if (process.getuid?.() === 0) execFileSync('chown', ['mysql:mysql', folder])
  const user = process.getuid?.() === 0 ? ['--user=mysql'] : []
  const data = join(folder, 'data')
  const options = ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db']
  execFileSync('mariadb-install-db', [...options, ...user], { stdio: 'ignore' })
  empty = folder
  return data
}

/** How a server is started: here, or on a host of its own. */
export type Spawn = (file: string, args: readonly string[], log: string) => ChildProcess

const spawnHere: Spawn = (file, args, log) => {
  const out = openSync(log, 'a')
  return spawn(file, args, { stdio: ['ignore', out, out] })
}

export function newServer(
  base: string,
  name: string,
  id: number,
  host: string,
  port: number,
  spawnServer: Spawn = spawnHere,
): Server {
  if (daemon === undefined) throw new Error(missing)
  const dir = join(base, name)
  const socket = join(dir, 's.sock')
  mkdirSync(join(dir, 'tmp'), { recursive: true })
  cpSync(install(), join(dir, 'data'), { recursive: true, preserveTimestamps: true })
  writeFileSync(join(dir, 'my.cnf'), config(dir, id, host, port))
  if (process.getuid?.() === 0) execFileSync('chown', ['-R', 'mysql:mysql', dir])
  let child: ChildProcess | undefined

  async function root<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const session = await openDatabase({ socket, host: '', port: 0, user: 'root', password: undefined }, 10_000)
    try {
      return await work(session)
    } finally {
      session.close()
    }
  }

  async function start(more: readonly string[] = []): Promise<void> {
    const started = spawnServer(daemon!, [`--defaults-file=${dir}/my.cnf`, ...more], join(dir, 'out.log'))
    child = started
    const untilMs = Date.now() + 60_000
    for (;;) {
      if (started.exitCode !== null) throw new Error(`${name} ended: ${lastLines(join(dir, 'err.log'))}`)
      try {
        return await root(async session => void (await session.query('SELECT 1')))
      } catch (error) {
        if (Date.now() > untilMs) throw error
        await sleep(50)
      }
    }
  }

  return {
    name,
    host,
    port,
    socket,
    dir,
    start,
    root,
    async kill() {
      const ended = child
      child = undefined
      if (ended === undefined || ended.exitCode !== null || ended.signalCode !== null) return
      const gone = new Promise(resolve => ended.once('exit', resolve))
      ended.kill('SIGKILL')
      await gone
    },
    signal: name => void child?.kill(name),
    run: (...statements) =>
      root(async session => {
        for (const statement of statements) await session.query(statement, [], 60_000)
      }),
    value: query => root(async session => String(Object.values((await session.query(query))[0] ?? {})[0])),
  }
}

const lastLines = (path: string): string => readFileSync(path, 'utf8').trim().split('\n').slice(-3).join(' | ')
