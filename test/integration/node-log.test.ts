/** What an administrator greps for: the lines of Heartbeat's logfile, in its format, where ha.cf sends them. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { peek } from '../../bench/shell.ts'
import {
  clean,
  configure,
  leased,
  type NodeLab,
  openNodes,
  peer,
  startDaemon,
  type TestNode,
  type,
  until,
  untilStatus,
  well,
} from './nodeLab.ts'

let lab: NodeLab
let alpha: TestNode
let beta: TestNode
const inDir = (node: TestNode, file: string): string => join(node.host.dir, file)
const read = (node: TestNode, file: string): string => readFileSync(inDir(node, file), 'utf8')

beforeAll(async () => {
  lab = await openNodes()
  alpha = lab.node('alpha')
  beta = lab.node('beta')
  await clean(lab)
  for (const node of [alpha, beta]) {
    const logging = ['logfile ha-log', 'debugfile ha-debug']
      .map(line => line.replace(' ', ` ${node.host.dir}/`))
      .join('\n')
    const haCf = `${leased}bcast eth0\nauto_failback off\nnode alpha beta\nlogfacility local0\n${logging}\n`
    configure(node, { haCf, haresources: 'alpha svc::web\n' })
    // Stands for logger(1): it tells how it was called and what it was given.
    writeFileSync(
      inDir(node, 'logger'),
      `#!/bin/sh\nexec >>${node.host.dir}/syslog\necho "called with $*"\nexec cat\n`,
      {
        mode: 0o755,
      },
    )
    startDaemon(lab, node, { path: node.host.dir })
  }
  for (const node of [alpha, beta]) await untilStatus(node, 'all well', well)
})
afterAll(() => lab?.close())

const line = /^[A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d (alpha|beta) heartbeat: \[\d+\]: (debug|info|WARN|ERROR|CRIT): \S.*$/

/** Its lines without date, host and process number. */
const texts = (log: string): string[] => log.split('\n').map(text => text.split(/heartbeat: \[\d+\]: /)[1] ?? '')

test('every line of logfile and debugfile has the format of Heartbeat; debug lines are in debugfile only', () => {
  for (const file of ['ha-log', 'ha-debug'])
    for (const text of read(alpha, file).trimEnd().split('\n')) expect(text).toMatch(line)
  expect(texts(read(alpha, 'ha-log'))).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^info: Configuration validated\. Starting tandem \d/),
      'info: Heartbeat generation: 1',
      'info: Link beta:bcast eth0 up.',
      'info: Status update for node beta: status active (generation 1)',
      'info: Running svc::web start',
      'info: svc::web is running here',
    ]),
  )
  expect(read(alpha, 'ha-log')).not.toContain(' debug: ')
  expect(read(alpha, 'ha-debug')).toContain(' debug: svc::web start: done')
  expect(read(alpha, 'ha-debug')).toContain('Link beta:bcast eth0 up.')
})

test('logfacility goes through one logger(1), with facility, priority and the tag of Heartbeat', async () => {
  await until('the line', 2_000, () => (peek(inDir(alpha, 'syslog')) ?? '').includes('is running here'))
  const syslog = read(alpha, 'syslog')
  expect(syslog.match(/called with .*/g)).toEqual(['called with -t heartbeat -p local0.info --prio-prefix'])
  expect(syslog).toMatch(/^<6>\[\d+\]: info: Link beta:bcast eth0 up\.$/m)
  expect(syslog).not.toContain('debug:')
})

test('a late node, a dead one, and one that returns', async () => {
  const told = (text: string | RegExp): boolean => texts(read(alpha, 'ha-log')).some(one => one.match(text) !== null)
  await lab.cut('beta')
  await until('late', 4_000, () => told(/^WARN: Late heartbeat: Node beta: interval \d+ ms$/))
  await untilStatus(alpha, 'late', seen => peer(seen, 'beta').state === 'late')
  await lab.heal('beta')
  await until('not late', 4_000, () => told('info: node beta: heard again'))
  await lab.cut('beta')
  await until('dead', 8_000, () => told(/^WARN: node beta: is dead/))
  await until('link dead', 8_000, () => told(/^WARN: Link beta:bcast eth0 dead\.$/))
  await lab.heal('beta')
  await until('back', 4_000, () => told(/^CRIT: Cluster node beta returning after partition\.$/))
  await until(
    'link up',
    4_000,
    () => texts(read(alpha, 'ha-log')).filter(one => one === 'info: Link beta:bcast eth0 up.').length === 2,
  )
  // It goes through a pipe, and may come after the file.
  const link = /^<6>\[\d+\]: info: Link beta:bcast eth0 up\..*^<6>\[\d+\]: info: Link beta:bcast eth0 up\./ms
  await until('all of it at the logger', 4_000, () => link.test(read(alpha, 'syslog')))
  expect(read(alpha, 'syslog')).toMatch(/^<4>\[\d+\]: WARN: node beta: is dead/m)
  expect(read(alpha, 'syslog')).toMatch(/^<2>\[\d+\]: CRIT: Cluster node beta returning/m)
})

test('a logfile that cannot be written is told once and costs nothing else', async () => {
  configure(beta, { haCf: `${leased}bcast eth0\nauto_failback off\nnode alpha beta\nlogfile /proc/nothing/ha-log\n` })
  expect((await type(beta, 'reload')).code).toBe(0)
  await untilStatus(beta, 'all well', well)
  expect((await type(beta, 'takeover')).code).toBe(0)
  const complaints = read(beta, 'tandemd.log').match(/ERROR: \/proc\/nothing\/ha-log cannot be written: .*/g)
  expect(complaints).toHaveLength(1)
})
