/** Replicas that must not become primary, one kind after the other: refused each time, and still read-only afterwards. */
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { begin, type Course, inSync, level, must } from './course.ts'
import type { LabNode } from './pair.ts'

export interface Refusal {
  readonly kind: string
  readonly tried: number
  readonly refused: number
  /** Of the last one. */
  readonly sentence: string
}

interface Kind {
  readonly kind: string
  /** What the refusal must say. */
  readonly says: RegExp
  readonly values?: Readonly<Record<string, string | number | boolean>>
  /** Makes the replica unfit; the primary lives. */
  spoil(course: Course, nth: number): Promise<void>
  /** Makes it fit again. */
  mend(course: Course): Promise<void>
  /** The primary lives on. */
  readonly spare?: true
  /** The old primary is refused too, as the other has what it has not: somebody has to decide. */
  readonly decide?: true
}

const insert = (id: number): string => `INSERT INTO app.t VALUES (${id}, 'x')`
/** The row that is to be applied is there already, or not there at all. */
const kinds: readonly Kind[] = [
  {
    kind: 'broken: what it received cannot be applied',
    says: /stopped at an error it could not apply \(1032/,
    async spoil(course, nth) {
      const { primary, replica } = course
      await primary.server.run(insert(nth))
      await level(course) // acknowledged is received, and not yet applied
      await replica.server.run('SET sql_log_bin=0', `DELETE FROM app.t WHERE id=${nth}`)
      await primary.server.run(`DELETE FROM app.t WHERE id=${nth}`)
      await until(async () => (await replica.tend()).problems.some(text => text.includes('1032')))
    },
    async mend({ replica }) {
      await replica.server.run('STOP SLAVE', 'SET GLOBAL sql_slave_skip_counter=1', 'START SLAVE')
    },
  },
  {
    kind: 'lagging: more than max_lag',
    says: /it was \d+ s behind, more than max_lag|has not applied what it received within drain_timeout/,
    values: { max_lag: 1_000, drain_timeout: 300 },
    async spoil({ primary, replica }, nth) {
      await replica.server.run('STOP SLAVE', 'CHANGE MASTER TO MASTER_DELAY=3600', 'START SLAVE')
      await until(async () => (await replica.server.value('SELECT @@gtid_slave_pos')) !== '')
      await sleep(300)
      await primary.server.run(insert(nth))
      // One half is known to lag before; the other has the rows, and cannot apply them in time.
      if (nth % 2 === 0) await sleep(2_100)
      await replica.tend()
    },
    async mend({ replica }) {
      await replica.server.run('STOP SLAVE', 'CHANGE MASTER TO MASTER_DELAY=0', 'START SLAVE')
    },
  },
  {
    kind: 'errant: the replica was written to',
    says: /transactions that alpha had not: 0-2-/,
    decide: true,
    async spoil({ replica }, nth) {
      await replica.server.run(insert(1_000_000 + nth))
      await replica.tend()
    },
    mend: ({ replica }) => replica.reseed().then(() => undefined),
  },
  {
    kind: 'not in sync: commits had not waited for it',
    says: /did not wait for this replica when it was last seen/,
    async spoil({ primary, replica }, nth) {
      await replica.server.run(
        'SET GLOBAL rpl_semi_sync_slave_enabled=OFF',
        'STOP SLAVE IO_THREAD',
        'START SLAVE IO_THREAD',
      )
      await primary.server.run(insert(nth))
      await until(async () => {
        await replica.tend()
        return (
          (await replica.server.value('SHOW SLAVE STATUS')) !== '' &&
          (await replica.tend()).lines.some(text => text.includes('0 s behind'))
        )
      })
    },
    async mend({ replica }) {
      await replica.server.run(
        'SET GLOBAL rpl_semi_sync_slave_enabled=ON',
        'STOP SLAVE IO_THREAD',
        'START SLAVE IO_THREAD',
      )
    },
    values: { semi_sync_timeout: 200 },
  },
  {
    kind: 'not fetching when the primary was last seen',
    says: /it was not fetching from alpha/,
    values: { semi_sync_timeout: 200 },
    async spoil({ primary, replica }, nth) {
      await replica.server.run('STOP SLAVE IO_THREAD')
      await primary.server.run(insert(nth))
      replica.stand = 'let-be'
      await replica.tend()
      replica.stand = 'not-held'
    },
    mend: async () => undefined,
  },
  {
    kind: 'two primaries: the other takes writes',
    says: /the database of alpha takes writes/,
    spare: true,
    spoil: async () => undefined,
    mend: async () => undefined,
  },
]

export async function refusals(count: number, say: (line: string) => void): Promise<Refusal[]> {
  const results: Refusal[] = []
  for (const kind of kinds) {
    results.push(await ofKind(kind, count))
    const { refused, tried, sentence } = results.at(-1)!
    say(`${kind.kind}: refused ${refused} of ${tried}; ${sentence}`)
  }
  return results
}

async function ofKind(kind: Kind, count: number): Promise<Refusal> {
  const course = await begin(kind.values)
  try {
    let refused = 0
    let sentence = ''
    for (let nth = 1; nth <= count; nth += 1) {
      const { primary, replica } = course
      await inSync(course)
      await level(course)
      await kind.spoil(course, nth)
      if (!kind.spare) {
        await primary.server.kill()
        await replica.tend()
      }
      const outcome = await replica.start()
      sentence = outcome.ok ? 'PROMOTED' : outcome.why
      const closed = (await replica.server.value('SELECT @@read_only')) === '1'
      if (!outcome.ok && kind.says.test(sentence) && closed) refused += 1
      replica.stand = 'not-held'
      if (!kind.spare) {
        await primary.server.start()
        if (kind.decide) await decide(primary)
        must(await primary.start(), 'the return of the old primary')
      }
      await kind.mend(course)
    }
    return { kind: kind.kind, tried: count, refused, sentence }
  } finally {
    await course.lab.close()
  }
}

/** Refused first; then an operator takes it upon himself, and that is told from then on. */
async function decide(primary: LabNode): Promise<void> {
  const first = await primary.start()
  if (first.ok || !first.why.includes('has transactions that are missing here')) throw new Error('it was not refused')
  await primary.accept('the row on beta is known and worth nothing')
}

async function until(holds: () => Promise<boolean>, withinMs = 20_000): Promise<void> {
  const untilMs = Date.now() + withinMs
  while (!(await holds())) {
    if (Date.now() > untilMs) throw new Error('what was to be spoilt is not')
    await sleep(30)
  }
}

export interface Returned {
  readonly tried: number
  /** Not made a replica, with all its extra rows in the file that the sentence names. */
  readonly keptOut: number
  /** Rebuilt afterwards, with the same rows as the primary. */
  readonly rebuilt: number
}

/** An old primary that has committed what nobody else has. */
export async function returns(count: number, say: (line: string) => void): Promise<Returned> {
  const course = await begin({ semi_sync: false })
  try {
    let keptOut = 0
    let rebuilt = 0
    for (let nth = 1; nth <= count; nth += 1) {
      const old = course.primary
      const next = course.replica
      await until(async () =>
        (await next.tend()).lines.some(text => text.startsWith(`${next.name}: replica of ${old.name}, 0 s`)),
      )
      await level(course)
      await next.server.run('STOP SLAVE IO_THREAD')
      await old.server.run(insert(2_000_000 + nth))
      await old.server.kill()
      await next.server.run('START SLAVE IO_THREAD')
      await next.tend()
      must(await next.start(), 'the take-over')
      await next.server.run(insert(3_000_000 + nth))
      old.stand = 'not-held'
      await old.server.start()
      const { problems } = await old.tend()
      const sentence = problems.find(text => text.includes('transactions that the primary has not')) ?? ''
      const [, file = ''] = /they are kept in (\S+)\. /.exec(sentence) ?? []
      const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
      const isReplica = (await old.server.root(session => session.query('SHOW SLAVE STATUS'))).length > 0
      const rows = text.match(/^### INSERT INTO/gm)?.length ?? 0
      if (!isReplica && rows === 1 && /GTID 0-\d+-\d+/.test(text)) keptOut += 1
      else say(`NOT kept out (${nth}): ${sentence}; replica ${isReplica}, ${rows} row events in "${file}"`)
      const done = await old.reseed()
      if ('why' in done) throw new Error(`reseed: ${done.why}`)
      course.primary = next
      course.replica = old
      await level(course)
      const sums = await Promise.all([old, next].map(({ server }) => server.root(s => s.query('CHECKSUM TABLE app.t'))))
      if (sums[0]?.[0]?.['Checksum'] === sums[1]?.[0]?.['Checksum']) rebuilt += 1
      if (nth % 10 === 0 || nth === count)
        say(`${nth} of ${count} old primaries with extra rows: ${keptOut} kept out, ${rebuilt} rebuilt`)
    }
    return { tried: count, keptOut, rebuilt }
  } finally {
    await course.lab.close()
  }
}
