/** Two nodes, and what of them differs. */
import { describe, expect, test } from 'vitest'
import { differences } from '../../../src/cli/live/differences.ts'
import { type Facts, factsSchema, readFacts } from '../../../src/cli/live/facts.ts'
import { memoryRoom } from '../../../src/daemon/room.ts'

const alpha: Facts = {
  schema: factsSchema,
  node: 'alpha',
  version: '0.1.0',
  atMs: 1_000_000,
  configDigest: 1,
  groupsDigest: 2,
  users: { nagios: '105:108' },
  groups: { nagios: '108' },
  hostKeys: { ed25519: 'SHA256:a' },
  userKeys: { 'nagios/rsa': 'SHA256:n' },
  links: { '/var/lib/nagios': '/mnt/shared/nagios' },
  packages: { 'nagios4-core': '4.4.6-4' },
}
const beta = (changed: Partial<Facts> = {}): Facts => ({ ...alpha, node: 'beta', ...changed })
const told = (theirs: Facts, skew?: Parameters<typeof differences>[2]) =>
  differences(alpha, theirs, skew).map(({ level, text }) => `${level}: ${text}`)

describe('two nodes', () => {
  test('that are alike have nothing to say', () => expect(told(beta())).toEqual([]))

  test.each<[string, Partial<Facts>, RegExp]>([
    ['ha.cf', { configDigest: 9 }, /^error: ha.cf does not say the same/],
    ['haresources', { groupsDigest: 9 }, /^error: haresources does not say the same/],
    [
      'a uid',
      { users: { nagios: '112:108' } },
      /^error: user nagios is 105:108 .* and 112:108 on beta: .*usermod -u 105 -g 108/,
    ],
    [
      'a gid',
      { groups: { nagios: '110' } },
      /^error: group nagios is 108 on alpha and 110 on beta; on beta: groupmod -g 108/,
    ],
    ['a user', { users: {} }, /^warning: user nagios is on alpha and not on beta/],
    ['a link', { links: {} }, /^error: \/var\/lib\/nagios is a link to .* on alpha, and not on beta/],
    ['where a link leads', { links: { '/var/lib/nagios': '/mnt/other' } }, /^error: \/var\/lib\/nagios leads to/],
    [
      'a version',
      { packages: { 'nagios4-core': '4.5' } },
      /^warning: nagios4-core is 4.4.6-4 on alpha and 4.5 on beta/,
    ],
    ['a package', { packages: {} }, /^warning: the package nagios4-core is on alpha and not on beta/],
    ['host keys', { hostKeys: { ed25519: 'SHA256:b' } }, /^note: ssh host keys differ \(ed25519\)/],
    ['a user key', { userKeys: { 'nagios/rsa': 'SHA256:x' } }, /^note: the ssh keys of nagios\/rsa differ/],
  ])('%s is told, and only that', (_what, changed, text) => {
    const all = told(beta(changed))
    expect(all).toHaveLength(1)
    expect(all[0]).toMatch(text)
  })

  test('a link that only the other one has is told as well', () => {
    const links = { ...alpha.links, '/etc/nagios4': '/mnt/shared/etc' }
    expect(told(beta({ links }))[0]).toMatch(
      /^error: \/etc\/nagios4 is a link to \/mnt\/shared\/etc on beta, and not on alpha/,
    )
  })

  test('clocks count only as far as they could be read', () => {
    expect(told(beta(), { apartMs: 3_200, uncertainMs: 50 })).toEqual([
      'warning: the clock of beta is 3.2 s ahead of that of alpha; chronyc tracking',
    ])
    expect(told(beta(), { apartMs: -3_200, uncertainMs: 50 })[0]).toContain('3.2 s behind')
    expect(told(beta(), { apartMs: 3_200, uncertainMs: 2_500 })).toEqual([])
  })
})

describe('facts of another node', () => {
  test('are found below whatever a login prints', () => {
    expect(readFacts(`Welcome to beta!\n${JSON.stringify(beta())}\n`)).toEqual(beta())
  })
  test.each([
    ['no facts', 'tandem: command not found\n', 'there are no facts in it'],
    ['half of them', '{"schema":"tandem/facts/v1","node":"be', 'cut off'],
    ['others', '{"schema":"tandem/facts/v2","node":"beta"}', 'of another version'],
  ])('%s are said to be so', (_what, output, problem) =>
    expect(readFacts(output)).toEqual({ problem: expect.stringContaining(problem) }),
  )
})

test('memory: what cannot be read is no finding', () => {
  expect(memoryRoom('MemTotal: 1000 kB\nMemAvailable: 40 kB\n')).toEqual([
    { level: 'warning', text: '4 % of the memory is available; what comes here may not fit' },
  ])
  expect(memoryRoom('MemTotal: 1000 kB\nMemAvailable: 60 kB\n')).toEqual([])
  expect(memoryRoom('')).toEqual([])
})
