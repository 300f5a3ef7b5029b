/** The recipe mysql-pair on whole nodes, daemons and all: a rebuild, switches, losses of power, and a refusal overridden. */
import { readFileSync } from 'node:fs'
import { runIn } from '../../bench/host.ts'
import {
  group,
  type NodeLab,
  openNodes,
  powerLoss,
  powerOn,
  runs,
  startDaemon,
  untilStatus,
} from '../integration/nodeLab.ts'
import { type Member, manage, name, newMember, problemsOf, startServer, whole, writeHosts } from './member.ts'
import { typed } from './typed.ts'

/** Of haresources: clients come here. */
const address = '10.77.0.50'

export interface Nodes {
  readonly lossesOfPower: number
  readonly switchovers: number
  readonly rows: number
  readonly lost: number
  /** From the loss of power to the first row that was taken at the service address. */
  readonly outageMs: readonly number[]
  /** Of status, before the first loss. */
  readonly ifDies: string
  readonly said: readonly string[]
}

interface Course {
  readonly lab: NodeLab
  primary: Member
  replica: Member
  /** Acknowledged, and given up by nobody. */
  rows: number
  readonly say: (line: string) => void
}

export async function nodes(times: number, say: (line: string) => void): Promise<Nodes> {
  const lab = await openNodes(['db1', 'db2'])
  try {
    await lab.gateway()
    const [primary, replica] = [await newMember(lab, lab.node('db1'), 1), await newMember(lab, lab.node('db2'), 2)]
    return await play({ lab, primary, replica, rows: 0, say }, times)
  } finally {
    await lab.close()
  }
}

async function play(course: Course, times: number): Promise<Nodes> {
  const began = performance.now()
  const said: string[] = []
  const note = (...texts: string[]): void => {
    for (const text of texts) course.say(`${((performance.now() - began) / 1_000).toFixed(1)} s: ${text}`)
    said.push(...texts)
  }
  note(await firstCopy(course))
  const outageMs: number[] = []
  let ifDies = ''
  for (let i = 0; i < times; i += 1) {
    ifDies ||= (await whole(course.primary, course.replica)).ifDies
    await write(course, 20)
    note(await switchOver(course))
    await write(course, 20)
    outageMs.push(await losePower(course))
    await comeBack(course, ['--init-rpl-role=SLAVE'])
    note(`${i + 1} of ${times}: a switch, and a loss of power; writing again after ${outageMs.at(-1)} ms`)
  }
  if (times > 1) note(await returned(course))
  note(...(await override(course)))
  const servers = [course.primary, course.replica].map(({ server }) => server)
  const counts = await Promise.all(servers.map(server => server.value('SELECT COUNT(*) FROM app.t')))
  const lost = Math.max(...counts.map(count => Math.abs(course.rows - Number(count))))
  return {
    lossesOfPower: times + (times > 1 ? 2 : 1),
    switchovers: times,
    rows: course.rows,
    lost,
    outageMs,
    ifDies,
    said,
  }
}

/** A database that was there before anything was replicated: its copy is made by hand, as the recipe says. */
async function firstCopy(course: Course): Promise<string> {
  const { lab, primary, replica } = course
  await primary.server.run(
    'SET sql_log_bin=0',
    'CREATE DATABASE app',
    'CREATE TABLE app.t (id INT NOT NULL PRIMARY KEY, text VARCHAR(60)) ENGINE=InnoDB',
  )
  for (const one of [primary, replica]) manage(lab, one, 'mysql-pair')
  await untilStatus(primary.node, 'the first start', runs(name, primary.node.name), 60_000)
  await write(course, 5)
  await untilStatus(replica.node, 'a word about the copy', status =>
    /type on db2: tandem mysql reseed/.test(problemsOf(status)),
  )
  const { code, out } = await typed(lab, replica.node, 'mysql', 'reseed')
  if (code !== 0 || !/copying from db1[\s\S]*rebuilt from db1: .* MB in .* s, and replicates/.test(out))
    throw new Error(`reseed: ${code} ${out}`)
  await whole(primary, replica)
  return last(out)
}

/** Through the service address, each one a client of its own host. */
async function write(course: Course, count: number): Promise<void> {
  const { primary, rows } = course
  const inserts = Array.from({ length: count }, (_, i) => `INSERT INTO app.t VALUES (${rows + i + 1}, 'x')`)
  await client(primary, `${inserts.join(';')};`)
  course.rows += count
}

const client = ({ node }: Member, statements: string): Promise<string> =>
  runIn(node.host, ['mariadb', '-h', address, '-u', 'app', '-papp-secret', '-N', '-e', statements], 30_000)

