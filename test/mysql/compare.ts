/** ClusterLabs' agents and ours, each made to promote the same replica in the same state: which rows are there then, and when. */
import { begin, type Course } from './course.ts'
import { ocfAgents, promoteByOcf } from './ocfAgents.ts'
import type { LabNode } from './pair.ts'

const rows = 50

export interface Compared {
  readonly what: string
  /** By agent. */
  readonly ended: Readonly<Record<string, readonly Ended[]>>
}

interface Ended {
  /** Of those that were acknowledged and received; undefined: it was not promoted. */
  readonly kept: number | undefined
  readonly why: string
  /** To a database that takes writes, or to the refusal. */
  readonly tookMs: number
}

interface State {
  readonly what: string
  spoil(course: Course): Promise<void>
  /** After the death of the primary. */
  afterwards?(course: Course): Promise<void>
}

type Promote = (node: LabNode) => Promise<string | undefined>
/** Ours, then theirs. */
const promoters: Readonly<Record<string, Promote>> = {
  mysqlrole: promoteByUs,
  ...Object.fromEntries(ocfAgents.map(agent => [agent.label, (node: LabNode) => promoteByOcf(node, agent)])),
}

const write = async ({ primary }: Course): Promise<void> =>
  primary.server.root(async session => {
    for (let id = 1; id <= rows; id += 1) await session.query(`INSERT INTO app.t VALUES (${id}, 'x')`)
  })

const states: readonly State[] = [
  {
    what: 'applies as it receives',
    spoil: write,
  },
  {
    what: 'applies two seconds later than it receives',
    async spoil(course) {
      await course.replica.server.run('STOP SLAVE', 'CHANGE MASTER TO MASTER_DELAY=2', 'START SLAVE')
      await settled(course)
      await write(course)
    },
  },
  {
    what: 'has stopped to apply, and goes on receiving',
    async spoil(course) {
      await course.replica.server.run('STOP SLAVE SQL_THREAD')
      await write(course)
    },
  },
  {
    what: 'has not applied what it received, and its server was killed and started too',
    async spoil(course) {
      await course.replica.server.run('STOP SLAVE SQL_THREAD')
      await write(course)
    },
    async afterwards({ replica: { server } }) {
      await server.kill()
      await server.start()
    },
  },
  {
    what: 'cannot apply what it received (1032)',
    async spoil(course) {
      await course.primary.server.run("INSERT INTO app.t VALUES (9999, 'x')")
      await settled(course)
      await course.replica.server.run('SET sql_log_bin=0', 'DELETE FROM app.t WHERE id=9999')
      await course.primary.server.run('DELETE FROM app.t WHERE id=9999')
      await write(course)
    },
  },
]

export async function compare(times: number, say: (line: string) => void): Promise<Compared[]> {
  const results: Compared[] = []
  for (const state of states) {
    const ended: Record<string, Ended[]> = {}
    for (let i = 0; i < times; i += 1)
      for (const [label, promote] of Object.entries(promoters))
        ended[label] = [...(ended[label] ?? []), await once(state, promote)]
    results.push({ what: state.what, ended })
    for (const [label, all] of Object.entries(ended)) say(`${state.what}: ${label} ${sayEnded(all)}`)
  }
  return results
}

export function sayEnded(all: readonly Ended[]): string {
  const kept = [...new Set(all.map(one => one.kept ?? one.why))].map(one =>
    typeof one === 'number' ? `${one} of ${rows}` : one,
  )
  const took = all.map(({ tookMs }) => tookMs).sort((a, b) => a - b)
  return `${kept.join(' / ')} in median ${took[took.length >> 1]} ms`
}

/** All that was received is there, or it is not promoted. */
export const isSafe = ({ kept }: Ended): boolean => kept === undefined || kept === rows

/** A pair of its own each time: what one of them leaves behind is nothing for the other. */
async function once({ spoil, afterwards }: State, promote: Promote): Promise<Ended> {
  const course = await begin()
  const { primary, replica } = course
  try {
    await spoil(course)
    replica.stand = 'let-be'
    await replica.tend()
    await primary.server.kill()
    await afterwards?.(course)
    await replica.tend()
    const began = performance.now()
    const refused = await promote(replica)
    const tookMs = Math.round(performance.now() - began)
    const writable = (await replica.server.value('SELECT @@read_only')) === '0'
    if (!writable) return { kept: undefined, why: refused ?? 'not promoted', tookMs }
    const kept = Number(await replica.server.value(`SELECT COUNT(*) FROM app.t WHERE id <= ${rows}`))
    return { kept, why: refused ?? '', tookMs }
  } finally {
    await course.lab.close()
  }
}

async function promoteByUs(node: LabNode): Promise<string | undefined> {
  const outcome = await node.start()
  return outcome.ok ? undefined : `refused (${outcome.why.slice(0, 70)}...)`
}

/** The replica has applied what there was before. */
async function settled({ primary, replica }: Course): Promise<void> {
  const goal = await primary.server.value('SELECT @@gtid_binlog_pos')
  while ((await replica.server.value('SELECT @@gtid_slave_pos')) !== goal)
    await new Promise(resolve => setTimeout(resolve, 30))
}
