/** What agents say of a host on which their resource does not run. */
import { describe, expect, test } from 'vitest'
import { addressReadiness } from '../../src/agents/address/readiness.ts'
import { type BindContext, type Host, isProblem, type RunRequest } from '../../src/agents/agent.ts'
import { filesystem } from '../../src/agents/filesystem/filesystem.ts'
import { lsb } from '../../src/agents/lsb.ts'
import { nagios } from '../../src/agents/nagios/nagios.ts'
import type { Ran } from '../../src/agents/ran.ts'
import { systemd } from '../../src/agents/systemd.ts'

interface Machine {
  readonly files?: Readonly<Record<string, string>>
  readonly says?: (request: RunRequest) => string | undefined
  readonly programs?: readonly string[]
}

function hostOf({ files = {}, says = () => '', programs = [] }: Machine): Host {
  return {
    clock: { nowMs: () => 0, after: () => () => {} },
    exists: (path: string) => Object.hasOwn(files, path),
    isExecutable: (path: string) => programs.includes(path),
    read: (path: string) => files[path],
    run: async (request: RunRequest): Promise<Ran> => {
      const output = says(request)
      const ok = output !== undefined
      return { ok, end: { by: 'exit', code: ok ? 0 : 1 }, output: output ?? 'no', command: request.file }
    },
  } as unknown as Host
}
const context = (resource: string) =>
  ({ resource, group: 'g', node: 'alpha', configDir: '/x', directives: new Map() }) as unknown as BindContext
const texts = (found: readonly { level: string; text: string }[] | undefined) =>
  (found ?? []).map(({ level, text }) => `${level}: ${text}`)

describe('an address', () => {
  const at = (device?: string) => ({ family: 4 as const, address: '10.0.0.9', ...(device ? { device } : {}) })
  const link = (flags: string): string =>
    `3: eth0@if4: <${flags}> mtu 1500 qdisc noqueue state UP mode DEFAULT group default qlen 1000\\    link/ether 02:00`
  const shows = (text: string | undefined): Machine => ({ says: () => text })
  test.each<[string, Machine, string[]]>([
    ['with carrier', shows(link('BROADCAST,MULTICAST,UP,LOWER_UP')), []],
    [
      'without carrier',
      shows(link('NO-CARRIER,BROADCAST,MULTICAST,UP')),
      ['warning: eth0 has no carrier: its cable, or the port at its other end'],
    ],
    ['that is down', shows(link('BROADCAST,MULTICAST')), ['error: eth0 is down; type: ip link set eth0 up']],
    ['that is not there', shows('Device "eth0" does not exist.\n'), ['error: there is no interface eth0 here']],
    ['that cannot be looked at', shows(undefined), ['warning: eth0 cannot be looked at: no']],
  ])('on an interface %s', async (_what, machine, expected) =>
    expect(texts(await addressReadiness(hostOf(machine), 'r', at('eth0')))).toEqual(expected),
  )
  test('is asked about once for all of its addresses', async () => {
    let asked = 0
    const host = hostOf({ says: () => link(['BROADCAST,UP', 'BROADCAST'][asked++]!) })
    const looks = ['10.0.0.9', '10.0.0.10'].map(address => addressReadiness(host, 'r', { ...at('eth0'), address }))
    expect([await Promise.all(looks), asked]).toEqual([[[], []], 1])
  })
  test('without one is looked for as the kernel would send to it', async () => {
    const route = (text: string | undefined): Machine => ({
      says: ({ args }) => (args.includes('route') ? text : link('BROADCAST,MULTICAST,UP,LOWER_UP')),
    })
    expect(await addressReadiness(hostOf(route('10.0.0.9 dev eth0 src 10.0.0.1')), 'r', at())).toEqual([])
    const via = texts(await addressReadiness(hostOf(route('10.0.0.9 via 10.1.0.1 dev eth0')), 'r', at()))
    expect(via[0]).toContain('no interface of this host is in the subnet of 10.0.0.9')
    const none = texts(await addressReadiness(hostOf(route(undefined)), 'r', at()))
    expect(none[0]).toContain('no interface of this host reaches 10.0.0.9')
  })
})

describe('a unit', () => {
  const unit = (load: string, file: string): Machine => ({
    says: () => `LoadState=${load}\nActiveState=inactive\nSubState=dead\nResult=success\nUnitFileState=${file}\n`,
  })
  test.each<[string, Machine, string[]]>([
    ['that is there', unit('loaded', 'disabled'), []],
    [
      'of boot',
      unit('loaded', 'enabled'),
      ['warning: x.service is started at boot as well; type: systemctl disable x.service'],
    ],
    ['that is masked', unit('masked', 'masked'), ['error: x.service is masked; type: systemctl unmask x.service']],
    ['that is not there', unit('not-found', ''), ['error: x.service is not-found; install what brings it']],
  ])('%s', async (_what, machine, expected) =>
    expect(texts(await systemd('x.service', context('x')).ready?.(hostOf(machine)))).toEqual(expected),
  )
  test('of nagios is the one that is there; its files may come with the disk', async () => {
    const bound = nagios.bind(['nagios4', '/mnt/shared/nagios.cfg'], context('nagios::nagios4::/mnt/shared/nagios.cfg'))
    if (isProblem(bound)) throw new Error(bound.problem)
    const found = texts(await bound.ready?.(hostOf(unit('loaded', 'enabled'))))
    expect(found).toEqual([
      'warning: nagios4.service is started at boot as well; type: systemctl disable nagios4.service',
      'warning: /mnt/shared/nagios.cfg is not there; if it is on the shared disk all is well',
    ])
  })
})

