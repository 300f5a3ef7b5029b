/** Real mounts, in a mount namespace of their own: nothing of it is seen outside, and it goes with its last process. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Bound, type Host, isProblem } from '../../src/agents/agent.ts'
import { bindFilesystem, type FilesystemOptions } from '../../src/agents/filesystem/filesystem.ts'
import { createHost } from '../../src/agents/host.ts'
import type { GroupName, NodeId } from '../../src/types.ts'
import { type HangingDisk, hangingDisk, hangingServer } from './hangingDisk.ts'

const dir = mkdtempSync(join(tmpdir(), 'tandem-filesystem-'))
const point = join(dir, 'data')
const other = join(dir, 'other')
/** The agent's time goes so much faster; that of the programs it runs does not. */
const hurry = 5
const noLease = { holdUntilMs: undefined }
let space: ChildProcess
let real: Host & { close(): void }
let host: Host
let notes: string[]
const leftovers: number[] = []

const inSpace = (...args: string[]): string =>
  execFileSync('nsenter', ['-t', String(space.pid), '-m', '--', ...args], { encoding: 'utf8', stdio: 'pipe' })

/** A loop device for a file; undefined where the kernel gives none. */
function loopDevice(file: string): string | undefined {
  try {
    return execFileSync('losetup', ['-f', '--show', file], { encoding: 'utf8', stdio: 'pipe' }).trim()
  } catch {
    return undefined
  }
}

const image = join(dir, 'disk')
writeFileSync(image, '')
truncateSync(image, 320 * 1024 * 1024) // xfs takes no less; on the disk it is sparse
const disk = loopDevice(image)
const notRun = (what: string): void => console.error(`\n${'*'.repeat(78)}\n  NOT RUN: ${what}\n${'*'.repeat(78)}`)
if (!disk) notRun('file systems on a disk. This machine gives no loop device.')
const withDisk = describe.skipIf(!disk)
const device = disk ?? '/dev/none'
const format = (): string => execFileSync('mkfs.ext4', ['-q', '-F', device], { encoding: 'utf8', stdio: 'pipe' })

beforeAll(() => {
  real = createHost({
    runDir: dir,
    leaseSeconds: 0,
    report: report => void (report.type === 'note' && notes.push(report.text)),
  })
})
afterAll(() => {
  real.close()
  if (disk) execFileSync('losetup', ['-d', disk])
  rmSync(dir, { recursive: true, force: true })
})

beforeEach(async () => {
  notes = []
  mkdirSync(point)
  mkdirSync(other)
  space = spawn('unshare', ['-m', '--propagation', 'private', 'sleep', '600'], { stdio: 'ignore' })
  await expect.poll(() => namespaceOf(space.pid!), { timeout: 5_000 }).not.toBe(namespaceOf(process.pid))
  host = {
    ...real,
    // Patience is tested in virtual time; here it is short.
    clock: {
      nowMs: () => real.clock.nowMs() * hurry,
      after: (delayMs, call) => real.clock.after(delayMs / hurry, call),
    },
    run: request => {
      const args = ['-t', String(space.pid), '-m', '--', request.file, ...request.args]
      return real.run({ ...request, file: 'nsenter', args })
    },
    read: path => real.read(path.replace('/proc/self/', `/proc/${space.pid}/`)),
  }
})
afterEach(async () => {
  for (const pid of leftovers.splice(0)) end(pid)
  const gone = new Promise(resolve => space.once('exit', resolve))
  space.kill('SIGKILL')
  await gone
  // The last reference may take a moment.
  await expect.poll(() => removed(point) && removed(other), { timeout: 10_000 }).toBe(true)
})

function namespaceOf(pid: number): string {
  try {
    return execFileSync('readlink', [`/proc/${pid}/ns/mnt`], { encoding: 'utf8' })
  } catch {
    return ''
  }
}
function removed(path: string): boolean {
  rmSync(path, { recursive: true, force: true })
  return !existsSync(path)
}
function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone already, as it should.
  }
}
const canMake = (type: string): boolean =>
  ['/usr/sbin', '/sbin'].some(folder => existsSync(`${folder}/mkfs.${type}`)) &&
  new RegExp(`\\b${type}$`, 'm').test(readFileSync('/proc/filesystems', 'utf8'))
