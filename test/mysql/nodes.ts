/** Whole nodes, daemons and all, each with its own server on a host of its own: loss of power, a switch, and what is said. */
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { spawnIn } from '../../bench/host.ts'
import {
  configure,
  group,
  leased,
  type NodeLab,
  openNodes,
  powerLoss,
  powerOn,
  runs,
  startDaemon,
  type TestNode,
  type,
  untilStatus,
} from '../integration/nodeLab.ts'
import { accounts } from './pair.ts'
import { newServer, type Server } from './server.ts'

const name = 'mysqlrole::main'
const haCf = `${leased}bcast eth0\nauto_failback off\nsplit_policy take\nnode alpha beta\n`

interface Member {
  readonly node: TestNode
  readonly server: Server
}

export interface Nodes {
  readonly lossesOfPower: number
  readonly switchovers: number
  readonly rows: number
  readonly lost: number
  /** From the loss of power to the first row that the other node took. */
  readonly outageMs: readonly number[]
  /** Of status, before the first loss. */
  readonly ifDies: string
  readonly said: readonly string[]
}

export async function nodes(times: number, say: (line: string) => void): Promise<Nodes> {
  const lab = await openNodes()
  try {
    return await play(lab, times, say)
  } finally {
    await lab.close()
  }
}

async function play(lab: NodeLab, times: number, say: (line: string) => void): Promise<Nodes> {
  chmodSync(lab.dir, 0o755)
  const [alpha, beta] = [lab.node('alpha'), lab.node('beta')].map((node, i) => member(lab, node, i + 1)) as [
    Member,
    Member,
  ]
  for (const { server } of [alpha, beta]) {
    say(`${server.name} starts`)
    await server.start()
    await server.run(...accounts)
  }
  for (const one of [alpha, beta]) manage(lab, one)
  await untilStatus(alpha.node, 'the first start', runs(name, 'alpha'), 60_000)
  await alpha.server.run(
    'CREATE DATABASE app',
    'CREATE TABLE app.t (id INT NOT NULL PRIMARY KEY, text VARCHAR(60)) ENGINE=InnoDB',
  )
  let [primary, replica] = [alpha, beta]
  let rows = 0
  const write = async (): Promise<void> => {
    for (let i = 0; i < 20; i += 1) await primary.server.run(`INSERT INTO app.t VALUES (${++rows}, 'x')`)
  }
  const outageMs: number[] = []
  const said: string[] = []
  let ifDies = ''
  for (let i = 0; i < times; i += 1) {
    const seen = await whole(primary, replica)
    ifDies ||= group(seen, name).ifDies
    await write()
    const switched = await type(replica.node, 'switchover', name, ...folders(replica.node))
    if (switched.code !== 0) throw new Error(`switchover: ${switched.err}${switched.out}`)
    said.push(switched.out.trim().split('\n').at(-1) ?? '')
    ;[primary, replica] = [replica, primary]
    await whole(primary, replica)
    await write()
    const began = performance.now()
    await powerLoss(lab, primary.node)
    await untilStatus(replica.node, 'the take-over', runs(name, replica.node.name), 60_000)
    ;[primary, replica] = [replica, primary]
    await write()
    outageMs.push(Math.round(performance.now() - began))
    await powerOn(replica.node)
    await lab.heal(replica.node.name)
    await replica.server.start(['--init-rpl-role=SLAVE'])
    startDaemon(lab, replica.node)
    say(
      `${i + 1} of ${times}: a switch, and a loss of power of ${replica.node.name}; taken over after ${outageMs.at(-1)} ms`,
    )
  }
  await whole(primary, replica)
  await sleep(1_000)
  const found = await Promise.all([primary, replica].map(({ server }) => server.value('SELECT COUNT(*) FROM app.t')))
  const lost = Math.max(...found.map(count => rows - Number(count)))
  return { lossesOfPower: times, switchovers: times, rows, lost, outageMs, ifDies, said }
}

function member(lab: NodeLab, node: TestNode, id: number): Member {
  const { address, dir } = node.host
  chmodSync(dir, 0o755)
  const server = newServer(lab.dir, `${node.name}-db`, id, address, 3306, (file, args) =>
    spawnIn(node.host, [file, ...args], 'mariadbd.log'),
  )
  return { node, server }
}

const folders = ({ configDir, stateDir }: TestNode): string[] => ['--config-dir', configDir, '--state-dir', stateDir]

function manage(lab: NodeLab, { node, server }: Member): void {
  const databases = [...lab.nodes.values()].map(one => `${one.name}=${one.host.address}:3306`).join(', ')
  const agentsIni = `[${name}]
databases = ${databases}
socket = ${join(server.dir, 's.sock')}
password = tandem-secret
replication_password = repl-secret
answer_within = 2s
look_every = 500ms
`
  configure(node, { haCf, haresources: `alpha ${name} svc::web\n`, agentsIni })
  startDaemon(lab, node)
}

/** Both nodes there, and every commit waits for the replica. */
const whole = (primary: Member, replica: Member) =>
  untilStatus(
    primary.node,
    'a whole pair',
    status => runs(name, primary.node.name)(status) && /has every transaction/.test(group(status, name).ifDies),
    120_000,
  ).then(async seen => {
    await untilStatus(
      replica.node,
      'the same of the replica',
      status => /has every transaction/.test(group(status, name).ifDies),
      20_000,
    )
    return seen
  })
