/** Starts and stops on a host that exists in words only, in virtual time. */
import { beforeEach, describe, expect, test } from 'vitest'
import { type Bound, type Host, isProblem, type RunRequest } from '../../../src/agents/agent.ts'
import { readClaim } from '../../../src/agents/filesystem/claim.ts'
import { readFacts } from '../../../src/agents/filesystem/facts.ts'
import { bindFilesystem, type FilesystemOptions } from '../../../src/agents/filesystem/filesystem.ts'
import { judgeCheck } from '../../../src/agents/filesystem/fsck.ts'
import { mountHint } from '../../../src/agents/filesystem/startPlan.ts'
import type { End, Ran } from '../../../src/agents/ran.ts'
import type { GroupName, NodeId } from '../../../src/types.ts'
import { type FakeClock, fakeClock } from '../fakes.ts'

const noLease = { holdUntilMs: undefined }
const exited = (code: number, output = ''): Partial<Ran> => ({ end: { by: 'exit', code }, output })
const hung: Partial<Ran> = { end: { by: 'timeout', afterMs: 20_000 }, output: '' }

let clock: FakeClock
let mounts: string[]
let calls: string[]
let notes: string[]
/** By program; those of perl by what they do. */
let answers: Record<string, (request: RunRequest) => Partial<Ran>>
let files: Record<string, string>
let host: Host

const drbd = '20 1 147:0 / /data rw - ext4 /dev/drbd0 rw'
const looked = (source: string, directory = 'directory directory /data - empty -') =>
  exited(0, `${source}\n${directory}\n`)
const user = (pid: number, command: string, uid = 0) => `user ${pid} ${pid}0 ${uid} ${command} 1 cwd /data`

beforeEach(() => {
  clock = fakeClock()
  mounts = []
  calls = []
  notes = []
  files = {}
  answers = {
    look: () => looked('source block /dev/drbd0 147:0 -'),
    claim: () => exited(0, 'free\n'),
    users: () => exited(0, 'manager 1\nend\n'),
    kill: () => exited(0, 'end\n'),
    reader: () => exited(0, 'process 40 400\n'),
    umount: () => {
      mounts.pop()
      return exited(0)
    },
    mount: () => {
      mounts.push(drbd)
      return exited(0)
    },
  }
  host = {
    clock,
    note: (text: string) => void notes.push(text),
    read: (path: string) => (path === '/proc/self/mountinfo' ? mounts.join('\n') : files[path]),
    async run(request: RunRequest): Promise<Ran> {
      const name = request.file === 'perl' ? perl(request.args[1] ?? '') : request.file
      calls.push(['look', 'claim', 'users'].includes(name) ? name : [name, ...wordsOf(name, request)].join(' '))
      const ran = answers[name]?.(request) ?? exited(0)
      const end: End = ran.end ?? { by: 'exit', code: 0 }
      await clock.advance(end.by === 'timeout' ? request.timeoutMs : 10)
      const ok = end.by === 'exit' && end.code === 0
      return { command: [request.file, ...request.args].join(' '), ok, end, output: ran.output ?? '' }
    },
  } as unknown as Host
})

function perl(program: string): string {
  if (program.includes('O_EXCL')) return 'claim'
  if (program.includes('kill $signal')) return 'kill'
  if (program.includes('opendir my $proc')) return 'users'
  return program.includes('readdir $entries; closedir') ? 'reader' : 'look'
}
const wordsOf = (name: string, { args }: RunRequest) => (name === 'kill' || name === 'reader' ? args.slice(3) : args)

function bind(words = '/dev/drbd0::/data::ext4::noatime', options: FilesystemOptions = {}): Bound {
  const context = {
    resource: `Filesystem::${words}`,
    group: 'web' as GroupName,
    node: 'alpha' as NodeId,
    configDir: '/etc/ha.d',
    directives: new Map<string, string>(),
  }
  const bound = bindFilesystem(words.split('::'), context, options)
  if (isProblem(bound)) throw new Error(bound.problem)
  return bound
}

/** Time goes on until it is done. */
async function done<T>(work: Promise<T>): Promise<T> {
  let result: { readonly value: T } | undefined
  void work.then(value => {
    result = { value }
  })
  for (let i = 0; i < 1_000 && !result; i += 1) await clock.advance(250)
  if (!result) throw new Error('does not end')
  return result.value
}
const why = (text: string) => ({ ok: false, why: expect.stringContaining(text) })

