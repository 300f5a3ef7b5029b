/** The commands of Heartbeat 3.0.6: words and exit codes as its own programs had them. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { GroupState, Request, Status } from '../../src/daemon/protocol.ts'
import { says, type, withDaemon } from './fake.ts'

const load = (name: string): Status =>
  JSON.parse(readFileSync(new URL(`./stories/${name}.json`, import.meta.url), 'utf8'))

/** alpha (here), bob up, carol late, dave unseen, erin dead, fred sick. */
const base = load('all-well')
const other = base.nodes[1]!
const links = [
  { ...other.links[0]!, name: 'eth0', state: 'up' as const },
  { ...other.links[1]!, name: 'eth1', state: 'dead' as const },
  { ...other.links[1]!, name: 'eth2', state: 'unseen' as const },
]
const cluster: Status = {
  ...base,
  nodes: [
    base.nodes[0]!,
    { ...other, name: 'bob', links },
    ...(['late', 'unseen', 'dead', 'sick'] as const).map((state, i) => ({
      ...other,
      name: ['carol', 'dave', 'erin', 'fred'][i]!,
      state,
      links: [],
    })),
  ],
}

const answer = (status: Status) => (request: Request, socket: { write: (text: string) => void }) => {
  const values: Record<string, string> = { keepalive: '500ms', warntime: '3000ms', auto_failback: 'on' }
  const value = request.verb === 'parameter' ? values[request.name] : undefined
  socket.write(`${JSON.stringify({ done: true, ...(request.verb === 'parameter' ? { value } : { status }) })}\n`)
}
const asked = (status: Status, words: readonly string[]) =>
  withDaemon(answer(status), ({ runDir }) => type(['/usr/bin/cl_status', ...words, '--run-dir', runDir]))

describe('cl_status', () => {
  const table: [words: string, out: string, code: number, err?: string][] = [
    ['hbstatus', 'Heartbeat is running on this machine.\n', 0],
    ['listnodes', 'alpha\nbob\ncarol\ndave\nerin\nfred\n', 0],
    ['listnodes -n', 'alpha\nbob\ncarol\ndave\nerin\nfred\n', 0],
    ['listnodes -p', '', 0],
    ['listnodes -m', 'The nodes are as follow:\nalpha\nbob\ncarol\ndave\nerin\nfred\n', 0],
    ['nodestatus alpha', 'active\n', 0],
    ['nodestatus bob', 'active\n', 0],
    ['nodestatus carol', 'active\n', 0],
    ['nodestatus fred', 'active\n', 0],
    ['nodestatus dave', 'init\n', 1],
    ['nodestatus erin', 'dead\n', 1],
    ['nodestatus -m bob', 'The cluster node bob is active\n', 0],
    ['nodestatus nosuch', '', 11, 'Error. May be due to incorrect node name\n'],
    ['nodestatus', '', 11, 'Not enough parameters.\n'],
    ['nodetype bob', 'normal\n', 0],
    ['nodetype nosuch', '', 11, 'Error. May be due to incorrect node name\n'],
    ['nodeweight bob', '100\n', 0],
    ['nodesite bob', '\n', 0],
    ['rscstatus', 'local\n', 0],
    ['rscstatus -m', 'This node is holding local resources.\n', 0],
    ['listhblinks bob', '\teth0\n\teth1\n\teth2\n', 0],
    ['listhblinks alpha', '\teth0\n\teth1\n\teth2\n', 0],
    ['listhblinks nosuch', '', 13, 'ERROR: Cannot start heartbeat link interface walk.\n'],
    ['hblinkstatus bob eth0', 'up\n', 0],
    ['hblinkstatus bob eth1', 'dead\n', 1],
    ['hblinkstatus bob eth2', 'dead\n', 1],
    ['hblinkstatus bob eth9', '', 13, 'ERROR: Cannot get heartbeat link status\n'],
    ['hblinkstatus nosuch eth0', '', 13, 'ERROR: Cannot get heartbeat link status\n'],
    ['hblinkstatus -m bob eth0', "The node bob's heartbeat link eth0 is up\n", 0],
    ['clientstatus bob ipfail', 'offline\n', 1],
    ['clientstatus nosuch ipfail 500', 'offline\n', 1],
    ['hbparameter -p keepalive', '500ms\n', 0],
    ['hbparameter -pwarntime', '3000ms\n', 0],
    ['hbparameter -p nosuch', '', 1, "ERROR: Cannot get parameter nosuch's value\n"],
    ['hbparameter', '', 11, 'ERROR: parameter name required\n'],
    ['nodestatus -x bob', '', 11, 'ERROR: Error: getopt returned character code ?.\n'],
    ['foo', '', 11, 'ERROR: foo: invalid sub-command.\n'],
    ['toString', '', 11, 'ERROR: toString: invalid sub-command.\n'],
  ]
  test.each(table)('%s', async (words, out, code, err = '') => {
    expect(await asked(cluster, words.split(' '))).toEqual({ code, out, err })
  })

  test('hbstatus -v tells of all nodes and links', async () => {
    const { code, out } = await asked(cluster, ['hbstatus', '-v'])
    expect(code).toBe(0)
    expect(out).toMatch(/^version:\ttandem 0\.1\.0 \(node: alpha\)\nmanaged by:\t"haresources"\n\nalpha\tactive\t/)
    expect(out).toContain('\n\nbob\tactive\t(nodetype: normal)\n\teth0\tup\n\teth1\tdead\n')
  })

  test('without sub-command: usage on stdout, 0', async () => {
    const { code, out, err } = await type(['cl_status'])
    expect([code, out.slice(0, 6), err]).toEqual([0, 'usage:', ''])
  })

  const rows: readonly (readonly [string, GroupState, readonly string[][]])[] = [
    ['none', 'running', [['beta'], ['beta'], ['beta']]],
    ['all', 'running', [['alpha'], ['alpha'], ['alpha']]],
    ['local', 'running', [['alpha'], ['alpha'], ['beta']]],
    ['foreign', 'running', [['beta'], ['beta'], ['alpha']]],
    ['transition', 'stopping', [['alpha'], ['alpha'], ['beta']]],
    ['transition', 'starting', [['beta'], ['beta'], ['beta']]],
    ['none', 'stopped', [[], [], []]],
  ]
  test.each(rows)('rscstatus %s (%s)', async (word, state, on) => {
    const groups = base.groups.map((group, i) => ({ ...group, state, on: on[i]! }))
    expect(await asked({ ...base, groups }, ['rscstatus'])).toEqual({ code: 0, out: `${word}\n`, err: '' })
  })

  test('daemon away: hbstatus says so, the others cannot sign on', async () => {
    const away = (words: string) => type(['cl_status', ...words.split(' '), '--run-dir', '/nowhere'])
    expect(await away('hbstatus')).toEqual({ code: 1, out: 'Heartbeat is stopped on this machine.\n', err: '' })
    const err =
      "ERROR: Cannot signon with heartbeat\nERROR: REASON: hb_api_signon: Can't initiate connection to heartbeat\n"
    for (const words of ['rscstatus', 'listnodes', 'hbparameter -p keepalive', 'nodestatus'])
      expect(await away(words)).toEqual({ code: 1, out: '', err })
  })
})

