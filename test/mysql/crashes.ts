/** SIGKILL of the primary under writing clients, also with relay log that its replica has not applied. */
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { begin, type Course, inSync, level, must, progress, swap } from './course.ts'
import { type Tally, tallyOf } from './tally.ts'

/**
 * plain: the replica applies as it receives. behind: what applies stood still, and the received rows wait in the relay log.
 * restarted: so they do, and the replica's own server is killed and started too before it takes over.
 */
export const crashKinds = ['plain', 'behind', 'restarted'] as const
type CrashKind = (typeof crashKinds)[number]

export interface Crashes extends Tally {
  readonly crashes: number
  readonly byKind: Readonly<Record<CrashKind, number>>
  /** Rows that lay in the relay log and nowhere else. */
  readonly unapplied: number
  /** Old primaries that came back with transactions nobody was told of, and were refused. */
  readonly errant: number
  /** Of the replica's start, the slowest and the middle one. */
  readonly takeoverMs: { readonly median: number; readonly worst: number }
  readonly onBoth: boolean
}

export async function crashes(count: number, say: (line: string) => void): Promise<Crashes> {
  const course = await begin({}, 3)
  try {
    const took: number[] = []
    const byKind = { plain: 0, behind: 0, restarted: 0 }
    let unapplied = 0
    let errant = 0
    for (let i = 0; i < count; i += 1) {
      const kind = crashKinds[i % crashKinds.length]!
      byKind[kind] += 1
      unapplied += await crash(course, kind, took)
      if (await comeBack(course, i % 2 === 0)) errant += 1
      if ((i + 1) % 10 === 0 || i + 1 === count)
        say(`${i + 1} of ${count} crashes, ${course.writer!.acknowledged().length} rows acknowledged, ${errant} errant`)
    }
    await course.writer!.end()
    await level(course)
    const acknowledged = course.writer!.acknowledged()
    const [here, there] = [
      await tallyOf(course.primary.server, acknowledged),
      await tallyOf(course.replica.server, acknowledged),
    ]
    took.sort((a, b) => a - b)
    const takeoverMs = { median: Math.round(took[took.length >> 1] ?? 0), worst: Math.round(took.at(-1) ?? 0) }
    const onBoth = here.lost === there.lost && here.duplicates === there.duplicates
    return { ...here, crashes: count, byKind, unapplied, errant, takeoverMs, onBoth }
  } finally {
    course.open = false
    await course.lab.close()
  }
}

/** Returns how many rows had been received and not applied when the primary died. */
async function crash(course: Course, kind: CrashKind, took: number[]): Promise<number> {
  const { primary, replica } = course
  await progress(course, 5 + Math.floor(Math.random() * 60))
  if (kind !== 'plain') {
    await replica.server.run('STOP SLAVE SQL_THREAD')
    await progress(course, 50)
  }
  replica.stand = 'let-be' // looks, and does not start what was stopped for the test
  await replica.tend()
  await sleep(Math.random() * 30)
  await primary.server.kill()
  course.open = false
  replica.stand = 'not-held'
  const waiting = kind === 'plain' ? 0 : await rowsWaiting(course)
  if (kind === 'restarted') {
    await replica.server.kill()
    await replica.server.start()
  }
  primary.stand = 'not-held'
  await replica.tend()
  const began = performance.now()
  must(await replica.start(), `the take-over (${kind})`)
  took.push(performance.now() - began)
  swap(course)
  course.open = true
  await progress(course, 5)
  return waiting
}

async function rowsWaiting({ writer, replica }: Course): Promise<number> {
  return writer!.acknowledged().length - Number(await replica.server.value('SELECT COUNT(*) FROM app.t'))
}

/** True where the old primary has more than the new one: it is refused, and the rows are kept; then it is rebuilt. */
async function comeBack(course: Course, forgets: boolean): Promise<boolean> {
  const { replica } = course
  // As a replica it drops at its start what no replica has acknowledged; as a primary, the default, it keeps that.
  await replica.server.start(forgets ? ['--init-rpl-role=SLAVE'] : [])
  const { problems } = await replica.tend()
  const refused = problems.find(text => text.includes('transactions that the primary has not'))
  if (refused !== undefined) {
    const [, file = ''] = /they are kept in (\S+)\. /.exec(refused) ?? []
    if (!existsSync(file)) throw new Error(`no file with the errant transactions: ${refused}`)
    const rebuilt = await replica.reseed()
    if ('why' in rebuilt) throw new Error(`reseed: ${rebuilt.why}`)
  }
  await inSync(course)
  return refused !== undefined
}