async function switchOver(course: Course): Promise<string> {
  const { lab, replica } = course
  const { code, out } = await typed(lab, replica.node, 'switchover', name)
  if (code !== 0) throw new Error(`switchover: ${code} ${out}`)
  swap(course)
  await whole(course.primary, course.replica)
  return last(out)
}

/** The other one takes over. */
async function losePower(course: Course): Promise<number> {
  const { lab, primary, replica } = course
  const began = performance.now()
  await powerLoss(lab, primary.node)
  await untilStatus(replica.node, 'the take-over', runs(name, replica.node.name), 60_000)
  swap(course)
  await write(course, 1)
  return Math.round(performance.now() - began)
}

async function comeBack({ lab, replica, primary }: Course, options: readonly string[]): Promise<void> {
  await powerOn(replica.node)
  await writeHosts(lab, replica.node)
  await lab.heal(replica.node.name)
  await startServer(replica, options)
  startDaemon(lab, replica.node)
  if (options.length > 0) await whole(primary, replica)
}

/** The replica is cut off, the primary goes on alone and dies: refused. */
async function refused({ lab, primary, replica }: Course, row: number): Promise<string> {
  await whole(primary, replica)
  await lab.cut(replica.node.name, 'eth0') // heartbeats have another way
  await primary.server.run(`INSERT INTO app.t VALUES (${row}, 'seen by one only')`)
  await powerLoss(lab, primary.node)
  await lab.heal(replica.node.name, 'eth0')
  const status = await untilStatus(replica.node, 'a refusal', seen => group(seen, name).state === 'failed', 30_000)
  const refusal = group(status, name).why ?? ''
  if (!/its last commits may be missing here\. To take it all the same: tandem mysql promote/.test(refusal))
    throw new Error(`refused because "${refusal}"`)
  return refusal
}

/** The old primary comes back, and has all: it goes on by itself. */
async function returned(course: Course): Promise<string> {
  const { lab, primary, replica } = course
  await refused(course, 1_000_001)
  await powerOn(primary.node)
  await writeHosts(lab, primary.node)
  await lab.heal(primary.node.name)
  await startServer(primary)
  startDaemon(lab, primary.node)
  await untilStatus(primary.node, 'the return of the only one that has all', runs(name, primary.node.name), 60_000)
  course.rows += 1
  await write(course, 1)
  await whole(primary, replica)
  return `${primary.node.name} came back with all rows and goes on`
}

/** Somebody accepts the loss. */
async function override(course: Course): Promise<string[]> {
  const { lab, replica } = course
  const refusal = await refused(course, 1_000_000)
  const words = ['mysql', 'promote', '--accept-data-loss']
  const without = await typed(lab, replica.node, ...words)
  if (without.code === 0) throw new Error(`overridden without a reason: ${without.out}`)
  const promoted = await typed(lab, replica.node, ...words, '--reason', 'its disk is gone')
  if (promoted.code !== 0 || !/ takes writes on /.test(promoted.out))
    throw new Error(`mysql promote: ${promoted.code} ${promoted.out}`)
  swap(course)
  await untilStatus(course.primary.node, 'the reason', seen =>
    /in spite of this: .*may be missing here \(accepted: its disk is gone\)/.test(problemsOf(seen)),
  )
  await write(course, 3)
  return [refusal, without.out.split('\n')[0]!, last(promoted.out), ...(await rebuild(course))]
}

/** The old primary has a row that nobody else has: kept out, with that row in a file, until it is rebuilt. */
async function rebuild(course: Course): Promise<string[]> {
  const { lab, replica } = course
  await comeBack(course, [])
  const status = await untilStatus(
    replica.node,
    'a word about the rows that are only here',
    seen => /has transactions that the primary has not/.test(problemsOf(seen)),
    60_000,
  )
  const [sentence = '', file = ''] = /they are kept in (\S+)\. /.exec(problemsOf(status)) ?? []
  if (!readFileSync(file, 'utf8').includes('seen by one only')) throw new Error(`the row is not in "${file}"`)
  const { code, out } = await typed(lab, replica.node, 'mysql', 'reseed')
  if (code !== 0) throw new Error(`reseed of the old primary: ${code} ${out}`)
  await whole(course.primary, course.replica)
  return [sentence, last(out)]
}

function swap(course: Course): void {
  const { primary, replica } = course
  course.primary = replica
  course.replica = primary
}

const last = (text: string): string => text.split('\n').at(-1) ?? ''