test('an init script is looked for in the run levels', async () => {
  const host = hostOf({ says: ({ file }) => (file === 'find' ? '/etc/rc2.d/S03opsview\n' : '') })
  expect(texts(await lsb('/etc/init.d/opsview', [], context('opsview')).ready?.(host))).toEqual([
    'warning: /etc/rc2.d/S03opsview starts it at boot as well; type: update-rc.d opsview disable',
  ])
})

describe('a file system', () => {
  const ext4 = ['/dev/drbd0', '/mnt/shared', 'ext4']
  const usual = ['/sbin/fsck.ext4', '/sbin/mount.nfs']
  const ready = async (
    fstab: string,
    looked: string,
    { words = ext4, programs = usual, modules = [] as string[] } = {},
  ) => {
    const bound = filesystem.bind(words, context(`Filesystem::${words.join('::')}`))
    if (isProblem(bound)) throw new Error(bound.problem)
    const mountinfo = '22 1 8:1 / / rw - ext4 /dev/sda1 rw\n'
    const files = {
      '/proc/self/mountinfo': mountinfo,
      '/etc/fstab': fstab,
      '/proc/filesystems': 'nodev\ttmpfs\n\text4\nnodev\tnfs4\nnodev\tfuse\n',
    }
    const says = ({ file, args }: RunRequest) =>
      file === 'perl' ? looked : file === 'modprobe' && !modules.includes(args.at(-1)!) ? undefined : ''
    return texts(await bound.ready?.(hostOf({ files, programs, says })))
  }
  const fine = 'source block /dev/drbd0 147:0 - -\ndirectory directory /mnt/shared - empty -\n'
  test('that is ready', async () => expect(await ready('', fine)).toEqual([]))
  test('that waits for its device, on a directory that is not empty', async () => {
    const looked = 'source missing /dev/drbd0 - - -\ndirectory directory /mnt/shared - filled -\n'
    expect(await ready('', looked)).toEqual([expect.stringContaining('warning: there is no device /dev/drbd0 here')])
    expect(await ready('', fine.replace('empty', 'filled'))).toEqual([
      expect.stringContaining('warning: /mnt/shared is not empty'),
    ])
  })
  test('whose mount point is missing', async () => {
    expect(await ready('', fine.replace('directory /mnt/shared - empty', 'missing /mnt/shared - -'))).toEqual([
      'warning: /mnt/shared is not there; the first start makes it',
    ])
  })
  test('that boot mounts too', async () => {
    const line = '/dev/drbd0 /mnt/shared ext4 defaults 0 0\n'
    expect(await ready(line, fine)).toEqual([
      'warning: /etc/fstab mounts /dev/drbd0 on /mnt/shared at boot, on every node; add the option noauto there',
    ])
    expect(await ready(`#${line}`, fine)).toEqual([])
    expect(await ready(line.replace('defaults', 'noauto,noatime'), fine)).toEqual([])
  })
  test('on something that is no directory', async () => {
    expect(await ready('', fine.replace('directory directory', 'directory other'))).toEqual([
      'error: /mnt/shared is not a directory',
    ])
  })
  test('of a type that the kernel has, can load, or does not know', async () => {
    const xfs = { words: ['/dev/drbd0', '/mnt/shared', 'xfs'] }
    expect(await ready('', fine, xfs)).toEqual(['error: the kernel knows no xfs; modprobe xfs says why'])
    expect(await ready('', fine, { ...xfs, modules: ['fs-xfs'] })).toEqual([])
    expect(await ready('', fine, { words: ['x', '/mnt/shared', 'fuse.sshfs'] })).toEqual([])
    // Whatever it is, mount will find out.
    expect(await ready('', fine, { words: ['/dev/drbd0', '/mnt/shared'] })).toEqual([])
  })
  test('whose programs are not installed', async () => {
    expect(await ready('', fine, { programs: [] })).toEqual(['error: fsck.ext4 is not here; apt-get install e2fsprogs'])
    expect(await ready('', fine, { words: [...ext4, 'ro'], programs: [] })).toEqual([])
    for (const words of [
      ['nas:/export', '/mnt/shared'],
      ['nas:/export', '/mnt/shared', 'nfs4'],
    ]) {
      expect(await ready('', fine, { words })).toEqual([])
      expect(await ready('', fine, { words, programs: [] })).toEqual([
        'error: mount.nfs is not here; apt-get install nfs-common',
      ])
    }
  })
})
