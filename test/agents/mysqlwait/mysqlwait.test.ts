/** A group that waits for a database somewhere else: until it takes writes, and no longer than it may. */
import { beforeEach, describe, expect, test } from 'vitest'
import { type Bound, type Host, isProblem } from '../../../src/agents/agent.ts'
import { tryContract } from '../../../src/agents/contract.ts'
import { DatabaseError, type OpenDatabase } from '../../../src/agents/mysqlrole/session.ts'
import { mysqlwait } from '../../../src/agents/mysqlwait/mysqlwait.ts'
import { keys } from '../../../src/agents/mysqlwait/wanted.ts'
import { operationsWith } from '../../../src/config/operations.ts'
import type { GroupName, NodeId } from '../../../src/types.ts'
import { type FakeClock, fakeClock } from '../fakes.ts'

const resource = 'mysqlwait::10.0.0.50'
const context = {
  resource,
  group: resource as GroupName,
  node: 'app1' as NodeId,
  configDir: '/conf',
  directives: new Map<string, string>(),
}
const operations = operationsWith(new Map([['password', 'secret']]), keys)
const bound = mysqlwait.bind(['10.0.0.50'], { ...context, operations }) as Bound

let clock: FakeClock
let pages: Map<string, string>
let notes: string[]
/** What the database says: the value of read_only, or an error. */
let database: 'ON' | 'OFF' | DatabaseError
let asked: string[]
let host: Host

beforeEach(() => {
  clock = fakeClock()
  pages = new Map()
  notes = []
  asked = []
  database = 'OFF'
  const openDatabase: OpenDatabase = async ({ host: to, port, user, password }) => {
    asked.push(`${user}:${password}@${to}:${port}`)
    const said = database
    if (typeof said !== 'string') throw said
    return { close: () => undefined, query: async () => [{ Variable_name: 'read_only', Value: said }] }
  }
  host = {
    clock,
    openDatabase,
    note: (text: string) => void notes.push(text),
    alone: (_name: string, work: () => Promise<unknown>) => work(),
    sinceBoot: {
      read: (name: string) => pages.get(name),
      write: async (name: string, text: string) => void pages.set(name, text),
    },
  } as unknown as Host
})
const start = () => bound.start(host, { holdUntilMs: undefined })
const gone = new DatabaseError('gone', 'no database listens at 10.0.0.50:3306')

test('start, start, look, stop, stop, look', async () => {
  expect(await tryContract(bound, host)).toMatchObject({ breaches: [], endedBy: undefined, left: 'stopped' })
  expect(asked[0]).toBe('tandem:secret@10.0.0.50:3306')
})

test('waits while it is not there and while it is read-only, and says so once each', async () => {
  database = gone
  let outcome: unknown
  void start().then(ended => {
    outcome = ended
  })
  await clock.advance(3_000)
  database = 'ON'
  await clock.advance(3_000)
  expect(outcome).toBeUndefined()
  expect(await bound.monitor(host)).toEqual({ status: 'stopped' })
  database = 'OFF'
  await clock.advance(1_000)
  expect(outcome).toEqual({ ok: true })
  expect(await bound.monitor(host)).toEqual({ status: 'running' })
  expect(notes).toEqual([
    `${resource}: waits for a database that takes writes: no database listens at 10.0.0.50:3306`,
    `${resource}: waits for a database that takes writes: the database at 10.0.0.50:3306 is read-only`,
    `${resource}: the database takes writes now`,
  ])
})

test('after start_timeout it has failed, with the last answer', async () => {
  const soon = { ...operations, startTimeoutMs: 10_000 }
  const impatient = mysqlwait.bind(['10.0.0.50'], { ...context, operations: soon }) as Bound
  database = 'ON'
  const ended = impatient.start(host, { holdUntilMs: undefined })
  await clock.advance(11_000)
  expect(await ended).toEqual({
    ok: false,
    why: 'it took no writes within start_timeout 10 s: the database at 10.0.0.50:3306 is read-only',
  })
  expect(await impatient.monitor(host)).toEqual({ status: 'stopped' })
})

test('once it runs it does not fail because the database moves: status tells', async () => {
  await start()
  database = 'ON'
  expect(await bound.monitor(host)).toEqual({ status: 'running' })
  const line = 'the database at 10.0.0.50:3306 is read-only'
  expect(await bound.tending!.tend(host, () => 'held')).toEqual({ lines: [line], problems: [line] })
  expect(await bound.tending!.tend(host, () => 'not-held')).toEqual({ lines: [line], problems: [] })
})

describe('before it is needed', () => {
  test.each([
    ['OFF' as const, []],
    ['ON' as const, [{ level: 'warning', text: 'a start would wait: the database at 10.0.0.50:3306 is read-only' }]],
    [
      new DatabaseError('said', 'the database at 10.0.0.50:3306: Access denied', 1045),
      [
        {
          level: 'error',
          text: `the database at 10.0.0.50:3306: Access denied: give ${resource} the password of the account tandem in agents.ini`,
        },
      ],
    ],
  ])('%s', async (says, hindrances) => {
    database = says
    expect(await bound.ready!(host)).toEqual(hindrances)
  })
})

test.each([
  [['10.0.0.50:3307'], true],
  [['[2001:db8::5]:3307'], true],
  [['db.example.org'], true],
  [[], false],
  [['10.0.0.50:0'], false],
  [['10.0.0.50:99999'], false],
  [['10.0.0.50', 'more'], false],
])('%s: %s', (args, good) => {
  const result = mysqlwait.bind(args, { ...context, operations })
  expect(isProblem(result)).toBe(!good)
  if (isProblem(result)) expect(result.problem).toMatch(/write mysqlwait::ADDRESS\[:PORT\], as in mysqlwait::10/)
})
