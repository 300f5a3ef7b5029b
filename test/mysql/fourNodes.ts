/** The recipe four-nodes: an application that waits for the database of another cluster, and outlives moves of either. */
import type { GroupStatus, Status } from '../../src/daemon/protocol.ts'
import {
  configure,
  group,
  type NodeLab,
  openNodes,
  powerLoss,
  runs,
  serves,
  startDaemon,
  type TestNode,
  untilStatus,
} from '../integration/nodeLab.ts'
import { name as database, type Member, manage, newMember, problemsOf, recipe, whole, writeHosts } from './member.ts'

const application = 'mysqlwait::10.77.0.50'
const folder = 'four-nodes/application'

export interface FourNodes {
  /** What status said while the application waited. */
  readonly waiting: string
  /** From the loss of power of its node to the application on the other one. */
  readonly appMovedMs: number
}

export async function fourNodes(say: (line: string) => void): Promise<FourNodes> {
  const lab = await openNodes(['db1', 'db2', 'app1', 'app2'])
  try {
    await lab.gateway()
    return await play(lab, say)
  } finally {
    await lab.close()
  }
}

async function play(lab: NodeLab, say: (line: string) => void): Promise<FourNodes> {
  const [app1, app2] = [lab.node('app1'), lab.node('app2')]
  for (const app of [app1, app2]) await startApplication(lab, app)
  const seen = await untilStatus(app1, 'an application that waits', waits, 30_000)
  const waiting = (group(seen, application).data ?? []).join('; ')
  if (serves(app1, 'app') || serves(app2, 'app')) throw new Error('the application runs without a database')
  say(`app1 waits: ${waiting}`)
  const [db1, db2] = [await newMember(lab, lab.node('db1'), 1), await newMember(lab, lab.node('db2'), 2)]
  for (const one of [db1, db2]) manage(lab, one, 'four-nodes/database')
  await untilStatus(app1, 'the application', runs(application, 'app1'), 60_000)
  if (!serves(app1, 'app')) throw new Error('the application is said to run, and does not')
  say('the database has come: the application runs on app1')
  await whole(db1, db2)
  await loseDatabase(lab, db1, db2, app1)
  say('the database moved, and the application stayed')
  const appMovedMs = await loseApplication(lab, app1, app2)
  say(`app1 died: the application runs on app2 after ${appMovedMs} ms`)
  return { waiting, appMovedMs }
}

/** As written, but for a script in the place of a web server. */
async function startApplication(lab: NodeLab, node: TestNode): Promise<void> {
  await writeHosts(lab, node)
  const haresources = recipe(`${folder}/haresources`).replace('webui::apache2::http://127.0.0.1/', 'svc::app')
  const [haCf, agentsIni] = [recipe(`${folder}/ha.cf`), recipe(`${folder}/agents.ini`)]
  configure(node, { haCf, haresources, agentsIni })
  startDaemon(lab, node)
}

/** Silent, gone, or read-only. */
const troubled = /10\.77\.0\.50:3306/
const ofApplication = (status: Status): GroupStatus => group(status, application)
const waits = (status: Status): boolean =>
  ofApplication(status).state === 'starting' &&
  /^(no database|the database at .* cannot be asked)/.test((ofApplication(status).data ?? []).join())

async function loseDatabase(lab: NodeLab, primary: Member, replica: Member, app: TestNode): Promise<void> {
  const before = ofApplication((await untilStatus(app, 'a calm application', runs(application, app.name)))!)
  await powerLoss(lab, primary.node)
  await untilStatus(app, 'a word about it', status => troubled.test(problemsOf(status)), 20_000)
  await untilStatus(replica.node, 'the take-over', runs(database, replica.node.name), 60_000)
  const after = await untilStatus(app, 'an open database', status => !troubled.test(problemsOf(status)), 20_000)
  if (ofApplication(after).epoch.counter !== before.epoch.counter) throw new Error('the application was moved too')
}

async function loseApplication(lab: NodeLab, from: TestNode, to: TestNode): Promise<number> {
  const began = performance.now()
  await powerLoss(lab, from)
  await untilStatus(to, 'the application on the other node', runs(application, to.name), 60_000)
  if (!serves(to, 'app')) throw new Error('the application is said to run, and does not')
  return Math.round(performance.now() - began)
}