describe('start', () => {
  test('looks, makes sure that the device is free, checks, mounts, looks again', async () => {
    expect(await bind().start(host, noLease)).toEqual({ ok: true })
    expect(calls).toEqual([
      'look',
      'claim',
      'blkid -p -o export /dev/drbd0',
      'fsck.ext4 -p /dev/drbd0',
      'mount -t ext4 -o noatime -- /dev/drbd0 /data',
    ])
  })
  test('of what runs touches nothing', async () => {
    mounts = [drbd]
    expect(await bind().start(host, noLease)).toEqual({ ok: true })
    expect(calls).toEqual([])
  })
  test('finds the type where none is written; xfs and read-only ones are not checked', async () => {
    answers['blkid'] = () => exited(0, 'DEVNAME=/dev/drbd0\nVERSION=1.0\nTYPE=ext3\nUSAGE=filesystem\n')
    await bind('/dev/drbd0::/data').start(host, noLease)
    expect(calls).toContain('fsck.ext3 -p /dev/drbd0')
    expect(calls).toContain('mount -- /dev/drbd0 /data')
    for (const words of ['/dev/drbd0::/data::xfs', '/dev/drbd0::/data::btrfs', '/dev/drbd0::/data::ext4::ro']) {
      mounts = []
      calls = []
      await bind(words).start(host, noLease)
      expect(calls.join()).not.toContain('fsck')
    }
  })
  test('makes a directory that is missing, also one with a dash', async () => {
    answers['look'] = () => looked('source block /dev/drbd0 147:0 -', 'directory missing /data - - -')
    expect(await bind().start(host, noLease)).toEqual({ ok: true })
    expect(calls).toContain('mkdir -p -- /data')
    expect(notes.join()).toContain('/data was not there and was made')
    mounts = []
    answers['mkdir'] = () => exited(1, 'mkdir: cannot create directory: Read-only file system\n')
    expect(await bind().start(host, noLease)).toMatchObject(why('Read-only file system'))
    expect(mounts).toEqual([])
  })
  test('does not mount what is in use, cannot be opened, or was not mended', async () => {
    const trouble: readonly [string, Partial<Ran>, string][] = [
      ['claim', exited(0, 'error 16 Device or resource busy\n'), 'is in use on this host'],
      ['claim', exited(0, 'error 124 Wrong medium type\n'), 'DRBD is Secondary here; drbddisk comes before'],
      ['claim', exited(0, 'error 5 Input/output error\n'), 'cannot be opened: Input/output error'],
      ['claim', hung, 'opening /dev/drbd0: still running after 20 s, killed'],
      ['blkid', exited(0, 'TYPE=drbd\nUSAGE=raid\n'), '/dev/drbd0 is a disk of drbd, no file system; write the device'],
      ['blkid', hung, '/dev/drbd0 does not answer'],
      ['fsck.ext4', exited(4, 'UNEXPECTED INCONSISTENCY\n'), 'errors are left (exit code 4)'],
      ['fsck.ext4', { end: { by: 'missing', file: 'fsck.ext4' } }, 'fsck.ext4 is not installed'],
      ['look', hung, 'looking at /dev/drbd0 and /data: still running'],
    ]
    for (const [program, ran, text] of trouble) {
      const before = answers[program]
      answers[program] = () => ran
      expect(await done(bind().start(host, noLease))).toMatchObject(why(text))
      expect(calls.join()).not.toContain('mount')
      answers[program] = before ?? (() => exited(0))
    }
  })
  test('tells what fsck has corrected', async () => {
    answers['fsck.ext4'] = () => exited(1, 'data: Clearing orphaned inode 12\n')
    expect(await bind().start(host, noLease)).toEqual({ ok: true })
    expect(notes.join()).toContain('fsck.ext4 has corrected /dev/drbd0: data: Clearing orphaned inode 12')
  })
  test('believes the list of mounts, not mount', async () => {
    answers['mount'] = () => exited(0)
    expect(await bind().start(host, noLease)).toMatchObject(why('nothing is mounted on /data'))
    answers['mount'] = () => {
      mounts.push(drbd.replace(' rw -', ' ro -'))
      return exited(0, 'mount: /data: WARNING: source write-protected, mounted read-only.\n')
    }
    expect(await bind().start(host, noLease)).toMatchObject(why('is read-only'))
  })
  test('that hung is stopped only when its device is free', async () => {
    answers['mount'] = () => hung
    const bound = bind()
    expect(await done(bound.start(host, noLease))).toMatchObject(why('still running'))
    answers['claim'] = () => exited(0, 'error 16 Device or resource busy\n')
    expect(await done(bound.stop(host))).toMatchObject(why('still in use'))
    answers['claim'] = () => exited(0, 'free\n')
    expect(await done(bound.stop(host))).toEqual({ ok: true })
    calls = []
    expect(await done(bound.stop(host))).toEqual({ ok: true })
    expect(calls).toEqual(['look'])
  })
})

