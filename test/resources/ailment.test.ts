import { describe, expect, test } from 'vitest'
import { usualOperations } from '../../src/config/operations.ts'
import { ail, forgetAtMs, lately, usualPatience } from '../../src/resources/ailment.ts'
import { begin, claimState, finish, nextJob, type Run, unknown } from '../../src/resources/run.ts'
import type { Group, Job, Patience } from '../../src/types.ts'

const resource = (name: string, patience?: Patience) => ({
  name,
  agent: name,
  args: [],
  address: name.startsWith('10.'),
  ...(patience && { patience }),
})
const groupOf = (patience?: Patience): Group =>
  ({
    name: 'web',
    homes: ['alpha', 'beta'],
    resources: ['10.0.0.8', '10.0.0.9', 'disk', 'nagios', 'apache2'].map(name => resource(name, patience)),
  }) as unknown as Group
const running: Run = { ...unknown, known: true, up: 5, live: 5 }

/** Works until nothing is left to do; the jobs as words. */
function worked(start: Run, group: Group, want: 'run' | 'stay' | 'stop'): { run: Run; jobs: string[] } {
  let run = start
  const jobs: string[] = []
  for (let draft = nextJob(run, group, want); draft !== undefined; draft = nextJob(run, group, want)) {
    const job: Job = { ...draft, id: jobs.length, group: group.name, holdUntilMs: undefined }
    jobs.push(`${draft.op} ${draft.first}-${draft.last}`)
    run = finish(begin(run, job), group, { ok: true })
  }
  return { run, jobs }
}

describe('a resource that fails while it runs', () => {
  test('is stopped with what stands above it, and both are started again', () => {
    const { run, jobs } = worked(ail(running, groupOf(), 3, 'gone', 0), groupOf(), 'run')
    expect(jobs).toEqual(['stop 4-4', 'stop 3-3', 'start 3-3', 'start 4-4'])
    expect(run).toMatchObject({ up: 5, live: 5, ailing: undefined, failed: undefined })
  })

  test('of a row of addresses only those from it on are taken away', () => {
    const { jobs } = worked(ail({ ...running, up: 2, live: 2 }, groupOf(), 1, 'gone', 0), groupOf(), 'run')
    expect(jobs.slice(0, 2)).toEqual(['stop 1-1', 'start 1-1'])
  })

  test('is brought back so often, then its group is given up, with the reason', () => {
    let run = running
    for (let times = 0; times < usualPatience.retries; times += 1) {
      run = worked(ail(run, groupOf(), 3, 'gone', times), groupOf(), 'run').run
      expect(run.failed).toBeUndefined()
    }
    run = ail(run, groupOf(), 3, 'gone', 9)
    expect(run).toMatchObject({ worn: 3, failed: 'nagios failed 3 times within 60 min: gone' })
    expect(nextJob(run, groupOf(), 'run')).toEqual({ op: 'stop', first: 4, last: 4 })
  })

  test('with retries 0 it is given up at once', () => {
    const strict = groupOf({ ...usualPatience, retries: 0 })
    expect(ail(running, strict, 4, 'gone', 0)).toMatchObject({ worn: 4, failed: 'apache2 failed: gone' })
  })

  test('failures of another resource are not its own', () => {
    const run = [3, 4, 3, 4].reduce(
      (now, at, nth) => worked(ail(now, groupOf(), at, '', nth), groupOf(), 'run').run,
      running,
    )
    expect(run.failed).toBeUndefined()
    expect(run.failures).toHaveLength(4)
  })

  test('what lies back longer counts no more', () => {
    const { forgetAfterMs } = usualPatience
    let run = running
    for (const atMs of [0, 1, forgetAfterMs, forgetAfterMs + 1]) {
      run = worked(ail(run, groupOf(), 3, 'gone', atMs), groupOf(), 'run').run
      expect(run.failed).toBeUndefined()
    }
    expect(lately(run, groupOf(), forgetAfterMs + 1).map(({ atMs }) => atMs)).toEqual([
      forgetAfterMs,
      forgetAfterMs + 1,
    ])
  })
})

describe('where no other node can take it', () => {
  const worn = ail(running, groupOf({ ...usualPatience, retries: 0 }), 3, 'gone', 500)

  test('what stands below goes on', () => {
    const { run, jobs } = worked(worn, groupOf(), 'stay')
    expect(jobs).toEqual(['stop 4-4', 'stop 3-3'])
    expect(run).toMatchObject({ up: 3, live: 3 })
    expect(claimState(run, 5)).toBe('stuck')
  })

  test('it is not stuck before it has stopped', () => expect(claimState(worn, 5)).not.toBe('stuck'))

  test('a group of which nothing is left is stopped, not stuck', () => {
    const first = ail(running, groupOf({ ...usualPatience, retries: 0 }), 0, 'gone', 0)
    expect(claimState(worked(first, groupOf(), 'stay').run, 5)).toBe('stopped')
  })

  test('the node may have it again when the last failure is old enough', () => {
    expect(forgetAtMs(worn, groupOf())).toBe(500 + usualPatience.forgetAfterMs)
    expect(forgetAtMs(running, groupOf())).toBeUndefined()
  })
})

test('the core and agents.ini mean the same by usual', () => {
  const { retries, failoverLimit, forgetAfterMs } = usualOperations
  expect(usualPatience).toEqual({ retries, failoverLimit, forgetAfterMs })
})
