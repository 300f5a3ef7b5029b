/** What comes in from outside: datagrams, requests, files. Whatever is wrong with it changes nothing and is told. */
import { randomBytes } from 'node:crypto'
import { appendFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { inNetwork } from '../../bench/place.ts'
import { run, signal } from '../../bench/shell.ts'
import {
  calls,
  clean,
  configure,
  ended,
  group,
  quickPair as haCf,
  impatient,
  key,
  logMark,
  type NodeLab,
  openNodes,
  peer,
  pidOf,
  powerLoss,
  runs,
  serves,
  sleep,
  startDaemon,
  startNodes,
  status,
  switchOn,
  type TestNode,
  type,
  until,
  untilStatus,
  well,
} from './nodeLab.ts'

const haresources = 'alpha svc::web\nbeta svc::db\n'
let lab: NodeLab
let alpha: TestNode
let beta: TestNode

beforeAll(async () => {
  lab = await openNodes(['alpha', 'beta', 'mallory'])
  alpha = lab.node('alpha')
  beta = lab.node('beta')
})
afterAll(() => lab?.close())
beforeEach(async () => {
  await clean(lab)
  await switchOn(lab)
  await startNodes(lab, [alpha, beta], { haCf, haresources })
})

/** A program of Node.js on mallory's host. */
const mallory = (program: string, input = ''): Promise<string> =>
  run(inNetwork(lab.node('mallory').host.place, [process.execPath, '-e', program]), input)

/** What the two nodes broadcast within that time, from one of them. */
async function record(address: string, forMs: number): Promise<Buffer[]> {
  const heard = await mallory(`
    const socket = require('node:dgram').createSocket({ type: 'udp4', reuseAddr: true })
    socket.on('message', (m, from) => { if (from.address === '${address}') console.log(m.toString('hex')) })
    socket.bind(694)
    setTimeout(() => process.exit(0), ${forMs})`)
  return heard
    .split('\n')
    .filter(line => line !== '')
    .map(line => Buffer.from(line, 'hex'))
}

/** To everybody on eth0, one after the other. */
async function broadcast(datagrams: readonly Buffer[]): Promise<void> {
  const lines = datagrams.map(datagram => datagram.toString('hex')).join('\n')
  await mallory(
    `
    const socket = require('node:dgram').createSocket('udp4')
    const lines = require('node:fs').readFileSync(0, 'utf8').split('\\n')
    socket.bind(() => {
      socket.setBroadcast(true)
      const next = () => {
        const line = lines.shift()
        if (line === undefined) return socket.close()
        socket.send(Buffer.from(line, 'hex'), 694, '10.77.0.255', next)
      }
      next()
    })`,
    lines,
  )
}

const total = (refused: Readonly<Record<string, number>>): number =>
  Object.values(refused).reduce((sum, count) => sum + count, 0)

describe('datagrams', () => {
  test('junk, oversized, truncated and wrongly keyed ones are counted, and nothing else happens', async () => {
    const since = [logMark(alpha), logMark(beta)]
    const real = await record('10.77.0.1', 500)
    expect(real.length).toBeGreaterThan(1)
    const flipped = (datagram: Buffer, at: number): Buffer => {
      const copy = Buffer.from(datagram)
      copy[at]! ^= 1
      return copy
    }
    const [first] = real as [Buffer]
    const bad = [
      ...Array.from({ length: 500 }, (_, i) => randomBytes(1 + (i % 1400))),
      ...Array.from({ length: 20 }, () => Buffer.concat([first, randomBytes(1401)])),
      ...Array.from({ length: 50 }, (_, i) => first.subarray(0, 1 + ((i * 7) % (first.length - 1)))),
      ...Array.from({ length: 50 }, (_, i) => flipped(first, i % first.length)),
      ...Array.from({ length: 50 }, (_, i) => flipped(first, first.length - 1 - (i % 32))),
      Buffer.from('###\nt=status\nst=active\nsrc=alpha\n%%%\n'), // of Heartbeat 3.0.6
    ]
    await broadcast(bad)
    for (const node of [alpha, beta]) {
      const seen = await untilStatus(node, 'the count', one => total(one.beat.refused) >= bad.length)
      expect(seen.state).toBe('ok')
      expect(total(seen.beat.refused)).toBe(bad.length)
      expect(Object.keys(seen.beat.refused).sort()).toEqual(
        expect.arrayContaining(['not-tandem', 'short', 'wrong-key']),
      )
      expect((await type(node, 'status')).out).toContain('datagrams refused: ')
    }
    expect([calls(alpha), calls(beta)]).toEqual([['start web'], ['start db']])
    const told = since.map(text => text()).join('')
    expect(told).not.toMatch(/dead|goes to|CRIT|ERROR/)
    expect(told).toContain('are not signed with a key of ours')
    expect(told.match(/10\.77\.0\.3/g)?.length).toBeLessThan(10) // once a minute for each kind
  })

  test('replayed ones, of this start of a node and of one before, count for nothing', async () => {
    const old = await record('10.77.0.1', 1_000)
    await broadcast(old)
    const once = (await untilStatus(beta, 'the copies', seen => total(seen.beat.refused) > 0)).beat.refused
    expect(total(once)).toBeGreaterThanOrEqual(old.length - 1)

    signal(pidOf(alpha, 'beat')!, 'SIGKILL')
    await untilStatus(beta, 'another start', seen => peer(seen, 'alpha').generation === 2)
    await lab.cut('alpha')
    await untilStatus(beta, 'alpha dead', seen => peer(seen, 'alpha').state === 'dead')
    for (let i = 0; i < 10; i++) {
      await broadcast(old)
      await sleep(50)
    }
    const seen = (await status(beta))!
    expect(peer(seen, 'alpha')).toMatchObject({ state: 'dead', generation: 2 })
    expect(runs('svc::web', 'beta')(seen)).toBe(true)
    expect(total(seen.beat.refused)).toBeGreaterThan(total(once) + 5 * old.length)
    await lab.heal('alpha')
    const healed = await untilStatus(beta, 'one holder', one => runs('svc::web', 'beta')(one) && well(one))
    expect(peer(healed, 'alpha').state).toBe('up')
    await until('alpha has let go', 5_000, () => !serves(alpha, 'web'))
  })

  test('of a node with other keys: neither hears the other, and both say why', async () => {
    const since = logMark(alpha)
    configure(beta, { authkeys: key('6') })
    expect((await type(beta, 'reload')).code).toBe(0)
    await until('the reason', 5_000, () =>
      since().includes('are not signed with a key of ours (they say key 1): compare authkeys'),
    )
    expect((await status(alpha))!.problems).toContainEqual({
      level: 'warning',
      code: 'HEARTBEAT',
      text: expect.stringMatching(/^heartbeats from 10\.77\.0\.2 .* compare authkeys on both nodes$/),
    })
    configure(beta, { authkeys: key('5') })
    expect((await type(beta, 'reload')).code).toBe(0)
    await untilStatus(alpha, 'all well', well)
  })
})

describe('the control socket', () => {
  /** Everything that comes back until the other side hangs up. */
  const say = (bytes: string | Buffer): Promise<string> =>
    new Promise(resolve => {
      let text = ''
      const socket = connect(join(alpha.runDir, 'control.sock'))
      socket.on('data', chunk => {
        text += chunk
      })
      socket.on('error', () => resolve(text))
      socket.on('close', () => resolve(text))
      socket.write(bytes)
    })

  test('answers nonsense with a reason and goes on', async () => {
    expect(await say('nonsense\n')).toContain('not a line of JSON')
    expect(await say('{"verb":"explode"}\n')).toContain('no such request')
    expect(
      await say('{"verb":"order","order":{"verb":"takeover","scope":"web"},"wait":true,"timeoutMs":1}\n'),
    ).toContain('"code":2')
    expect(await say(`{"verb":"${'x'.repeat(100_000)}"}\n`)).toContain('a line of more than')
    expect(await say(Buffer.concat([randomBytes(5_000), Buffer.from('\n')]))).toContain('"code":2')
    const idle = Array.from({ length: 50 }, () => connect(join(alpha.runDir, 'control.sock')).on('error', () => {}))
    await sleep(100)
    for (const socket of idle) socket.destroy()
    expect((await untilStatus(alpha, 'an answer', well)).node).toBe('alpha')
  })
})

describe('reload', () => {
  test('of broken files keeps the old settings and says where; of good ones applies them and touches nothing', async () => {
    const before = (await status(alpha))!
    appendFileSync(join(alpha.configDir, 'ha.cf'), 'deadtimes 5\n')
    writeFileSync(join(alpha.configDir, 'haresources'), 'alpha svc::web\nbeta svc::db\ngamma svc::extra\n')
    const refused = await type(alpha, 'reload')
    expect(refused.code).toBe(1)
    expect(refused.err).toMatch(/ha\.cf:8:1: error\[HA\d+\]: .*deadtimes/)
    expect(refused.err).toMatch(/haresources:3:1: error\[/)
    expect(refused.err).toContain('the files have errors; the old settings stay')
    expect((await status(alpha))!.state).toBe('ok')

    const good = {
      haCf: haCf.replace('failback off', 'failback on'),
      haresources: `${haresources}beta svc::extra\n`,
    }
    configure(alpha, good)
    expect(await type(alpha, 'reload')).toMatchObject({ code: 0, out: 'reloaded\n' })
    await untilStatus(alpha, 'the difference', seen => seen.problems.some(({ code }) => code === 'DIFFERS'))
    await untilStatus(alpha, 'the new group, looked at', seen => seen.headline.includes('DOWN: svc::extra is stopped'))
    configure(beta, good)
    signal(pidOf(beta, 'tandemd')!, 'SIGHUP')
    const seen = await untilStatus(beta, 'the new group', one => well(one) && runs('svc::extra', 'beta')(one))
    expect(seen.autoFailback).toBe(true)
    expect([calls(alpha), calls(beta)]).toEqual([['start web'], ['start db', 'start extra']])
    expect((await status(alpha))!.beat.pid).toBe(before.beat.pid)
  })

  test('by signal: the log says what is wrong, and where', async () => {
    const since = logMark(alpha)
    appendFileSync(join(alpha.configDir, 'ha.cf'), 'deadtimes 5\n')
    signal(pidOf(alpha, 'tandemd')!, 'SIGHUP')
    await until('the reason', 3_000, () => /ERROR: .*ha\.cf:8:1: \[HA\d+\] .*deadtimes.*fix: /.test(since()))
    expect(since()).toContain('ERROR: reload refused: the files have errors; the old settings stay')
  })

  test('on the last node alive: what it took over from the other goes on, all the while', async () => {
    await powerLoss(lab, beta)
    await untilStatus(alpha, 'db on alpha', runs('svc::db', 'alpha'))
    configure(alpha, { haCf: impatient(haCf) })
    expect((await type(alpha, 'reload')).code).toBe(0)
    const { nodes } = await untilStatus(alpha, 'beta is given up again', seen => peer(seen, 'beta').state === 'dead')
    expect(nodes).toHaveLength(2)
    const seen = await untilStatus(
      alpha,
      'both groups',
      one => runs('svc::web', 'alpha')(one) && runs('svc::db', 'alpha')(one),
    )
    expect(calls(alpha)).toEqual(['start web', 'start db'])
    expect(group(seen, 'svc::db')).toMatchObject({ owner: 'alpha', because: 'it was found running on alpha' })
    signal(pidOf(alpha, 'tandemd')!, 'SIGKILL')
    await ended(alpha.daemon!)
    startDaemon(lab, alpha)
    await untilStatus(
      alpha,
      'both groups again',
      one => runs('svc::web', 'alpha')(one) && runs('svc::db', 'alpha')(one),
    )
    await untilStatus(alpha, 'beta given up', one => peer(one, 'beta').state === 'dead')
    await sleep(500)
    expect(calls(alpha)).toEqual(['start web', 'start db'])
  })

  test('is refused where a line of what is held has changed, and the group is named', async () => {
    configure(alpha, { haresources: 'alpha svc::web svc::extra\nbeta svc::db\n' })
    expect(await type(alpha, 'reload')).toMatchObject({
      code: 4,
      err: expect.stringContaining(
        'svc::web is held here and has other resources in the new haresources; hand it over first',
      ),
    })
    configure(alpha, { haresources: 'beta svc::db\n' })
    expect(await type(alpha, 'reload')).toMatchObject({
      code: 4,
      err: expect.stringContaining('svc::web is held here and has no line in the new haresources'),
    })
    expect(calls(alpha)).toEqual(['start web'])
    expect(group((await status(alpha))!, 'svc::web').state).toBe('running')
  })
})