describe('stop', () => {
  const busy = () => exited(32, 'umount: /data: target is busy.\n')

  test('unmounts what stands on it first, and then the device is free', async () => {
    mounts = [drbd, '21 20 0:50 / /data/a\\040b rw - tmpfs x rw']
    expect(await bind().stop(host)).toEqual({ ok: true })
    expect(calls).toEqual(['umount -c -- /data/a b', 'umount -c -- /data', 'claim'])
  })
  test('of what is not mounted is done, and asks no device', async () => {
    expect(await bind().stop(host)).toEqual({ ok: true })
    expect(calls).toEqual(['look'])
  })
  test('of something else leaves it alone', async () => {
    mounts = ['20 1 8:2 / /data rw - xfs /dev/sda2 rw']
    expect(await bind().stop(host)).toEqual({ ok: true })
    expect(calls).toEqual(['look'])
  })
  test('of one that is mounted elsewhere, or out of sight, fails', async () => {
    mounts = [drbd.replace('/data', '/mnt')]
    expect(await bind().stop(host)).toMatchObject(why('/dev/drbd0 is still mounted on /mnt; umount /mnt'))
    mounts = []
    answers['look'] = () => looked('source block /dev/drbd0 147:0 - work')
    answers['claim'] = () => exited(0, 'error 16 Device or resource busy\n')
    answers['users'] = () => exited(0, 'manager 1\nnamespace 30 runc\nend\n')
    expect(await done(bind().stop(host))).toMatchObject(why('in the mount namespace of runc (30); stop it'))
    expect(calls.join()).not.toContain('kill')
  })
  test('believes the list of mounts, not umount', async () => {
    mounts = [drbd]
    answers['umount'] = () => exited(0)
    expect(await bind().stop(host)).toMatchObject(why('umount -c -- /data: exit code 0'))
    answers['umount'] = () => {
      mounts = []
      return exited(32, 'umount: /data: target is busy.\n')
    }
    mounts = [drbd]
    expect(await bind().stop(host)).toEqual({ ok: true })
  })
  test('asks its users, then kills those that stay, then names them', async () => {
    mounts = [drbd]
    answers['umount'] = busy
    answers['users'] = () => exited(0, `manager 1\n${user(30, 'mysqld', 105)}\n${user(5, 'sshd')}\nend\n`)
    expect(await done(bind().stop(host))).toMatchObject(
      why('/data is busy: not even SIGKILL ended mysqld (30, cwd /data); sshd (5, cwd /data) is never ended'),
    )
    const kills = calls.filter(call => call.startsWith('kill'))
    expect(new Set(kills)).toEqual(new Set(['kill TERM 30:300', 'kill KILL 30:300']))
    expect(kills.indexOf('kill KILL 30:300')).toBeGreaterThan(0)
    expect(notes).toHaveLength(2) // each signal is told once
  })
  test('goes on as soon as they have gone', async () => {
    mounts = [drbd]
    answers['umount'] = busy
    answers['users'] = () => exited(0, `manager 1\n${user(30, 'mysqld', 105)}\nend\n`)
    answers['kill'] = () => {
      answers['umount'] = () => {
        mounts = []
        return exited(0)
      }
      return exited(0, 'end\n')
    }
    const began = clock.nowMs()
    expect(await done(bind().stop(host))).toEqual({ ok: true })
    expect(clock.nowMs() - began).toBeLessThan(3_000)
    expect(calls).not.toContain('kill KILL 30:300')
  })
  test('goes on when the killed let go a moment later', async () => {
    mounts = [drbd]
    answers['umount'] = busy
    answers['users'] = () => exited(0, `manager 1\n${user(30, 'mysqld', 105)}\nend\n`)
    answers['kill'] = ({ args }) => {
      if (args[3] !== 'KILL') return exited(0, 'end\n')
      answers['users'] = () => exited(0, 'manager 1\nend\n')
      const freeAtMs = clock.nowMs() + 2_000
      answers['umount'] = () => {
        if (clock.nowMs() < freeAtMs) return busy()
        mounts = []
        return exited(0)
      }
      return exited(0, 'end\n')
    }
    expect(await done(bind().stop(host))).toEqual({ ok: true })
  })
  test('that fails for another reason kills nobody', async () => {
    mounts = [drbd]
    answers['umount'] = () => exited(32, 'umount: /data: must be superuser to unmount.\n')
    expect(await bind().stop(host)).toMatchObject(why('must be superuser'))
    expect(calls).toEqual(['umount -c -- /data'])
  })
  test('of a disk that hangs says so and kills nobody', async () => {
    mounts = [drbd]
    answers['umount'] = () => hung
    expect(await done(bind().stop(host))).toMatchObject(why('its device or server does not answer'))
    expect(calls).toEqual(['umount -c -- /data'])
  })
  test('of a server that does not answer is forced in the end', async () => {
    mounts = ['20 1 0:44 / /data rw - nfs4 nas:/export rw']
    answers['umount'] = ({ args }) => {
      if (args[0] !== '-f') return hung
      mounts = []
      return exited(0)
    }
    expect(await done(bind('nas:/export::/data::nfs4').stop(host))).toEqual({ ok: true })
    expect(calls).toEqual(['umount -c -- /data', 'users', 'umount -f -c -- /data'])
  })
  test('does not unmount what hides it', async () => {
    mounts = [
      drbd.replace('/data', '/mnt/data'),
      '21 1 8:3 / /mnt rw - ext4 /dev/sda3 rw',
      '1 1 8:1 / / rw - ext4 /dev/sda1 rw',
    ]
    expect(await bind('/dev/drbd0::/mnt/data').stop(host)).toMatchObject(
      why('hidden by a mount on /mnt; umount /mnt first'),
    )
    expect(calls).toEqual([])
  })
  test('an unreadable list is no proof', async () => {
    host = { ...host, read: () => undefined }
    expect(await bind().stop(host)).toMatchObject(why('cannot be told'))
    expect(await bind().monitor(host)).toMatchObject({ status: 'unknown' })
    let reads = 0
    host = { ...host, read: () => (reads++ === 0 ? drbd : undefined) }
    expect((await done(bind().stop(host))).ok).toBe(false)
  })
})