const alive = (pid: number): boolean => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** A process of the namespace that is no child of ours: those are never ended. */
function holder(script: string): number {
  const ready = join(dir, 'ready')
  rmSync(ready, { force: true })
  const line = `setsid nsenter -t ${space.pid} -m -- sh -c '${script.replace('READY', `touch ${ready}`)}' >/dev/null 2>&1 & echo $!`
  const pid = Number(execFileSync('sh', ['-c', line], { encoding: 'utf8' }))
  leftovers.push(pid)
  for (let i = 0; i < 500 && !existsSync(ready); i += 1) execFileSync('sleep', ['0.01'])
  return pid
}

function bind(words: readonly string[], options: FilesystemOptions = {}): Bound {
  const context = {
    resource: ['Filesystem', ...words].join('::'),
    group: 'web' as GroupName,
    node: 'alpha' as NodeId,
    configDir: '/etc/ha.d',
    directives: new Map<string, string>(),
  }
  const bound = bindFilesystem(words, context, options)
  if (isProblem(bound)) throw new Error(bound.problem)
  return bound
}
const mounted = (path = point): boolean => readFileSync(`/proc/${space.pid}/mountinfo`, 'utf8').includes(` ${path} `)
const why = (text: string | RegExp) => ({
  ok: false,
  why: typeof text === 'string' ? expect.stringContaining(text) : expect.stringMatching(text),
})

withDisk('a disk that stops to answer', () => {
  let hanging: HangingDisk
  beforeEach(async () => {
    hanging = await hangingDisk(join(dir, 'hanging'), 24 * 1024 * 1024)
    execFileSync('mkfs.ext4', ['-q', '-F', hanging.device], { stdio: 'pipe' })
  })
  afterEach(() => hanging.close())

  test('holds up nobody, is told from one that answers, and stops when it answers again', async () => {
    const limits = { startMs: 20_000, stopMs: 3_000, monitorMs: 20_000 }
    const bound = bind([hanging.device, point, 'ext4'], { readWithinMs: 2_000, timeouts: limits })
    expect(await bound.start(host, noLease)).toEqual({ ok: true })
    expect(await bound.monitor(host)).toEqual({ status: 'running' })
    inSpace('sh', '-c', `echo dirty >${point}/file`)
    hanging.hang()
    const silent = {
      status: 'unknown',
      why: `${point} is mounted, but does not answer within 2 s: its device or server hangs`,
    }
    expect(await bound.monitor(host)).toEqual(silent)
    const readers = (): number =>
      execFileSync('pgrep', ['-fc', `if=${hanging.device} of`], { encoding: 'utf8' }).trim() as never
    expect(Number(readers())).toBe(1)
    expect(await bound.monitor(host)).toEqual(silent)
    expect(Number(readers())).toBe(1)
    // Without reading, the list of mounts answers, and nothing is touched.
    expect(await bind([hanging.device, point, 'ext4']).monitor(host)).toEqual({ status: 'running' })
    const stopped = await bound.stop(host)
    expect(stopped).toMatchObject(why(/does not answer|still in use/))
    expect((await bound.monitor(host)).status).toBe('unknown')
    hanging.answer()
    await expect.poll(() => bound.stop(host), { timeout: 20_000 }).toEqual({ ok: true })
    expect(await bound.monitor(host)).toEqual({ status: 'stopped' })
    expect(await bound.start(host, noLease)).toEqual({ ok: true })
    expect(inSpace('cat', `${point}/file`)).toBe('dirty\n')
    expect(await bound.stop(host)).toEqual({ ok: true })
  })

  test('a start that hangs can be stopped only when it has ended', async () => {
    const limits = { startMs: 3_000, stopMs: 3_000, monitorMs: 20_000 }
    const bound = bind([hanging.device, point, 'ext4'], { timeouts: limits })
    execFileSync('blockdev', ['--flushbufs', hanging.device])
    hanging.hang()
    expect(await bound.start(host, noLease)).toMatchObject(why(/still running after .* s, killed/))
    expect((await bound.stop(host)).ok).toBe(false)
    hanging.answer()
    await expect.poll(() => bound.stop(host), { timeout: 20_000 }).toEqual({ ok: true })
    expect(mounted()).toBe(false)
  })
})

