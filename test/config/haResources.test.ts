import { describe, expect, test } from 'vitest'
import type { Resource } from '../../src/types.ts'
import { briefly, haCfWith, read, settingsOf } from './reading.ts'

const groupsOf = (haResources: string) => settingsOf({ haResources }).groups
const wordsOf = (haResources: string) =>
  groupsOf(haResources).map(({ resources }) => resources.map(({ agent, args }) => [agent, ...args]))
const problemOf = (haResources: string, host = {}) => read({ haResources }, host).problems[0]

describe('groups', () => {
  test('are named by their first resource as written; the home comes first, then the spares as written', () => {
    const haCf = haCfWith('node beta alpha gamma', 'spare gamma alpha')
    expect(settingsOf({ haCf, haResources: 'BETA IPaddr2::10.0.0.1/24/eth0 web::a::b\n' }).groups).toEqual([
      {
        name: 'IPaddr2::10.0.0.1/24/eth0',
        homes: ['beta', 'gamma', 'alpha'],
        resources: [
          { name: 'IPaddr2::10.0.0.1/24/eth0', agent: 'IPaddr2', args: ['10.0.0.1/24/eth0'], address: true },
          { name: 'web::a::b', agent: 'web', args: ['a', 'b'], address: false },
        ],
      },
    ])
  })

  test('continue over lines that end in a backslash, with comments anywhere', () => {
    expect(wordsOf('alpha a \\\n  b\\\n\tc::x#y d\\\nbeta e # f \\\nalpha g\n')).toEqual([
      [['a'], ['b'], ['c', 'x']],
      [['e']],
      [['g']],
    ])
  })

  test('a comment line that ends in a backslash continues nothing', () => {
    expect(wordsOf('# x \\\nalpha a\n')).toEqual([[['a']]])
  })

  test.each([
    ['10.0.0.1', ['IPaddr', '10.0.0.1']],
    ['10.0.0.1/24/eth0:1/10.0.0.255', ['IPaddr', '10.0.0.1/24/eth0:1/10.0.0.255']],
    ['IPaddr::10.0.0.1/24/10.0.0.255', ['IPaddr', '10.0.0.1/24/10.0.0.255']],
    ['IPaddr::10.0.0.1/255.255.255.0', ['IPaddr', '10.0.0.1/255.255.255.0']],
    ['10.0.0.1/', ['IPaddr', '10.0.0.1/']],
    ['10.0.0.1//eth0', ['IPaddr', '10.0.0.1//eth0']],
    ['[2001:db8::10]/64/eth0', ['IPaddr', '[2001:db8::10]/64/eth0']],
    ['IPaddr2::[2001:DB8::10]', ['IPaddr2', '[2001:DB8::10]']],
    ['IPv6addr::[::1:2]/64', ['IPaddr2', '[::1:2]/64']],
    ['10.0.0.0/31', ['IPaddr', '10.0.0.0/31']],
    ['10.0.0.255/16', ['IPaddr', '10.0.0.255/16']],
  ])('%s is an address', (word, words) => {
    const group = groupsOf(`alpha ${word}\n`)[0]
    expect(group?.resources[0]).toEqual({ name: word, agent: words[0], args: words.slice(1), address: true })
  })

  test.each([
    ['a::b', ['a', 'b']],
    ['fe::ed', ['fe', 'ed']],
    ['drbddisk::r0', ['drbddisk', 'r0']],
    ['Filesystem::/dev/drbd0::/data::ext4::noatime,acl', ['Filesystem', '/dev/drbd0', '/data', 'ext4', 'noatime,acl']],
    ['db::[::1]:5432::x', ['db', '[::1]:5432', 'x']],
    ['ocf::linbit:drbd::drbd_resource=r0', ['ocf', 'linbit:drbd', 'drbd_resource=r0']],
    ['web@1.service', ['web@1.service']],
    ['1st', ['1st']],
  ])('%s is no address', (word, [agent, ...args]) => {
    expect(groupsOf(`alpha ${word}\n`)[0]?.resources[0]).toEqual({ name: word, agent, args, address: false })
  })
})

