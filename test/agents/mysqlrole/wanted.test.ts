import { describe, expect, test } from 'vitest'
import { keys, readWanted } from '../../../src/agents/mysqlrole/wanted.ts'
import type { KeyValue } from '../../../src/config/agentKeys.ts'
import { operationsWith } from '../../../src/config/operations.ts'

const read = (values: Readonly<Record<string, KeyValue>>, args = ['main'], node = 'alpha') =>
  readWanted(args, `mysqlrole::${args.join('::')}`, node, operationsWith(new Map(Object.entries(values)), keys))

describe('databases', () => {
  test('where they are, and what holds without a word', () => {
    expect(read({ databases: 'alpha=10.0.0.1, Beta=[fd77::2]:3307' })).toMatchObject({
      name: 'main',
      places: new Map([
        ['alpha', { host: '10.0.0.1', port: 3306 }],
        ['beta', { host: 'fd77::2', port: 3307 }],
      ]),
      socket: '/run/mysqld/mysqld.sock',
      maxLagMs: 60_000,
      drainMs: 60_000,
      answerMs: 5_000,
      semiSync: true,
      semiSyncMs: 10_000,
    })
  })

  test.each([
    ['', 'it is missing; write alpha=10.0.0.1:3306, beta=10.0.0.2:3306'],
    ['alpha=10.0.0.1', 'one node is no pair'],
    ['alpha=10.0.0.1 alpha=10.0.0.2', 'alpha is named twice'],
    ['alpha:10.0.0.1', '"alpha:10.0.0.1" is no NODE=ADDRESS:PORT'],
    ['alpha=10.0.0.1:99999 beta=10.0.0.2', 'is no NODE=ADDRESS:PORT'],
    ['beta=10.0.0.1 gamma=10.0.0.2', 'does not name alpha; add alpha=ADDRESS:3306'],
  ])('%j: %s', (databases, says) => expect(read({ databases })).toEqual({ problem: expect.stringContaining(says) }))

  test('a name goes into names of files', () => {
    expect(read({ databases: 'alpha=x beta=y' }, ['../x'])).toHaveProperty('problem')
    expect(read({ databases: 'alpha=x beta=y' }, ['a', 'b'])).toHaveProperty('problem')
    expect(read({ databases: 'alpha=x beta=y' }, [])).toMatchObject({ name: 'database' })
  })
})