describe.skipIf(!existsSync('/dev/fuse'))('a server that stops to answer', () => {
  test('is said to hang, and is unmounted all the same', async () => {
    const server = await hangingServer(point, 4096, ['nsenter', '-t', `${space.pid}`, '-m', '--'])
    try {
      const bound = bind(['hanging', point, 'fuse'], { readWithinMs: 1_000 })
      expect(await bound.monitor(host)).toEqual({ status: 'running' })
      server.hang()
      expect(await bound.monitor(host)).toMatchObject({
        status: 'unknown',
        why: expect.stringContaining('does not answer within 1 s'),
      })
      expect(await bound.stop(host)).toEqual({ ok: true })
      expect(mounted()).toBe(false)
    } finally {
      await server.close()
    }
  })
})

describe('tmpfs and bind', () => {
  test('start twice, stop twice, monitor between', async () => {
    const bound = bind(['tmpfs', point, 'tmpfs', 'size=1m'])
    expect(await bound.monitor(host)).toEqual({ status: 'stopped' })
    expect(await bound.start(host, noLease)).toEqual({ ok: true })
    expect(await bound.monitor(host)).toEqual({ status: 'running' })
    expect(await bound.start(host, noLease)).toEqual({ ok: true })
    expect(inSpace('sh', '-c', `grep -c ' ${point} ' /proc/self/mountinfo`).trim()).toBe('1')
    expect(await bound.stop(host)).toEqual({ ok: true })
    expect(mounted()).toBe(false)
    expect(await bound.monitor(host)).toEqual({ status: 'stopped' })
    expect(await bound.stop(host)).toEqual({ ok: true })
  })

  test('a directory with blanks, reached by a symbolic link', async () => {
    inSpace('mkdir', `${point}/a b`)
    inSpace('ln', '-s', `${point}/a b`, `${other}/link`)
    const bound = bind(['tmpfs', `${other}/link`, 'tmpfs'])
    expect(await bound.start(host, noLease)).toEqual({ ok: true })
    expect(await bound.monitor(host)).toEqual({ status: 'running' })
    expect(await bind(['tmpfs', `${point}/a\\040b`, 'tmpfs']).monitor(host)).toEqual({ status: 'running' })
    expect(await bound.stop(host)).toEqual({ ok: true })
    expect(await bound.monitor(host)).toEqual({ status: 'stopped' })
  })

  test('a mount point that is missing is made; one that is no directory, or has a mount, is refused', async () => {
    const made = bind(['tmpfs', `${point}/x/y`, 'tmpfs'])
    expect(await made.start(host, noLease)).toEqual({ ok: true })
    expect(notes.join()).toContain(`${point}/x/y was not there and was made`)
    expect(await bind(['tmpfs2', `${point}/x/y`, 'tmpfs']).start(host, noLease)).toMatchObject(
      why(`tmpfs is mounted on ${point}/x/y already; umount ${point}/x/y`),
    )
    expect(await bind(['tmpfs', point, 'tmpfs']).start(host, noLease)).toMatchObject(why(`would hide ${point}/x/y`))
    inSpace('touch', `${other}/file`)
    expect(await bind(['tmpfs', `${other}/file`, 'tmpfs']).start(host, noLease)).toMatchObject(
      why('is not a directory'),
    )
    expect(await bind(['tmpfs', other, 'tmpfs']).start(host, noLease)).toEqual({ ok: true })
    expect(notes.join()).toContain(`${other} is not empty`)
  })

  test('a directory shown at a second place, read-only', async () => {
    inSpace('mkdir', `${other}/www`)
    const bound = bind([`${other}/www`, point, 'none', 'bind,ro'])
    expect(await bound.start(host, noLease)).toEqual({ ok: true })
    expect(await bound.monitor(host)).toEqual({ status: 'running' })
    expect(() => inSpace('touch', `${point}/x`)).toThrow(/Read-only/)
    expect(await bind([other, point, 'none', 'bind']).monitor(host)).toMatchObject({ status: 'stopped' })
    expect(await bound.stop(host)).toEqual({ ok: true })
    expect(await bound.monitor(host)).toEqual({ status: 'stopped' })
  })

  test('what stands on it is unmounted first, what lies over it is named', async () => {
    const bound = bind(['tmpfs', point, 'tmpfs'])
    await bound.start(host, noLease)
    inSpace('sh', '-c', `cd ${point} && mkdir -p a/b && mount -t tmpfs x a && mkdir a/b && mount -t tmpfs x a/b`)
    expect(await bound.stop(host)).toEqual({ ok: true })
    expect(mounted(`${point}/a`)).toBe(false)
    await bound.start(host, noLease)
    inSpace('mount', '-t', 'tmpfs', 'over', point)
    expect(await bound.monitor(host)).toMatchObject({ status: 'unknown', why: expect.stringContaining('over it') })
    expect(await bound.stop(host)).toEqual({ ok: true })
    expect(mounted()).toBe(false)
  })
})

