/** The agent keeps the contract of all agents, on databases made of variables; the same is tried on real ones elsewhere. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { Bound, Host, Notebook } from '../../../src/agents/agent.ts'
import { monotonicClock } from '../../../src/agents/clock.ts'
import { tryContract } from '../../../src/agents/contract.ts'
import { mysqlrole } from '../../../src/agents/mysqlrole/mysqlrole.ts'
import { DatabaseError, type OpenDatabase } from '../../../src/agents/mysqlrole/session.ts'
import { keys } from '../../../src/agents/mysqlrole/wanted.ts'
import { operationsWith } from '../../../src/config/operations.ts'
import type { GroupName, NodeId } from '../../../src/types.ts'
import { good, orphanRow, wellRow } from './made.ts'

interface FakeDatabase {
  databases: readonly string[]
  variables: Record<string, string>
  replica: object | undefined
  /** How it fails, if it does. */
  fails: 'gone' | 'silent' | undefined
  /** Who may not log in. */
  refuses: string | undefined
  status: Record<string, string>
  said: string[]
}

let alpha: FakeDatabase
let beta: FakeDatabase
const fresh = (id: string): FakeDatabase => ({
  databases: ['mysql', 'sys'],
  variables: {
    ...good,
    server_id: id,
    read_only: 'ON',
    gtid_binlog_pos: '',
    gtid_binlog_state: '',
    gtid_slave_pos: '',
  },
  replica: undefined,
  fails: undefined,
  refuses: undefined,
  status: {},
  said: [],
})
beforeEach(() => {
  alpha = fresh('1')
  beta = fresh('2')
})

const openDatabase: OpenDatabase = async ({ socket, user }) => {
  const database = socket === undefined ? beta : alpha
  if (database.fails) throw new DatabaseError(database.fails, `the database is ${database.fails}`)
  if (database.refuses === user) {
    const whose = database === alpha ? "alpha's" : "beta's"
    throw new DatabaseError('said', `the database: Access denied for ${whose} ${user}`, 1045)
  }
  return {
    close: () => undefined,
    async query(text) {
      if (text.startsWith('SHOW GLOBAL VARIABLES'))
        return Object.entries(database.variables).map(([Variable_name, Value]) => ({ Variable_name, Value }))
      if (text === 'SHOW ALL SLAVES STATUS')
        return database.replica ? [database.replica as Record<string, unknown>] : []
      if (text.startsWith('SHOW GLOBAL STATUS'))
        return Object.entries(database.status).map(([Variable_name, Value]) => ({ Variable_name, Value }))
      if (text === 'SHOW DATABASES') return database.databases.map(Database => ({ Database }))
      const [, readOnly] = /^SET GLOBAL read_only=(ON|OFF)$/.exec(text) ?? []
      if (readOnly !== undefined) database.variables['read_only'] = readOnly
      if (text === 'RESET SLAVE ALL') database.replica = undefined
      if (!text.startsWith('SHOW') && !text.startsWith('SELECT')) database.said.push(text)
      return []
    },
  }
}

function notebook(): Notebook {
  const pages = new Map<string, string>()
  return {
    read: name => pages.get(name),
    write: async (name, text) => void pages.set(name, text),
    path: name => `/notes/${name}`,
  }
}

const notes: string[] = []
const newHost = (): Host =>
  ({
    clock: monotonicClock,
    openDatabase,
    livedUntilMs: () => undefined,
    lasting: notebook(),
    sinceBoot: notebook(),
    note: (text: string) => void notes.push(text),
    alone: (_name: string, work: () => Promise<unknown>) => work(),
  }) as unknown as Host

const bound = mysqlrole.bind(['main'], {
  resource: 'mysqlrole::main',
  group: 'db' as GroupName,
  node: 'alpha' as NodeId,
  configDir: '/conf',
  directives: new Map(),
  operations: operationsWith(new Map([['databases', 'alpha=a beta=b']]), keys),
}) as Bound
const start = (host: Host) => bound.start(host, { holdUntilMs: undefined })

test('start, start, look, stop, stop, look', async () => {
  expect(await tryContract(bound, newHost())).toMatchObject({ breaches: [], endedBy: undefined, left: 'stopped' })
})

test('a start that was refused has opened nothing, and can be stopped', async () => {
  beta.variables['read_only'] = 'OFF'
  const host = newHost()
  expect(await start(host)).toMatchObject({
    ok: false,
    why: expect.stringContaining('the database of beta takes writes'),
  })
  expect(alpha.said).toEqual([])
  expect(await bound.stop(host)).toEqual({ ok: true })
  expect(await bound.monitor(host)).toEqual({ status: 'stopped' })
})

describe('one that was never written to, while the other was filled before it had a log', () => {
  beforeEach(() => {
    beta.databases = ['mysql', 'app', 'blog']
  })

  test('is not made primary', async () => {
    expect(await start(newHost())).toMatchObject({
      ok: false,
      why: expect.stringContaining('the database of beta has databases that are missing here (app, blog)'),
    })
    expect(alpha.said).toEqual([])
    alpha.databases = ['app', 'blog']
    expect(await start(newHost())).toEqual({ ok: true })
  })

  test('is not made a replica before it is a copy', async () => {
    beta.variables['read_only'] = 'OFF'
    const host = newHost()
    const told = await bound.tending!.tend(host, () => 'not-held')
    expect(told.problems.join()).toMatch(/missing there \(app, blog\).*type on alpha: tandem mysql reseed$/)
    expect(alpha.said).toEqual([])
    alpha.databases = ['app', 'blog']
    expect((await bound.tending!.tend(host, () => 'not-held')).problems).toEqual([])
    expect(alpha.said.at(-1)).toBe('START SLAVE')
  })
})

