import { beforeEach, describe, expect, test } from 'vitest'
import type { Wanted } from '../../src/agents/address/wanted.ts'
import { type Bound, defaultTimeouts, type Host, type Seen } from '../../src/agents/agent.ts'
import { oneAtATime } from '../../src/agents/host.ts'
import { missing, performJob } from '../../src/agents/perform.ts'
import type { GroupName, Job, Outcome } from '../../src/types.ts'
import { settled } from './fakes.ts'

let calls: string[]
let answers: Record<string, Outcome>
let host: Host

beforeEach(() => {
  calls = []
  answers = {}
  const names = (wanted: readonly Wanted[]): string => wanted.map(({ address }) => address).join('+')
  const say = (call: string): Outcome => {
    calls.push(call)
    return answers[call] ?? { ok: true }
  }
  host = {
    alone: oneAtATime(),
    addresses: {
      add: async (wanted: readonly Wanted[], holdUntilMs: number | undefined) =>
        say(`add ${names(wanted)} ${holdUntilMs}`),
      remove: async (wanted: readonly Wanted[]) => say(`remove ${names(wanted)}`),
      adopt: async (wanted: readonly Wanted[]): Promise<readonly Seen[]> => {
        calls.push(`adopt ${names(wanted)}`)
        return wanted.map(() => ({ status: 'running' }))
      },
    },
  } as unknown as Host
})

const operations = (resource: string) => ({
  start: async () => say(`start ${resource}`),
  stop: async () => say(`stop ${resource}`),
  monitor: async (): Promise<Seen> => {
    calls.push(`monitor ${resource}`)
    return { status: 'stopped' }
  },
})
const say = (call: string): Outcome => {
  calls.push(call)
  return answers[call] ?? { ok: true }
}
const script = (resource: string): Bound => ({
  resource,
  kind: 'resource.d',
  timeouts: defaultTimeouts,
  ...operations(resource),
})
const vip = (address: string): Bound => ({
  ...script(`IPaddr::${address}`),
  kind: 'address',
  address: { family: 4, address },
})
const job = (op: Job['op'], first: number, last: number): Job => ({
  id: 1,
  group: 'g' as GroupName,
  op,
  first,
  last,
  holdUntilMs: 7,
})

const group = [vip('10.0.0.1'), vip('10.0.0.2'), script('disk'), vip('10.0.0.3'), script('web')]

describe('performJob', () => {
  test('starts left to right, neighbouring addresses at once', async () => {
    expect(await performJob(job('start', 0, 4), group, host)).toEqual({ ok: true })
    expect(calls).toEqual(['add 10.0.0.1+10.0.0.2 7', 'start disk', 'add 10.0.0.3 7', 'start web'])
  })
  test('stops right to left', async () => {
    expect(await performJob(job('stop', 0, 4), group, host)).toEqual({ ok: true })
    expect(calls).toEqual(['stop web', 'remove 10.0.0.3', 'stop disk', 'remove 10.0.0.1+10.0.0.2'])
  })
  test('only what the job names', async () => {
    await performJob(job('start', 1, 2), group, host)
    expect(calls).toEqual(['add 10.0.0.2 7', 'start disk'])
  })
  test('ends at the first that fails, and names it', async () => {
    answers['start disk'] = { ok: false, why: 'no such device' }
    expect(await performJob(job('start', 0, 4), group, host)).toEqual({ ok: false, why: 'disk: no such device' })
    expect(calls.at(-1)).toBe('start disk')
  })
  test('a probe tells each, and adopts addresses', async () => {
    const statuses = ['running', 'running', 'stopped', 'running', 'stopped']
    expect(await performJob(job('probe', 0, 4), group, host)).toEqual({ ok: true, statuses })
    expect(calls).toContain('adopt 10.0.0.1+10.0.0.2+10.0.0.3') // one look: there may be a thousand
  })
  test('an agent that throws is a failure, not our end', async () => {
    const broken = { ...script('web'), start: () => Promise.reject(new Error('EMFILE')) }
    expect(await performJob(job('start', 0, 0), [broken], host)).toEqual({ ok: false, why: 'web: EMFILE' })
  })
  test('a resource without an agent cannot start, and needs no stop', async () => {
    const none = [missing('nosuch', 'no resource script nosuch')]
    expect(await performJob(job('start', 0, 0), none, host)).toEqual({
      ok: false,
      why: 'nosuch: no resource script nosuch',
    })
    expect(await performJob(job('stop', 0, 0), none, host)).toEqual({ ok: true })
    expect(await performJob(job('probe', 0, 0), none, host)).toEqual({ ok: true, statuses: ['stopped'] })
  })
})

test('one operation per resource at a time, others beside it', async () => {
  const alone = oneAtATime()
  const order: string[] = []
  let finish = (): void => {}
  const slow = alone('disk', async () => {
    await new Promise<void>(resolve => {
      finish = resolve
    })
    order.push('slow')
  })
  const second = alone('disk', async () => void order.push('second'))
  await alone('web', async () => void order.push('other'))
  await settled()
  expect(order).toEqual(['other'])
  finish()
  await Promise.all([slow, second])
  expect(order).toEqual(['other', 'slow', 'second'])
  await expect(alone('disk', () => Promise.reject(new Error('x')))).rejects.toThrow('x')
  await alone('disk', async () => void order.push('third'))
  expect(order.at(-1)).toBe('third')
})
