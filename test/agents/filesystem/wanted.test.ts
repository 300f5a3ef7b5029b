import { describe, expect, test } from 'vitest'
import { isProblem } from '../../../src/agents/agent.ts'
import { parseWanted } from '../../../src/agents/filesystem/wanted.ts'

const parse = (words: string) => parseWanted(words.split('::'))
const device = (path: string) => ({ type: 'device', path })
const tag = (name: string, value: string) => ({ type: 'tag', tag: name, value })

describe('the words of Filesystem', () => {
  test.each([
    ['/dev/drbd0::/data', { source: device('/dev/drbd0'), directory: '/data', options: [] }],
    [
      '/dev/drbd0::/mnt/shared::ext3',
      { source: device('/dev/drbd0'), directory: '/mnt/shared', fstype: 'ext3', options: [] },
    ],
    [
      '/dev//drbd/by-res/r0/0::/data//x/::ext4::noatime,,acl',
      { source: device('/dev/drbd/by-res/r0/0'), directory: '/data/x', fstype: 'ext4', options: ['noatime', 'acl'] },
    ],
    ['/dev/sdb1::/data::auto', { source: device('/dev/sdb1'), directory: '/data', options: [] }],
    ['LABEL=data::/data', { source: tag('LABEL', 'data'), directory: '/data', options: [] }],
    ['LABEL="my\\040data"::/my\\040data', { source: tag('LABEL', 'my data'), directory: '/my data', options: [] }],
    ['-Ldata::/data', { source: tag('LABEL', 'data'), directory: '/data', options: [] }],
    ['-L\\040data::/data', { source: tag('LABEL', 'data'), directory: '/data', options: [] }],
    ['-Uab-12::/data', { source: tag('UUID', 'ab-12'), directory: '/data', options: [] }],
    ['--uuid=ab-12::/data', { source: tag('UUID', 'ab-12'), directory: '/data', options: [] }],
    ['PARTUUID=ab::/data::xfs', { source: tag('PARTUUID', 'ab'), directory: '/data', fstype: 'xfs', options: [] }],
    [
      'tmpfs::/data::tmpfs::size=1g',
      { source: { type: 'name', name: 'tmpfs' }, directory: '/data', fstype: 'tmpfs', options: ['size=1g'] },
    ],
    [
      'nas:/export::/data::nfs4',
      { source: { type: 'name', name: 'nas:/export' }, directory: '/data', fstype: 'nfs4', options: [] },
    ],
    ['nas:/export::/data', { source: { type: 'name', name: 'nas:/export' }, directory: '/data', options: [] }],
    [
      '[2001:db8::1]:/export::/data::nfs',
      { source: { type: 'name', name: '[2001:db8::1]:/export' }, directory: '/data', fstype: 'nfs', options: [] },
    ],
    [
      '/data/www::/srv/www::none::bind,ro',
      { source: { type: 'directory', path: '/data/www' }, directory: '/srv/www', options: ['bind', 'ro'] },
    ],
    [
      '/data/www::/srv/www::bind',
      { source: { type: 'directory', path: '/data/www' }, directory: '/srv/www', options: ['bind'] },
    ],
    [
      '/data/www::/srv/www::none::rbind',
      { source: { type: 'directory', path: '/data/www' }, directory: '/srv/www', options: ['rbind'] },
    ],
  ])('%s', (words, wanted) => {
    expect(parse(words)).toEqual(wanted)
  })

  const refused: readonly (readonly [words: string, problem: string])[] = [
    ['', 'has 1 arguments; write Filesystem::DEVICE::DIRECTORY'],
    ['/dev/drbd0', 'has 1 arguments'],
    ['/dev/drbd0::/data::ext4::ro::more', 'has 5 arguments'],
    ['/dev/drbd0::data', '"data" in Filesystem::/dev/drbd0::data is not the full path'],
    ['/dev/drbd0::/data/../etc', 'is not the full path'],
    ['/dev/drbd0::', '"" in Filesystem::/dev/drbd0:: is not the full path'],
    ['drbd0::/data', '"drbd0" in Filesystem::drbd0::/data is not a device; write /dev/drbd0'],
    ['::/data::ext4', '"" in'],
    ['/dev/drbd0::/data::ext4,xfs', 'is not a type of file system'],
    ['/dev/drbd0::/data::ext4::-o ro', 'are not mount options'],
    ['/srv/image::/data::ext4::loop', 'the option loop is not supported'],
    ['/data/www::/srv/www::none', 'type none wants the option bind'],
    ['export::/data::nfs', 'write it as server:/export'],
    ...['/', '/usr', '/etc/', '/var', '/dev/shm', '/proc/x', '/lib64', '//'].map((point): readonly [string, string] => [
      `/dev/sda1::${point}`,
      'which this host needs itself',
    ]),
  ]
  test.each(refused)('%s is refused', (words, problem) => {
    expect(parse(words)).toEqual({ problem: expect.stringContaining(problem) })
  })

  test.each(['/var/lib/mysql', '/home', '/opt', '/srv', '/usr/local/nagios', '/varx', '/development'])(
    '%s may be',
    point => {
      expect(isProblem(parse(`/dev/drbd0::${point}`))).toBe(false)
    },
  )
})
