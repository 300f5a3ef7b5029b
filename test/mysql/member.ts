/** A host with a database and a daemon on it, as the recipe etc-examples/mysql-pair has them but for names of this place. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runIn, spawnIn } from '../../bench/host.ts'
import type { GroupStatus, Status } from '../../src/daemon/protocol.ts'
import {
  configure,
  group,
  type NodeLab,
  runs,
  startDaemon,
  type TestNode,
  untilStatus,
} from '../integration/nodeLab.ts'
import { accounts } from './pair.ts'
import { newServer, type Server } from './server.ts'

export const name = 'mysqlrole::main'

export interface Member {
  readonly node: TestNode
  readonly server: Server
}

export const recipe = (path: string): string =>
  readFileSync(join(process.cwd(), 'etc-examples', path), 'utf8')
    .replaceAll('10.0.0.254', '10.78.0.254')
    .replaceAll('10.0.0.', '10.77.0.')
    .replace('"SECRET"', '"tandem-secret"')
    .replace('"OTHER SECRET"', '"repl-secret"')
    .replace('"THIRD SECRET"', '"looker-secret"')

/** Its server runs and has the accounts; nothing is managed yet. */
export async function newMember(lab: NodeLab, node: TestNode, id: number): Promise<Member> {
  for (const dir of [lab.dir, node.host.dir]) chmodSync(dir, 0o755) // the servers run as another user
  await writeHosts(lab, node)
  const server = newServer(lab.dir, `${node.name}-db`, id, node.host.address, 3306, (file, args) =>
    spawnIn(node.host, [file, ...args], 'mariadbd.log'),
  )
  await startServer({ node, server })
  await server.run(...accounts)
  return { node, server }
}

/** Each host knows the names of all, by its hosts file: once after each boot. */
export async function writeHosts(lab: NodeLab, { host }: TestNode): Promise<void> {
  const path = join(lab.dir, 'hosts')
  const lines = [...lab.nodes.values()].map(({ name: one, host: { address } }) => `${address} ${one}\n`)
  writeFileSync(path, `127.0.0.1 localhost\n${lines.join('')}`)
  await runIn(host, ['mount', '--bind', path, '/etc/hosts'])
}

/** Service addresses lead to it too. */
export const startServer = ({ server }: Member, more: readonly string[] = []): Promise<void> =>
  server.start(['--bind-address=0.0.0.0', ...more])

/** @param folder of etc-examples. */
export function manage(lab: NodeLab, { node, server }: Member, folder: string): void {
  const [haCf, haresources] = ['ha.cf', 'haresources'].map(file => recipe(`${folder}/${file}`)) as [string, string]
  const agentsIni = recipe(`${folder}/agents.ini`).replace(
    `[${name}]\n`,
    `[${name}]\nsocket = ${join(server.dir, 's.sock')}\n`,
  )
  configure(node, { haCf, haresources, agentsIni })
  startDaemon(lab, node)
}

const everyCommit = /has every transaction/

/** Both nodes are there, and every commit waits for the replica; the group as the node of the primary tells it. */
export async function whole(primary: Member, replica: Member): Promise<GroupStatus> {
  const isWhole = (status: Status): boolean =>
    runs(name, primary.node.name)(status) && everyCommit.test(group(status, name).ifDies)
  const seen = await untilStatus(primary.node, 'a whole pair', isWhole, 60_000)
  await untilStatus(replica.node, 'the same of the replica', isWhole, 20_000)
  return group(seen, name)
}

export const problemsOf = (status: Status): string => status.problems.map(({ text }) => text).join('\n')