withDisk('a disk', () => {
  beforeEach(() => void format())
  const ext4 = (options: FilesystemOptions = {}): Bound => bind([device, point, 'ext4', 'noatime'], options)

  test('start twice, stop twice; data stay', async () => {
    const bound = ext4({ readWithinMs: 10_000 })
    expect(await bound.monitor(host)).toEqual({ status: 'stopped' })
    expect(await bound.start(host, noLease)).toEqual({ ok: true })
    inSpace('sh', '-c', `echo kept >${point}/file`)
    expect(await bound.start(host, noLease)).toEqual({ ok: true })
    expect(await bound.monitor(host)).toEqual({ status: 'running' })
    expect(inSpace('grep', ` ${point} `, '/proc/self/mountinfo')).toContain('noatime')
    expect(await bound.stop(host)).toEqual({ ok: true })
    expect(await bound.stop(host)).toEqual({ ok: true })
    expect(await bind([device, point]).start(host, noLease)).toEqual({ ok: true })
    expect(inSpace('cat', `${point}/file`)).toBe('kept\n')
  })

  for (const type of ['xfs', 'btrfs']) {
    if (!canMake(type)) notRun(`${type}. mkfs.${type} is not installed, or the kernel has no ${type}.`)
    test.skipIf(!canMake(type))(type, () => others(type))
  }

  async function others(type: string): Promise<void> {
    execFileSync(`mkfs.${type}`, ['-q', '-f', device], { stdio: 'pipe' })
    // By a link, which is not the name that the kernel shows.
    const link = join(dir, 'link')
    symlinkSync(device, link)
    try {
      for (const bound of [bind([link, point, type, 'noatime']), bind([device, point])]) {
        expect(await bound.start(host, noLease)).toEqual({ ok: true })
        expect(await bound.monitor(host)).toEqual({ status: 'running' })
        expect(inSpace('grep', ` ${point} `, '/proc/self/mountinfo').includes('noatime')).toBe(
          bound.resource.includes('noatime'),
        )
        const user = holder(`exec 3>${point}/file; READY; exec sleep 609`)
        expect(await bound.stop(host)).toEqual({ ok: true })
        expect(alive(user)).toBe(false)
        expect(await bound.monitor(host)).toEqual({ status: 'stopped' })
      }
      await bind([link, point, type]).start(host, noLease)
      const user = holder(`exec 3>${point}/file; READY; exec sleep 610`)
      inSpace('umount', '-l', point)
      expect(await bind([link, point, type]).monitor(host)).toMatchObject({ status: 'unknown' })
      end(user)
    } finally {
      rmSync(link)
    }
  }

  test('by its label and its UUID', async () => {
    const label = `t${process.pid}`
    execFileSync('tune2fs', ['-L', label, device], { stdio: 'pipe' })
    const uuid = execFileSync('blkid', ['-p', '-o', 'value', '-s', 'UUID', device], { encoding: 'utf8' }).trim()
    for (const name of [`-L${label}`, `LABEL=${label}`, `UUID=${uuid}`, `-U ${uuid}`]) {
      const bound = bind([name, point, 'ext4'])
      expect(await bound.monitor(host)).toEqual({ status: 'stopped' })
      expect(await bound.start(host, noLease)).toEqual({ ok: true })
      expect(await bound.monitor(host)).toEqual({ status: 'running' })
      expect(await ext4().monitor(host)).toEqual({ status: 'running' })
      expect(await bound.stop(host)).toEqual({ ok: true })
    }
    expect(await bind(['LABEL=no-such', point]).start(host, noLease)).toMatchObject(why('no device with LABEL=no-such'))
  })

  test('mounted elsewhere, in another namespace, or with a bind mount left: never twice, never called stopped', async () => {
    inSpace('mount', device, other)
    expect(await ext4().start(host, noLease)).toMatchObject(why(`${device} is mounted on ${other} already`))
    expect(await ext4().monitor(host)).toMatchObject({ status: 'unknown' })
    expect(await ext4().stop(host)).toMatchObject(why(`still mounted on ${other}; umount ${other}`))
    inSpace('umount', other)
    await ext4().start(host, noLease)
    inSpace('mount', '--bind', point, other)
    expect(await ext4().stop(host)).toEqual({ ok: true })
    expect(mounted(other)).toBe(false)

    await ext4().start(host, noLease)
    const copy = spawn('nsenter', ['-t', `${space.pid}`, '-m', 'unshare', '-m', 'sleep', '601'], { stdio: 'ignore' })
    leftovers.push(copy.pid!)
    await expect.poll(() => readFileSync(`/proc/${copy.pid}/comm`, 'utf8')).toBe('sleep\n')
    expect(await ext4().stop(host)).toMatchObject(why(`in the mount namespace of sleep (${copy.pid})`))
    expect(await ext4().monitor(host)).toMatchObject({
      status: 'unknown',
      why: expect.stringContaining('out of sight'),
    })
    expect(await ext4().start(host, noLease)).toMatchObject(why('is in use on this host'))
  })

  test('a lazy umount is no stop', async () => {
    await ext4().start(host, noLease)
    const user = holder(`exec 3>${point}/file; READY; exec sleep 600`)
    inSpace('umount', '-l', point)
    expect(await ext4().monitor(host)).toMatchObject({ status: 'unknown', why: expect.stringContaining('lazy umount') })
    expect(await ext4().stop(host)).toMatchObject(why(`${device} is unmounted but still in use`))
    expect(await ext4().start(host, noLease)).toMatchObject(why('is in use on this host'))
    end(user)
    expect(await ext4().stop(host)).toEqual({ ok: true })
    expect(await ext4().monitor(host)).toEqual({ status: 'stopped' })
  })

  test('fsck mends what can be mended, and a disk that cannot be is not mounted', async () => {
    execFileSync('debugfs', ['-w', '-R', 'ssv state 0', device], { stdio: 'pipe' })
    expect(await ext4().start(host, noLease)).toEqual({ ok: true })
    expect(await ext4().stop(host)).toEqual({ ok: true })
    format()
    execFileSync('debugfs', ['-w', '-R', 'clri <2>', device], { stdio: 'pipe' })
    execFileSync('debugfs', ['-w', '-R', 'ssv state 2', device], { stdio: 'pipe' })
    expect(await ext4().start(host, noLease)).toMatchObject(why(/errors are left \(exit code 4\).*fsck.ext4 -f/))
    expect(mounted()).toBe(false)
    expect(await ext4().stop(host)).toEqual({ ok: true })
    execFileSync('dd', ['if=/dev/zero', `of=${device}`, 'bs=1M', 'count=4', 'status=none'])
    expect(await ext4().start(host, noLease)).toMatchObject(why('fsck.ext4'))
  })

  test('a device that is missing, none, or of another type is named', async () => {
    expect(await bind(['/dev/no-such', point, 'ext4']).start(host, noLease)).toMatchObject(
      why('there is no device /dev/no-such here'),
    )
    expect(await bind(['/dev/null', point, 'ext4']).start(host, noLease)).toMatchObject(why('is not a block device'))
    expect(await bind([device, point, 'ext4', 'no_such']).start(host, noLease)).toMatchObject(
      why(/mount .*exit code 32/),
    )
    expect(await bind(['/dev/no-such', point, 'ext4']).stop(host)).toEqual({ ok: true })
  })

  test('read-only after an error is not well', async () => {
    await ext4().start(host, noLease)
    inSpace('mount', '-o', 'remount,ro', point)
    expect(await ext4().monitor(host)).toMatchObject({ status: 'unknown', why: expect.stringContaining('read-only') })
    expect(await ext4().start(host, noLease)).toMatchObject(why('read-only'))
    expect(await ext4().stop(host)).toEqual({ ok: true })
  })

  test('a user of the mount is asked to go', async () => {
    await ext4().start(host, noLease)
    const inDirectory = holder(`cd ${point}; READY; exec sleep 602`)
    const withFile = holder(`exec 3>${point}/file; READY; exec sleep 603`)
    expect(await ext4().stop(host)).toEqual({ ok: true })
    expect(notes.join()).toContain(`is busy, SIGTERM to sleep (${inDirectory}, cwd ${point}), sleep (${withFile}, fd 3`)
    expect([inDirectory, withFile].filter(alive)).toEqual([])
  })

  test('one that does not listen is killed', async () => {
    await ext4().start(host, noLease)
    const deaf = holder(`trap "" TERM; exec 3>${point}/file; READY; while :; do sleep 0.2; done`)
    expect(await ext4().stop(host)).toEqual({ ok: true })
    expect(notes.join()).toContain(`SIGKILL to sh (${deaf}, fd 3`)
    expect(alive(deaf)).toBe(false)
  })

  test('we ourselves and our children are never ended, but named', async () => {
    await ext4().start(host, noLease)
    const inside = ['-t', `${space.pid}`, '-m', 'sh', '-c', `cd ${point} && exec sleep 604`]
    const ours = spawn('nsenter', inside, { stdio: 'ignore' })
    leftovers.push(ours.pid!)
    await expect.poll(() => readFileSync(`/proc/${ours.pid}/comm`, 'utf8')).toBe('sleep\n')
    expect(await ext4().stop(host)).toMatchObject(why(/sleep \(\d+, cwd .*is never ended, as it is part of Tandem/))
    expect(alive(ours.pid!)).toBe(true)
    expect(mounted()).toBe(true)
    end(ours.pid!)
    await expect.poll(() => alive(ours.pid!)).toBe(false)
    expect(await ext4().stop(host)).toEqual({ ok: true })
  })

  test('nor is a process of the system, whatever it has open', async () => {
    copyFileSync('/bin/sleep', join(dir, 'sshd'))
    await ext4().start(host, noLease)
    const system = holder(`cd ${point}; READY; exec ${dir}/sshd 611`)
    expect(await ext4().stop(host)).toMatchObject(
      why(`sshd (${system}, cwd ${point}) is never ended, as it lets people in`),
    )
    expect([alive(system), mounted()]).toEqual([true, true])
    end(system)
    await expect.poll(() => ext4().stop(host), { timeout: 5_000 }).toEqual({ ok: true })
  })

  test('a user in a mount namespace that follows ours, as many services have', async () => {
    inSpace('mount', '--make-rshared', '/')
    await ext4().start(host, noLease)
    const service = holder(`exec unshare -m --propagation slave sh -c "cd ${point}; READY; exec sleep 607"`)
    const idle = holder('exec unshare -m --propagation slave sh -c "READY; exec sleep 608"')
    expect(await ext4().stop(host)).toEqual({ ok: true })
    expect([service, idle].map(alive)).toEqual([false, true])
  })

  test('a file that the mount hides is none of its users', async () => {
    inSpace('touch', `${point}/below`)
    const below = holder(`exec 3<${point}/below; READY; exec sleep 605`)
    await ext4().start(host, noLease)
    const user = holder(`exec 3>${point}/above; READY; exec sleep 606`)
    expect(await ext4().stop(host)).toEqual({ ok: true })
    expect([below, user].map(alive)).toEqual([true, false])
  })

  test('a swap file or a loop device on it is named', async () => {
    await ext4().start(host, noLease)
    inSpace('truncate', '-s', '1M', `${point}/inner`)
    const loop = inSpace('losetup', '-f', '--show', `${point}/inner`).trim()
    try {
      expect(await ext4().stop(host)).toMatchObject(why(`the kernel has ${loop}, a loop device on ${point}/inner`))
    } finally {
      inSpace('losetup', '-d', loop)
    }
    expect(await ext4().stop(host)).toEqual({ ok: true })
  })
})
