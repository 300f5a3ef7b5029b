/** A pair under writing clients: what every proof begins with, and the steps that they share. */
import { setTimeout as sleep } from 'node:timers/promises'
import { reached } from '../../src/agents/mysqlrole/gtids.ts'
import { type Lab, type LabNode, openLab } from './pair.ts'
import { startWriter, type Writer } from './writer.ts'

export interface Course {
  readonly lab: Lab
  primary: LabNode
  replica: LabNode
  /** Where clients are led to, as a service address would. */
  open: boolean
  writer: Writer | undefined
}

export type Values = Parameters<typeof openLab>[0]

/** Alpha is the primary, beta its replica, and commits wait for beta. */
export async function begin(values: Values = {}, clients = 0): Promise<Course> {
  const lab = await openLab(values)
  const course: Course = { lab, primary: lab.alpha, replica: lab.beta, open: true, writer: undefined }
  try {
    must(await lab.alpha.start(), 'the first start')
    await lab.beta.tend() // before there is anything that it would have to copy
    await lab.alpha.server.run(
      'CREATE DATABASE app',
      'CREATE TABLE app.t (id INT NOT NULL, text VARCHAR(60), KEY (id)) ENGINE=InnoDB',
    )
    await inSync(course)
    if (clients > 0) course.writer = startWriter(() => (course.open ? course.primary.server : undefined), clients)
    return course
  } catch (error) {
    await lab.close()
    throw error
  }
}

export function must(outcome: { readonly ok: boolean; readonly why?: string }, what: string): void {
  if (!outcome.ok) throw new Error(`${what} failed: ${outcome.why}`)
}

/** Both nodes look, as their managers would, until the replica is one that every commit waits for. */
export async function inSync({ primary, replica }: Course, withinMs = 60_000): Promise<void> {
  const untilMs = Date.now() + withinMs
  for (;;) {
    await replica.tend()
    const { ifDies, lacking, problems } = await primary.tend()
    const seen = await replica.tend()
    if (/^\w+ (has every transaction that was acknowledged$|can be primary)/.test(seen.ifDies ?? '')) return
    if (Date.now() > untilMs)
      throw new Error(`not in sync: ${ifDies ?? lacking}; ${[...problems, ...seen.problems].join('; ')}`)
    await sleep(50)
  }
}

export function swap(course: Course): void {
  const { primary, replica } = course
  course.primary = replica
  course.replica = primary
}

/** So many more rows are acknowledged. */
export async function progress({ writer }: Course, rows: number, withinMs = 30_000): Promise<void> {
  const goal = writer!.acknowledged().length + rows
  const untilMs = Date.now() + withinMs
  while (writer!.acknowledged().length < goal) {
    if (Date.now() > untilMs)
      throw new Error(`clients do not get on: ${goal - writer!.acknowledged().length} rows missing`)
    await sleep(2)
  }
}

/** The replica has what the primary has. */
export async function level({ primary, replica }: Course, withinMs = 30_000): Promise<void> {
  const untilMs = Date.now() + withinMs
  for (;;) {
    const goal = await primary.server.value('SELECT @@gtid_binlog_pos')
    if (reached('MariaDB', await replica.server.value('SELECT @@gtid_slave_pos'), goal)) return
    if (Date.now() > untilMs) throw new Error(`${replica.name} does not come up with ${primary.name}`)
    await sleep(50)
  }
}
