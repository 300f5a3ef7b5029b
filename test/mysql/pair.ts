/** Two servers and the two nodes that look after them: the real agent on the real host, without the manager around it. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bound, type Host, isProblem, type Stand, type Told } from '../../src/agents/agent.ts'
import { createHost } from '../../src/agents/host.ts'
import { memoriesOf } from '../../src/agents/mysqlrole/memory.ts'
import { mysqlrole } from '../../src/agents/mysqlrole/mysqlrole.ts'
import { type Rebuilt, reseed } from '../../src/agents/mysqlrole/reseed.ts'
import { keys, readWanted } from '../../src/agents/mysqlrole/wanted.ts'
import type { KeyValue } from '../../src/config/agentKeys.ts'
import { operationsWith } from '../../src/config/operations.ts'
import type { GroupName, NodeId, Outcome } from '../../src/types.ts'
import { newServer, type Server } from './server.ts'

export interface LabNode {
  readonly name: string
  readonly server: Server
  readonly host: Host
  readonly bound: Bound
  /** What it has noted. */
  readonly notes: string[]
  stand: Stand
  start(): Promise<Outcome>
  stop(): Promise<Outcome>
  tend(): Promise<Told>
  reseed(): Promise<Rebuilt>
  /** As `tandem mysql promote --accept-data-loss --reason` leaves it. */
  accept(reason: string): Promise<void>
}

export interface Lab {
  readonly dir: string
  readonly alpha: LabNode
  readonly beta: LabNode
  other(node: LabNode): LabNode
  close(): Promise<void>
}

/** On a machine that does much else. */
const patient = { answer_within: 20_000 }
const resource = 'mysqlrole::main'

/** Both are empty and read-only, with the accounts that the agent and the tests need. */
export async function openLab(values: Readonly<Record<string, KeyValue>> = {}): Promise<Lab> {
  const dir = mkdtempSync(join(tmpdir(), 'tandem-mysql-'))
  // The servers run as another user.
  chmodSync(dir, 0o755)
  const port = 20_000 + (process.pid % 10_000)
  const servers = {
    alpha: newServer(dir, 'alpha', 1, '127.0.77.1', port),
    beta: newServer(dir, 'beta', 2, '127.0.77.2', port),
  }
  await Promise.all(Object.values(servers).map(server => server.start().then(() => server.run(...accounts))))
  const databases = Object.values(servers).map(({ name, host }) => `${name}=${host}:${port}`)
  const [alpha, beta] = (['alpha', 'beta'] as const).map(name => {
    const own = { databases: databases.join(', '), socket: servers[name].socket, ...patient, ...values }
    return labNode(join(dir, `${name}-state`), name, servers[name], own)
  }) as [LabNode & { close(): void }, LabNode & { close(): void }]
  return {
    dir,
    alpha,
    beta,
    other: node => (node === alpha ? beta : alpha),
    async close() {
      alpha.close()
      beta.close()
      await Promise.all(Object.values(servers).map(server => server.kill()))
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

export const accounts = [
  'SET sql_log_bin=0',
  ...['tandem', 'repl', 'app'].flatMap(user => [`CREATE USER ${user}@'%' IDENTIFIED BY '${user}-secret'`]),
  "CREATE USER looker@'%' IDENTIFIED BY 'looker-secret'", // no rights but to log in
  "GRANT ALL PRIVILEGES ON *.* TO tandem@'%' WITH GRANT OPTION",
  "GRANT REPLICATION SLAVE ON *.* TO repl@'%'",
  "GRANT SELECT, INSERT, CREATE, DELETE ON *.* TO app@'%'",
]

function labNode(
  stateDir: string,
  name: string,
  server: Server,
  own: Readonly<Record<string, KeyValue>>,
): LabNode & { close(): void } {
  const notes: string[] = []
  const host = createHost({ runDir: stateDir, leaseSeconds: 0, report: ({ text }) => void notes.push(text) })
  const secrets = { password: 'tandem-secret', replication_password: 'repl-secret' }
  const operations = operationsWith(new Map(Object.entries({ ...secrets, ...own })), keys)
  const wanted = readWanted(['main'], resource, name, operations)
  if (isProblem(wanted)) throw new Error(wanted.problem)
  const pair = { resource, node: name, wanted, memories: memoriesOf(host, wanted.name) }
  const bound = mysqlrole.bind(['main'], {
    resource,
    group: resource as GroupName,
    node: name as NodeId,
    configDir: stateDir,
    directives: new Map(),
    operations,
  })
  if (isProblem(bound)) throw new Error(bound.problem)
  const node: LabNode & { close(): void } = {
    name,
    server,
    host,
    bound,
    notes,
    stand: 'not-held',
    async start() {
      node.stand = 'let-be'
      const outcome = await bound.start(host, { holdUntilMs: undefined })
      node.stand = outcome.ok ? 'held' : 'not-held'
      return outcome
    },
    async stop() {
      node.stand = 'let-be'
      const outcome = await bound.stop(host)
      node.stand = 'not-held'
      return outcome
    },
    accept: reason => pair.memories.accept({ reason, at: new Date().toISOString() }),
    reseed: () => reseed({ ...pair, host }, { acceptDataLoss: true, dryRun: false, tell: () => undefined }),
    tend: () => bound.tending!.tend(host, () => node.stand),
    close: () => host.close(),
  }
  return node
}