describe('before it is needed', () => {
  const ready = async (host: Host): Promise<string> =>
    (await bound.ready!(host)).map(({ level, text }) => `${level}: ${text}`).join('\n')
  beforeEach(() => {
    beta.variables['read_only'] = 'OFF'
    beta.variables['server_id'] = '2'
    alpha.replica = { ...wellRow, Master_Host: 'b', Gtid_IO_Pos: '' }
    alpha.status = { Rpl_semi_sync_slave_status: 'ON' }
    beta.status = { Rpl_semi_sync_master_status: 'ON' }
  })

  test('a replica that every commit waits for can be primary', async () => {
    expect(await ready(newHost())).not.toMatch(/primary|replicate|socket|database/)
  })

  test.each<[string, () => void]>([
    [
      'error: it would not be made primary: its replication stopped at an error it could not apply (1032',
      () => {
        alpha.replica = { ...wellRow, Master_Host: 'b', Slave_SQL_Running: 'No', Last_SQL_Errno: 1032 }
      },
    ],
    [
      'error: it would not be made primary: it is no replica of beta',
      () => {
        alpha.replica = undefined
      },
    ],
    [
      'error: it would not be made primary: commits on beta did not wait',
      () => {
        beta.status = {}
      },
    ],
    [
      'error: it would not be made primary: it was 90 s behind',
      () => {
        alpha.replica = { ...wellRow, Master_Host: 'b', Seconds_Behind_Master: 90 }
      },
    ],
    [
      'warning: the database of alpha takes writes',
      () => {
        alpha.variables['read_only'] = 'OFF'
      },
    ],
    [
      'warning: gtid_strict_mode is off',
      () => {
        alpha.variables['gtid_strict_mode'] = 'OFF'
      },
    ],
    [
      'error: the database is gone: start the server of alpha',
      () => {
        alpha.fails = 'gone'
      },
    ],
    [
      'warning: alpha cannot replicate from beta as repl: the database: Access denied',
      () => {
        beta.refuses = 'repl'
      },
    ],
    [
      "error: the database: Access denied for alpha's tandem: user and password",
      () => {
        alpha.refuses = 'tandem'
      },
    ],
  ])('%s', async (says, spoil) => {
    spoil()
    expect(await ready(newHost())).toContain(says)
  })

  test('errant transactions are told with what to do about them', async () => {
    const host = newHost()
    await host.lasting.write(
      'mysqlrole-main.json',
      JSON.stringify({ role: 'replica', errant: { gtids: '0-1-7', file: '/x.sql' } }),
    )
    expect(await ready(host)).toContain(
      'error: it has transactions that beta has not: tandem mysql reseed, typed on alpha',
    )
  })
})

describe('a database that is not there, and one that stands still', () => {
  test.each([
    ['gone', 'stopped', true],
    ['silent', 'unknown', false],
  ] as const)('%s: %s', async (fails, status, stops) => {
    alpha.fails = fails
    const host = newHost()
    expect(await bound.monitor(host)).toEqual({ status, why: `the database is ${fails}` })
    expect(await start(host)).toEqual({ ok: false, why: `the database is ${fails}` })
    expect((await bound.stop(host)).ok).toBe(stops)
  })
})

test('one that takes writes and replicates is neither of both', async () => {
  alpha.variables['read_only'] = 'OFF'
  alpha.replica = orphanRow
  expect(await bound.monitor(newHost())).toMatchObject({ status: 'unknown' })
})

test('what was accepted counts once, and is told from then on', async () => {
  alpha.replica = { ...orphanRow, Master_Host: 'b', Slave_SQL_Running: 'No', Last_SQL_Errno: 1032 }
  beta.fails = 'gone'
  const host = newHost()
  expect(await start(host)).toMatchObject({
    ok: false,
    why: expect.stringContaining('tandem mysql promote mysqlrole::main --accept-data-loss --reason WHY'),
  })
  const accepted = { reason: 'beta burnt down', at: '2026-01-01T00:00:00Z', atMs: monotonicClock.nowMs() - 60_000 }
  await host.sinceBoot.write(
    'mysqlrole-main.accepted.json',
    JSON.stringify({ ...accepted, atMs: accepted.atMs - 600_000 }),
  )
  expect(await start(host)).toMatchObject({ ok: false }) // accepted too long ago
  await host.sinceBoot.write('mysqlrole-main.accepted.json', JSON.stringify(accepted))
  expect(await start(host)).toEqual({ ok: true })
  expect(await bound.monitor(host)).toEqual({ status: 'running' })
  const told = await bound.tending!.tend(host, () => 'held')
  expect(told.problems.join()).toMatch(
    /in spite of this: its replication stopped at an error.*accepted: beta burnt down/,
  )
  await bound.stop(host)
  alpha.replica = { ...orphanRow, Master_Host: 'b', Slave_SQL_Running: 'No', Last_SQL_Errno: 1032 }
  expect(await start(host)).toMatchObject({ ok: false })
})

test('a node whose group runs elsewhere closes its own database, and no other', async () => {
  alpha.variables['read_only'] = 'OFF'
  const host = newHost()
  await bound.tending!.tend(host, () => 'let-be')
  expect(alpha.said).toEqual([])
  await bound.tending!.tend(host, () => 'not-held')
  expect(alpha.said).toEqual(['SET GLOBAL read_only=ON'])
  expect(beta.said).toEqual([])
})
