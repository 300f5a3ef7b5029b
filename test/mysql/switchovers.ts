/** Ordered switches under writing clients: nothing lost, nothing doubled, and both databases equal at the moment of it. */
import { begin, type Course, inSync, level, must, progress, swap } from './course.ts'
import { type Tally, tallyOf } from './tally.ts'

export interface Switchovers extends Tally {
  readonly switchovers: number
  /** Both databases at the same GTIDs when the new one was opened. */
  readonly equal: number
  /** From the first statement of the stop to the first row that is acknowledged again, by both servers. */
  readonly outageMs: { readonly median: number; readonly worst: number }
  readonly onBoth: boolean
}

export async function switchovers(count: number, say: (line: string) => void): Promise<Switchovers> {
  const course = await begin({}, 3)
  try {
    const took: number[] = []
    let equal = 0
    for (let i = 0; i < count; i += 1) {
      await progress(course, 5 + Math.floor(Math.random() * 60))
      const began = performance.now()
      if (await switchOver(course)) equal += 1
      // No commit is acknowledged before the old primary is a replica of the new one.
      const writing = progress(course, 1).then(() => took.push(performance.now() - began))
      await inSync(course)
      await writing
      await progress(course, 4)
      if ((i + 1) % 10 === 0 || i + 1 === count)
        say(`${i + 1} of ${count} switchovers, ${course.writer!.acknowledged().length} rows acknowledged`)
    }
    await course.writer!.end()
    await level(course)
    const acknowledged = course.writer!.acknowledged()
    const [here, there] = [
      await tallyOf(course.primary.server, acknowledged),
      await tallyOf(course.replica.server, acknowledged),
    ]
    took.sort((a, b) => a - b)
    const outageMs = { median: Math.round(took[took.length >> 1] ?? 0), worst: Math.round(took.at(-1) ?? 0) }
    const onBoth = here.lost === there.lost && here.duplicates === there.duplicates
    return { ...here, switchovers: count, equal, outageMs, onBoth }
  } finally {
    course.open = false
    await course.lab.close()
  }
}

/** The clients are left where they are: they are to be told by the database, not by a closed door. */
async function switchOver(course: Course): Promise<boolean> {
  const { primary, replica } = course
  must(await primary.stop(), 'the stop')
  const final = await primary.server.value('SELECT @@gtid_binlog_pos')
  must(await replica.start(), 'the start')
  const taken = replica.notes.findLast(note => note.includes('no replica of'))
  swap(course)
  const waits = await replica.server.value('SELECT @@rpl_semi_sync_master_enabled')
  if (waits !== '1') throw new Error('the new primary acknowledges commits before the old one is its replica')
  return (
    (await replica.server.value('SELECT @@gtid_binlog_state')).includes(final) &&
    taken?.endsWith(`applied ${final}`) === true
  )
}
