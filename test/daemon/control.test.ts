import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ControlSockets, openControl } from '../../src/daemon/control.ts'

let runDir: string
let sockets: ControlSockets
const asked: unknown[] = []

beforeEach(async () => {
  asked.length = 0
  runDir = mkdtempSync(join(tmpdir(), 'tandem-control-'))
  sockets = await openControl(runDir, async (request, tell) => {
    asked.push(request)
    tell({ note: 'working' })
    if (request.verb === 'reload') throw new Error('no such luck')
    return { code: 0 }
  })
})
afterEach(() => {
  sockets.close()
  rmSync(runDir, { recursive: true, force: true })
})

/** All lines that come back for these bytes. */
const say = (bytes: string, name = 'control.sock'): Promise<unknown[]> =>
  new Promise((resolve, reject) => {
    const socket = connect(join(runDir, name))
    let text = ''
    socket.on('data', chunk => {
      text += chunk
    })
    socket.on('error', reject)
    socket.on('close', () =>
      resolve(
        text
          .split('\n')
          .filter(Boolean)
          .map(line => JSON.parse(line)),
      ),
    )
    socket.write(bytes)
  })

describe('the control socket', () => {
  test('only root may order, a group may read', () => {
    expect(statSync(join(runDir, 'control.sock')).mode & 0o777).toBe(0o600)
    expect(statSync(join(runDir, 'monitor.sock')).mode & 0o777).toBe(0o660)
  })

  test('a request is answered line by line, the last one is done', async () => {
    const order = { verb: 'order', order: { verb: 'takeover', scope: 'all' }, wait: true, timeoutMs: 1000 }
    expect(await say(`${JSON.stringify(order)}\n`)).toEqual([{ note: 'working' }, { code: 0, done: true }])
    expect(asked).toEqual([order])
  })

  test('an error of ours is an answer', async () => {
    expect(await say('{"verb":"reload"}\n')).toContainEqual({ code: 1, text: 'no such luck', done: true })
  })

  test.each([
    ['{"verb":"order","order":{"verb":"takeover","scope":"everything"},"wait":true,"timeoutMs":1}', /no such request/],
    ['{"verb":"order","order":{"verb":"takeover","scope":"all"},"wait":true,"timeoutMs":-1}', /no such request/],
    ['{"verb":"fence"}', /no such request/],
    ['null', /no such request/],
    ['hello', /not a line of JSON/],
    ['x'.repeat(70_000), /more than/],
  ])('what is not a request is refused: %.40s', async (line, why) => {
    const [last] = await say(`${line}\n`)
    expect(last).toMatchObject({ code: 2, done: true })
    expect((last as { text: string }).text).toMatch(why)
    expect(asked).toEqual([])
  })

  test('the reading socket takes no orders', async () => {
    const [last] = await say('{"verb":"order","order":{"verb":"standby"},"wait":false,"timeoutMs":1}\n', 'monitor.sock')
    expect(last).toMatchObject({ code: 4 })
    expect(asked).toEqual([])
    expect(await say('{"verb":"status"}\n', 'monitor.sock')).toHaveLength(2)
  })

  test('a second daemon is refused while the first answers', async () => {
    await expect(openControl(runDir, async () => ({}))).rejects.toThrow(/another tandemd/)
  })
})