describe('a look that reads', () => {
  const reading = () => bind('/dev/drbd0::/data::ext4', { readWithinMs: 5_000 })

  test('reads directory and device', async () => {
    mounts = [drbd]
    expect(await reading().monitor(host)).toEqual({ status: 'running' })
    expect(calls).toEqual(['reader /data /dev/drbd0'])
  })
  test('says what the kernel said', async () => {
    mounts = [drbd]
    answers['reader'] = () => exited(1, 'process 40 400\ndd: error reading /dev/drbd0: Input/output error\n')
    expect(await reading().monitor(host)).toEqual({
      status: 'unknown',
      why: 'reading /data: exit code 1, it said: dd: error reading /dev/drbd0: Input/output error',
    })
  })
  test('sends no second program after one that hangs', async () => {
    mounts = [drbd]
    const bound = reading()
    answers['reader'] = () => ({ ...hung, output: 'process 40 400\n' })
    const stat = (state: string, time: number) => `40 (dd) ${state} 1${' 0'.repeat(17)} ${time} 0`
    files['/proc/40/stat'] = stat('D', 400)
    const silent = { status: 'unknown', why: expect.stringContaining('does not answer within 5 s') }
    expect(await done(bound.monitor(host))).toEqual(silent)
    expect(await bound.monitor(host)).toEqual(silent)
    expect(calls).toHaveLength(1)
    answers['reader'] = () => exited(0, 'process 41 410\n')
    files['/proc/40/stat'] = stat('S', 500) // another process of that number
    expect(await bound.monitor(host)).toEqual({ status: 'running' })
    expect(calls).toHaveLength(2)
  })
  test('is not made of what is not mounted', async () => {
    expect(await reading().monitor(host)).toEqual({ status: 'stopped' })
    expect(calls).toEqual(['look'])
  })
})

