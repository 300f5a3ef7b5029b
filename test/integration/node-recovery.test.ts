/** Resources that die while they run: what is brought back where, what moves, and what is said. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  behave,
  calls,
  clean,
  forgetCalls,
  group,
  quickPair as haCf,
  logMark,
  misbehave,
  type NodeLab,
  openNodes,
  runs,
  serves,
  startNodes,
  status,
  type TestNode,
  type,
  until,
  untilStatus,
  well,
} from './nodeLab.ts'

let lab: NodeLab
let alpha: TestNode
let beta: TestNode

beforeAll(async () => {
  lab = await openNodes()
  alpha = lab.node('alpha')
  beta = lab.node('beta')
})
afterAll(() => lab?.close())
beforeEach(() => clean(lab))

const haresources = 'alpha svc::db svc::web svc::extra\n'
const often = '[default]\nmonitor_interval = 1s\nmonitor_timeout = 1s\n'

async function startBoth(agentsIni: string): Promise<void> {
  await startNodes(lab, [alpha, beta], { haCf, haresources, agentsIni })
  forgetCalls(alpha)
}

/** As a service that crashes. */
const die = (node: TestNode, name: string): void => rmSync(join(node.host.dir, 'svc', `${name}.up`))

describe('a resource that dies', () => {
  test('is brought back where it is, with what stands above it', async () => {
    await startBoth(often)
    const since = logMark(alpha)
    die(alpha, 'web')
    await until('all of it again', 10_000, () => calls(alpha).length === 4)
    expect(calls(alpha)).toEqual(['stop extra', 'stop web', 'start web', 'start extra'])
    await untilStatus(alpha, 'well again', well)
    expect(since()).toContain('svc::web of svc::db has failed: it does not run; brought back here (1 of 2)')
    expect(calls(beta)).toEqual([])
  })

  test('too often: its group goes to the other node, and says why', async () => {
    await startBoth(`${often}retries = 1\n`)
    die(alpha, 'web')
    await until('web again', 10_000, () => calls(alpha).length === 4)
    die(alpha, 'web')
    const seen = await untilStatus(beta, 'the move', runs('svc::db', 'beta'))
    expect(group(seen, 'svc::db')).toMatchObject({ state: 'alone', because: 'it failed on alpha' })
    expect(calls(alpha).slice(4)).toEqual(['stop extra', 'stop web', 'stop db'])
    expect(['db', 'web', 'extra'].every(name => serves(beta, name))).toBe(true)
    const why = await type(alpha, 'explain', 'svc::db')
    expect(why.out.replace(/\s+/g, ' ')).toContain('svc::web failed 2 times within 60 min')
    expect(await type(alpha, 'clear', 'svc::db')).toMatchObject({ code: 0 })
    await untilStatus(beta, 'a net again', well)
  })

  test('with no other node: what stands below it goes on, and an operator lifts the rest', async () => {
    await startBoth(`${often}retries = 0\n`)
    expect(await type(beta, 'standby')).toMatchObject({ code: 0 })
    misbehave(alpha, 'web.start-fails')
    die(alpha, 'web')
    const seen = await untilStatus(alpha, 'stuck', one => group(one, 'svc::db').state === 'stuck')
    expect(seen.headline).toBe('DOWN: svc::db is stuck')
    expect(group(seen, 'svc::db')).toMatchObject({
      why: 'svc::web failed: it does not run',
      fix: 'mend the cause, then type on alpha: tandem clear svc::db',
    })
    expect(calls(alpha)).toEqual(['stop extra', 'stop web'])
    expect(serves(alpha, 'db')).toBe(true)
    behave(alpha, 'web.start-fails')
    expect(await type(alpha, 'clear', 'svc::db')).toMatchObject({ code: 0 })
    await untilStatus(alpha, 'all of it', runs('svc::db', 'alpha'))
  })

  test('whose status hangs is noticed within two looks, and nothing else waits for it', async () => {
    await startBoth(often)
    misbehave(alpha, 'web.status-hangs')
    const begun = Date.now()
    expect((await status(alpha))!.state).toBe('ok')
    expect(Date.now() - begun).toBeLessThan(1_000)
    await until('it is stopped', 15_000, () => calls(alpha).includes('stop web'))
    behave(alpha, 'web.status-hangs')
    await untilStatus(alpha, 'well again', well)
  })
})