describe('what is refused', () => {
  test.each([
    ['gamma 10.0.0.1', 'HA201 1:1-6'],
    ['alpha a a::b::', 'HA204 1:13-15'],
    ['alpha a x::::b', 'HA204 1:10-12'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as people write it
    ['alpha IPaddr::${IPADDR}/24', 'HA205 1:15-24'],
    ['alpha a::`id`', 'HA205 1:10-14'],
    ['alpha a::"b', 'HA206 1:10-11'],
    ['alpha 2001:db8::10/64', 'HA207 1:7-22'],
    ['alpha IPaddr2::fe80::1', 'HA207 1:16-23'],
    ['alpha [2001:db8::10', 'HA207 1:7-20'],
    ['alpha 10.0.0.256', 'HA208 1:7-17'],
    ['alpha 10.0.0.1/33', 'HA208 1:16-18'],
    ['alpha 10.0.0.1/0', 'HA208 1:16-17'],
    ['alpha 10.0.0.1/24/eth0/x', 'HA208 1:24-25'],
    ['alpha 10.0.0.1/24/e:t:h', 'HA208 1:19-24'],
    ['alpha IPaddr::10.0.0.1::24', 'HA215 1:25-27'],
    ['alpha [2001:db8::10]/129', 'HA208 1:22-25'],
    ['alpha [2001:db8::10]/64/eth0/10.0.0.255', 'HA208 1:30-40'],
    ['alpha [10.0.0.1]', 'HA208 1:7-17'],
    ['alpha IPaddr:10.0.0.1', 'HA211 1:7-22'],
    ['alpha IPADDR2::10.0.0.1', 'HA211 1:7-14'],
    ['alpha ::x', 'HA211 1:7-10'],
    ['alpha x\nalpha y\nbeta x', 'HA203 3:6-7'],
    ['alpha 10.0.0.1/24\nbeta IPaddr2::10.0.0.1/16/eth0', 'HA209 2:15-31'],
    ['alpha [2001:db8::1]\nbeta x [2001:DB8:0::0:1]/64', 'HA209 2:8-28'],
  ])('%j: %s', (text, expected) => {
    const reading = read({ haResources: text })
    expect(
      reading.problems.map(({ code, line, column, endColumn }) => `${code} ${line}:${column}-${endColumn}`),
    ).toEqual([expected])
    expect(reading.settings).toBeUndefined()
  })

  test('the address of a heartbeat peer', () => {
    const reading = read({ haCf: haCfWith('ucast eth0 10.0.0.2'), haResources: 'alpha 10.0.0.2/24/eth0\n' })
    expect(briefly(reading)).toEqual(['error HA209 1:7'])
  })

  test('an address that is pinged', () => {
    const haCf = haCfWith('ping 2001:DB8::9', 'ping_group x 10.0.0.1 10.0.0.2')
    expect(briefly(read({ haCf, haResources: 'alpha 10.0.0.2/24/eth0 x\nbeta [2001:db8:0::9]/64\n' }))).toEqual([
      'error HA219 1:7',
      'error HA219 2:6',
    ])
    expect(briefly(read({ haCf, haResources: 'alpha 10.0.0.3/24/eth0\n' }))).toEqual([])
  })

  test('a hundred groups, and no more', () => {
    const lines = Array.from({ length: 101 }, (_, i) => `alpha script${i}\n`)
    expect(read({ haResources: lines.slice(0, 100).join('') }).problems).toEqual([])
    expect(briefly(read({ haResources: lines.join('') }))).toEqual(['error HA212 101:1'])
  })

  test('names that have the same checksum', () => {
    // A known pair of words that FNV-1a, 32 bit, cannot tell apart.
    expect(briefly(read({ haResources: 'alpha costarring\nbeta liquid\n' }))).toEqual(['error HA217 2:6'])
  })
})

describe('what is warned of', () => {
  test('a script that is not installed, with a guess', () => {
    expect(problemOf('alpha 10.0.0.1 Filesytem::/x\n', { hasScript: () => false })).toMatchObject({
      level: 'warning',
      code: 'HA210',
      fix: 'did you mean "Filesystem"?',
    })
    expect(problemOf('alpha 10.0.0.1 x\n', { hasScript: () => true })).toBeUndefined()
    expect(
      problemOf('alpha 10.0.0.1 ocf::heartbeat:IPsrcaddr systemd::web\n', { hasScript: () => false }),
    ).toBeUndefined()
    expect(problemOf('alpha 10.0.0.1 x\n', { hasScript: () => undefined })).toBeUndefined()
  })

  test('what hinders a resource, in the words of those who know', () => {
    const hindrance = ({ agent, args }: Resource) => (args.length === 1 ? undefined : `${agent} wants one argument`)
    expect(briefly(read({ haResources: 'alpha 10.0.0.1 x::1\n' }, { hindrance }))).toEqual([])
    expect(problemOf('alpha 10.0.0.1 x\n', { hindrance })).toMatchObject({
      level: 'warning',
      code: 'HA210',
      text: 'x wants one argument',
    })
  })

  test('a service in two groups', () => {
    expect(briefly(read({ haResources: 'alpha a web\nbeta b web\n' }))).toEqual(['warning HA213 2:8'])
  })

  test.each(['alpha\n', '', '# nothing\n'])('no resources: %j', text => {
    const { settings, problems } = read({ haResources: text })
    expect(settings?.groups).toEqual([])
    expect(problems.length).toBeGreaterThan(0)
  })

  test('the interface of an address', () => {
    expect(problemOf('alpha 10.0.0.1/24/eth9:x\n', { interfaces: ['eth0', 'eth1'] })).toMatchObject({
      code: 'HA218',
      column: 19,
      endColumn: 23,
    })
  })
})

describe('digest of the groups', () => {
  const digest = (text: string): number => settingsOf({ haResources: text }).groupsDigest

  test('does not mind order, comments and blanks', () => {
    expect(digest('alpha a b\nbeta c\n')).toBe(digest('# x\nbeta   c\nALPHA a \\\n b # y\n'))
  })

  test.each(['alpha a b c\nbeta d\n', 'beta a b\nbeta c\n', 'alpha b a\nbeta c\n', 'alpha a b\n'])(
    'differs for %j',
    text => {
      expect(digest(text)).not.toBe(digest('alpha a b\nbeta c\n'))
    },
  )
})