test('a look takes no longer than a look may', async () => {
  answers['look'] = () => hung
  const began = clock.nowMs()
  const timeouts = { startMs: 60_000, stopMs: 60_000, monitorMs: 3_000 }
  expect((await done(bind(undefined, { timeouts }).monitor(host))).status).toBe('unknown')
  expect(clock.nowMs() - began).toBeLessThan(4_000)
})

test('an answer that was lost in an emptied log is asked for again', async () => {
  let lost = 1
  answers['look'] = () => (lost-- > 0 ? exited(0) : looked('source block /dev/drbd0 147:0 -'))
  expect(await bind().monitor(host)).toEqual({ status: 'stopped' })
  expect(calls).toEqual(['look', 'look'])
})

describe('what programs said', () => {
  const ran = (part: Partial<Ran>): Ran => {
    const end: End = part.end ?? { by: 'exit', code: 0 }
    return { command: 'x', ok: end.by === 'exit' && end.code === 0, end, output: part.output ?? '' }
  }

  test.each([
    [0, {}],
    [1, { note: 'fsck.ext4 has corrected /dev/x: last' }],
    [2, { failed: expect.stringContaining('wants a reboot (exit code 2)') }],
    [3, { failed: expect.stringContaining('wants a reboot (exit code 3)') }],
    [4, { failed: expect.stringContaining('errors are left (exit code 4), it said: last; run fsck.ext4 -f /dev/x') }],
    [12, { failed: expect.stringContaining('errors are left') }],
    [8, { failed: 'fsck.ext4 /dev/x: it could not check (exit code 8), it said: last' }],
    [32, { failed: expect.stringContaining('could not check') }],
  ])('fsck %i', (code, checked) => {
    expect(judgeCheck(ran(exited(code, 'first\nlast\n')), 'fsck.ext4', '/dev/x')).toEqual(checked)
  })
  test('a killed fsck is a failure', () => {
    expect(judgeCheck(ran({ end: { by: 'signal', signal: 'SIGKILL' } }), 'fsck.ext4', '/dev/x')).toEqual({
      failed: 'x: killed by SIGKILL',
    })
  })
  test.each([
    ['free\n', { is: 'free' }],
    ['error 16 Device or resource busy\n', { is: 'busy' }],
    ['error 2 No such file or directory\n', { is: 'absent', why: 'No such file or directory', secondary: false }],
    ['error 124 Wrong medium type\n', { is: 'absent', why: 'Wrong medium type', secondary: true }],
    ['error 5 Input/output error\n', { is: 'unknown', why: 'Input/output error' }],
    ['', { is: 'unknown', why: 'x: exit code 0' }],
  ])('opening: %j', (output, claim) => {
    expect(readClaim(ran({ output }))).toEqual(claim)
  })
  test('a look that did not come to its end says nothing', () => {
    const whole =
      'source block /dev/a\\040b 8:1 - work\ndevice /dev/x\\040y 8:2\ndevice /dev/z -\ndirectory directory /data - filled -\n'
    expect(readFacts(ran({ output: whole }))).toEqual({
      source: { kind: 'block', path: '/dev/a b', device: '8:1', atWork: true },
      directory: { kind: 'directory', path: '/data', filled: true },
      devices: new Map([['/dev/x y', '8:2']]),
    })
    expect(readFacts(ran({ output: whole.replace(' filled -\n', '') }))).toEqual({ unknown: expect.any(String) })
    expect(readFacts(ran({ ...exited(1), output: whole }))).toEqual({ unknown: expect.any(String) })
  })
  test.each([
    ["mount: /data: unknown filesystem type 'foo'.", 'foo', '; modprobe foo says why'],
    [
      'mount: bad option; for several filesystems (e.g. nfs, cifs) you might need a /sbin/mount.nfs4 helper program.',
      'nfs4',
      '; apt-get install nfs-common',
    ],
    ['mount: wrong fs type, bad option, bad superblock on /dev/x', 'ext4', '; dmesg may say more'],
    ['mount: /dev/drbd0: Wrong medium type', 'ext4', '; DRBD is Secondary here'],
    ['mount: /data: mount(2) system call failed: Structure needs cleaning.', 'xfs', '; run xfs_repair on it by hand'],
    ['mount: permission denied', 'ext4', ''],
  ])('%s', (output, fstype, hint) => {
    expect(mountHint(output, fstype)).toEqual(hint === '' ? '' : expect.stringContaining(hint))
  })
})
