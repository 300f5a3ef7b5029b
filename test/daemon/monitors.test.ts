import { describe, expect, test } from 'vitest'
import type { Seen } from '../../src/agents/agent.ts'
import { usualOperations } from '../../src/config/operations.ts'
import { startMonitors } from '../../src/daemon/monitors.ts'
import type { Event } from '../../src/events.ts'
import { groups, newCore, web } from './cores.ts'

/** Time as the test wants it, and looks that answer when it says so. */
function lab(options: { everyMs?: number | 'off'; found?: (resource: string) => Seen | Promise<Seen> } = {}) {
  const core = newCore()
  core.hear()
  core.obey()
  let nowMs = 0
  let timers: { atMs: number; call: () => void }[] = []
  const looks: string[] = []
  const posted: Event[] = []
  const said: string[] = []
  const nudges: (() => void)[] = []
  const end = startMonitors({
    groups,
    operations: new Map(
      groups
        .flatMap(({ resources }) => resources)
        .map(({ name }) => [name, { ...usualOperations, monitorIntervalMs: options.everyMs ?? 10_000 }]),
    ),
    clock: {
      nowMs: () => nowMs,
      after(delayMs, call) {
        const one = { atMs: nowMs + delayMs, call }
        timers.push(one)
        return () => {
          timers = timers.filter(other => other !== one)
        }
      },
    },
    state: () => core.cluster(),
    monitor: async (group, at) => {
      looks.push(group.resources[at]!.name)
      return options.found?.(group.resources[at]!.name) ?? { status: 'running' }
    },
    post: event => posted.push(event),
    say: text => said.push(text),
    follow: (_group, _at, ailing) => {
      nudges.push(ailing)
      return () => nudges.splice(nudges.indexOf(ailing), 1)
    },
  })
  return {
    core,
    looks,
    posted,
    said,
    nudges,
    end,
    async pass(ms: number) {
      const untilMs = nowMs + ms
      for (;;) {
        const next = timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0]
        if (next === undefined) break
        timers = timers.filter(other => other !== next)
        nowMs = next.atMs
        next.call()
        await new Promise(resolve => setImmediate(resolve))
      }
      nowMs = untilMs
    },
  }
}

describe('looks at what runs here', () => {
  test('come at each interval, spread over it, and only at what runs', async () => {
    const { looks, pass, posted } = lab()
    await pass(30_000)
    expect(looks).toEqual(['disk', 'web', 'disk', 'web', 'disk', 'web'].slice(0, looks.length))
    expect(looks.length).toBeGreaterThanOrEqual(5)
    expect(posted).toEqual([])
  })

  test('never with monitor_interval off', async () => {
    const { looks, pass } = lab({ everyMs: 'off' })
    await pass(60_000)
    expect(looks).toEqual([])
  })

  test('end with the node', async () => {
    const { looks, pass, end } = lab()
    end()
    await pass(60_000)
    expect(looks).toEqual([])
  })
})

describe('who is told that a resource may have ceased to run', () => {
  test('looks at once, and at that one only', async () => {
    const { looks, nudges, pass, posted } = lab({ found: () => ({ status: 'stopped', why: 'detached' }) })
    nudges[0]!()
    await pass(1)
    expect(looks).toEqual(['disk'])
    expect(posted).toEqual([{ type: 'ailing', group: web, at: 0, why: 'detached' }])
  })

  test('looks once more within a second where it cannot tell, and no more than that', async () => {
    const { looks, nudges, pass, posted } = lab({
      found: name => ({ status: name === 'disk' ? 'unknown' : 'running', why: 'detached' }),
    })
    nudges[0]!()
    await pass(1)
    expect(posted).toEqual([])
    await pass(1_000)
    expect(posted).toEqual([{ type: 'ailing', group: web, at: 0, why: 'detached' }])
    expect(looks).toEqual(['disk', 'disk'])
    await pass(4_000)
    expect(looks.filter(name => name === 'disk')).toHaveLength(2)
  })

  test('goes back to its interval when all was well', async () => {
    const { looks, nudges, pass } = lab()
    for (let i = 0; i < 3; i += 1) nudges[0]!()
    await pass(9_000)
    expect(looks.filter(name => name === 'disk')).toHaveLength(1)
    await pass(2_000)
    expect(looks.filter(name => name === 'disk')).toHaveLength(2)
  })

  test('is not heard after the end', async () => {
    const { looks, nudges, pass, end } = lab()
    end()
    expect(nudges).toEqual([])
    await pass(60_000)
    expect(looks).toEqual([])
  })
})

describe('what they find', () => {
  test('a stopped resource is told at once', async () => {
    const { pass, posted } = lab({ found: () => ({ status: 'stopped' }) })
    await pass(4_000)
    expect(posted).toEqual([{ type: 'ailing', group: web, at: 0, why: 'it does not run' }])
  })

  test('a status that cannot be told now and then is said, and no failure', async () => {
    const answers: Seen['status'][] = ['unknown', 'running', 'unknown', 'running']
    const { pass, posted, said } = lab({
      found: name => ({ status: name === 'disk' ? answers.shift()! : 'running', why: 'no answer' }),
    })
    await pass(39_000)
    expect(answers).toEqual([])
    expect(said).toEqual(Array(2).fill('disk of web: no answer; looked at again'))
    expect(posted).toEqual([])
  })

  test('a status that cannot be told twice in a row is one', async () => {
    const { pass, posted } = lab({ found: () => ({ status: 'unknown', why: 'no answer' }) })
    await pass(8_000)
    expect(posted).toEqual([])
    await pass(10_000)
    expect(posted.map(event => event.type === 'ailing' && [event.at, event.why])).toEqual([
      [0, 'no answer'],
      [1, 'no answer'],
    ])
  })

  test('counts for nothing when something else was begun meanwhile', async () => {
    let answer: (seen: Seen) => void = () => {}
    const { core, pass, posted } = lab({
      found: () =>
        new Promise(resolve => {
          answer = resolve
        }),
    })
    await pass(4_000)
    core.order({ verb: 'standby' })
    answer({ status: 'stopped' })
    await pass(1)
    expect(posted).toEqual([])
  })

  test('nobody looks in maintenance', async () => {
    const { core, looks, pass } = lab()
    core.order({ verb: 'maintenance-on', forMs: 600_000 })
    await pass(30_000)
    expect(looks).toEqual([])
  })
})