describe('hb_takeover and hb_standby', () => {
  const path = '/usr/share/heartbeat'
  test.each([
    ['hb_takeover', [], 'takeover', 'all', ''],
    ['hb_takeover', ['local'], 'takeover', 'local', ''],
    ['hb_takeover', ['failback'], 'takeover', 'failback', ''],
    ['hb_standby', [], 'give-away', 'all', 'Going standby [all].\n'],
    ['hb_standby', ['foreign'], 'give-away', 'foreign', 'Going standby [foreign].\n'],
    ['hb_standby', ['failback'], 'give-away', 'failback', 'Going standby [failback].\n'],
  ])('%s %j', (name, words, verb, scope, err) =>
    withDaemon(says({ done: true, code: 0, text: 'ordered' }), async ({ runDir, asked: requests }) => {
      const shown = await type([`${path}/${name}`, ...words, '--run-dir', runDir])
      expect(shown).toEqual({ code: 0, out: '', err })
      expect(requests).toMatchObject([{ order: { verb, scope }, wait: false }])
    }),
  )

  test('0 even when refused, but the reason is shown; --wait gives the real code', () =>
    withDaemon(says({ done: true, code: 4, text: 'beta is dead' }), async ({ runDir }) => {
      const words = ['hb_standby', 'all', '--run-dir', runDir]
      expect(await type(words)).toMatchObject({ code: 0, err: 'Going standby [all].\nhb_standby: beta is dead\n' })
      expect((await type([...words, '--wait'])).code).toBe(4)
    }))

  test.each([
    [['bogus'], `${path}/hb_standby: wrong resources(bogus).\nusage:\n`],
    [['all', 'local'], 'too many arguments\nusage:\n'],
    [['--help'], 'usage:\n'],
  ])('%j: usage, 1', async (words, out) => {
    const shown = await type([`${path}/hb_standby`, ...words])
    expect(shown).toEqual({ code: 1, out, err: `${path}/hb_standby [all|foreign|local|failback]\n` })
  })

  test('daemon away: 3', async () => {
    expect((await type(['hb_takeover', '--run-dir', '/nowhere'])).code).toBe(3)
  })
})
